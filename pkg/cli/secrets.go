package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net/url"
	"slices"
	"strings"
)

// redactor blots the secrets of the environment out of what is printed or
// stored. Nothing that the program makes holds one; it is for answers of a
// service, or of something that stands in its place, which repeat what they
// were sent. The tokens that a sign-in gives are the Graph client's to hide:
// it alone sees them.
type redactor struct {
	secrets []string
}

// blot stands where a secret stood.
const blot = "[secret]"

// shortestSecret keeps words that are no secrets, were they set as one, from
// making everything unreadable.
const shortestSecret = 8

// secretVariables are the variables of the environment that hold secrets: our
// own, azidentity's, and those through which CI systems hand tokens out.
func secretVariables() []string {
	return []string{
		accessTokenVariable,
		"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD",
		"IDENTITY_HEADER", "MSI_SECRET",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "SYSTEM_ACCESSTOKEN",
	}
}

func newRedactor(env Env) *redactor {
	r := &redactor{}
	for _, name := range secretVariables() {
		r.add(strings.TrimSpace(env.getenv(name)))
	}
	return r
}

// add makes a secret known, as it is and as it stands in a URL or in JSON.
func (r *redactor) add(secret string) {
	if len(secret) < shortestSecret {
		return
	}
	for _, form := range []string{secret, url.QueryEscape(secret), inJSON(secret)} {
		if !slices.Contains(r.secrets, form) {
			r.secrets = append(r.secrets, form)
		}
	}
}

// inJSON gives a text as it stands between quotes.
func inJSON(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return strings.Trim(string(quoted), `"`)
}

// text gives s without the secrets.
func (r *redactor) text(s string) string {
	for _, secret := range r.secrets {
		s = strings.ReplaceAll(s, secret, blot)
	}
	return s
}

// through lets a document be written without the secrets, as it is made.
func (r *redactor) through(w io.Writer, render func(io.Writer) error) error {
	b := &blotter{redactor: r, to: w}
	for _, secret := range r.secrets {
		b.overlap = max(b.overlap, len(secret)-1)
	}
	if err := render(b); err != nil {
		return err
	}
	return b.flush(0)
}

// blotter writes on what it is given, but for the secrets.
type blotter struct {
	*redactor
	to      io.Writer
	held    []byte
	overlap int // bytes at the end that may begin a secret
}

// blotterSize is how much is gathered before it is written on.
const blotterSize = 64 << 10

// Write takes in a piece of the document.
func (b *blotter) Write(piece []byte) (int, error) {
	b.held = append(b.held, piece...)
	if len(b.held) < blotterSize+b.overlap {
		return len(piece), nil
	}
	return len(piece), b.flush(b.overlap)
}

// flush writes on what is held but for the last bytes. Secrets that are there
// as a whole are blotted out first, so that only one that goes on can begin
// among those bytes.
func (b *blotter) flush(keep int) error {
	clean := b.bytes(b.held)
	cut := max(len(clean)-keep, 0)
	_, err := b.to.Write(clean[:cut])
	b.held = append(b.held[:0], clean[cut:]...)
	return err
}

// bytes gives a document without the secrets: the document itself where it
// holds none.
func (r *redactor) bytes(document []byte) []byte {
	for _, secret := range r.secrets {
		// A short text is found many times faster than a long one, and tokens
		// are long.
		if bytes.Contains(document, []byte(secret[:min(len(secret), soughtFirst)])) {
			document = bytes.ReplaceAll(document, []byte(secret), []byte(blot))
		}
	}
	return document
}

// soughtFirst is how much of a secret is looked for before the whole is, in
// bytes.
const soughtFirst = 32
