package emulator

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// SyntheticOptions choose a made-up tenant.
type SyntheticOptions struct {
	Users  int    // up to 1,000,000 are known to fit in memory
	Seed   uint64 // the same tenant for the same seed and number of users
	Domain string // empty: contoso.com
}

// Synthetic makes up a tenant of any size: members, guests and disabled
// accounts in departments and countries, common products with a few seats to
// spare, licenses held directly, by groups, and both ways.
func Synthetic(o SyntheticOptions) Tenant {
	o.Domain = cmp.Or(o.Domain, "contoso.com")
	s := synthesis{SyntheticOptions: o, shares: syntheticShares()}
	return Tenant{
		ID: DerivedID("tenant", fmt.Sprintf("%s %d %d", o.Domain, o.Users, o.Seed)), DisplayName: "Contoso", DefaultDomain: o.Domain,
		CountryLetterCode: "DE", SignedInUser: "admin@" + o.Domain,
		Products: s.products(), Groups: s.groups(), Stream: s.users,
	}
}

// synthesis makes up a tenant.
type synthesis struct {
	SyntheticOptions
	shares []share
}

// share is how much of a tenant holds a product.
type share struct {
	sku     license.SKU
	part    float64 // of the members
	byGroup float64 // of those, how many inherit it
	base    bool    // a user holds at most one of these
}

// syntheticShares are the products of a made-up tenant. Their plans get along
// with each other.
func syntheticShares() []share {
	list := []struct {
		partNumber    string
		part, byGroup float64
		base          bool
	}{
		{"SPE_E3", 0.42, 0.3, true},
		{"SPE_E5", 0.14, 0, true},
		{"SPE_F1", 0.24, 0.9, true},
		{"ENTERPRISEPACK", 0.05, 0, true},
		{"FLOW_FREE", 0.30, 0, false},
		{"POWER_BI_STANDARD", 0.25, 0, false},
		{"POWER_BI_PRO", 0.08, 0.2, false},
		{"VISIOCLIENT", 0.03, 0, false},
		{"PROJECTPROFESSIONAL", 0.02, 0, false},
		{"Microsoft_365_Copilot", 0.05, 0.5, false},
		{"AAD_PREMIUM_P2", 0.04, 0, false},
		{"Microsoft_Intune_Suite", 0.01, 0, false},
	}
	var out []share
	for _, l := range list {
		sku, err := license.Published().ResolveSKU(l.partNumber)
		if err != nil {
			panic("emulator: a product of the made-up tenant is not published: " + err.Error())
		}
		out = append(out, share{sku, l.part, l.byGroup, l.base})
	}
	return out
}

// products are bought with some seats to spare; one subscription is about to
// run out.
func (s synthesis) products() []Product {
	var out []Product
	for i, sh := range s.shares {
		sku := sh.sku
		sku.Units.Enabled = int(float64(s.Users)*sh.part*1.1) + 10
		if i == len(s.shares)-1 {
			sku.Units.Warning = 5
		}
		out = append(out, Product{SKU: sku})
	}
	return out
}

// groups are one of each department, and one for each product that groups
// give out.
func (s synthesis) groups() []Group {
	var out []Group
	for _, d := range departments {
		out = append(out, Group{Name: d})
	}
	for _, sh := range s.shares {
		if sh.byGroup > 0 {
			out = append(out, Group{Name: licensingGroup(sh), Licenses: []License{{SKU: sh.sku.ID}}})
		}
	}
	return out
}

func licensingGroup(sh share) string { return "Licensing " + sh.sku.Name }

var (
	departments = []string{"Sales", "Marketing", "Finance", "Engineering", "Operations", "Support", "Legal", "People", "Logistics", "Production"}
	jobTitles   = []string{"Manager", "Specialist", "Analyst", "Coordinator", "Technician", "Assistant", "Lead", "Trainee"}
	locations   = []string{"DE", "DE", "DE", "US", "US", "GB", "FR", "NL", "PL", "JP"}
	givenNames  = names("Ada Bela Chidi Dana Emil Farah Goran Hana Ines Jonas Kofi Lena Mateo Noor Olga Pavel Rosa Sven Tara Uwe Vera Wanda Yuki Zoë")
	familyNames = names("Abel Baker Castro Diaz Eriksen Fischer Garcia Haddad Ivanov Jansen Kaya Lopez Müller Novak Okafor Park Quinn Rossi Sato Tanaka Usman Virtanen Weber Zhang")
)

// personName is a name and how it stands in a mail address.
type personName struct{ name, mail string }

func names(list string) []personName {
	plain := strings.NewReplacer("ë", "e", "ü", "ue")
	var out []personName
	for name := range strings.FieldsSeq(list) {
		out = append(out, personName{name, strings.ToLower(plain.Replace(name))})
	}
	return out
}

// users yields the users: the administrator first.
func (s synthesis) users(yield func(User) bool) {
	rng := rand.New(rand.NewPCG(s.Seed, uint64(s.Users)))
	if s.Users < 1 || !yield(User{UserPrincipalName: "admin@" + s.Domain, DisplayName: "Admin Contoso", UsageLocation: "DE", JobTitle: "Administrator"}) {
		return
	}
	for i := 1; i < s.Users; i++ {
		if !yield(s.user(i, rng)) {
			return
		}
	}
}

func (s synthesis) user(i int, rng *rand.Rand) User {
	given, family := pick(rng, givenNames), pick(rng, familyNames)
	local := given.mail + "." + family.mail + strconv.Itoa(i)
	department := pick(rng, departments)
	u := User{
		ID: s.id(i, rng), UserPrincipalName: local + "@" + s.Domain, DisplayName: given.name + " " + family.name, UsageLocation: pick(rng, locations),
		Department: department, JobTitle: pick(rng, jobTitles),
	}
	u.Country = u.UsageLocation
	switch roll := rng.Float64(); {
	case roll < 0.06:
		return guest(u, local, s.Domain)
	case roll < 0.10:
		u.Disabled = true
	}
	u.MemberOf = []string{department}
	s.license(&u, rng)
	if len(u.Licenses) == 0 && rng.Float64() < 0.5 {
		u.UsageLocation = ""
	}
	return u
}

// guest turns a user into one of another organisation, without licenses.
func guest(u User, local, domain string) User {
	u.Guest, u.UsageLocation, u.Department, u.JobTitle = true, "", "", ""
	u.UserPrincipalName = local + "_example.com#EXT#@" + domain
	return u
}

// license gives a user products, each by one path or, rarely, by two.
func (s synthesis) license(u *User, rng *rand.Rand) {
	base := rng.Float64()
	for _, sh := range s.shares {
		if sh.base {
			base -= sh.part
		}
		holds := sh.base && base < 0 && base >= -sh.part || !sh.base && rng.Float64() < sh.part
		if !holds {
			continue
		}
		byGroup := rng.Float64() < sh.byGroup
		if byGroup {
			u.MemberOf = append(u.MemberOf, licensingGroup(sh))
		}
		if !byGroup || rng.Float64() < 0.02 {
			u.Licenses = append(u.Licenses, License{SKU: sh.sku.ID, DisabledPlans: someOff(sh.sku, rng)})
		}
	}
}

// someOff switches a service plan off for one user in ten.
func someOff(sku license.SKU, rng *rand.Rand) []license.GUID {
	if rng.Float64() >= 0.1 {
		return nil
	}
	for _, p := range sku.Plans {
		if p.Name == "YAMMER_ENTERPRISE" || p.Name == "SWAY" {
			return []license.GUID{p.ID}
		}
	}
	return nil
}

func pick[T any](rng *rand.Rand, list []T) T { return list[rng.IntN(len(list))] }

// id makes an object id for the user in that place. Ids ascend with the place,
// which saves sorting a million of them, and else look like any other.
func (s synthesis) id(i int, rng *rand.Rand) license.GUID {
	var id license.GUID
	binary.BigEndian.PutUint64(id[:], rng.Uint64())
	binary.BigEndian.PutUint64(id[8:], rng.Uint64())
	binary.BigEndian.PutUint32(id[:], uint32(uint64(i)<<32/uint64(s.Users)))
	id[6], id[8] = id[6]&0x0f|0x40, id[8]&0x3f|0x80 // version 4, of the usual variant
	return id
}
