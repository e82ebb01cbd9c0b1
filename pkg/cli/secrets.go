package cli

import (
	"io"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/blot"
	"github.com/licensectl/licensectl/pkg/internal/disk"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/manifest"
)

// Nothing that the program makes holds a secret. But a service, or something
// that stands in its place, may repeat what it was sent, in any field and any
// spelling; so whatever is printed or stored goes through one filter on its way
// out. It knows what the environment holds from the start, and what a sign-in
// sends and gets as soon as that happens.

// givenSecrets are those that the environment holds.
func givenSecrets(env Env) *blot.Secrets {
	secrets := &blot.Secrets{}
	for _, pair := range env.Environ {
		name, value, _ := strings.Cut(pair, "=")
		value = strings.TrimSpace(value)
		if slices.Contains(secretVariables(), name) || holdsSecret(name) && !smallWord.MatchString(value) {
			secrets.Add(value)
		}
		if isProxyVariable(name) {
			suspectProxy(secrets, value)
		}
		if plain, known := plainValues()[name]; known && value != "" && !plain(value) {
			suspect(secrets, value)
		}
		for _, m := range userInfo.FindAllStringSubmatch(value, -1) {
			addUser(secrets, m[1])
		}
	}
	return secrets
}

// secretVariables are the variables that hold a secret whatever it looks like:
// our own, azidentity's, and those through which CI systems hand tokens out.
func secretVariables() []string {
	return []string{
		accessTokenVariable,
		"AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD",
		"IDENTITY_HEADER", "MSI_SECRET",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN", "GITHUB_TOKEN", "CI_JOB_TOKEN", "SYSTEM_ACCESSTOKEN",
	}
}

// smallWord is a setting rather than a secret, where only the name of the
// variable speaks for one: SECRET_BACKEND=keychain.
var smallWord = regexp.MustCompile(`^[a-z]{1,16}$`)

// holdsSecret tells by the name of a variable that a secret is meant. Most are
// none of our business, but what stands between may have seen them.
func holdsSecret(name string) bool {
	name = strings.ToUpper(name)
	for _, ending := range []string{"_FILE", "_PATH", "_DIR", "_URL", "_URI", "_HOST", "_ENDPOINT", "_ID", "_NAME", "_TYPE", "_CREDENTIALS"} {
		if strings.HasSuffix(name, ending) {
			return false
		}
	}
	return slices.ContainsFunc([]string{
		"TOKEN", "SECRET", "PASSWORD", "PASSWD", "PASSPHRASE", "PRIVATE_KEY", "PRIVATEKEY", "API_KEY", "APIKEY", "ACCESS_KEY", "ACCOUNT_KEY",
		"PRINCIPALKEY", "JWT", "IDENTITY_HEADER", "CONNECTION_STRING",
	}, func(word string) bool { return strings.Contains(name, word) })
}

// userInfo finds the user of a URL, with a password.
var userInfo = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://([^/\s:@]*:[^/\s]+)@`)

// addUser adds the password of USER:PASSWORD as it stands in a URL, and as it is
// meant; with the user as well, for that is how it is sent.
func addUser(secrets *blot.Secrets, user string) {
	_, password, _ := strings.Cut(user, ":")
	for _, text := range []string{user, password} {
		secrets.Add(text)
		if meant, err := url.PathUnescape(text); err == nil {
			secrets.Add(meant)
		}
	}
}

// plainValues are the variables whose values are shown, each with what such a
// value looks like. What looks different may be a secret that was put into the
// wrong variable.
func plainValues() map[string]func(string) bool {
	out := map[string]func(string) bool{
		"AZURE_TENANT_ID": isTenant, "AZURE_CLIENT_ID": isGUID, "AZURE_AUTHORITY_HOST": isAddress,
		"AZURE_FEDERATED_TOKEN_FILE": isPath, "AZURE_CLIENT_CERTIFICATE_PATH": isPath, certFileVariable: isPath,
		"AZURE_TOKEN_CREDENTIALS": isWord,
	}
	for _, s := range settings() {
		plain := plainSettings()[s.flag]
		if len(s.words) > 0 {
			plain = func(value string) bool { return slices.Contains(s.words, value) }
		}
		out[s.variable()] = plain
	}
	return out
}

// plainSettings says it for the flags that are no choice of words.
func plainSettings() map[string]func(string) bool {
	return map[string]func(string) bool{
		"tenant-id": isTenant, "client-id": isGUID, "graph-url": isAddress, "authority-url": isAddress, "emulate": isPath,
	}
}

// suspect adds what is at the wrong place, and what of it stands for a password
// in an address without a scheme.
func suspect(secrets *blot.Secrets, value string) {
	secrets.Add(value)
	_, rest, found := strings.Cut(value, "://")
	if !found {
		rest = value
	}
	if user, _, found := strings.Cut(rest, "@"); found && strings.Contains(user, ":") {
		addUser(secrets, user)
	}
}

// suspectFlags does it for what was typed.
func suspectFlags(secrets *blot.Secrets, c connectionFlags) {
	for _, s := range connectionSettings(&c) {
		if plain, ok := plainSettings()[s.flag]; ok && *s.target != "" && !plain(*s.target) {
			suspect(secrets, *s.target)
		}
	}
}

func isGUID(value string) bool {
	_, err := license.ParseGUID(value)
	return err == nil
}

// isTenant takes a domain as well, and the words for no tenant.
func isTenant(value string) bool {
	return isGUID(value) || domain.MatchString(value) || slices.Contains([]string{"common", "organizations", "consumers"}, value)
}

// domain is the name of a host; that of a token has other letters, or no end
// that a name has.
var domain = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,18}$`)

// isAddress reports whether a value is a URL without a user, or a host alone.
func isAddress(value string) bool {
	u, err := url.Parse(value)
	return err == nil && u.User == nil && u.RawQuery == "" && u.Fragment == "" &&
		(u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && len(u.Path) < 40 || domain.MatchString(value)
}

// isPath reports whether a value leads to a file, or looks as if it should.
func isPath(value string) bool {
	const longest = 512
	endings := []string{".pem", ".pfx", ".p12", ".crt", ".cer", ".key", ".jwt", ".txt", ".yaml", ".yml", ".json", ".token"}
	switch {
	case len(value) > longest || strings.ContainsAny(value, "\r\n"):
		return false
	case filepath.IsAbs(value), strings.HasPrefix(value, "."), strings.HasPrefix(value, "~"):
		return true
	}
	return slices.Contains(endings, strings.ToLower(filepath.Ext(value))) || plainPath.MatchString(value) || disk.IsThere(value)
}

// plainPath is a path of folders and files as people name them.
var plainPath = regexp.MustCompile(`^[a-z0-9._-]+(/[a-z0-9._-]+)+$`)

// isWord reports whether a value is one word of letters, as the names of
// credentials are.
func isWord(value string) bool { return regexp.MustCompile(`^[A-Za-z]+$`).MatchString(value) }

// through lets a document be written without the secrets, as it is made.
func (a *app) through(w io.Writer, render func(io.Writer) error) error {
	clean := a.secrets.To(w)
	if err := render(clean); err != nil {
		return err
	}
	return clean.Flush()
}

// store writes a file of ours without the secrets.
func (a *app) store(path string, render func(io.Writer) error) error {
	return disk.WriteFrom(path, func(w io.Writer) error { return a.through(w, render) })
}

// cleaned gives manifests without the secrets. In YAML the usual mark would be
// a list.
func (a *app) cleaned(files []manifest.File) []manifest.File {
	const mark = "(secret)"
	out := make([]manifest.File, len(files))
	for i, f := range files {
		out[i] = manifest.File{Path: f.Path, Data: a.secrets.ReplaceBytes(f.Data, mark)}
	}
	return out
}

// cleanedNew gives files that are made, which may be called after something of
// the tenant, without the secrets.
func (a *app) cleanedNew(files []manifest.File) []manifest.File {
	out := a.cleaned(files)
	for i := range out {
		out[i].Path = a.secrets.Replace(out[i].Path, "secret")
	}
	return out
}
