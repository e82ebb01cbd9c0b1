package auth

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"unicode"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// Error is a sign-in that did not work: settings are missing, or no token was
// given.
type Error struct {
	Method  Method
	Code    string // of Entra, such as AADSTS7000215; empty where it was not asked
	Message string // one line, without secrets
	Advice  string // what to do

	Err error // the cause; azidentity's own error where it has one
}

// Error gives one line.
func (e *Error) Error() string { return string(e.Method) + " credential: " + e.Message }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint says what to do.
func (e *Error) Hint() string { return e.Advice }

// explained is a credential whose failures are explained.
type explained struct {
	azcore.TokenCredential
	options Options
	method  Method
}

func (c explained) GetToken(ctx context.Context, opts policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token, err := c.TokenCredential.GetToken(ctx, opts)
	switch {
	case err == nil:
		return token, nil
	case ctx.Err() != nil:
		// azidentity does not always keep it in the chain.
		return azcore.AccessToken{}, ctx.Err()
	}
	return azcore.AccessToken{}, c.options.explain(c.method, err)
}

func (o Options) explain(method Method, err error) *Error {
	said := entraReply(err)
	message := oneLine(o.withoutSecrets(firstOf(said, withoutDumps(err.Error()))))
	code := entraCode.FindString(message)
	return &Error{
		Method:  method,
		Code:    code,
		Message: message,
		Advice:  firstOf(codeAdvice(code), methodAdvice(method)),
		Err:     err,
	}
}

// dump is what azidentity prints of an HTTP exchange: rules of dashes with the
// reply between them, and where to read on. It tells people nothing.
var dump = regexp.MustCompile(`(?s)\s*-{20,}.*?(\n\s*To troubleshoot, visit [^\n]*|$)`)

func withoutDumps(text string) string { return dump.ReplaceAllString(text, "") }

var entraCode = regexp.MustCompile(`AADSTS[0-9]+`)

// entraReply gives Entra's sentence about a refusal, without the trace ids
// that follow on lines of their own; nothing where the error holds none.
func entraReply(err error) string {
	failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
	if !ok || failed.RawResponse == nil {
		return ""
	}
	body, err := runtime.Payload(failed.RawResponse)
	if err != nil || len(body) > longestToken {
		return ""
	}
	var reply struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(body, &reply) != nil {
		return ""
	}
	sentence, _, _ := strings.Cut(reply.Description, "\n")
	sentence, _, _ = strings.Cut(sentence, " Trace ID:")
	return firstOf(sentence, reply.Error)
}

// codeAdvice knows the refusals that people meet when they set an app up
// (Microsoft Entra authentication and authorization error codes).
func codeAdvice(code string) string {
	switch code {
	case "AADSTS7000215":
		return "set " + envSecret + " to the value of the client secret, not to its id"
	case "AADSTS7000222":
		return "the client secret has expired: make a new one for the app and set " + envSecret
	case "AADSTS700016":
		return "no such app in this tenant: check " + envClientID + " (or --client-id) and " + envTenantID + " (or --tenant-id)"
	case "AADSTS90002", "AADSTS900023":
		return "no such tenant: check " + envTenantID + " (or --tenant-id), and --cloud"
	case "AADSTS700027":
		return "the app does not know this certificate: upload its public part to the app"
	case "AADSTS70021", "AADSTS700211", "AADSTS700212", "AADSTS700213":
		return "issuer, subject or audience of the federated token fit no federated credential of the app: compare them"
	case "AADSTS65001", "AADSTS650051":
		return "an administrator has to consent to the app's permissions first"
	case "AADSTS50076", "AADSTS50079", "AADSTS53003":
		return "the tenant asks for more than a password here: sign in with --auth device, or as an app"
	}
	return ""
}

func methodAdvice(method Method) string {
	switch method {
	case CLI:
		return "sign in with `az login`"
	case Env:
		return "set " + envTenantID + ", " + envClientID + " and " + envSecret + " (or " + envCertificate + ")"
	case Workload:
		return "set " + envTenantID + ", " + envClientID + " and " + envFederatedToken + ", as the workload identity of the cluster or pipeline does"
	case Managed:
		return "run on an Azure machine that has an identity; for one of several, give its client id"
	case Device:
		return "open the page that was named and enter the code before it expires"
	case Token:
		return "put a fresh access token into " + EnvAccessToken
	}
	return "sign in with `az login`, or set " + envTenantID + ", " + envClientID + " and " + envSecret
}

// shortestSecret keeps a password of a letter or two from blotting out every
// word that it occurs in.
const shortestSecret = 4

// withoutSecrets blots out what must not be shown, should an authority or a
// tool repeat it.
func (o Options) withoutSecrets(text string) string {
	for _, name := range []string{envSecret, envCertPassword, EnvAccessToken} {
		if secret := strings.TrimSpace(o.getenv(name)); len(secret) >= shortestSecret {
			text = strings.ReplaceAll(text, secret, "["+name+"]")
		}
	}
	return text
}

// longestText is how much of a stranger's text is kept, in characters.
const longestText = 1000

// oneLine makes a stranger's text one line without control characters, and
// cuts off what is too much.
func oneLine(text string) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
	}), " ")
	if runes := []rune(text); len(runes) > longestText {
		return string(runes[:longestText]) + "…"
	}
	return text
}
