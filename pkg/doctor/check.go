package doctor

// Status is how a check came out.
type Status string

// The verdicts. A warning is no reason to stop; what was skipped could not be
// looked at, or need not be.
const (
	OK      Status = "ok"
	Warn    Status = "warn"
	Fail    Status = "fail"
	Skipped Status = "skipped"
)

// Statuses lists the verdicts, the worst first.
func Statuses() []Status { return []Status{Fail, Warn, OK, Skipped} }

// Area is what a check is about.
type Area string

// The areas.
const (
	Environment Area = "environment" // variables, flags, files that they name
	SignIn      Area = "sign-in"     // the token and whose it is
	Permissions Area = "permissions" // what the token allows
	Service     Area = "service"     // whether Microsoft Graph answers
	Local       Area = "local"       // manifests and the state folder
)

// Areas lists the areas in the order in which they are looked at.
func Areas() []Area { return []Area{Environment, SignIn, Permissions, Service, Local} }

// Check is one thing that was looked at.
type Check struct {
	ID      string `json:"id"`
	Area    Area   `json:"area"`
	Status  Status `json:"verdict"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"` // what to do; empty where there is nothing to do
}

// The ids of the checks. They are stable. That of a verb is IDVerb with the
// name of the verb behind it.
const (
	IDCredential   = "credential"
	IDSettings     = "settings"
	IDProxy        = "proxy"
	IDCertificates = "certificates"
	IDTokenService = "token-service"
	IDToken        = "token"
	IDLifetime     = "token-lifetime"
	IDAudience     = "token-audience"
	IDTenant       = "tenant"
	IDVerb         = "may-"
	IDOptional     = "optional-permissions"
	IDPrivilege    = "least-privilege"
	IDRole         = "directory-role"
	IDOrganization = "organization"
	IDProducts     = "products"
	IDUsers        = "users"
	IDClock        = "clock"
	IDThrottling   = "throttling"
	IDManifests    = "manifests"
	IDState        = "state-folder"
	IDLock         = "lock"
)

// Meaning explains a check.
type Meaning struct {
	ID   string
	Area Area
	Text string
}

// Meanings lists every check that Judge can give, in its order.
func Meanings() []Meaning {
	return []Meaning{
		{IDCredential, Environment, "Which method signs in, why that one, and whether what it needs is set."},
		{IDSettings, Environment, "No variable or flag is unknown, misspelt, without sense or at odds with another one."},
		{IDProxy, Environment, "The proxy through which Microsoft Graph is reached."},
		{IDCertificates, Environment, "The file of SSL_CERT_FILE can be read and holds certificates."},
		{IDTokenService, SignIn, "The token service answers."},
		{IDToken, SignIn, "A token is given, and whose it is."},
		{IDLifetime, SignIn, "The token is good for a while."},
		{IDAudience, SignIn, "The token is for the Microsoft Graph of this cloud."},
		{IDTenant, SignIn, "The tenant is the one that --tenant-id or the policy names."},
		{IDVerb + "VERB", Permissions, "The permissions are enough for the verb."},
		{IDOptional, Permissions, "The permissions without which a verb works, and tells less."},
		{IDRole, Permissions, "A signed-in user has a directory role that may assign licenses."},
		{IDPrivilege, Permissions, "No permission is held that the verbs do not need."},
		{IDOrganization, Service, "The organization can be read."},
		{IDProducts, Service, "The products of the tenant can be read."},
		{IDUsers, Service, "Users can be read."},
		{IDClock, Service, "This machine's clock is that of the service, give or take five minutes."},
		{IDThrottling, Service, "The tenant is not close to the limit of requests."},
		{IDManifests, Local, "The manifests have no error."},
		{IDState, Local, "Receipts and the lock can be written."},
		{IDLock, Local, "No other apply runs in this folder."},
	}
}

// Report is the outcome of all checks.
type Report struct {
	Checks []Check        `json:"checks"` // in the order of Meanings
	Verbs  []VerbStanding `json:"verbs"`
}

// Failed lists the checks that failed.
func (r Report) Failed() []Check {
	var out []Check
	for _, c := range r.Checks {
		if c.Status == Fail {
			out = append(out, c)
		}
	}
	return out
}

// Count says how many checks came out so.
func (r Report) Count(v Status) int {
	n := 0
	for _, c := range r.Checks {
		if c.Status == v {
			n++
		}
	}
	return n
}
