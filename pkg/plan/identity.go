package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// planIDPrefix names the hash of plan ids.
const planIDPrefix = "sha256:"

// shortID is how many characters of a plan id tell it from another one to
// somebody who types them.
const shortID = 6

// ShortID gives the first characters of the plan id, to be typed by whoever lets
// the plan pass its guards. A plan whose id is none has its whole id.
func (p *Plan) ShortID() string {
	digest, _ := strings.CutPrefix(p.PlanID, planIDPrefix)
	return digest[:min(shortID, len(digest))]
}

// intent writes what a plan id stands for: which user goes from which state to
// which. Nothing that people only read is in it.
func (d *document) intent(c *Change) {
	d.begin('{')
	d.member("user")
	d.id(&c.User.ID)
	d.member("before")
	d.state(&c.Before)
	d.member("after")
	d.state(&c.After)
	if c.reprocesses() { // that groups are to be tried again no state shows
		d.member("reprocess")
		d.raw("true")
	}
	// Who approves that products move to groups has not approved that they are lost.
	if kept := c.kept(); kept != nil {
		d.member("kept")
		list(d, kept, d.kept)
	}
	d.end('}')
}

// keptProduct is a product that the user keeps by groups.
type keptProduct struct {
	sku    license.GUID
	groups []license.GUID
}

func (d *document) kept(k *keptProduct) {
	d.begin('{')
	d.member("sku")
	d.id(&k.sku)
	d.member("groups")
	d.ids(k.groups)
	d.end('}')
}

// kept gives the products that the user keeps by groups, in the order of the actions.
func (c *Change) kept() []keptProduct {
	var out []keptProduct
	for _, a := range c.Actions {
		if a.Op == OpRemove && len(a.KeptBy) > 0 {
			out = append(out, keptProduct{a.SKUID, a.KeptBy})
		}
	}
	return out
}

// groupIntent is the same of what a group gives, and of those who get or lose
// something by it: who approves that ten members lose a product has not approved it
// of nine hundred.
func (d *document) groupIntent(c *GroupChange) {
	d.begin('{')
	d.member("group")
	d.id(&c.Group.ID)
	d.member("before")
	d.groupState(&c.Before)
	d.member("after")
	d.groupState(&c.After)
	d.member("members")
	list(d, c.intents(), d.memberIntent)
	d.end('}')
}

// memberIntent is what one member gets and loses.
type memberIntent struct {
	user   license.GUID
	effect *MemberEffect
}

func (d *document) memberIntent(m *memberIntent) {
	d.begin('{')
	d.member("user")
	d.id(&m.user)
	d.someIDs("gain", m.effect.Gain)
	d.someIDs("lose", m.effect.Lose)
	d.someIDs("part", m.effect.Part)
	d.end('}')
}

// intents gives what members get and lose, sorted by member; nil: nobody does.
func (c *GroupChange) intents() []memberIntent {
	n := 0
	for _, e := range c.Effects {
		if e.counts() {
			n += len(e.Members)
		}
	}
	if n == 0 {
		return nil
	}
	out := make([]memberIntent, 0, n)
	for i := range c.Effects {
		e := &c.Effects[i]
		if !e.counts() {
			continue
		}
		for _, user := range e.Members {
			out = append(out, memberIntent{user, e})
		}
	}
	slices.SortFunc(out, func(a, b memberIntent) int { return license.CompareGUIDs(a.user, b.user) })
	return out
}

// counts reports whether members get or lose something.
func (e *MemberEffect) counts() bool { return len(e.Gain)+len(e.Lose) > 0 }

// Identify computes the plan id over the ready changes, which are what an
// apply would do. A change that is blocked today and ready tomorrow makes
// another plan, so that nobody approves more than they saw.
func Identify(p *Plan) string {
	var changes []*Change
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Status == StatusReady {
			changes = append(changes, c)
		}
	}
	slices.SortFunc(changes, func(a, b *Change) int { return license.CompareGUIDs(a.User.ID, b.User.ID) })
	var groups []*GroupChange
	for i := range p.GroupChanges {
		if c := &p.GroupChanges[i]; c.Status == StatusReady {
			groups = append(groups, c)
		}
	}
	slices.SortFunc(groups, func(a, b *GroupChange) int { return license.CompareGUIDs(a.Group.ID, b.Group.ID) })

	hash := sha256.New() // which takes every byte
	d := &document{to: hash, quote: quoteForPages}
	d.begin('{')
	d.member("tenant")
	d.id(&p.Tenant.ID)
	d.member("changes")
	sequence(d, slices.Values(changes), d.intent)
	if groups != nil { // ids of plans without groups are older than these
		d.member("groups")
		sequence(d, slices.Values(groups), d.groupIntent)
	}
	d.end('}')
	d.raw("\n")
	d.flush()
	return planIDPrefix + hex.EncodeToString(hash.Sum(nil))
}

// quoteForPages appends a text as ids of plans have it: encoding/json escapes what
// HTML pages would take for markup.
func quoteForPages(out []byte, text string) []byte {
	quoted, _ := json.Marshal(text) // a string always encodes
	return append(out, quoted...)
}

// reprocesses reports whether the change has the service try groups again.
func (c *Change) reprocesses() bool {
	return slices.ContainsFunc(c.Actions, func(a Action) bool { return a.Op == OpReprocess })
}
