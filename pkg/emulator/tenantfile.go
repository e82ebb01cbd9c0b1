package emulator

import (
	"cmp"
	"errors"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/license"
)

// ParseTenant reads a tenant file: one YAML document of kind EmulatedTenant.
// The file's name serves for positions alone. The error is a strictyaml.Errors
// with every mistake of the file, sorted, each with its place.
func ParseTenant(file string, data []byte) (Tenant, error) {
	p := &tenantParser{users: map[string]strictyaml.Pos{}, ids: map[license.GUID]strictyaml.Pos{}}
	if spec, ok := specOf(file, data, "EmulatedTenant", &p.errs); ok {
		p.spec(spec)
	}
	p.errs.Sort()
	return p.tenant, p.errs.Err()
}

// tenantParser reads the parts of a tenant file in the order in which they
// refer to each other: products, users, groups.
type tenantParser struct {
	tenant  Tenant
	catalog *license.Catalog // of the tenant's products
	errs    strictyaml.Errors
	users   map[string]strictyaml.Pos // by folded principal name and by id
	ids     map[license.GUID]strictyaml.Pos

	managers []strictyaml.Value // that users name
}

func (p *tenantParser) spec(v strictyaml.Value) {
	m, ok := v.Mapping([]string{"tenant", "signedInUser", "products", "groups", "users", "applications"})
	if !ok {
		return
	}
	p.about(m.Need("tenant"))
	p.eachItem(m.Need("products"), p.product)
	p.catalog = license.NewCatalog(p.skus())
	p.eachItem(m.Get("users"), p.user)
	for _, manager := range p.managers {
		name, _ := manager.Str()
		p.knownUser(manager, name)
	}
	p.eachItem(m.Get("groups"), p.group)
	p.eachItem(m.Get("applications"), p.application)
	if name, ok := m.Get("signedInUser").Str(); ok {
		p.tenant.SignedInUser = name
		p.knownUser(m.Get("signedInUser"), name)
	}
}

func (p *tenantParser) eachItem(v strictyaml.Value, read func(strictyaml.Value)) {
	items, _ := v.Items()
	for item := range items {
		read(item)
	}
}

func (p *tenantParser) skus() []license.SKU {
	var out []license.SKU
	for _, product := range p.tenant.Products {
		out = append(out, product.SKU)
	}
	return out
}

func (p *tenantParser) about(v strictyaml.Value) {
	m, ok := v.Mapping([]string{"id", "displayName", "defaultDomain", "countryLetterCode", "displayConcealedNames"})
	if !ok {
		return
	}
	p.tenant.ID, _ = guidOf(m.Get("id"))
	p.tenant.DisplayName, _ = m.Need("displayName").Str()
	p.tenant.DefaultDomain, _ = m.Need("defaultDomain").Str()
	p.tenant.CountryLetterCode, _ = countryOf(m.Get("countryLetterCode"))
	if conceals, ok := m.Get("displayConcealedNames").Bool(); ok {
		p.tenant.RevealNames = !conceals
	}
}

// product reads a product. What it leaves out comes from the built-in table.
func (p *tenantParser) product(v strictyaml.Value) {
	m, ok := v.Mapping([]string{"sku", "id", "name", "appliesTo", "enabled", "warning", "suspended", "lockedOut", "plans", "prohibitedIn", "subscriptions"})
	if !ok {
		return
	}
	ref, ok := nameOf(m.Need("sku"))
	if !ok {
		return
	}
	sku, ok := p.publishedSKU(m, ref)
	if !ok {
		return
	}
	if word, ok := m.Get("appliesTo").OneOf(string(license.AppliesToUser), string(license.AppliesToCompany)); ok {
		sku.AppliesTo = license.AppliesTo(word)
	}
	if m.Get("plans").Present() {
		sku.Plans = p.plans(m.Get("plans"))
	}
	sku.Units.Enabled, _ = m.Need("enabled").Count()
	sku.Units.Warning, _ = m.Get("warning").Count()
	sku.Units.Suspended, _ = m.Get("suspended").Count()
	sku.Units.LockedOut, _ = m.Get("lockedOut").Count()
	product := Product{SKU: sku, Subscriptions: p.subscriptions(m.Get("subscriptions"))}
	p.eachItem(m.Get("prohibitedIn"), func(v strictyaml.Value) {
		if code, ok := countryOf(v); ok {
			product.ProhibitedIn = append(product.ProhibitedIn, code)
		}
	})
	if p.newID(m.Get("sku"), sku.ID) {
		p.tenant.Products = append(p.tenant.Products, product)
	}
}

// publishedSKU returns the published product that a reference names, or, where
// an id is given, a product of the tenant's own.
func (p *tenantParser) publishedSKU(m strictyaml.Mapping, ref string) (license.SKU, bool) {
	name, _ := m.Get("name").Str()
	if m.Get("id").Present() {
		id, ok := guidOf(m.Get("id"))
		sku, published := license.Published().SKU(id)
		if !published {
			sku = license.SKU{ID: id, AppliesTo: license.AppliesToUser}
		}
		sku.PartNumber, sku.Name = ref, cmp.Or(name, sku.Name)
		return sku, ok
	}
	sku, err := license.Published().ResolveSKU(ref)
	if err != nil {
		report(m.Get("sku"), codeUnknownSKU, err)
		return sku, false
	}
	sku.Name = cmp.Or(name, sku.Name)
	return sku, true
}

// report adds an error of the catalog at a value, with its hint.
func report(v strictyaml.Value, code strictyaml.Code, err error) {
	e := v.Errorf(code, "%v", err)
	var hinted interface{ Hint() string }
	if errors.As(err, &hinted) {
		e.Hint = hinted.Hint()
	}
}

// newID reports whether an id is used for the first time, and says where else
// it is if not.
func (p *tenantParser) newID(v strictyaml.Value, id license.GUID) bool {
	first, twice := p.ids[id]
	if twice {
		e := v.Errorf(codeDuplicate, "the id %s is used twice, first at %s", id, first)
		e.Related = []strictyaml.Pos{first}
		return false
	}
	p.ids[id] = v.Pos()
	return true
}

func (p *tenantParser) plans(v strictyaml.Value) []license.ServicePlan {
	var out []license.ServicePlan
	p.eachItem(v, func(v strictyaml.Value) {
		m, ok := v.Mapping([]string{"name", "id", "appliesTo", "provisioningStatus"})
		if !ok {
			return
		}
		var plan license.ServicePlan
		plan.Name, _ = m.Need("name").Str()
		plan.ID, _ = guidOf(m.Need("id"))
		if word, ok := m.Get("appliesTo").OneOf(string(license.AppliesToUser), string(license.AppliesToCompany)); ok {
			plan.AppliesTo = license.AppliesTo(word)
		}
		plan.ProvisioningStatus, _ = m.Get("provisioningStatus").Str()
		out = append(out, plan)
	})
	return out
}

func (p *tenantParser) user(v strictyaml.Value) {
	m, ok := v.Mapping(append([]string{"user", "id", "displayName", "usageLocation", "accountEnabled", "userType", "department",
		"country", "jobTitle", "manager", "licenses", "duplicateProxyAddress", "managementRestricted", "agent"}, evidenceKeys()...))
	if !ok {
		return
	}
	var u User
	if u.UserPrincipalName, ok = nameOf(m.Need("user")); !ok || !p.newUser(m, &u) {
		return
	}
	u.DisplayName, _ = m.Get("displayName").Str()
	u.UsageLocation, _ = countryOf(m.Get("usageLocation"))
	u.Department, _ = m.Get("department").Str()
	u.Country, _ = m.Get("country").Str()
	u.JobTitle, _ = m.Get("jobTitle").Str()
	if u.Manager, ok = m.Get("manager").Str(); ok {
		p.managers = append(p.managers, m.Get("manager"))
	}
	if enabled, ok := m.Get("accountEnabled").Bool(); ok {
		u.Disabled = !enabled
	}
	if kind, ok := m.Get("userType").OneOf("Member", "Guest"); ok {
		u.Guest = kind == "Guest"
	}
	u.DuplicateProxyAddress, _ = m.Get("duplicateProxyAddress").Bool()
	u.ManagementRestricted, _ = m.Get("managementRestricted").Bool()
	u.Agent, _ = m.Get("agent").Bool()
	u.Evidence = p.evidence(m)
	u.Licenses = p.licenses(m.Get("licenses"))
	p.tenant.Users = append(p.tenant.Users, u)
}

// newUser takes a user's name and id in, each of which must be new.
func (p *tenantParser) newUser(m strictyaml.Mapping, u *User) bool {
	key := license.UPNKey(u.UserPrincipalName)
	if first, twice := p.users[key]; twice {
		e := m.Get("user").Errorf(codeDuplicate, "the user %q is there twice, first at %s", u.UserPrincipalName, first)
		e.Related = []strictyaml.Pos{first}
		return false
	}
	p.users[key] = m.Get("user").Pos()
	u.ID = DerivedID("user", u.UserPrincipalName)
	if id, ok := guidOf(m.Get("id")); ok {
		u.ID = id
	}
	p.users[u.ID.String()] = m.Get("user").Pos()
	return p.newID(m.Get("user"), u.ID)
}

// licenses reads a list of licenses of a user or a group.
func (p *tenantParser) licenses(v strictyaml.Value) []License {
	var out []License
	seen := map[license.GUID]bool{}
	p.eachItem(v, func(v strictyaml.Value) {
		m, ok := v.Mapping([]string{"sku", "disabledPlans", "state", "error", "lastUpdatedDateTime"})
		if !ok {
			return
		}
		ref, ok := m.Need("sku").Str()
		if !ok {
			return
		}
		sku, err := p.catalog.ResolveSKU(ref)
		switch {
		case err != nil:
			report(m.Get("sku"), codeUnknownSKU, err)
		case seen[sku.ID]:
			m.Get("sku").Errorf(codeDuplicate, "the product %q is there twice", ref)
		default:
			seen[sku.ID] = true
			l := License{SKU: sku.ID, DisabledPlans: p.disabledPlans(m.Get("disabledPlans"), sku)}
			l.State, _ = m.Get("state").Str()
			l.Error, _ = m.Get("error").Str()
			l.Updated = momentOf(m.Get("lastUpdatedDateTime"))
			out = append(out, l)
		}
	})
	return out
}

func (p *tenantParser) disabledPlans(v strictyaml.Value, sku license.SKU) []license.GUID {
	var out []license.GUID
	p.eachItem(v, func(v strictyaml.Value) {
		ref, ok := v.Str()
		if !ok {
			return
		}
		plan, err := p.catalog.ResolvePlan(sku, ref)
		if err != nil {
			report(v, codeUnknownPlan, err)
			return
		}
		out = append(out, plan.ID)
	})
	return license.SortedGUIDs(out)
}

func (p *tenantParser) group(v strictyaml.Value) {
	m, ok := v.Mapping([]string{"name", "id", "licenses", "members", "groups", "securityEnabled", "dynamic", "onPremisesSynced", "hiddenMembership"})
	if !ok {
		return
	}
	var g Group
	if g.Name, ok = nameOf(m.Need("name")); !ok {
		return
	}
	g.ID = DerivedID("group", g.Name)
	if id, ok := guidOf(m.Get("id")); ok {
		g.ID = id
	}
	if !p.newID(m.Get("name"), g.ID) {
		return
	}
	g.Licenses = p.licenses(m.Get("licenses"))
	p.eachItem(m.Get("members"), func(v strictyaml.Value) {
		if name, ok := v.Str(); ok && p.knownUser(v, name) {
			g.Members = append(g.Members, name)
		}
	})
	g.Groups = textsOf(m.Get("groups"))
	if enabled, ok := m.Get("securityEnabled").Bool(); ok {
		g.NotSecurityEnabled = !enabled
	}
	g.Dynamic, _ = m.Get("dynamic").Bool()
	g.OnPremisesSynced, _ = m.Get("onPremisesSynced").Bool()
	g.HiddenMembership, _ = m.Get("hiddenMembership").Bool()
	p.tenant.Groups = append(p.tenant.Groups, g)
}

// knownUser reports whether a name is that of a user of the file, and says so
// if not.
func (p *tenantParser) knownUser(v strictyaml.Value, name string) bool {
	_, ok := p.users[strings.ToLower(name)]
	if !ok {
		v.Errorf(codeUnknownUser, "no user %q", name).Hint = "declare the user under users"
	}
	return ok
}

func (p *tenantParser) application(v strictyaml.Value) {
	m, ok := v.Mapping([]string{"clientId", "secret", "roles", "federated"})
	if !ok {
		return
	}
	var app Application
	if id, ok := guidOf(m.Need("clientId")); ok {
		app.ClientID = id.String()
	}
	app.Secret, _ = m.Get("secret").Str()
	if m.Get("roles").Present() {
		app.Roles = append([]string{}, textsOf(m.Get("roles"))...)
	}
	p.eachItem(m.Get("federated"), func(v strictyaml.Value) {
		if m, ok := v.Mapping([]string{"issuer", "subject", "audience"}); ok {
			var f FederatedCredential
			f.Issuer, _ = m.Need("issuer").Str()
			f.Subject, _ = m.Need("subject").Str()
			f.Audience, _ = m.Get("audience").Str()
			app.Federated = append(app.Federated, f)
		}
	})
	p.tenant.Applications = append(p.tenant.Applications, app)
}
