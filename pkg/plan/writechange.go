package plan

// Members stand in the order of the fields. A test holds what is written against
// what package json makes of the same values.

func (d *document) change(c *Change) {
	d.begin('{')
	d.member("user")
	d.user(&c.User)
	d.member("source")
	d.source(&c.Source)
	d.member("status")
	d.text(string(c.Status))
	d.member("actions")
	list(d, c.Actions, d.action)
	d.member("before")
	d.state(&c.Before)
	d.member("after")
	d.state(&c.After)
	d.member("priority")
	d.number(c.Priority)
	d.member("waitsFor")
	d.ids(c.WaitsFor)
	d.member("reasons")
	list(d, c.Reasons, d.code)
	d.someIDs("waitsForGroups", c.WaitsForGroups)
	d.someIDs("waitsForSeatsOf", c.WaitsForSeatsOf)
	d.someText("selection", c.Selection)
	if c.Preconditions != nil {
		d.member("preconditions")
		d.preconditions(c.Preconditions)
	}
	if len(c.Audit) > 0 {
		d.member("audit")
		d.value(c.Audit)
	}
	d.end('}')
}

func (d *document) user(u *UserRef) {
	d.begin('{')
	d.member("id")
	d.id(&u.ID)
	d.member("userPrincipalName")
	d.text(u.UserPrincipalName)
	d.end('}')
}

func (d *document) source(s *Source) {
	d.begin('{')
	d.member("file")
	d.text(s.File)
	d.member("line")
	d.number(s.Line)
	d.end('}')
}

func (d *document) code(c *Code) { d.text(string(*c)) }

func (d *document) action(a *Action) {
	d.begin('{')
	d.member("op")
	d.text(string(a.Op))
	d.someID("skuId", a.SKUID)
	d.someText("skuPartNumber", a.SKUPartNumber)
	d.plans(a.DisabledPlans)
	d.someText("usageLocation", a.UsageLocation)
	d.member("before")
	d.replaced(a.Before)
	d.someText("cause", string(a.Cause))
	if a.CausedBy != nil {
		d.member("causedBy")
		d.origin(a.CausedBy)
	}
	d.someIDs("keptBy", a.KeptBy)
	d.end('}')
}

// plans writes the service plans that are off, were there none of them; nil: nothing.
func (d *document) plans(off []PlanRef) {
	if off != nil {
		d.member("disabledPlans")
		list(d, off, d.plan)
	}
}

func (d *document) plan(p *PlanRef) {
	d.begin('{')
	d.member("id")
	d.id(&p.ID)
	d.member("name")
	d.text(p.Name)
	d.end('}')
}

func (d *document) replaced(b *Before) {
	if b == nil {
		d.raw("null")
		return
	}
	d.begin('{')
	d.plans(b.DisabledPlans)
	if b.UsageLocation != nil {
		d.member("usageLocation")
		d.text(*b.UsageLocation)
	}
	d.end('}')
}

func (d *document) origin(o *Origin) {
	d.begin('{')
	d.member("kind")
	d.text(string(o.Kind))
	d.someText("name", o.Name)
	d.member("source")
	d.source(&o.Source)
	d.end('}')
}

func (d *document) state(s *State) {
	d.begin('{')
	d.member("usageLocation")
	d.text(s.UsageLocation)
	d.member("licenses")
	list(d, s.Licenses, d.license)
	d.end('}')
}

func (d *document) license(l *StateLicense) {
	d.begin('{')
	d.member("skuId")
	d.id(&l.SKUID)
	d.member("disabledPlans")
	d.ids(l.DisabledPlans)
	d.end('}')
}

func (d *document) preconditions(p *Preconditions) {
	if len(p.SelectedBy)+len(p.NotSelectedBy)+len(p.Reclaims) > 0 || p.Mailbox {
		d.value(p)
		return
	}
	d.begin('{')
	d.member("userPrincipalName")
	d.text(p.UserPrincipalName)
	d.member("inForce")
	list(d, p.InForce, d.required)
	d.end('}')
}

func (d *document) required(a *RequiredAssignment) {
	d.begin('{')
	d.member("skuId")
	d.id(&a.SKUID)
	d.member("skuPartNumber")
	d.text(a.SKUPartNumber)
	d.someID("group", a.Group)
	if a.DisabledPlans != nil {
		d.member("disabledPlans")
		d.ids(a.DisabledPlans)
	}
	d.end('}')
}

func (d *document) finding(f *Finding) {
	d.begin('{')
	d.member("severity")
	d.text(string(f.Severity))
	d.member("code")
	d.text(string(f.Code))
	d.member("message")
	d.text(f.Message)
	d.someText("hint", f.Hint)
	if f.MonthlyCost != nil {
		d.member("monthlyCost")
		d.raw(f.MonthlyCost.String())
	}
	d.someText("user", f.User)
	d.someID("group", f.Group)
	d.someID("skuId", f.SKUID)
	if f.Source != nil {
		d.member("source")
		d.source(f.Source)
	}
	if len(f.Related) > 0 {
		d.member("related")
		list(d, f.Related, d.source)
	}
	d.end('}')
}
