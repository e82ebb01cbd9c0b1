package cli

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"net/url"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"github.com/licensectl/licensectl/pkg/doctor"
	"github.com/licensectl/licensectl/pkg/internal/disk"
)

// examineVariables looks for variables that nobody reads, ours and those of
// the Azure SDKs that are almost right, and at the file of certificates.
func (a *app) examineVariables(e *doctor.EnvironmentFacts) {
	if usage, ok := errors.AsType[*usageError](checkVariables(a.env)); ok {
		e.Mistakes = append(e.Mistakes, doctor.Problem{Text: usage.msg, Fix: usage.hint})
	}
	e.Conflicts = append(e.Conflicts, misspeltVariables(a.env)...)
	path := a.env.getenv(certFileVariable)
	switch {
	case path == "":
	case !readsCertFile():
		e.Conflicts = append(e.Conflicts, doctor.Problem{Text: certFileVariable + " is set, and has no effect on this system", Fix: "let the system trust the certificates"})
	default:
		e.CertFile = path
		e.Certificates, e.CertFileProblem = countCertificates(path)
	}
}

const certFileVariable = "SSL_CERT_FILE"

// azureVariables are those of the Azure SDKs that somebody may have mistyped.
func azureVariables() []string {
	return []string{
		"AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH",
		"AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_FEDERATED_TOKEN_FILE", "AZURE_AUTHORITY_HOST", "AZURE_TOKEN_CREDENTIALS",
	}
}

// misspeltVariables finds variables that are one or two letters away from one
// that is read. Others of the Azure tools are none of our business.
func misspeltVariables(env Env) []doctor.Problem {
	var out []doctor.Problem
	for _, pair := range slices.Sorted(slices.Values(env.Environ)) {
		name, value, _ := strings.Cut(pair, "=")
		if value == "" || !strings.HasPrefix(name, "AZURE") || slices.Contains(azureVariables(), name) {
			continue
		}
		if meant, ok := almost(name, azureVariables()); ok {
			out = append(out, doctor.Problem{Text: "the variable " + name + " is set, and nobody reads it", Fix: "did you mean " + meant + "?"})
		}
	}
	return out
}

// countCertificates reads a file of certificates as crypto/x509 does.
func countCertificates(path string) (int, *doctor.Problem) {
	const limit = 50 << 20
	data, err := disk.ReadText(path, limit)
	if err != nil {
		return 0, &doctor.Problem{Text: certFileVariable + ": " + err.Error(), Fix: "correct the path, or unset the variable"}
	}
	n := 0
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if _, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == "CERTIFICATE" {
			n++
		}
	}
	if n == 0 {
		return 0, &doctor.Problem{Text: certFileVariable + ": " + path + " holds no certificate", Fix: "give a file of PEM certificates, or unset the variable"}
	}
	return n, nil
}

// readsCertFile reports whether Go takes SSL_CERT_FILE on this system
// (crypto/x509, SystemCertPool).
func readsCertFile() bool { return runtime.GOOS != "windows" && runtime.GOOS != "darwin" }

// examineProxy finds the proxy that net/http takes for an address.
func (a *app) examineProxy(address string, e *doctor.EnvironmentFacts) {
	if usage, ok := errors.AsType[*usageError](checkProxies(a.env)); ok {
		e.ProxyProblem = &doctor.Problem{Text: usage.msg, Fix: usage.hint}
		return
	}
	target, err := url.Parse(address)
	if err != nil {
		return // the address has a check of its own
	}
	if proxy, err := a.proxies().ProxyFunc()(target); err == nil && proxy != nil {
		e.Proxy = (&url.URL{Scheme: proxy.Scheme, Host: proxy.Host}).String()
	}
}

// proxies are the settings that net/http reads, in either case of letters.
func (a *app) proxies() *httpproxy.Config {
	either := func(name string) string {
		if value := a.env.getenv(name); value != "" {
			return value
		}
		return a.env.getenv(strings.ToLower(name))
	}
	return &httpproxy.Config{HTTPProxy: either("HTTP_PROXY"), HTTPSProxy: either("HTTPS_PROXY"), NoProxy: either("NO_PROXY")}
}
