package auth

// Refusal is a code with which Microsoft Entra refuses to give a token, and
// what to do about it.
type Refusal struct {
	Code    string // such as AADSTS7000215
	Meaning string
	Advice  string
}

// What to do, where several codes have the same remedy.
const (
	adviseConsent  = "an administrator of this tenant has to consent to the app's permissions: `Grant admin consent` in the app registration"
	adviseTenant   = "check " + envTenantID + " (or --tenant-id), and --cloud"
	adviseClient   = "no such app in this tenant: check " + envClientID + " (or --client-id) and " + envTenantID + " (or --tenant-id): an app is known in its own tenant, and in others where it was consented to"
	advisePerson   = "the tenant asks for more than a password here: sign in with --auth device or `az login` anew, or as an app"
	advisePolicy   = "a Conditional Access policy of the tenant stands against it: sign in from a network location or device that it allows, or let its administrator look into the sign-in log"
	adviseAgain    = "sign in anew: `az login`, or --auth device"
	adviseAccount  = "let an administrator look at the account, or sign in as another one"
	adviseCompare  = "compare issuer, subject and audience of the token with the federated credential of the app, letter by letter"
	adviseLater    = "try again in some minutes"
	adviseDevice   = "start again, and enter the code in time"
	adviseAudience = "the token that was handed in is for somebody else: let the pipeline ask for one with the audience api://AzureADTokenExchange"
)

// Refusals lists the codes that whoever sets this program up meets, in
// ascending order (Microsoft Entra docs, authentication and authorization error
// codes; those of federated tokens and of apps that are missing in a tenant as
// people report them). docs/errors.md has the same table.
func Refusals() []Refusal { return append(refusedUsers(), refusedApps()...) }

// refusedUsers are those that mostly concern who signs in: the codes of five
// digits, and of six that begin with 50 or 53.
func refusedUsers() []Refusal {
	return []Refusal{
		{"AADSTS16000", "Several accounts are signed in, or the one that is signed in does not fit", adviseAgain},
		{"AADSTS50020", "The user belongs to another tenant and is no guest in this one", "sign in as a user of this tenant, or " + adviseTenant},
		{"AADSTS50034", "This tenant has no such user", "sign in as a user of this tenant, or " + adviseTenant},
		{"AADSTS50049", "The authority is not known", "check --cloud and --authority-url (or " + envAuthorityHost + ")"},
		{"AADSTS50053", "The account is locked, or the address is one from which attacks come", adviseAccount},
		{"AADSTS50055", "The password of the user has expired", adviseAccount},
		{"AADSTS50057", "The account is disabled", adviseAccount},
		{"AADSTS50058", "Nobody is signed in", adviseAgain},
		{"AADSTS50059", "The tenant is not named", "name it: " + envTenantID + " or --tenant-id"},
		{"AADSTS50072", "The user has to set up a second factor", advisePerson},
		{"AADSTS50074", "A second factor is asked for", advisePerson},
		{"AADSTS50076", "A second factor is asked for, by a policy or from this place", advisePerson},
		{"AADSTS50078", "The second factor has expired", advisePerson},
		{"AADSTS50079", "The user has to set up a second factor", advisePerson},
		{"AADSTS50097", "A device that the tenant knows is asked for", advisePolicy},
		{"AADSTS50105", "The user or app is not assigned to the app", "let an administrator assign it to the enterprise application, or switch off that an assignment is required"},
		{"AADSTS50126", "User name or password is wrong", adviseAgain},
		{"AADSTS50131", "Conditional Access refuses the sign-in", advisePolicy},
		{"AADSTS50132", "The session has ended, as after a new password", adviseAgain},
		{"AADSTS50133", "The session has ended, as after a new password", adviseAgain},
		{"AADSTS50158", "A check by somebody else than Microsoft was not passed", advisePerson},
		{"AADSTS50173", "The sign-in was revoked", adviseAgain},
		{"AADSTS50194", "The app is for one tenant alone, and none is named", "name it: " + envTenantID + " or --tenant-id"},
		{"AADSTS50196", "The same token was asked for again and again", adviseLater},
		{"AADSTS53000", "Conditional Access wants a device that complies", advisePolicy},
		{"AADSTS53001", "Conditional Access wants a device that is joined", advisePolicy},
		{"AADSTS53002", "Conditional Access wants another app", advisePolicy},
		{"AADSTS53003", "Conditional Access refuses the sign-in", advisePolicy},
		{"AADSTS53004", "The account is at risk", adviseAccount},
		{"AADSTS53011", "The account is at risk in its own tenant", adviseAccount},
		{"AADSTS65001", "The permissions of the app were not consented to in this tenant", adviseConsent},
		{"AADSTS65004", "The user did not consent", adviseConsent},
		{"AADSTS70000", "The saved sign-in is not good any more", adviseAgain},
		{"AADSTS70001", "The app is disabled, or not known in this tenant", adviseClient},
		{"AADSTS70002", "The client secret is wrong", "set " + envSecret + " to the value of a client secret of this app"},
		{"AADSTS70008", "The saved sign-in was not used for too long", adviseAgain},
		{"AADSTS70011", "The scope is not valid", "check --cloud and --graph-url"},
		{"AADSTS70016", "Nobody has entered the code yet", adviseDevice},
		{"AADSTS70018", "Another code was entered", adviseDevice},
		{"AADSTS70019", "The code has expired", adviseDevice},
		{"AADSTS70020", "The code has expired", adviseDevice},
		{"AADSTS70021", "No federated credential of the app fits the token", adviseCompare},
		{"AADSTS70043", "The sign-in is older than a policy allows", adviseAgain},
		{"AADSTS90002", "There is no such tenant", adviseTenant},
		{"AADSTS90033", "The service has a passing fault", adviseLater},
		{"AADSTS90072", "The user belongs to another tenant and is no guest in this one", "sign in as a user of this tenant, or " + adviseTenant},
		{"AADSTS90094", "An administrator has to consent", adviseConsent},
		{"AADSTS500011", "This tenant has no Microsoft Graph of the name that was asked for", "check --cloud and " + envTenantID + " (or --tenant-id): tenant and cloud have to fit"},
		{"AADSTS500014", "The service is disabled in this tenant", "let an administrator enable the enterprise application Microsoft Graph"},
		{"AADSTS500212", "The user's own tenant does not let them into this one", "sign in as a user of this tenant, or as an app of it"},
		{"AADSTS500213", "This tenant does not let users of the other one in", "sign in as a user of this tenant, or as an app of it"},
		{"AADSTS530003", "Conditional Access wants a device that is managed", advisePolicy},
		{"AADSTS530034", "A delegated administrator was blocked, since the account is at risk", adviseAccount},
		{"AADSTS530035", "The security defaults of the tenant refuse the sign-in", advisePerson},
	}
}

// refusedApps are those that concern the app, its consent and its credentials.
func refusedApps() []Refusal {
	return []Refusal{
		{"AADSTS650052", "The organization has not enabled the service", adviseConsent},
		{"AADSTS650056", "The app asks for no permission, or nobody has consented", adviseConsent},
		{"AADSTS650057", "The app does not ask for permissions of Microsoft Graph", "add the permissions to the app registration, and let an administrator consent"},
		{"AADSTS700011", "This tenant has no such app", adviseClient},
		{"AADSTS700016", "This tenant has no such app", adviseClient},
		{"AADSTS700021", "The assertion names another app than the client id", adviseClient},
		{"AADSTS700023", "The assertion is for another audience", adviseAudience},
		{"AADSTS700024", "The token of the pipeline, or the signed assertion, is too old or not good yet", "such tokens live for minutes: fetch one right before this program runs, and in long jobs again; check this machine's clock"},
		{"AADSTS700025", "The app is a public client and takes no secret", "sign in with --auth device, or make the app a confidential client"},
		{"AADSTS700027", "The app does not know this certificate, or it has expired", "upload the public part of the certificate to the app registration, and check its dates and " + envClientID + " (or --client-id)"},
		{"AADSTS700030", "The subject of the certificate is not allowed", "use a certificate of a subject that the app names"},
		{"AADSTS700082", "The saved sign-in was not used for too long", adviseAgain},
		{"AADSTS700084", "The saved sign-in is not good any more", adviseAgain},
		{"AADSTS700211", "No federated credential of the app has the issuer of the token", adviseCompare},
		{"AADSTS700212", "No federated credential of the app has the audience of the token", adviseAudience},
		{"AADSTS700213", "No federated credential of the app has the subject of the token", adviseCompare + ". Branch, environment and pull request are part of the subject"},
		{"AADSTS900023", "The tenant is no GUID and no domain", adviseTenant},
		{"AADSTS900382", "The app lives in another cloud", "check --cloud: an app signs in to the cloud that it lives in"},
		{"AADSTS7000112", "The app is disabled", "let an administrator enable the app, or use another"},
		{"AADSTS7000215", "The client secret is wrong", "set " + envSecret + " to the value of the client secret, not to its id"},
		{"AADSTS7000218", "The app may not sign people in without a secret", "for --auth device allow public client flows in the app registration"},
		{"AADSTS7000222", "The client secret has expired", "the client secret has expired: make a new one for the app and set " + envSecret + " to its value"},
		{"AADSTS7000229", "The app has no service principal in this tenant", "consent to the app in this tenant, or make its service principal: az ad sp create --id " + "CLIENT-ID"},
	}
}

// findRefusal gives the row of a code; nothing where there is none.
func findRefusal(code string) Refusal {
	for _, r := range Refusals() {
		if r.Code == code {
			return r
		}
	}
	return Refusal{}
}
