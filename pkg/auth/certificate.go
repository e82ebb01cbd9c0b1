package auth

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/youmark/pkcs8"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
	"software.sslmate.com/src/go-pkcs12"
)

// identityFile is what a certificate file holds, in whatever order and form.
type identityFile struct {
	certs []*x509.Certificate
	keys  []crypto.PrivateKey
}

// certificateError says why a certificate file is of no use.
type certificateError struct {
	text   string
	advice string
}

func (e *certificateError) Error() string { return e.text }

func badCertificate(advice, format string, args ...any) error {
	return &certificateError{fmt.Sprintf(format, args...), advice}
}

// What to do about a certificate file.
const (
	adviseWhole    = "give one file with the certificate and its private key, as PEM or PKCS#12 (.pfx, .p12)"
	adviseConvert  = "convert it: openssl pkcs12 -in FILE -nodes -out app.pem"
	adviseReencode = "convert the key: openssl pkey -in FILE -out key.pem, and put the certificate behind it"
	adviseRSA      = "make a certificate with an RSA key of 2048 bits or more, and upload its public part to the app registration"
	advisePassword = "set " + envCertPassword + " to the password of the file"
)

// readIdentity reads a certificate and its key, the certificate first and
// those that vouch for it behind. The error is a *certificateError.
func readIdentity(data []byte, password string) ([]*x509.Certificate, crypto.PrivateKey, error) {
	file, err := parseIdentity(plainBytes(data), password)
	if err != nil {
		return nil, nil, err
	}
	return file.pick(time.Now())
}

// plainBytes undoes what editors, shells and stores of secrets do to a file: a
// byte order mark, UTF-16, base64 around a binary file.
func plainBytes(data []byte) []byte {
	if text, _, err := transform.Bytes(unicode.BOMOverride(transform.Nop), data); err == nil {
		data = text
	}
	packed := bytes.Join(bytes.Fields(data), nil)
	binary := make([]byte, base64.StdEncoding.DecodedLen(len(packed)))
	if n, err := base64.StdEncoding.Decode(binary, packed); err == nil && n > 0 {
		return binary[:n]
	}
	return data
}

func parseIdentity(data []byte, password string) (identityFile, error) {
	switch {
	case len(bytes.TrimSpace(data)) == 0:
		return identityFile{}, badCertificate(adviseWhole, "the file is empty")
	case bytes.Contains(data, []byte("-----BEGIN ")):
		return parsePEM(data, password)
	}
	if _, err := x509.ParseCertificate(data); err == nil {
		return identityFile{}, badCertificate(adviseWhole, "the file holds a certificate without its private key")
	}
	return parsePKCS12(data, password)
}

// parsePKCS12 takes what OpenSSL 3 and Windows write today, and older forms.
func parsePKCS12(data []byte, password string) (identityFile, error) {
	key, cert, others, err := pkcs12.DecodeChain(data, password)
	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && password == "":
		return identityFile{}, badCertificate(advisePassword, "the file is encrypted, and %s is not set", envCertPassword)
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return identityFile{}, badCertificate(advisePassword, "%s is not the password of the file, or the file is damaged", envCertPassword)
	case err != nil && data[0] != asn1Sequence:
		return identityFile{}, badCertificate(adviseWhole, "the file is neither PEM nor PKCS#12")
	case err != nil:
		return identityFile{}, badCertificate(adviseConvert, "the file cannot be read as PKCS#12: %s", err)
	}
	return identityFile{append([]*x509.Certificate{cert}, others...), []crypto.PrivateKey{key}}, nil
}

// asn1Sequence is the byte with which every PKCS#12 file begins.
const asn1Sequence = 0x30

func parsePEM(data []byte, password string) (identityFile, error) {
	var file identityFile
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if err := file.add(block, password); err != nil {
			return identityFile{}, err
		}
	}
	if len(file.certs)+len(file.keys) == 0 {
		return identityFile{}, badCertificate(adviseWhole, "no part of the file can be read as PEM: is it whole, with its line breaks?")
	}
	return file, nil
}

// add takes a block in. What is neither a certificate nor a key is left out.
func (f *identityFile) add(block *pem.Block, password string) error {
	switch block.Type {
	case "CERTIFICATE", "X509 CERTIFICATE":
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return badCertificate(adviseWhole, "a certificate in the file cannot be read: %s", err)
		}
		f.certs = append(f.certs, cert)
		return nil
	case "OPENSSH PRIVATE KEY":
		return badCertificate(adviseReencode, "the private key is one of OpenSSH, which belongs to no certificate")
	case "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "ENCRYPTED PRIVATE KEY":
		key, err := parseKey(block, password)
		f.keys = append(f.keys, key)
		return err
	}
	return nil
}

func parseKey(block *pem.Block, password string) (crypto.PrivateKey, error) {
	switch {
	case block.Headers["DEK-Info"] != "":
		return nil, badCertificate(adviseReencode, "the private key is encrypted in a way of old that is not read any more (DEK-Info)")
	case block.Type == "ENCRYPTED PRIVATE KEY" && password == "":
		return nil, badCertificate(advisePassword, "the private key is encrypted, and %s is not set", envCertPassword)
	case block.Type == "ENCRYPTED PRIVATE KEY":
		key, err := pkcs8.ParsePKCS8PrivateKey(block.Bytes, []byte(password))
		if err != nil {
			return nil, badCertificate(advisePassword+"; or "+adviseReencode, "the private key cannot be decrypted: %s is not its password, or the cipher is not known", envCertPassword)
		}
		return key, nil
	}
	for _, parse := range []func([]byte) (any, error){
		x509.ParsePKCS8PrivateKey,
		func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) },
		func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) },
	} {
		if key, err := parse(block.Bytes); err == nil {
			return key, nil
		}
	}
	return nil, badCertificate(adviseReencode, "the private key cannot be read")
}

// pick gives the certificate of the one key, and the others behind it.
func (f identityFile) pick(now time.Time) ([]*x509.Certificate, crypto.PrivateKey, error) {
	switch {
	case len(f.keys) == 0:
		return nil, nil, badCertificate(adviseWhole, "the file has no private key")
	case len(f.keys) > 1:
		return nil, nil, badCertificate("leave the one of the certificate in the file", "the file has %d private keys", len(f.keys))
	case len(f.certs) == 0:
		return nil, nil, badCertificate(adviseWhole, "the file has a private key without its certificate")
	}
	// The library that signs the assertion takes no other (MSAL, NewCredFromCert).
	key, ok := f.keys[0].(*rsa.PrivateKey)
	if !ok {
		return nil, nil, badCertificate(adviseRSA, "the private key is of the kind %T, and Microsoft's library signs in with RSA alone", f.keys[0])
	}
	for i, cert := range f.certs {
		if !key.PublicKey.Equal(cert.PublicKey) {
			continue
		}
		if now.After(cert.NotAfter) {
			return nil, nil, badCertificate("make a new certificate, and upload its public part to the app registration", "the certificate expired at %s", cert.NotAfter.UTC().Format(time.RFC3339))
		}
		ordered := append([]*x509.Certificate{cert}, f.certs[:i]...)
		return append(ordered, f.certs[i+1:]...), key, nil
	}
	return nil, nil, badCertificate("put the certificate that was made with this key into the file", "no certificate in the file belongs to the private key")
}
