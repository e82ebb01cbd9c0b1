package emulator

import (
	"net/http"
	"path"
	"strconv"
	"time"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/license"
)

// ParseOptions reads an options file, faults among them: one YAML (or JSON)
// document of kind EmulatorOptions. The file's name serves for positions
// alone. The error is a strictyaml.Errors with every mistake of the file,
// sorted, each with its place.
func ParseOptions(file string, data []byte) (Options, error) {
	p := &optionsParser{}
	if spec, ok := specOf(file, data, "EmulatorOptions", &p.errs); ok {
		p.spec(spec)
	}
	p.errs.Sort()
	return p.opts, p.errs.Err()
}

type optionsParser struct {
	opts Options
	errs strictyaml.Errors
}

func (p *optionsParser) spec(v strictyaml.Value) {
	m, ok := v.Mapping([]string{"seed", "atomicity", "rules", "warningSeats", "groupDelay", "groups", "limits", "concurrency", "lag",
		"tokenLifetime", "pageTokenLifetime", "writeLatency", "auditLog", "signInPages", "premiumRefusals", "faults"})
	if !ok {
		return
	}
	if seed, ok := m.Get("seed").Count(); ok {
		p.opts.Seed = uint64(seed)
	}
	if word, ok := m.Get("atomicity").OneOf("allOrNothing", "asFarAsItGets"); ok && word == "asFarAsItGets" {
		p.opts.Atomicity = AsFarAsItGets
	}
	if word, ok := m.Get("rules").OneOf("observed", "published", "none"); ok {
		p.opts.Rules = map[string]*license.Rules{
			"observed": license.ObservedRules(), "published": license.PublishedRules(), "none": {},
		}[word]
	}
	p.opts.WarningSeats, _ = m.Get("warningSeats").Bool()
	p.opts.GroupDelay, _ = durationOf(m.Get("groupDelay"))
	p.groups(m.Get("groups"))
	p.limits(m.Get("limits"))
	p.concurrency(m.Get("concurrency"))
	p.lag(m.Get("lag"))
	p.opts.TokenLifetime, _ = durationOf(m.Get("tokenLifetime"))
	p.opts.PageTokenLifetime, _ = durationOf(m.Get("pageTokenLifetime"))
	p.opts.WriteLatency, _ = durationOf(m.Get("writeLatency"))
	if word, ok := m.Get("auditLog").OneOf("bare", string(AuditDetailed), string(AuditOdd)); ok && word != "bare" {
		p.opts.AuditLog = AuditDetail(word)
	}
	if word, ok := m.Get("signInPages").OneOf("clipped", string(SignInPagesRefused)); ok && word != "clipped" {
		p.opts.SignInPages = SignInPages(word)
	}
	p.opts.PremiumRefusals, _ = probabilityOf(m.Get("premiumRefusals"))
	items, _ := m.Get("faults").Items()
	for item := range items {
		p.fault(item)
	}
}

func (p *optionsParser) groups(v strictyaml.Value) {
	m, ok := v.Mapping([]string{"loseOverlapping", "alsoDisabled", "completeEarly", "endsAs"})
	if !ok {
		return
	}
	p.opts.Groups.LoseOverlapping, _ = m.Get("loseOverlapping").Bool()
	p.opts.Groups.CompleteEarly, _ = m.Get("completeEarly").Bool()
	p.opts.Groups.EndsAs, _ = m.Get("endsAs").Str()
	items, _ := m.Get("alsoDisabled").Items()
	for item := range items {
		p.alsoDisabled(item)
	}
}

// alsoDisabled reads published service plans that the service disables by itself.
func (p *optionsParser) alsoDisabled(v strictyaml.Value) {
	m, ok := v.Mapping([]string{"sku", "disabledPlans"})
	if !ok {
		return
	}
	ref, _ := m.Need("sku").Str()
	sku, err := license.Published().ResolveSKU(ref)
	if err != nil {
		report(m.Get("sku"), codeUnknownSKU, err)
		return
	}
	l := License{SKU: sku.ID}
	items, _ := m.Need("disabledPlans").Items()
	for item := range items {
		name, _ := item.Str()
		plan, err := license.Published().ResolvePlan(sku, name)
		if err != nil {
			report(item, codeUnknownPlan, err)
			continue
		}
		l.DisabledPlans = append(l.DisabledPlans, plan.ID)
	}
	p.opts.Groups.AlsoDisabled = append(p.opts.Groups.AlsoDisabled, l)
}

func (p *optionsParser) limits(v strictyaml.Value) {
	m, ok := v.Mapping([]string{"off", "resourceUnits", "window", "writes", "writeWindow", "tenantWrites", "tenantWindow",
		"applicationWrites", "applicationWindow"})
	if !ok {
		return
	}
	l := &p.opts.Limits
	l.Off, _ = m.Get("off").Bool()
	l.ResourceUnits, _ = m.Get("resourceUnits").Count()
	l.Window, _ = durationOf(m.Get("window"))
	l.Writes, _ = m.Get("writes").Count()
	l.WriteWindow, _ = durationOf(m.Get("writeWindow"))
	l.TenantWrites, _ = m.Get("tenantWrites").Count()
	l.TenantWindow, _ = durationOf(m.Get("tenantWindow"))
	l.ApplicationWrites, _ = m.Get("applicationWrites").Count()
	l.ApplicationWindow, _ = durationOf(m.Get("applicationWindow"))
}

func (p *optionsParser) concurrency(v strictyaml.Value) {
	m, ok := v.Mapping([]string{"writes", "badRequest"})
	if !ok {
		return
	}
	p.opts.Concurrency.Writes, _ = m.Need("writes").Count()
	p.opts.Concurrency.BadRequest, _ = m.Get("badRequest").Bool()
}

func (p *optionsParser) lag(v strictyaml.Value) {
	m, ok := v.Mapping([]string{"delay", "share"})
	if !ok {
		return
	}
	p.opts.Lag.Delay, _ = durationOf(m.Need("delay"))
	p.opts.Lag.Share, _ = probabilityOf(m.Get("share"))
}

func (p *optionsParser) fault(v strictyaml.Value) {
	m, ok := v.Mapping([]string{"route", "method", "path", "after", "count", "probability", "effect", "latency", "status",
		"code", "message", "body", "retryAfter", "host", "property", "headers"})
	if !ok {
		return
	}
	var f Fault
	f.Route, _ = m.Get("route").OneOf(routeNames()...)
	f.Method, _ = m.Get("method").OneOf("GET", "POST", "PATCH", "DELETE")
	f.Path = pathPattern(m.Get("path"))
	f.After, _ = m.Get("after").Count()
	f.Count, _ = m.Get("count").Count()
	f.Probability, _ = probabilityOf(m.Get("probability"))
	word, _ := m.Need("effect").OneOf(effects()...)
	f.Effect = Effect(word)
	f.Latency, _ = durationOf(m.Get("latency"))
	f.Status = f.Effect.statusOf(m.Get("status"))
	f.Code, _ = m.Get("code").Str()
	f.Message, _ = m.Get("message").Str()
	f.Body, _ = m.Get("body").Str()
	f.RetryAfter, _ = durationOf(m.Get("retryAfter"))
	f.Host, _ = m.Get("host").Str()
	f.Property = propertyOf(f.Effect, m)
	f.Headers = headersOf(m.Get("headers"))
	p.opts.Faults = append(p.opts.Faults, f)
}

// propertyOf reads the property that some effects, and no others, need.
func propertyOf(effect Effect, m strictyaml.Mapping) string {
	if effect == EffectAbsent || effect == EffectNulled {
		name, _ := m.Need("property").Str()
		return name
	}
	v := m.Get("property")
	if name, ok := v.Str(); ok {
		v.Errorf(strictyaml.CodeBadValue, "property: only %s and %s need one, found %q", EffectAbsent, EffectNulled, name)
	}
	return ""
}

// headersOf reads headers by their names.
func headersOf(v strictyaml.Value) map[string]string {
	entries, ok := v.Entries()
	if !ok {
		return nil
	}
	out := map[string]string{}
	for _, entry := range entries {
		name, _ := entry.Key.Str()
		out[name], _ = entry.Value.Str()
	}
	return out
}

// routeNames are the operations that a fault can be about.
func routeNames() []string {
	var out []string
	seen := map[string]bool{}
	for _, r := range append(graphRoutes(), authorityRoutes()...) {
		if !seen[r.name] {
			seen[r.name] = true
			out = append(out, r.name)
		}
	}
	return out
}

func pathPattern(v strictyaml.Value) string {
	text, ok := v.Str()
	if !ok {
		return ""
	}
	if _, err := path.Match(text, ""); err != nil {
		v.Errorf(strictyaml.CodeBadValue, "path: %q is not a pattern", text)
	}
	return text
}

// statusOf takes a value as the status of an answer in which something is
// wrong: with a page of somebody else, or nothing, a success is wrong as well.
func (e Effect) statusOf(v strictyaml.Value) int {
	n, ok := v.Count()
	if n == http.StatusOK && (e == EffectHTML || e == EffectEmptyBody) {
		return n
	}
	if ok && (n < 300 || n > 599) {
		v.Errorf(strictyaml.CodeBadNumber, "status: want a status from 300 to 599, found %d", n)
	}
	return n
}

// probabilityOf takes a value as a number above 0 and up to 1.
func probabilityOf(v strictyaml.Value) (float64, bool) {
	text, ok := v.Number()
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n <= 0 || n > 1 {
		v.Errorf(strictyaml.CodeBadNumber, "want a number above 0 and up to 1, found %s", text)
		return 0, false
	}
	return n, true
}

// durationOf takes a value as a duration such as 500ms or 2s.
func durationOf(v strictyaml.Value) (time.Duration, bool) {
	text, ok := v.Str()
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		v.Errorf(codeBadDuration, "%q is not a duration", text).Hint = "write a number and a unit, such as 500ms or 2s"
		return 0, false
	}
	return d, true
}
