package auth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/youmark/pkcs8"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/licensectl/licensectl/pkg/auth"
)

const filePassword = "pass-Phrase-of-the-file"

// identity is a certificate with its key.
type identity struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// identityOf signs a certificate for a key by itself, good for so long.
func identityOf(t *testing.T, key crypto.Signer, lifetime time.Duration) identity {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(lifetime)}
	return identity{must(x509.ParseCertificate(must(x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)))), key}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func (i identity) certPEM() string { return block("CERTIFICATE", i.cert.Raw) }

func (i identity) keyPEM() string {
	return block("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(i.key)))
}

func inUTF16(text string) string {
	out := []byte{0xFF, 0xFE}
	for _, u := range utf16.Encode([]rune(text)) {
		out = append(out, byte(u), byte(u>>8))
	}
	return string(out)
}

// signIn signs in with a certificate file, and gives the assertion that the
// token service got.
func signIn(t *testing.T, file, password string) (string, error) {
	t.Helper()
	e := newEntra(t)
	o := e.options(auth.Env, appEnvironment("AZURE_CLIENT_CERTIFICATE_PATH=app.pem", "AZURE_CLIENT_CERTIFICATE_PASSWORD="+password))
	o.ReadFile = func(string) ([]byte, error) { return []byte(file), nil }
	if _, err := getToken(t, o); err != nil {
		return "", err
	}
	return e.forms[len(e.forms)-1].Get("client_assertion"), nil
}

// Every file that people have with an RSA key in it signs in.
func TestCertificateFilesThatPeopleHave(t *testing.T) {
	own := identityOf(t, must(rsa.GenerateKey(rand.Reader, 2048)), time.Hour)
	other := identityOf(t, must(rsa.GenerateKey(rand.Reader, 2048)), time.Hour)
	encrypted := block("ENCRYPTED PRIVATE KEY", must(pkcs8.MarshalPrivateKey(own.key, []byte(filePassword), nil)))
	modern := string(must(pkcs12.Modern.Encode(own.key, own.cert, []*x509.Certificate{other.cert}, filePassword)))
	pkcs1 := block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(own.key.(*rsa.PrivateKey)))
	for name, tc := range map[string]struct{ file, password string }{
		"certificate, key":     {own.certPEM() + own.keyPEM(), ""},
		"key, certificate":     {own.keyPEM() + own.certPEM(), ""},
		"chain before its own": {other.certPEM() + own.keyPEM() + own.certPEM(), ""},
		"PKCS#1":               {own.certPEM() + pkcs1, ""},
		"attributes of bags":   {"Bag Attributes\n    localKeyID: 01\n" + own.certPEM() + "Key Attributes: <No Attributes>\n" + own.keyPEM(), ""},
		"a password too many":  {own.certPEM() + own.keyPEM(), filePassword},
		"byte order mark":      {"\ufeff" + own.certPEM() + own.keyPEM(), ""},
		"UTF-16":               {inUTF16(own.certPEM() + own.keyPEM()), ""},
		"CRLF":                 {strings.ReplaceAll(own.certPEM()+own.keyPEM(), "\n", "\r\n"), ""},
		"encrypted key":        {own.certPEM() + encrypted, filePassword},
		"PKCS#12 of OpenSSL 3": {modern, filePassword},
		"PKCS#12 of old":       {string(must(pkcs12.LegacyDES.Encode(own.key, own.cert, nil, filePassword))), filePassword},
		"PKCS#12 of RC2":       {string(must(pkcs12.LegacyRC2.Encode(own.key, own.cert, nil, filePassword))), filePassword},
		"PKCS#12, no password": {string(must(pkcs12.Passwordless.Encode(own.key, own.cert, nil, ""))), ""},
		"PKCS#12 in base64":    {base64.StdEncoding.EncodeToString([]byte(modern)) + "\n", filePassword},
		"PEM in base64":        {base64.StdEncoding.EncodeToString([]byte(own.certPEM() + own.keyPEM())), ""},
	} {
		if assertion, err := signIn(t, tc.file, tc.password); err != nil || strings.Count(assertion, ".") != 2 {
			t.Errorf("%s: assertion %q, error %v", name, assertion, err)
		}
	}
}

// Of every other file it is said what it is, and what to do.
func TestCertificateFilesThatAreOfNoUse(t *testing.T) {
	own := identityOf(t, must(rsa.GenerateKey(rand.Reader, 2048)), time.Hour)
	other := identityOf(t, must(rsa.GenerateKey(rand.Reader, 2048)), time.Hour)
	old := identityOf(t, own.key, -24*time.Hour)
	curve := identityOf(t, must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)), time.Hour)
	_, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	edwards := identityOf(t, edKey, time.Hour)
	encrypted := block("ENCRYPTED PRIVATE KEY", must(pkcs8.MarshalPrivateKey(own.key, []byte(filePassword), nil)))
	modern := string(must(pkcs12.Modern.Encode(own.key, own.cert, nil, filePassword)))
	legacy := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-256-CBC,00"}, Bytes: []byte("x")})
	sec1 := block("EC PRIVATE KEY", must(x509.MarshalECPrivateKey(curve.key.(*ecdsa.PrivateKey))))
	for name, tc := range map[string]struct{ file, password, says, does string }{
		"ECDSA":                   {curve.certPEM() + curve.keyPEM(), "", "RSA alone", "RSA key of 2048"},
		"ECDSA of SEC 1":          {curve.certPEM() + sec1, "", "RSA alone", "RSA key of 2048"},
		"ECDSA in PKCS#12":        {string(must(pkcs12.Modern.Encode(curve.key, curve.cert, nil, filePassword))), filePassword, "RSA alone", "RSA key of 2048"},
		"Ed25519":                 {edwards.certPEM() + edwards.keyPEM(), "", "RSA alone", "RSA key of 2048"},
		"no key":                  {own.certPEM(), "", "no private key", "one file"},
		"no key, binary":          {string(own.cert.Raw), "", "without its private key", "one file"},
		"no certificate":          {own.keyPEM(), "", "without its certificate", "one file"},
		"another certificate":     {other.certPEM() + own.keyPEM(), "", "belongs to the private key", "made with this key"},
		"two keys":                {own.certPEM() + own.keyPEM() + other.keyPEM(), "", "2 private keys", "leave the one"},
		"an expired one":          {old.certPEM() + old.keyPEM(), "", "expired at", "new certificate"},
		"no password":             {own.certPEM() + encrypted, "", "PASSWORD is not set", "AZURE_CLIENT_CERTIFICATE_PASSWORD"},
		"a wrong password":        {own.certPEM() + encrypted, "wrong-password", "is not its password", "openssl pkey"},
		"PKCS#12, no password":    {modern, "", "PASSWORD is not set", "AZURE_CLIENT_CERTIFICATE_PASSWORD"},
		"PKCS#12, wrong password": {modern, "wrong-password", "is not the password", "AZURE_CLIENT_CERTIFICATE_PASSWORD"},
		"PKCS#12 that is cut":     {modern[:len(modern)/2], filePassword, "cannot be read as PKCS#12", "openssl pkcs12"},
		"encrypted of old":        {own.certPEM() + string(legacy), filePassword, "DEK-Info", "openssl pkey"},
		"OpenSSH":                 {own.certPEM() + block("OPENSSH PRIVATE KEY", []byte("x")), "", "OpenSSH", "openssl pkey"},
		"a damaged key":           {own.certPEM() + block("PRIVATE KEY", []byte("x")), "", "cannot be read", "openssl pkey"},
		"a damaged certificate":   {block("CERTIFICATE", []byte("x")) + own.keyPEM(), "", "cannot be read", "one file"},
		"without line breaks":     {strings.ReplaceAll(own.certPEM()+own.keyPEM(), "\n", " "), "", "line breaks", "one file"},
		"text":                    {"not a certificate", "", "neither PEM nor PKCS#12", "one file"},
		"nothing":                 {"\n", "", "empty", "one file"},
	} {
		_, err := signIn(t, tc.file, tc.password)
		e := asError(t, err)
		if !strings.Contains(e.Message, tc.says) || !strings.Contains(e.Message, "app.pem") || !strings.Contains(e.Hint(), tc.does) || strings.Contains(e.Message, "wrong-password") {
			t.Errorf("%s: %q, hint %q", name, e.Message, e.Hint())
		}
	}
}

func FuzzCertificateFile(f *testing.F) {
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), "")
	f.Add([]byte{0x30, 0x82, 0, 0}, "x")
	f.Fuzz(func(t *testing.T, file []byte, password string) {
		_, err := auth.New(auth.Options{
			Method: auth.Env, Getenv: appEnvironment("AZURE_CLIENT_CERTIFICATE_PATH=app.pem", "AZURE_CLIENT_CERTIFICATE_PASSWORD="+password),
			ReadFile: func(string) ([]byte, error) { return file, nil },
		})
		if err != nil {
			asError(t, err)
		}
	})
}
