// Package network says why a server was not reached, and what to do about it.
//
// It must not know which server it was.
package network

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"strings"
)

// ErrProxyAuth is the answer of a proxy that wants to know who asks.
var ErrProxyAuth = errors.New("the proxy answers 407: it wants a user name and a password")

// advice are the causes that have a way out of their own, the first one that
// holds.
var advice = []struct {
	holds func(error) bool
	text  string
}{
	{ofProxyAuth, "give the proxy a user name and a password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, with what is no letter or digit as %XX"},
	{ofProxy, "the proxy itself is not reached: check HTTPS_PROXY, or name in NO_PROXY what is reached without it"},
	{ofTime, "a certificate is out of date or not good yet: check this machine's clock"},
	{ofName, "something else answers for this server: check the proxy (HTTPS_PROXY, NO_PROXY), the name server and the address"},
	{ofAuthority, "the certificate is of an authority that this machine does not trust, as where a proxy looks into TLS: let the system trust that authority, or name its certificate in SSL_CERT_FILE"},
	{ofPlainText, "something answers that speaks no TLS: check the address and its port, and the proxy (HTTPS_PROXY, NO_PROXY)"},
	{ofNameServer, "the name was not found: check the network and the name server, and whether a proxy is needed (HTTPS_PROXY)"},
}

// Advice says what to do about an error of a connection.
func Advice(err error) string {
	for _, a := range advice {
		if err != nil && a.holds(err) {
			return a.text
		}
	}
	return "check the network, the proxy (HTTPS_PROXY, NO_PROXY) and the certificates (SSL_CERT_FILE)"
}

// Standing reports whether an error stays as long as nobody changes something:
// a certificate, an address, the settings of a proxy.
func Standing(err error) bool {
	for _, holds := range []func(error) bool{ofProxyAuth, ofTime, ofName, ofAuthority, ofPlainText} {
		if err != nil && holds(err) {
			return true
		}
	}
	return false
}

// ofProxyAuth goes by the words as well: net/http makes an error of the
// reason that a proxy gives where it refuses a tunnel.
func ofProxyAuth(err error) bool {
	return errors.Is(err, ErrProxyAuth) || strings.Contains(strings.ToLower(err.Error()), strings.ToLower(http.StatusText(http.StatusProxyAuthRequired)))
}

func ofProxy(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && (op.Op == "proxyconnect" || op.Op == "socks connect")
}

func ofTime(err error) bool {
	invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
	return ok && invalid.Reason == x509.Expired
}

func ofName(err error) bool {
	_, ok := errors.AsType[x509.HostnameError](err)
	return ok
}

func ofAuthority(err error) bool {
	_, unknown := errors.AsType[x509.UnknownAuthorityError](err)
	_, refused := errors.AsType[*tls.CertificateVerificationError](err)
	return unknown || refused
}

func ofPlainText(err error) bool {
	_, ok := errors.AsType[tls.RecordHeaderError](err)
	return ok || errors.Is(err, http.ErrSchemeMismatch)
}

func ofNameServer(err error) bool {
	_, ok := errors.AsType[*net.DNSError](err)
	return ok
}
