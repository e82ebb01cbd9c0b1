package manifest

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/fleet"
	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

var (
	fleetKeys  = []string{"defaults", "guards", "applicationWrites", "tenants"}
	signInKeys = []string{"auth", "secretEnv", "certificate", "certificatePasswordEnv", "federated", "managedIdentity"}

	fleetDefaultKeys = slices.Concat([]string{"cloud", "clientId"}, signInKeys, []string{"writeRate", "paths", "labels"})
	fleetTenantKeys  = slices.Concat([]string{"name", "tenantId"}, fleetDefaultKeys)
	quotaKeys        = []string{"count", "minutes"}
)

// Words of a Fleet. A device code for each of many tenants nobody types, and
// an access token is good for one tenant alone.
var (
	fleetClouds  = []string{"global", "usgov", "usgov-dod", "china"}
	fleetMethods = []string{"default", "cli", "env", "workload", "managed", "managed-app"}
)

// mostTenants is more than one file of tenants is kept for.
const mostTenants = 10_000

// ParseFleet reads the file of a fleet: one document of kind Fleet. Whether the
// manifests of its tenants are there is not looked at. The error is of type
// Errors.
func ParseFleet(f File) (fleet.Fleet, error) {
	r := &fleetReader{reader: newReader(), names: make(itemIndex), ids: make(itemIndex)}
	roots := strictyaml.Parse(f.Path, f.Data, &r.errs)
	if len(roots) == 0 && len(r.errs) == 0 {
		r.errs.Add(&Error{Pos: strictyaml.Pos{File: f.Path}, Code: CodeNoDocument, Msg: "the file holds no document",
			Hint: "write a document of kind Fleet"})
	}
	var out fleet.Fleet
	for i, root := range roots {
		if i > 0 {
			root.Errorf(CodeDuplicateName, "the file of a fleet holds one document").Hint = "put the manifests of the tenants into files of their own, and name them under paths"
			continue
		}
		out = r.read(root)
	}
	if len(r.errs) > 0 {
		r.errs.Sort()
		return fleet.Fleet{}, r.errs
	}
	return out, nil
}

// fleetReader reads a document of kind Fleet.
type fleetReader struct {
	*reader
	names itemIndex // of the tenants
	ids   itemIndex
}

func (r *fleetReader) read(root strictyaml.Value) fleet.Fleet {
	m, ok := root.Mapping(documentKeys)
	fits := checkVersion(m.Need("apiVersion"))
	kind, hasKind := m.Need("kind").Str()
	if !ok || !fits || !hasKind {
		return fleet.Fleet{}
	}
	if kind != KindFleet {
		e := m.Get("kind").Errorf(CodeUnknownKind, "want a document of kind Fleet, found %q", kind)
		e.Hint = "the file of --fleet names the tenants; their manifests are files of their own"
		return fleet.Fleet{}
	}
	out := fleet.Fleet{Name: r.readName(m, KindFleet).Name, Source: source(m.Pos())}
	spec, _ := m.Need("spec").Mapping(fleetKeys)
	out.Guards = readFleetGuards(spec.Get("guards"))
	out.Writes = readQuota(spec.Get("applicationWrites"))
	defaults, _ := spec.Get("defaults").Mapping(fleetDefaultKeys)
	base := readFleetTenant(defaults, fleet.Tenant{Cloud: fleetClouds[0], Shared: true})
	out.Tenants = r.readTenants(spec.Need("tenants"), base)
	return out
}

func (r *fleetReader) readTenants(v strictyaml.Value, base fleet.Tenant) []fleet.Tenant {
	items, ok := v.Items()
	switch {
	case ok && v.Len() == 0:
		v.Errorf(strictyaml.CodeBadValue, "tenants: name at least one tenant")
	case v.Len() > mostTenants:
		v.Errorf(CodeTooMany, "tenants: %d are more than %d", v.Len(), mostTenants).Hint = "split the fleet into several"
		return nil
	}
	out := make([]fleet.Tenant, 0, v.Len())
	for item := range items {
		out = append(out, r.readTenant(item, base))
	}
	return out
}

func (r *fleetReader) readTenant(v strictyaml.Value, base fleet.Tenant) fleet.Tenant {
	m, ok := v.Mapping(fleetTenantKeys)
	if !ok {
		return fleet.Tenant{}
	}
	out := readFleetTenant(m, base)
	out.Source = source(v.Pos())
	name := m.Need("name")
	if text, ok := name.Str(); ok && checkName(name, text) {
		checkFolderName(name, text)
		r.names.add(name, text)
		out.Name = text
	}
	id := m.Need("tenantId")
	if out.TenantID = readFleetTenantID(id); out.TenantID != (license.GUID{}) {
		r.ids.add(id, out.TenantID.String())
	}
	checkOwnApplication(m, out, base)
	if len(out.Paths) == 0 {
		m.Errorf(strictyaml.CodeMissingKey, "neither the tenant nor the defaults have paths").Hint = "name the folder of the tenant's manifests: paths: [tenants/contoso]"
	}
	return out
}

// readFleetTenantID reads a tenant's id. A domain would do for signing in, but
// only the id says for sure whose plan it is.
func readFleetTenantID(v strictyaml.Value) license.GUID {
	text, ok := v.Str()
	if !ok {
		return license.GUID{}
	}
	id := checkGUID(v, text)
	if license.IsGUID(text) && id == (license.GUID{}) {
		v.Errorf(CodeBadGUID, "the tenant id is all zeros").Hint = "copy it from the overview page of the tenant"
	}
	return id
}

// reservedName are names that some system takes for something else than a
// folder, and those of the files that lie beside the folders.
var reservedName = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$|^fleet\.`)

func checkFolderName(v strictyaml.Value, name string) {
	if reservedName.MatchString(name) {
		v.Errorf(CodeBadName, "%q cannot be the name of a tenant: no folder can be called so beside fleet.json, or on Windows", name)
	}
}

// readFleetTenant reads what defaults and tenants have in common, over what
// the defaults say.
func readFleetTenant(m strictyaml.Mapping, t fleet.Tenant) fleet.Tenant {
	t.Cloud = oneOf(m.Get("cloud"), t.Cloud, fleetClouds...)
	if id := m.Get("clientId"); id.Present() {
		given := readClientID(id)
		t.Shared = t.ClientID == "" || t.ClientID == given
		t.ClientID = given
	}
	t.SignIn = readSignIn(m, t.SignIn)
	if rate := m.Get("writeRate"); rate.Present() {
		t.WriteRate = readRate(rate)
	}
	t.Paths = slices.Concat(t.Paths, readFleetPaths(m.Get("paths")))
	t.Labels = readLabels(m.Get("labels"), t.Labels)
	return t
}

func readClientID(v strictyaml.Value) string {
	text, ok := v.Str()
	if !ok {
		return ""
	}
	return checkGUID(v, text).String()
}

// readSignIn reads how a tenant is signed in to. Whoever says anything of it
// says all of it.
func readSignIn(m strictyaml.Mapping, inherited fleet.SignIn) fleet.SignIn {
	if !slices.ContainsFunc(signInKeys, func(key string) bool { return m.Get(key).Present() }) {
		return inherited
	}
	s := fleet.SignIn{
		Auth:        oneOf(m.Get("auth"), "", fleetMethods...),
		SecretEnv:   readVariable(m.Get("secretEnv")),
		Certificate: readFleetPath(m.Get("certificate")),
		PasswordEnv: readVariable(m.Get("certificatePasswordEnv")),
		Federated:   readFleetPath(m.Get("federated")),
	}
	if id := m.Get("managedIdentity"); id.Present() {
		s.ManagedIdentity = readClientID(id)
	}
	checkSignIn(m, s)
	return s
}

// checkSignIn refuses what cannot go together.
func checkSignIn(m strictyaml.Mapping, s fleet.SignIn) {
	implied := []struct{ key, method string }{{"secretEnv", "env"}, {"certificate", "env"}, {"federated", "workload"}}
	first := ""
	for _, i := range implied {
		v := m.Get(i.key)
		switch {
		case !v.Present():
		case first != "":
			v.Errorf(strictyaml.CodeBadValue, "%s and %s are two ways to sign in", first, i.key).Hint = "leave one of the two out"
		case s.Auth != "" && s.Auth != i.method:
			v.Errorf(strictyaml.CodeBadValue, "%s has no use with auth: %s", i.key, s.Auth).Hint = "leave auth out, or write auth: " + i.method
		default:
			first = i.key
		}
	}
	if v := m.Get("certificatePasswordEnv"); v.Present() && s.Certificate == "" {
		v.Errorf(strictyaml.CodeBadValue, "certificatePasswordEnv is about a certificate, and none is named")
	}
	if v := m.Get("managedIdentity"); v.Present() && s.Auth != "managed" && s.Auth != "managed-app" {
		v.Errorf(strictyaml.CodeBadValue, "managedIdentity has no use without auth: managed or managed-app")
	}
}

// checkOwnApplication refuses a tenant that has an application of its own and
// would be signed in to with the secret of another one.
func checkOwnApplication(m strictyaml.Mapping, t, base fleet.Tenant) {
	inherits := t.SignIn == base.SignIn && (base.SignIn.SecretEnv != "" || base.SignIn.Certificate != "")
	if id := m.Get("clientId"); id.Present() && !t.Shared && inherits {
		id.Errorf(strictyaml.CodeBadValue, "the tenant has an application of its own, and the secret of the defaults is for another one").Hint =
			"say how this one signs in: secretEnv, certificate, federated or auth"
	}
}

// variableName is the form of the variables of an environment.
var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// readVariable reads the name of a variable that holds a secret.
func readVariable(v strictyaml.Value) string {
	name, ok := v.Str()
	switch {
	case !ok:
		return ""
	case !variableName.MatchString(name):
		// The text is not repeated: somebody may have written the secret itself.
		v.Errorf(strictyaml.CodeBadValue, "want the name of a variable of the environment").Hint =
			"write a name such as CONTOSO_SECRET, never the secret itself"
		return ""
	}
	return name
}

// readFleetPaths reads where manifests are, relative to the file.
func readFleetPaths(v strictyaml.Value) []string {
	items, ok := v.Items()
	if !ok {
		return nil
	}
	var out []string
	seen := make(itemIndex, v.Len())
	for item := range items {
		p := readFleetPath(item)
		seen.add(item, p)
		out = append(out, p)
	}
	return out
}

func readFleetPath(v strictyaml.Value) string {
	text, ok := v.Str()
	switch {
	case !ok:
		return ""
	case text == "" || strings.TrimSpace(text) != text || text == Stdin:
		v.Errorf(CodeBadPath, "%q is not the path of a file or folder", text)
	case strings.Contains(text, `\`) || path.IsAbs(text) || len(text) > 1 && text[1] == ':':
		v.Errorf(CodeBadPath, "%q: write the path relative to this file, with forward slashes", text)
	}
	return path.Clean(text)
}

// readLabels reads labels over those of the defaults.
func readLabels(v strictyaml.Value, inherited map[string]string) map[string]string {
	if !v.Present() {
		return inherited
	}
	entries, _ := v.Entries()
	out := maps.Clone(inherited)
	if out == nil {
		out = make(map[string]string, len(entries))
	}
	for _, e := range entries {
		key, _ := e.Key.Str()
		value, ok := e.Value.Str()
		if !checkName(e.Key, key) || !ok || value != "" && !checkName(e.Value, value) {
			continue
		}
		out[key] = value
	}
	return out
}

// fastestRate is what the quota of one application in one tenant gives, in
// writes per second (Graph docs, throttling limits, 2026-02: 3,000 in 150 s).
const fastestRate = 20

func readRate(v strictyaml.Value) float64 {
	text, ok := v.Number()
	if !ok {
		return 0
	}
	rate, err := strconv.ParseFloat(text, 64)
	if err != nil || rate <= 0 || rate > fastestRate {
		v.Errorf(strictyaml.CodeBadNumber, "writeRate: want writes per second, more than 0 and at most %d, found %s", fastestRate, text)
	}
	return rate
}

func readQuota(v strictyaml.Value) fleet.Quota {
	q := fleet.DefaultQuota()
	if !v.Present() {
		return q
	}
	m, _ := v.Mapping(quotaKeys)
	if n, ok := readWhole(m.Need("count")); ok {
		q.Count = n
	}
	if n, ok := readWhole(m.Get("minutes")); ok {
		q.Per = time.Duration(n) * time.Minute
	}
	return q
}

// readWhole reads a whole number from 1 to a million.
func readWhole(v strictyaml.Value) (int, bool) {
	const most = 1_000_000
	n, ok := v.Count()
	if ok && (n < 1 || n > most) {
		v.Errorf(strictyaml.CodeBadNumber, "want a number from 1 to %d, found %d", most, n)
		return 0, false
	}
	return n, ok
}

func readFleetGuards(v strictyaml.Value) fleet.Guards {
	out := fleet.DefaultGuards()
	if !v.Present() {
		return out
	}
	m, _ := v.Mapping(fleetGuardKeys())
	read := func(name fleet.GuardName, limit *plan.Limit) {
		if v := m.Get(string(name)); v.Present() {
			*limit = readLimit(v)
		}
	}
	read(fleet.MaxTenantsChanged, &out.MaxTenantsChanged)
	read(fleet.MaxRemovals, &out.MaxRemovals)
	return out
}

func fleetGuardKeys() []string {
	var out []string
	for _, name := range fleet.GuardNames() {
		out = append(out, string(name))
	}
	return out
}

// CheckTenant gives the error of a policy that is for another tenant than the one
// of a fleet whose manifests these are; nil: it fits.
func (s *Set) CheckTenant(t fleet.Tenant) Errors {
	id := s.Policy.TenantID
	if id == (license.GUID{}) || id == t.TenantID {
		return nil
	}
	return Errors{{
		Pos: pos(s.Policy.Source), Code: CodeForeignPolicy,
		Msg:  "the policy is for tenant " + id.String() + ", and the fleet has " + t.Name + " as " + t.TenantID.String(),
		Hint: "correct tenantId in one of the two; a policy that several tenants share has none",
	}}
}
