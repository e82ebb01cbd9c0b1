package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/quantity"
)

// shortLifetime is less than an apply of a large tenant may take. Most
// credentials renew their tokens; one that was handed in does not.
const shortLifetime = 10 * time.Minute

func (j *diagnosis) signIn() {
	s := j.facts.SignIn
	j.add(SignIn, IDTokenService, s.tokenService())
	j.add(SignIn, IDToken, s.token())
	j.add(SignIn, IDLifetime, s.lifetime(j.facts.Now))
	j.add(SignIn, IDAudience, s.audience())
	j.add(SignIn, IDTenant, j.tenant())
}

func (s SignInFacts) tokenService() finding {
	switch {
	case s.TokenService == nil:
		return skipped("this method does not ask the token service, or asks it by another program")
	case s.TokenService.Problem != nil:
		return failed(*s.TokenService.Problem)
	}
	return ok("the token service answers in " + inTime(s.TokenService.Took))
}

func (s SignInFacts) token() finding {
	switch {
	case s.Problem != nil:
		return failed(*s.Problem)
	case s.Identity != nil:
		return ok(s.Identity.who())
	case s.Opaque:
		return warned(Problem{"there is a token, and it does not say whose it is", "use a token of Microsoft Entra for Microsoft Graph"})
	}
	return skipped("nobody could be signed in")
}

// who says on whose behalf the token speaks.
func (id Identity) who() string {
	kind := "signed in as the app "
	if id.Delegated {
		kind = "signed in as the user "
	}
	tenant := ""
	if id.TenantID != "" {
		tenant = " of tenant " + id.TenantID
	}
	return kind + id.Name + tenant
}

// unknown skips what only a token tells.
func unknown(subject string) finding {
	return skipped(subject + ": not known without a token that can be looked into")
}

func (s SignInFacts) lifetime(now time.Time) finding {
	if s.Identity == nil {
		return unknown("lifetime of the token")
	}
	if s.Identity.Expires.IsZero() {
		return skipped("the token does not say when it expires")
	}
	left := s.Identity.Expires.Sub(now)
	until := s.Identity.Expires.UTC().Format(time.RFC3339)
	switch {
	case left <= 0:
		return failed(Problem{"the token expired at " + until, "sign in again, or set this machine's clock"})
	case left < shortLifetime:
		return warned(Problem{"the token is good for another " + roughly(left) + " only, until " + until, "get a fresh one before an apply"})
	}
	return ok("the token is good for another " + roughly(left) + ", until " + until)
}

func (s SignInFacts) audience() finding {
	switch {
	case s.Identity == nil:
		return unknown("what the token is for")
	case len(s.Identity.Audience) == 0:
		return skipped("the token does not say what it is for")
	case !slices.ContainsFunc(s.Identity.Audience, s.isRight):
		return failed(Problem{
			fmt.Sprintf("the token is for %s, not for %s", strings.Join(s.Identity.Audience, ", "), first(s.Audiences)),
			"get one for Microsoft Graph, of the cloud that --cloud names",
		})
	}
	return ok("the token is for " + strings.Join(s.Identity.Audience, ", "))
}

func (s SignInFacts) isRight(audience string) bool {
	return slices.ContainsFunc(s.Audiences, func(right string) bool {
		return strings.EqualFold(strings.TrimSuffix(right, "/"), strings.TrimSuffix(audience, "/"))
	})
}

// tenant goes by what the service says, or else by the token.
func (j *diagnosis) tenant() finding {
	t, actual := j.facts.Tenant, j.facts.Tenant.ID
	if actual == "" && j.facts.SignIn.Identity != nil {
		actual = j.facts.SignIn.Identity.TenantID
	}
	name := actual
	if t.Name != "" {
		name = fmt.Sprintf("%s (%s)", actual, t.Name)
	}
	switch {
	case t.Disagreement != nil:
		return failed(*t.Disagreement)
	case actual == "":
		return skipped("the tenant is not known")
	case j.facts.Local.Sample && !strings.EqualFold(t.Expected, actual):
		return failed(Problem{
			fmt.Sprintf("this is tenant %s, and these are the manifests of the demo: %s is for Contoso, a made-up company", name, t.ExpectedBy),
			"begin in a folder of your own: make one, go into it, and run licensectl export there",
		})
	case t.Expected == "":
		return ok("tenant " + name + "; neither --tenant-id nor a policy names the only one that may be talked to")
	case !strings.EqualFold(t.Expected, actual):
		return failed(Problem{
			fmt.Sprintf("this is tenant %s, and %s is for tenant %s", name, t.ExpectedBy, t.Expected),
			"sign in to tenant " + t.Expected + ", or correct " + t.ExpectedBy,
		})
	}
	return ok("tenant " + name + ", as " + t.ExpectedBy + " wants")
}

// roughly gives a time as people say it.
func roughly(d time.Duration) string {
	switch {
	case d < 2*time.Minute:
		return quantity.Of(int(d.Seconds()), "second")
	case d < 2*time.Hour:
		return quantity.Of(int(d.Minutes()), "minute")
	}
	return quantity.Of(int(d.Hours()), "hour")
}

// inTime gives the time that an answer took.
func inTime(d time.Duration) string { return max(d.Round(time.Millisecond), time.Millisecond).String() }

func first(texts []string) string {
	if len(texts) == 0 {
		return ""
	}
	return texts[0]
}
