package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
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
type groupIntent struct {
	Group   license.GUID   `json:"group"`
	Before  GroupState     `json:"before"`
	After   GroupState     `json:"after"`
	Members []memberIntent `json:"members"`
}

// memberIntent is what one member gets and loses.
type memberIntent struct {
	User license.GUID   `json:"user"`
	Gain []license.GUID `json:"gain,omitempty"`
	Lose []license.GUID `json:"lose,omitempty"`
	Part []license.GUID `json:"part,omitempty"`
}

// intents gives what members get and lose, sorted by member.
func (c *GroupChange) intents() []memberIntent {
	var out []memberIntent
	for _, e := range c.Effects {
		if len(e.Gain)+len(e.Lose) == 0 {
			continue
		}
		for _, user := range e.Members {
			out = append(out, memberIntent{user, e.Gain, e.Lose, e.Part})
		}
	}
	slices.SortFunc(out, func(a, b memberIntent) int { return license.CompareGUIDs(a.User, b.User) })
	return out
}

// Identify computes the plan id over the ready changes, which are what an
// apply would do. A change that is blocked today and ready tomorrow makes
// another plan, so that nobody approves more than they saw.
func Identify(p *Plan) string {
	var ready []*Change
	for i := range p.Changes {
		if c := &p.Changes[i]; c.Status == StatusReady {
			ready = append(ready, c)
		}
	}
	slices.SortFunc(ready, func(a, b *Change) int { return license.CompareGUIDs(a.User.ID, b.User.ID) })
	hash := sha256.New()
	// A hash takes every byte. The document is {"tenant": …, "changes": [ … ]}, with
	// {…, "groups": [ … ]} where a group changes.
	fmt.Fprintf(hash, `{"tenant":%q,"changes":[`, p.Tenant.ID)
	d := document{quote: quoteForPages}
	for i, c := range ready {
		if d.out = d.out[:0]; i > 0 {
			d.raw(",")
		}
		d.intent(c)
		hash.Write(d.out)
	}
	hash.Write([]byte("]"))
	p.identifyGroups(hash)
	hash.Write([]byte("}\n"))
	return planIDPrefix + hex.EncodeToString(hash.Sum(nil))
}

// quoteForPages appends a text as ids of plans have it: encoding/json escapes what
// HTML pages would take for markup.
func quoteForPages(out []byte, text string) []byte {
	quoted, _ := json.Marshal(text) // a string always encodes
	return append(out, quoted...)
}

// identifyGroups adds the ready group changes to what is hashed; nothing where
// there is none.
func (p *Plan) identifyGroups(hash io.Writer) {
	var ready []*GroupChange
	for i := range p.GroupChanges {
		if c := &p.GroupChanges[i]; c.Status == StatusReady {
			ready = append(ready, c)
		}
	}
	slices.SortFunc(ready, func(a, b *GroupChange) int { return license.CompareGUIDs(a.Group.ID, b.Group.ID) })
	for i, c := range ready {
		separator := `,`
		if i == 0 {
			separator = `,"groups":[`
		}
		text, _ := json.Marshal(groupIntent{c.Group.ID, c.Before, c.After, c.intents()})
		fmt.Fprintf(hash, "%s%s", separator, text)
	}
	if ready != nil {
		fmt.Fprint(hash, "]")
	}
}

// reprocesses reports whether the change has the service try groups again.
func (c *Change) reprocesses() bool {
	return slices.ContainsFunc(c.Actions, func(a Action) bool { return a.Op == OpReprocess })
}
