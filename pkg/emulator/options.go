package emulator

import (
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// Options choose how the emulator behaves where the real service's behaviour
// is a matter of time, load or guesswork. The zero value is a well-tempered
// service: the documented limits, no lag, no faults, all-or-nothing calls.
type Options struct {
	// Now is the emulator's clock; nil is time.Now, which testing/synctest
	// controls. See Clock for one that is moved by hand.
	Now func() time.Time

	// Seed makes everything random (request ids, the order of batch replies,
	// lagging reads, the dice of faults) repeatable for one order of requests.
	Seed uint64

	// Atomicity says what a refused assignLicense call leaves behind.
	Atomicity Atomicity

	// Rules are the service plans that exclude or need each other; nil is
	// license.ObservedRules, a zero Rules has none.
	Rules *license.Rules

	// WarningSeats counts units in the warning state as assignable. What the
	// real service does is not documented.
	WarningSeats bool

	// GroupDelay is how long a change of a group's licenses takes to reach its
	// members; 0 is 2 seconds, and below 0 it waits for ProcessGroups.
	GroupDelay time.Duration

	// Groups are odd ways of licensing groups; the zero value has none.
	Groups GroupWhims

	// Limits are the quotas; the zero value has the documented ones.
	Limits Limits

	// Concurrency bounds the writes in flight; the zero value does not.
	Concurrency Concurrency

	// Lag makes reads come from replicas that are behind; the zero value does
	// not.
	Lag Lag

	// Faults are what goes wrong; see also Inject.
	Faults []Fault

	// TokenLifetime is how long an access token is valid; 0 is 1 hour.
	TokenLifetime time.Duration

	// ManualDeviceSignIn leaves device codes to ApproveDevice and DenyDevice.
	// Otherwise the tenant's signed-in user approves each on the second poll.
	ManualDeviceSignIn bool

	// PageTokenLifetime is how long a next link works; 0 is 1 hour.
	PageTokenLifetime time.Duration

	// AuditLog says what entries of the audit log tell of what was changed; the
	// zero value has them tell nothing.
	AuditLog AuditDetail

	// Downloads is the address that usage reports are downloaded from, such as
	// http://127.0.0.1:8081: the emulator has to be served there as well. Empty:
	// one of Microsoft's hosts, which in process the emulator answers for.
	Downloads string

	// SignInPages says what becomes of large pages of users with their sign-ins.
	SignInPages SignInPages

	// PremiumRefusals is how probable it is that sign-ins are refused to a tenant
	// that may see them, from 0 to 1.
	PremiumRefusals float64

	// WriteLatency is how long a write takes to be carried out. The write
	// counts as in flight meanwhile.
	WriteLatency time.Duration

	// Changed is told of every user whose licenses change, as they were and as
	// they are; nil: nobody is. It must not call the emulator.
	Changed func(before, after license.UserState)

	// Observe is told of every request when it has been answered, the items of a
	// batch before the batch; nil: nobody is. It has to be safe for concurrent use.
	Observe func(Request)

	// LogSize bounds the request log, in entries; 0 is 10,000.
	LogSize int
}

// Atomicity is what becomes of the possible part of a refused call. The real
// service's behaviour is not documented and reports contradict each other, so
// a client has to be right under both.
type Atomicity int

// The two behaviours that are reported.
const (
	// AllOrNothing: a refused call changes nothing.
	AllOrNothing Atomicity = iota
	// AsFarAsItGets: removals, then additions are carried out in order up to
	// the first that is refused, and those stay.
	AsFarAsItGets
)

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rules == nil {
		o.Rules = license.ObservedRules()
	}
	if o.GroupDelay == 0 {
		o.GroupDelay = 2 * time.Second
	}
	if o.TokenLifetime == 0 {
		o.TokenLifetime = time.Hour
	}
	if o.PageTokenLifetime == 0 {
		o.PageTokenLifetime = time.Hour
	}
	if o.LogSize == 0 {
		o.LogSize = 10_000
	}
	return o
}

func (o Options) rulebook() rulebook {
	return rulebook{atomicity: o.Atomicity, warningSeats: o.WarningSeats, plans: o.Rules, groupDelay: o.GroupDelay, groups: o.Groups}
}
