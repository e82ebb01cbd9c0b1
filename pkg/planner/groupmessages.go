package planner

import "github.com/licensectl/licensectl/pkg/plan"

// About what groups give. The first argument is the group, unless it is said
// otherwise.
var (
	msgGroupAbsent = message{ // its name
		plan.SeverityError, plan.CodeGroupNotFound, "the tenant has no group %q",
		"check the spelling; a renamed group has a new display name, an object id stays",
	}
	msgGroupNotInForce    = message{plan.SeverityInfo, plan.CodeGroupNotFound, "the tenant has no group %q, and its entry is not in force", ""} // its name
	msgGroupDeclaredTwice = message{                                                                                                            // how the two entries name it
		plan.SeverityError, plan.CodeGroupDeclaredTwice, "group %s is declared twice, as %q and as %q",
		"keep one of the entries, or give them from and until dates that do not overlap",
	}
	msgUnlistedGroup = message{
		plan.SeverityWarning, plan.CodeUnlistedGroup, "group %s gives managed licenses and stands in no manifest",
		"add an entry for the group, or take the licenses from it by hand",
	}
	msgGroupPending = message{plan.SeverityInfo, plan.CodePendingItem, "group %s goes on giving %s: its entry begins later", ""} // product
	msgGroupUnknown = message{
		plan.SeverityError, plan.CodeGroupUntold, "the tenant does not say what group %s gives",
		"try again; if it stays so, report it to Microsoft",
	}
	msgMembersUnread = message{
		plan.SeverityError, plan.CodeGroupUntold, "the tenant does not say who is in group %s",
		"try again, or take the snapshot anew; members who are hidden are shown with the permission Member.Read.Hidden alone",
	}
	msgMemberLicensesUnknown = message{ // how many members, group
		plan.SeverityError, plan.CodeGroupUntold, "of %s of group %s the tenant does not say what they hold",
		"try again later; nothing is taken from a group while somebody may lose what is not seen",
	}
	msgGroupNotSecurity = message{
		plan.SeverityError, plan.CodeGroupNotSecurity, "group %s is not security-enabled, and cannot give licenses",
		"name a security group, or a Microsoft 365 group that is security-enabled",
	}
	msgProtectedGroup = message{ // suppressedActions
		plan.SeverityWarning, plan.CodeProtectedGroup, "group %s is protected by the policy and left as it is%s",
		"take the group out of the manifests, or out of protectedGroups",
	}
	msgProtectedGroupAbsent = message{ // its name
		plan.SeverityError, plan.CodeProtectedGroupAbsent, "the policy protects the group %q, and the tenant has no such group: nothing is protected by this name",
		"check the spelling; a renamed group has a new display name, an object id stays",
	}
	msgPlansKeptOff = message{ // product, servicePlans
		plan.SeverityInfo, plan.CodePlansKeptOff, "group %s gives %s without %s, which no manifest has off: the service switches service plans of trials off by itself, and they are left so",
		"where that is not meant, name them in enabledPlans",
	}
	msgPlansCameBackOff = message{ // product, servicePlans
		plan.SeverityInfo, plan.CodePlansKeptOff, "group %s gives %s without %s: the run of the baseline asked for them, they came back switched off, and they are left so",
		"where the service keeps them off, name them in disabledPlans; a plan without --baseline asks for them once more",
	}
	msgGroupProcessing = message{
		plan.SeverityWarning, plan.CodeGroupProcessing, "the service is still at an earlier change of group %s",
		"plan again when the service is done, so that the plan shows what members hold by then",
	}
	msgNotInForceForMembers = message{ // product, group, how many, of how many members, why
		plan.SeverityWarning, plan.CodeGroupNotInForce, "%s from group %s is not in force for %s of %s: %s",
		"mend the cause, and have the service try again (groupErrors: reprocess); of whom nothing is told yet it may be about to give it, which in large groups takes up to a day",
	}
	msgTakesDeclared = message{ // someNames
		plan.SeverityError, plan.CodeGroupTakesDeclared, "group %s would take from %s what they are declared to hold, and their own change cannot give it to them",
		"mend what blocks the change of the user, or take the user out of the group or out of the manifests",
	}
	msgTakesMoving = message{ // someNames
		plan.SeverityError, plan.CodeGroupTakesDeclared, "group %s would take from %s what another group is to give them, and by this plan does not, or not in force yet",
		"plan again when the other group's license is in force for them, or mend what keeps it from that; a plan that options narrow leaves groups out",
	}
	msgTakesFromProtected = message{ // someNames
		plan.SeverityError, plan.CodeProtectedUser, "group %s would take something from %s, whom the policy protects",
		"take the user out of the group first, or out of protectedUsers",
	}
	msgGroupNotUndone = message{ // its name, outcome
		plan.SeverityInfo, plan.CodeNotUndone, "there is nothing to take back of group %q: the change is %s", "",
	}
	msgGroupUndoUnknown = message{ // its name
		plan.SeverityWarning, plan.CodeUndoUnknown,
		"nobody knows what became of the change of group %q: what it would have taken and is missing is given back, and nothing is taken away",
		"look at the group, and give it an entry in a manifest",
	}
	msgTakesAccepted = message{ // someNames
		plan.SeverityError, plan.CodeGroupTakesAccepted, "group %s would take from %s what the policy leaves them until a day",
		"take the user out of the group and give them a license of their own, or remove the entry of the user from acceptedDrift",
	}
	msgGroupAccepted = message{ // product, group, day, reason, owner
		plan.SeverityInfo, plan.CodeAcceptedDrift, "%s of group %s is left as it is until %s: %s (%s)", "",
	}
	msgGroupAcceptedOver = message{ // the same
		plan.SeverityWarning, plan.CodeAcceptedExpired, "%s of group %s was to be left as it is until %s, which is over: %s (%s)",
		msgAcceptedOver.hint,
	}
	msgGroupAcceptedEndsSoon = message{ // product, group, day, owner
		plan.SeverityWarning, plan.CodeUntilSoon, "the difference in %s of group %s is no longer accepted from %s on (%s)",
		msgAcceptedEndsSoon.hint,
	}
	msgAcceptedGroupUnused = message{ // product as it is written, name of the group as it is written, owner, day
		plan.SeverityWarning, plan.CodeAcceptedUnused, "acceptedDrift names %q of group %q, and there is no difference to accept (%s, until %s)",
		msgAcceptedUnused.hint,
	}
	msgAcceptedGroupUnknown = message{ // name of the group as it is written, owner, day
		plan.SeverityWarning, plan.CodeAcceptedUnused, "acceptedDrift names the group %q, and the tenant has no such group (%s, until %s)",
		"check the spelling, or remove the entry from the policy",
	}
	msgAcceptedGroupLost = message{ // the same
		plan.SeverityWarning, plan.CodeAcceptedUnused, msgAcceptedGroupUnknown.text + ": it may have been renamed, so no group loses the product",
		msgAcceptedUserLost.hint,
	}
	msgBoth = message{ // product, group, how many users
		plan.SeverityInfo, plan.CodeDirectAndInherited, "%s from group %s is held directly as well by %s",
		"`directAndInherited: remove` in the policy takes the direct license where the group's has all service plans on",
	}
	msgReplaced = message{ // the same
		plan.SeverityInfo, plan.CodeDirectAndInherited, "%s is to come from group %s alone for %s: their direct license is among those that are taken away, and they keep the product",
		"",
	}
	msgBothKept = message{ // the same
		plan.SeverityInfo, plan.CodeDirectAndInherited, msgBoth.text,
		"the group has a service plan off that is on in their direct license, or not the plans that they are declared to have: theirs is kept",
	}
)

// msgMembersWait is why members do not get what a group comes to give. The arguments
// are how many, of how many members, the group and the product.
func msgMembersWait(why plan.Code) message {
	const begin = "%s of %s of group %s will not get %s: "
	switch why {
	case plan.CodeSeatShortage:
		return message{plan.SeverityError, why, begin + "there are not enough seats",
			"buy seats, or take members out of the group; which members get one the service decides"}
	case plan.CodeNoUsageLocation:
		return message{plan.SeverityWarning, why, begin + "they have no usage location",
			"give them one, by an entry with usageLocation or by hand, and plan again"}
	case plan.CodePlansExclude:
		return message{plan.SeverityWarning, why, begin + "a service plan of it and one that they have on exclude each other",
			"switch one of them off with disabledPlans, or take the other product away first"}
	case plan.CodePlanMissing:
		return message{plan.SeverityWarning, why, begin + "a service plan of it needs another one, which they do not have on",
			"give them the product with the other service plan first, or switch the plan off with disabledPlans"}
	}
	return message{plan.SeverityWarning, why, begin + "the tenant does not say what they hold", "try again later"}
}
