package emulator

import (
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// groupFilters is what a filter may name in a group.
func groupFilters() filterSchema {
	return filterSchema{
		resource: "Group",
		sorts:    []string{"displayName"},
		texts:    []string{"id", "displayName", "description", "mail", "mailNickname", "membershipRule", "membershipRuleProcessingState", "visibility"},
		flags:    []string{"securityEnabled", "mailEnabled", "hasMembersWithLicenseErrors", "onPremisesSyncEnabled"},
		times:    []string{"createdDateTime"},
		lists:    []string{"groupTypes", "proxyAddresses"},
		maybe: []string{
			"classification", "expirationDateTime", "isAssignableToRole", "licenseProcessingState", "onPremisesLastSyncDateTime",
			"onPremisesSamAccountName", "onPremisesSecurityIdentifier", "preferredLanguage", "renewedDateTime", "uniqueName",
		},
	}
}

// groupSubject is a group as a filter sees it.
type groupSubject struct {
	*directory
	ref groupRef
}

func (s groupSubject) text(property string) string {
	g := s.groups[s.ref]
	switch property {
	case "id":
		return g.id.String()
	case "displayName":
		return g.name
	case "securityEnabled":
		return strconv.FormatBool(!g.mailOnly)
	case "mailEnabled":
		return strconv.FormatBool(g.mailEnabled)
	case "hasMembersWithLicenseErrors":
		return strconv.FormatBool(len(s.withErrors(s.ref, g.members)) > 0)
	case "createdDateTime":
		return timeText(g.created)
	}
	return s.optionalText(g, property)
}

// optionalText gives a property that not every group has; empty for none.
func (d *directory) optionalText(g group, property string) string {
	switch {
	case property == "description":
		return g.description
	case property == "mailNickname":
		return g.nickname
	case property == "membershipRuleProcessingState" && g.dynamic:
		return g.ruleState()
	case property == "membershipRule":
		return g.rule
	case property == "visibility":
		return g.visible()
	case property == "mail":
		return d.mailOf(g)
	case property == "onPremisesSyncEnabled" && g.synced:
		return "true"
	}
	return ""
}

// items gives the types or the addresses of a group.
func (s groupSubject) items(list string) []item {
	g := s.groups[s.ref]
	var out []item
	switch address := s.mailOf(g); {
	case list == "groupTypes":
		for _, kind := range g.types() {
			out = append(out, item{"": kind})
		}
	case list == "proxyAddresses" && address != "":
		out = append(out, item{"": "SMTP:" + address})
	}
	return out
}

// ruleState tells whether the rule of a dynamic group is processed.
func (g group) ruleState() string {
	if g.paused {
		return "Paused"
	}
	return "On"
}

// visible gives the visibility of a group; empty for none.
func (g group) visible() string {
	if g.hidden {
		return hiddenMembership
	}
	return g.visibility
}

const hiddenMembership = "HiddenMembership"

// mailOf gives the address of a Microsoft 365 group; those of others are not
// known here.
func (d *directory) mailOf(g group) string {
	if !g.unified {
		return ""
	}
	return g.nickname + "@" + d.tenant.defaultDomain
}

func (s groupSubject) holds(skuID license.GUID) bool {
	return slices.ContainsFunc(s.groups[s.ref].licenses, func(l groupLicense) bool { return s.products[l.sku].sku.ID == skuID })
}

func (s groupSubject) holdsAny() bool { return len(s.groups[s.ref].licenses) > 0 }

// groupFields are the properties of a group; those that are given only when
// they are selected are told apart by groupDefaults.
func (d *directory) groupFields(g group) map[string]any {
	fields := map[string]any{
		"id": g.id, "displayName": g.name, "createdDateTime": g.created.UTC().Format(time.RFC3339), "groupTypes": g.types(),
		"securityEnabled": !g.mailOnly, "mailEnabled": g.mailEnabled, "membershipRuleProcessingState": nil, "deletedDateTime": nil,
		"assignedLicenses": d.groupLicenses(g), "licenseProcessingState": nil,
	}
	for _, name := range emptyGroupProperties {
		fields[name] = nil
	}
	for _, name := range emptyGroupLists {
		fields[name] = []any{}
	}
	for name, text := range map[string]string{"description": g.description, "mailNickname": g.nickname, "visibility": g.visible()} {
		if text != "" {
			fields[name] = text
		}
	}
	if g.state != "" {
		fields["licenseProcessingState"] = map[string]string{"state": g.state}
	}
	if g.dynamic {
		fields["membershipRule"], fields["membershipRuleProcessingState"] = g.rule, g.ruleState()
	}
	if g.synced {
		fields["onPremisesSyncEnabled"] = true
	}
	if address := d.mailOf(g); address != "" {
		fields["mail"], fields["proxyAddresses"] = address, []string{"SMTP:" + address}
	}
	if !g.gone.IsZero() {
		fields["deletedDateTime"] = g.gone.UTC().Format(time.RFC3339)
	}
	return fields
}

// types are the groupTypes of a group. A security group with members of its own
// has none.
func (g group) types() []string {
	out := []string{}
	if g.unified {
		out = append(out, "Unified")
	}
	if g.dynamic {
		out = append(out, "DynamicMembership")
	}
	return out
}

func (d *directory) groupLicenses(g group) []any {
	list := []any{}
	for _, l := range g.licenses {
		list = append(list, map[string]any{
			"skuId": d.products[l.sku].sku.ID, "disabledPlans": append([]license.GUID{}, l.disabled.list()...),
		})
	}
	return list
}

// onSelectOnly are the properties of a group that are not given by default
// (Graph docs, group-get).
var onSelectOnly = []string{
	"accessType", "allowExternalSenders", "assignedLabels", "assignedLicenses", "autoSubscribeNewMembers", "hideFromAddressLists",
	"hideFromOutlookClients", "infoCatalogs", "isArchived", "isFavorite", "isManagementRestricted", "isSubscribedByMail",
	"licenseProcessingState", "onPremisesExtensionAttributes", "organizationId", "unseenConversationsCount", "unseenCount", "unseenMessagesCount", "welcomeMessageEnabled",
}

// emptyGroupProperties are other properties that the published metadata (v1.0,
// 2026-08) declares for a group. They hold nothing here.
var emptyGroupProperties = []string{
	"accessType", "allowExternalSenders", "autoSubscribeNewMembers", "classification", "description", "expirationDateTime",
	"hideFromAddressLists", "hideFromOutlookClients", "isArchived", "isAssignableToRole", "isFavorite", "isManagementRestricted",
	"isSubscribedByMail", "mail", "mailNickname", "membershipRule", "onPremisesDomainName", "onPremisesExtensionAttributes", "onPremisesLastSyncDateTime", "onPremisesNetBiosName", "onPremisesSamAccountName",
	"onPremisesSecurityIdentifier", "onPremisesSyncEnabled", "organizationId", "preferredDataLocation", "preferredLanguage",
	"renewedDateTime", "securityIdentifier", "theme", "uniqueName", "unseenConversationsCount", "unseenCount", "unseenMessagesCount",
	"visibility", "welcomeMessageEnabled",
}

// emptyGroupLists are those of them that are lists.
var emptyGroupLists = []string{
	"assignedLabels", "infoCatalogs", "onPremisesProvisioningErrors", "proxyAddresses", "resourceBehaviorOptions",
	"resourceProvisioningOptions", "serviceProvisioningErrors",
}

// selectGroup renders a group with the properties that $select names.
func (d *directory) selectGroup(g group, text string) (map[string]any, *apiError) {
	fields := d.groupFields(g)
	if text != "" {
		return fields, selectFields(fields, text)
	}
	for _, name := range onSelectOnly {
		delete(fields, name)
	}
	return fields, nil
}

// groupQuery is what the query options of a list of groups ask for.
type groupQuery struct {
	filter *filter // of $search as well
	order  ordering
	top    int
	start  uint64 // a group, or a place in the order
	expand func(groupRef, map[string]any)
}

func (e *Emulator) readGroupQuery(c *call) (groupQuery, *apiError) {
	var q groupQuery
	if err := checkOptions(c.query, "$select", "$filter", "$top", "$count", "$skiptoken", "$orderby", "$search", "$expand"); err != nil {
		return q, err
	}
	var err *apiError
	if q.top, err = readTop(c.query.Get("$top")); err != nil {
		return q, err
	}
	if q.filter, err = groupFilters().newFilter(c.query.Get("$filter"), c.level()); err != nil {
		return q, err
	}
	if q.filter, err = groupFilters().withSearch(q.filter, c); err != nil {
		return q, err
	}
	if q.order, err = groupFilters().readOrder(c); err != nil {
		return q, err
	}
	if q.expand, err = e.readGroupExpand(c); err != nil {
		return q, err
	}
	q.start, err = e.readPosition(c)
	return q, err
}

// pageOf gives those of some groups that pass the query and are on its page,
// and where the next page begins, if there is one.
func (d *directory) pageOf(q groupQuery, refs iter.Seq[groupRef]) (page []groupRef, next uint64, more bool) {
	var list []keyed[groupRef]
	for ref := range refs {
		s := groupSubject{d, ref}
		switch {
		case !q.filter.matches(s):
		case q.order != nil:
			list = append(list, keyed[groupRef]{ref, q.order.keys(s)})
		case uint64(ref) >= q.start && len(page) == q.top:
			return page, uint64(ref), true
		case uint64(ref) >= q.start:
			page = append(page, ref)
		}
	}
	if q.order == nil {
		return page, 0, false
	}
	page = sorted(q.order, list, q.start)
	return page[:min(q.top, len(page))], q.start + uint64(q.top), len(page) > q.top
}

// allGroups yields the groups, and those that are deleted as well.
func (d *directory) allGroups() iter.Seq[groupRef] {
	return func(yield func(groupRef) bool) {
		for i := 1; i < len(d.groups) && yield(groupRef(i)); i++ {
		}
	}
}

// live yields those of some groups that are not deleted.
func (d *directory) live(refs iter.Seq[groupRef]) iter.Seq[groupRef] {
	return func(yield func(groupRef) bool) {
		for ref := range refs {
			if !d.groups[ref].deleted && !yield(ref) {
				return
			}
		}
	}
}

// listGroups answers GET /groups with one page.
func (e *Emulator) listGroups(c *call) reply {
	q, err := e.readGroupQuery(c)
	if err == nil {
		err = c.mayReadGroupLicenses()
	}
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	return e.groupPage(c, q, groupList{context: "groups", refs: e.dir.live(e.dir.allGroups())})
}

// groupList is a list of groups as it is written.
type groupList struct {
	context string
	refs    iter.Seq[groupRef]
	typed   string // the @odata.type of each; empty: left out, as in a list of groups alone
}

// groupPage writes one page of a list of groups.
func (e *Emulator) groupPage(c *call, q groupQuery, all groupList) reply {
	body := map[string]any{"@odata.context": c.root() + "/$metadata#" + all.context}
	page, next, more := e.dir.pageOf(q, all.refs)
	if more {
		body["@odata.nextLink"] = e.pageLink(c, "$skiptoken", next)
	}
	if c.level() == queryAdvanced {
		body["@odata.count"] = e.dir.countGroups(q.filter, all.refs)
	}
	list := []any{}
	for _, ref := range page {
		fields, err := e.dir.selectGroup(e.dir.groups[ref], c.query.Get("$select"))
		if err != nil {
			return e.failure(c, *err)
		}
		if all.typed != "" {
			fields["@odata.type"] = all.typed
		}
		if q.expand != nil {
			q.expand(ref, fields)
		}
		list = append(list, fields)
	}
	body["value"] = list
	return jsonReply(http.StatusOK, body)
}

func (d *directory) countGroups(f *filter, refs iter.Seq[groupRef]) int {
	n := 0
	for ref := range refs {
		if f.matches(groupSubject{d, ref}) {
			n++
		}
	}
	return n
}

// readPosition reads where the page of a list begins.
func (e *Emulator) readPosition(c *call) (uint64, *apiError) {
	token := c.query.Get("$skiptoken")
	if token == "" {
		return 0, nil
	}
	return e.pages.read(token, pageQuery(c), e.now())
}

// targetGroup finds the group that a call is about.
func (e *Emulator) targetGroup(c *call) (groupRef, *apiError) {
	if strings.HasPrefix(c.params[0], alternateKey) {
		return 0, ptr(notEmulated("unique names of groups"))
	}
	name := strings.TrimPrefix(c.params[0], quotedKey)
	id, err := license.ParseGUID(name)
	if err != nil {
		return 0, ptr(badRequest(fmt.Sprintf("Invalid object identifier '%s'.", clip(name))))
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	ref, ok := e.dir.byGroup[id]
	if !ok || e.dir.groups[ref].deleted {
		return 0, ptr(notFound(name))
	}
	return ref, nil
}

// mayReadGroupLicenses refuses a query for the licenses of groups to whom may
// read no more than names and members.
func (c *call) mayReadGroupLicenses() *apiError {
	asks := strings.Contains(c.query.Get("$select"), "assignedLicenses") || strings.Contains(c.query.Get("$filter"), "assignedLicenses")
	if asks && !c.caller.holdsAny(readGroupLicenses) {
		return ptr(forbidden())
	}
	return nil
}

// getGroup answers GET /groups/{id}.
func (e *Emulator) getGroup(c *call) reply {
	err := checkOptions(c.query, "$select", "$expand")
	if err == nil {
		err = c.mayReadGroupLicenses()
	}
	if err != nil {
		return e.failure(c, *err)
	}
	expand, err := e.readGroupExpand(c)
	if err != nil {
		return e.failure(c, *err)
	}
	ref, err := e.targetGroup(c)
	if err != nil {
		return e.failure(c, *err)
	}
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	fields, err := e.dir.selectGroup(e.dir.groups[ref], c.query.Get("$select"))
	if err != nil {
		return e.failure(c, *err)
	}
	if expand != nil {
		expand(ref, fields)
	}
	fields["@odata.context"] = c.root() + "/$metadata#groups/$entity"
	return jsonReply(http.StatusOK, fields)
}

// readHidden is what seeing members takes that are hidden.
var readHidden = []string{"Member.Read.Hidden"}

// groupMembers answers GET /groups/{id}/members.
func (e *Emulator) groupMembers(c *call) reply { return e.memberPage(c, c.direct()) }

// transitiveMembers answers GET /groups/{id}/transitiveMembers.
func (e *Emulator) transitiveMembers(c *call) reply { return e.memberPage(c, c.transitive()) }

// memberUsers answers the same for members that are cast to users.
func (e *Emulator) memberUsers(c *call) reply { return e.castPage(c, c.direct()) }

// transitiveUsers answers the same for transitive members.
func (e *Emulator) transitiveUsers(c *call) reply { return e.castPage(c, c.transitive()) }

// castPage writes a page of the members that are users. A cast is an advanced
// query.
func (e *Emulator) castPage(c *call, members membersOf) reply {
	if c.level() != queryAdvanced {
		return e.failure(c, unsupported("Unsupported Query."))
	}
	return e.memberPage(c, func(d *directory, ref groupRef) memberList { return memberList{users: members(d, ref).users} })
}

// groupLicenseErrors answers GET /groups/{id}/membersWithLicenseErrors.
func (e *Emulator) groupLicenseErrors(c *call) reply {
	members := c.direct()
	return e.memberPage(c, func(d *directory, ref groupRef) memberList {
		return memberList{users: d.withErrors(ref, members(d, ref).users)}
	})
}

// withErrors are those of some users who cannot have what a group gives.
func (d *directory) withErrors(ref groupRef, users []userRef) []userRef {
	var out []userRef
	for _, r := range users {
		if slices.ContainsFunc(d.users[r].held, func(a assignment) bool { return a.group == ref && a.err != violationNone }) {
			out = append(out, r)
		}
	}
	return out
}

// assignGroupLicense answers POST /groups/{id}/assignLicense: the group has its
// licenses at once, its members get them later.
func (e *Emulator) assignGroupLicense(c *call) reply {
	change, err := readChange(c.body)
	if err != nil {
		return e.failure(c, *err)
	}
	ref, err := e.targetGroup(c)
	if err != nil {
		return e.failure(c, *err)
	}
	if no := e.dir.assignGroup(ref, change, e.now()); no != nil {
		return e.failure(c, no.apiError)
	}
	c.mutated = true
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	g := e.dir.groups[ref]
	out := jsonReply(http.StatusAccepted, map[string]any{
		"@odata.context": c.root() + "/$metadata#groups/$entity", "id": g.id,
		"createdDateTime": g.created.UTC().Format(time.RFC3339), "groupTypes": []string{}, "securityEnabled": true,
	})
	out.header.Set("Location", c.root()+"/groups/"+g.id.String())
	return out
}

// assignGroup changes a group's licenses and has its members processed.
func (d *directory) assignGroup(ref groupRef, c change, now time.Time) *refusal {
	d.mu.Lock()
	defer d.mu.Unlock()
	steps, no := d.resolve(c)
	if no != nil {
		return no
	}
	if d.groups[ref].mailOnly {
		return refuse(violationOther, "Group licenses can only be assigned to security groups.")
	}
	licenses := slices.Clone(d.groups[ref].licenses)
	if d.book.groups.LoseOverlapping && d.waits(ref) {
		licenses = slices.Clone(d.groups[ref].settled)
	}
	for _, s := range steps {
		s.disabled = d.book.alsoDisabled(s, d.products[s.sku].sku.ID)
		at := slices.IndexFunc(licenses, func(l groupLicense) bool { return l.sku == s.sku })
		switch {
		case s.remove && at < 0:
			return refuse(violationOther, "Group does not have a corresponding license.")
		case s.remove:
			licenses = slices.Delete(licenses, at, at+1)
		case at >= 0:
			licenses[at].disabled = s.disabled
		default:
			licenses = append(licenses, groupLicense{sku: s.sku, disabled: s.disabled})
		}
	}
	g := &d.groups[ref]
	if !d.waits(ref) {
		g.settled = g.licenses
	}
	g.licenses, g.changed = licenses, true
	d.enqueue(ref, now)
	return nil
}
