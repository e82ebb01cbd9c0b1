package emulator

import (
	"iter"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/license"
)

// Tenant is the state that an emulator starts from. It is a plain value:
// written in a test, parsed from a file or made up by Synthetic.
type Tenant struct {
	ID                license.GUID // zero: derived from DefaultDomain
	DisplayName       string
	DefaultDomain     string // contoso.com
	CountryLetterCode string // the tenant's location, which group licensing falls back to

	// RevealNames has usage reports name users. Otherwise they have hashes in
	// place of names, as the service does unless a tenant decides otherwise.
	RevealNames bool

	// SignedInUser is the principal name of the user that delegated sign-ins
	// act for, and the only one with an administrator's role. Empty: none.
	SignedInUser string

	Products     []Product
	Groups       []Group
	Users        []User
	Applications []Application // empty: any client with any secret, see Application

	// Stream yields further users, one at a time, so that a tenant of a
	// million needs no slice of them. It may be nil, and is read once.
	Stream iter.Seq[User]
}

// Product is a SKU that the tenant bought. Units.Consumed is counted from the
// users' licenses, whatever it says here.
type Product struct {
	SKU license.SKU

	// ProhibitedIn lists the usage locations (ISO 3166-1 alpha-2) in which the
	// product may not be licensed.
	ProhibitedIn []string

	// Subscriptions are the purchases that the product comes from; nil: one for
	// the units in each state, without dates.
	Subscriptions []Subscription
}

// Group is a security group, with the licenses that its members inherit.
type Group struct {
	ID       license.GUID // zero: derived from Name
	Name     string
	Licenses []License
	Members  []string // user principal names or object ids

	// Groups are the names or ids of groups that are members. Their members are
	// transitive members of this one, and do not inherit its licenses.
	Groups []string

	NotSecurityEnabled bool // a group for mail alone: it takes no licenses
	Dynamic            bool // a rule decides who is a member; the emulator follows none
	OnPremisesSynced   bool

	// HiddenMembership shows the members to those alone who have
	// Member.Read.Hidden; to others the group looks empty.
	HiddenMembership bool
}

// License is a SKU and what is switched off in it.
type License struct {
	SKU           license.GUID
	DisabledPlans []license.GUID

	// State and Error are those that a user's license starts with, by their names
	// in licenseAssignmentStates; empty: Active, and no error. A group's has none.
	State, Error string

	// Updated is when a user's license was last touched; null: when their account
	// was created, or else when the emulator started.
	Updated Moment
}

// User is a user with the licenses they hold in their own name.
type User struct {
	ID                license.GUID // zero: derived from UserPrincipalName
	UserPrincipalName string
	DisplayName       string
	UsageLocation     string // ISO 3166-1 alpha-2; empty: none
	Disabled          bool   // the account is not enabled
	Guest             bool
	Department        string
	Country           string
	JobTitle          string
	Manager           string // the principal name or id of another user; empty: none
	Licenses          []License
	MemberOf          []string // the names of groups, beside those that list the user as a member

	// DuplicateProxyAddress makes every license with a mailbox fail with
	// UniquenessViolation, as for a user whose mail address is taken.
	DuplicateProxyAddress bool

	// Agent makes the user an agentUser, the account of an AI agent: a user of
	// another type, which is a member of groups and is licensed like any other.
	Agent bool

	// ManagementRestricted puts the user into a restricted management
	// administrative unit: every change of them is refused with 403.
	ManagementRestricted bool

	// Evidence is what the service knows of how they use what they hold.
	Evidence Evidence
}

// Application is a client that may sign in. A tenant that lists none accepts
// every client id with any non-empty secret or well-formed assertion, and
// grants it DefaultRoles.
type Application struct {
	ClientID  string
	Secret    string   // empty: no sign-in by secret
	Roles     []string // application permissions; nil: DefaultRoles
	Federated []FederatedCredential
}

// FederatedCredential is the trust in another issuer's tokens: a client
// assertion with this issuer, subject and audience signs the application in.
// Signatures are not verified, the issuer's keys being out of reach.
type FederatedCredential struct {
	Issuer   string
	Subject  string
	Audience string // empty: api://AzureADTokenExchange
}

// idNamespace is the space in which ids are derived from names, so that a
// tenant file without ids has the same ones in every run.
var idNamespace = uuid.MustParse("5f2c1c57-5d0c-4f0c-9a53-6a1d3c0c5e11")

// DerivedID is the id of an object that was declared without one: always the
// same for one kind ("user", "group", "sku", "tenant") and name, whatever its
// case.
func DerivedID(kind, name string) license.GUID {
	return uuid.NewSHA1(idNamespace, []byte(kind+"\x00"+strings.ToLower(name)))
}

// DefaultRoles are the application permissions of a client that names none:
// the least that plan and apply need.
func DefaultRoles() []string {
	return []string{
		"Group.Read.All",
		"GroupMember.Read.All",
		"LicenseAssignment.Read.All",
		"LicenseAssignment.ReadWrite.All",
		"Organization.Read.All",
		"User.Read.All",
		"User.ReadUpdate.All",
	}
}

// allUsers yields the listed users, then the streamed ones.
func (t Tenant) allUsers() iter.Seq[User] {
	if t.Stream == nil {
		return slices.Values(t.Users)
	}
	return func(yield func(User) bool) {
		for _, u := range t.Users {
			if !yield(u) {
				return
			}
		}
		t.Stream(yield)
	}
}
