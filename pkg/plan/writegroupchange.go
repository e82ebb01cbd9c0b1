package plan

func (d *document) groupChange(c *GroupChange) {
	d.begin('{')
	d.member("group")
	d.value(c.Group)
	d.member("source")
	d.source(&c.Source)
	d.member("status")
	d.text(string(c.Status))
	d.member("actions")
	list(d, c.Actions, d.action)
	d.member("before")
	d.groupState(&c.Before)
	d.member("after")
	d.groupState(&c.After)
	d.member("members")
	d.value(c.Members)
	d.member("waitsFor")
	d.ids(c.WaitsFor)
	d.someIDs("waitsForUsers", c.WaitsForUsers)
	d.member("reasons")
	list(d, c.Reasons, d.code)
	if c.OneCall {
		d.member("oneCall")
		d.raw("true")
	}
	d.member("effects")
	list(d, c.Effects, d.effect)
	if c.KeptBy != nil {
		d.member("keptBy")
		d.keptBy(c.KeptBy)
	}
	d.someIDs("mailboxes", c.Mailboxes)
	d.end('}')
}

func (d *document) groupState(s *GroupState) {
	d.begin('{')
	d.member("licenses")
	list(d, s.Licenses, d.license)
	d.end('}')
}

// effect writes what may be about a million members.
func (d *document) effect(e *MemberEffect) {
	d.begin('{')
	d.member("gain")
	d.ids(e.Gain)
	d.member("lose")
	d.ids(e.Lose)
	d.someIDs("part", e.Part)
	d.member("wait")
	list(d, e.Wait, d.waiting)
	d.member("members")
	d.ids(e.Members)
	if len(e.Names) > 0 {
		d.member("names")
		list(d, e.Names, func(name *string) { d.text(*name) })
	}
	d.end('}')
}

func (d *document) waiting(w *Waiting) {
	d.begin('{')
	d.member("skuId")
	d.id(&w.SKUID)
	d.member("reason")
	d.text(string(w.Reason))
	d.end('}')
}

func (d *document) keptBy(k *KeptBy) {
	d.begin('{')
	d.member("groups")
	d.ids(k.Groups)
	d.member("users")
	d.ids(k.Users)
	d.end('}')
}
