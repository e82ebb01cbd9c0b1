package emulator

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

func invalidOfGroup(name string) apiError {
	return badRequest(fmt.Sprintf("Invalid value specified for property '%s' of resource 'Group'.", clip(name)))
}

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
		return ptr(invalidOfGroup("mailEnabled"))
	case !g.unified && (g.mailEnabled || g.mailOnly):
		return ptr(badRequest("The service does not currently support writes of mail-enabled groups. Please ensure that the mail-enablement property is unset and the security-enablement property is set."))
	case g.dynamic != (g.rule != ""):
		return ptr(invalidOfGroup("membershipRule"))
	case g.dynamic && len(g.members)+len(g.below) > 0 && g.fresh && g.touched == 0:
		return ptr(invalidOfGroup("members"))
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
		return ptr(invalidOfGroup("groupTypes"))
	case g.hidden != before.hidden:
		return ptr(invalidOfGroup("visibility"))
	}
	return g.check()
}

func mailGroup() apiError {
	return badRequest("Cannot Update a mail-enabled security groups and or distribution list.")
}

// nicknameTaken reports whether a Microsoft 365 group has that address.
func (d *directory) nicknameTaken(nickname string) bool {
	return slices.ContainsFunc(d.groups, func(g group) bool {
		return g.unified && !g.deleted && strings.EqualFold(g.nickname, nickname)
	})
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
