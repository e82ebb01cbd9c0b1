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

	"github.com/licensectl/licensectl/pkg/internal/blot"
	"github.com/licensectl/licensectl/pkg/internal/network"
)

// Error is a sign-in that did not work: settings are missing, or no token was
// given.
type Error struct {
	Method  Method
	Code    string // of Entra, such as AADSTS7000215; empty where it was not asked
	Message string // one line, without secrets
	Advice  string // what to do

	// Unreached tells that no token service answered: it is the network that is
	// to blame, and nobody has refused anything.
	Unreached bool

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
	noting, notes := taking(ctx)
	token, err := c.TokenCredential.GetToken(noting, opts)
	switch {
	case err == nil:
		c.options.learns(token.Token)
		if fault := faultOf(token.Token); fault != "" {
			return azcore.AccessToken{}, c.options.explain(c.method, &malformedError{"the access token " + fault + "; nothing was sent"})
		}
		return token, nil
	case ctx.Err() != nil:
		// azidentity does not always keep it in the chain.
		return azcore.AccessToken{}, ctx.Err()
	}
	refusal := c.options.explain(c.method, err)
	if cause := notes.unanswered(); cause != nil && refusal.Code == "" {
		return azcore.AccessToken{}, c.options.unanswered(c.method, cause)
	}
	return azcore.AccessToken{}, refusal
}

// explain says why a credential failed.
func (o Options) explain(method Method, err error) *Error {
	said := entraReply(err)
	message := o.shown(firstOf(said, withoutDumps(err.Error())))
	code := entraCode.FindString(message)
	out := &Error{
		Method:  method,
		Code:    code,
		Message: message,
		Advice:  firstOf(findRefusal(code).Advice, methodAdvice(method)),
		Err:     err,
	}
	if file, ok := errors.AsType[*certificateError](err); ok {
		out.Advice = file.advice
	}
	if _, ok := errors.AsType[*malformedError](err); ok {
		out.Advice = malformedAdvice(method)
	}
	if code == "" && toolOffline.MatchString(message) {
		out.Unreached, out.Advice = true, network.Advice(err)
	}
	return out
}

// unanswered says why the token service gave no answer that counts.
func (o Options) unanswered(method Method, cause error) *Error {
	out := &Error{Method: method, Message: o.shown(cause.Error()), Err: cause}
	switch cause.(type) {
	case *strayError, *redirectError, *oversizedError:
		out.Advice = "nothing secret was sent there. Check --authority-url (or " + envAuthorityHost + "), and what answers in place of the token service"
		return out
	}
	out.Unreached, out.Advice = true, network.Advice(cause)
	if _, failing := cause.(*failingError); failing {
		out.Advice = adviseLater
		return out
	}
	out.Message = "the token service was not reached: " + o.shown(unwrapped(cause).Error())
	return out
}

func malformedAdvice(method Method) string {
	if method == Token {
		return "put the token alone into " + EnvAccessToken + ", as `az account get-access-token --resource-type ms-graph --query accessToken -o tsv` prints it"
	}
	return "sign in again; if it stays so, look at what answers in place of the token service or of the signed-in tool"
}

// toolOffline knows the words in which the Azure tools, which are written in
// Python, .NET and PowerShell, say that they did not reach the token service.
var toolOffline = regexp.MustCompile(`(?i)max retries exceeded|failed to establish a new connection|failed to resolve|name resolution|getaddrinfo|network is unreachable|no such host|unable to connect to the remote server|proxyerror`)

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
	case ManagedApp:
		return "run on an Azure machine that has an identity, and let the application trust it: a federated credential with the issuer of the machine's tenant and the object id of the identity"
	case Device:
		return "open the page that was named and enter the code before it expires"
	case Token:
		return "put a fresh access token into " + EnvAccessToken
	}
	return "sign in with `az login`, or set " + envTenantID + ", " + envClientID + " and " + envSecret
}

// shown makes a text that may repeat secrets one line that can be shown.
func (o Options) shown(text string) string { return oneLine(o.withoutSecrets(text)) }

// shortestSecret keeps a password of a letter or two from blotting out every
// word that it occurs in.
const shortestSecret = 4

// withoutSecrets blots out what must not be shown, should an authority or a
// tool repeat it.
func (o Options) withoutSecrets(text string) string {
	for _, name := range []string{envSecret, envCertPassword, EnvAccessToken} {
		secret, mark := strings.TrimSpace(o.getenv(name)), "["+name+"]"
		var known blot.Secrets
		known.Add(secret)
		text = known.Replace(text, mark)
		if len(secret) >= shortestSecret {
			text = strings.ReplaceAll(text, secret, mark)
		}
	}
	if o.learned != nil {
		text = o.learned.Text(text)
	}
	return someToken.ReplaceAllString(text, blot.Mark)
}

// someToken is what looks like a token, also one that nobody told us of, as a
// tool may print it beside its errors.
var someToken = regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{6,}(\.[A-Za-z0-9_-]*)*|\b[01]\.A[A-Za-z0-9_-]{40,}(\.[A-Za-z0-9_-]*)*|[A-Za-z0-9_~=-]{80,}`)

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
