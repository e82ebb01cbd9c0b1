package emulator

import (
	"encoding/json"
	"slices"
	"strings"
)

// readGroupText reads a property that is text. Null takes the description away,
// and the rule.
func readGroupText(name string, raw json.RawMessage) (groupEdit, bool) {
	var text *string
	if json.Unmarshal(raw, &text) != nil {
		return nil, false
	}
	allowed := map[string][]string{
		"membershipRuleProcessingState": {"On", "Paused"}, "visibility": {"Public", "Private", hiddenMembership},
	}[name]
	switch {
	case text == nil && name != "description" && name != "membershipRule":
		return nil, false
	case text != nil && *text == "" && name != "description":
		return nil, false
	case allowed != nil && !slices.Contains(allowed, *text):
		return nil, false
	}
	return textEdit(name, text), true
}

func readGroupFlag(name string, raw json.RawMessage) (groupEdit, bool) {
	var flag *bool
	if json.Unmarshal(raw, &flag) != nil || flag == nil {
		return nil, false
	}
	return func(g *group) {
		if name == "mailEnabled" {
			g.mailEnabled = *flag
		} else {
			g.mailOnly = !*flag
		}
	}, true
}

func readGroupTypes(raw json.RawMessage) (groupEdit, bool) {
	var list []string
	if json.Unmarshal(raw, &list) != nil {
		return nil, false
	}
	for _, kind := range list {
		if kind != "Unified" && kind != "DynamicMembership" {
			return nil, false
		}
	}
	return func(g *group) {
		g.unified, g.dynamic = slices.Contains(list, "Unified"), slices.Contains(list, "DynamicMembership")
	}, true
}

// check refuses a group of a kind that there is not, or that clients do not make
// (microsoft-graph-docs#372; the other texts are a choice).
func (g group) check() *apiError {
	switch {
	case g.unified && !g.mailEnabled:
		return ptr(invalidValue("Group", "mailEnabled"))
	case !g.unified && (g.mailEnabled || g.mailOnly):
		return ptr(badRequest("The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement property is unset and the security-enablement property is set."))
	case g.dynamic && g.rule == "":
		return ptr(badRequest("A value is required for property 'membershipRule'."))
	case !g.dynamic && g.rule != "":
		return ptr(invalidValue("Group", "membershipRule"))
	case g.dynamic && len(g.members)+len(g.below) > 0 && g.fresh && g.touched == 0:
		return ptr(invalidValue("Group", "members"))
	}
	return nil
}

// checkAfter refuses a change of a group that would make another kind of it, and
// any of a group for mail alone (microsoft-graph-docs#14827).
func (g group) checkAfter(before group) *apiError {
	switch {
	case before.mailEnabled && !before.unified:
		return ptr(mailGroup())
	case g.unified != before.unified:
		return ptr(invalidValue("Group", "groupTypes"))
	case g.hidden != before.hidden:
		return ptr(invalidValue("Group", "visibility"))
	}
	return g.check()
}

func mailGroup() apiError {
	return badRequest("Cannot Update a mail-enabled security groups and or distribution list.")
}

// addressConflict refuses the address that a Microsoft 365 group would have where
// another group or a user has it.
func (d *directory) addressConflict(g group) *apiError {
	if !g.unified {
		return nil
	}
	same := func(other group) bool {
		return other.unified && !other.deleted && other.id != g.id && strings.EqualFold(other.nickname, g.nickname)
	}
	if slices.ContainsFunc(d.groups, same) {
		return ptr(conflict("mailNickname"))
	}
	if _, taken := d.findUPN(d.mailOf(g)); taken {
		return ptr(conflict("proxyAddresses"))
	}
	return nil
}

// readOnlyOfGroup are the properties of a group that nobody sets (Graph docs,
// group resource).
var readOnlyOfGroup = []string{
	"assignedLicenses", "createdDateTime", "deletedDateTime", "expirationDateTime", "hasMembersWithLicenseErrors",
	"isManagementRestricted", "licenseProcessingState", "mail", "onPremisesDomainName", "onPremisesLastSyncDateTime", "onPremisesNetBiosName",
	"onPremisesSamAccountName", "onPremisesSecurityIdentifier", "onPremisesSyncEnabled", "proxyAddresses",
	"renewedDateTime", "securityIdentifier",
}

func textEdit(name string, text *string) groupEdit {
	value := ""
	if text != nil {
		value = *text
	}
	return func(g *group) {
		switch name {
		case "displayName":
			g.name = value
		case "description":
			g.description = value
		case "mailNickname":
			g.nickname = value
		case "membershipRule":
			g.rule = value
		case "membershipRuleProcessingState":
			g.paused = value == "Paused"
		case "visibility":
			g.hidden = value == hiddenMembership
			if g.visibility = value; g.hidden {
				g.visibility = ""
			}
		}
	}
}
