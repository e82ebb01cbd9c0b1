package planner

import "github.com/licensectl/licensectl/pkg/plan"

// message is one kind of finding: what it is called, and its words. The steps of a
// plan pick one and give what it is about; the words are put together when all is
// known.
type message struct {
	severity plan.Severity
	code     plan.Code
	text     string // a format
	hint     string // a format that names arguments by their index; empty: there is nothing to do
}

// About who is declared. Beside each is what its arguments are, if it has any.
var (
	msgUserNotFound = message{
		plan.SeverityError, plan.CodeUserNotFound, "the tenant has no such user",
		"check the spelling; deleted users are not found, and a renamed user has a new user principal name",
	}
	msgUserNotYetFound   = message{plan.SeverityInfo, plan.CodeUserNotFound, "the tenant has no such user yet; the entry begins later", ""}
	msgUserNoLongerFound = message{plan.SeverityInfo, plan.CodeUserNotFound, "the tenant no longer has this user; the entry has ended", "remove the entry"}
	msgProtectedNotFound = message{
		plan.SeverityError, plan.CodeProtectedNotFound, "is protected by the policy, and the tenant has no such user: nobody is protected by this name",
		"check the spelling; a renamed user has a new user principal name, an object id stays",
	}
	msgDeclaredTwice = message{ // how the two entries name the user
		plan.SeverityError, plan.CodeUserDeclaredTwice, "declared twice, as %q and as %q",
		"keep one of the entries, or give them from and until dates that do not overlap",
	}
	msgUnlisted = message{
		plan.SeverityWarning, plan.CodeUnlistedUser, "holds managed licenses and stands in no manifest",
		"add an entry for the user, or take the licenses away by hand",
	}
	msgUnreadable = message{ // why
		plan.SeverityWarning, plan.CodeUnreadableUser, "is left alone, since the tenant does not say what the user holds: %s",
		"read the user by another way, such as the admin center, and report it to Microsoft if it stays so",
	}
	msgContradicted = message{ // product
		plan.SeverityError, plan.CodeStateConflict, "the tenant does not say clearly whether the user holds %s, and whether directly or through a group",
		"the service sends assignedLicenses and licenseAssignmentStates that disagree; try again later",
	}
	msgProtected = message{ // suppressedActions
		plan.SeverityWarning, plan.CodeProtectedUser, "is protected by the policy and left as they are%s",
		"take the user out of the manifests, or out of protectedUsers",
	}
	msgDisabled   = message{plan.SeverityInfo, plan.CodeAccountDisabled, "is declared to hold licenses, but the account is disabled", ""}
	msgGuest      = message{plan.SeverityInfo, plan.CodeGuestUser, "is a guest that is declared to hold licenses", ""}
	msgNoLocation = message{
		plan.SeverityError, plan.CodeNoUsageLocation, "has no usage location, which a license needs",
		"add usageLocation to the entry or to the defaults of its manifest",
	}
	msgBadLocation = message{ // the location
		plan.SeverityError, plan.CodeBadUsageLocation, "is to get the usage location %q, which is no country and cannot be set",
		"a usage location is an ISO 3166-1 alpha-2 code in upper case: change the user by hand, or give them an entry in a manifest",
	}
)

// About selections. The first argument is what the selection is called.
var (
	msgSelectsNobody = message{
		plan.SeverityError, plan.CodeSelectionEmpty, "%s selects nobody",
		"correct it; where nobody is meant to be selected today, write allowEmpty: true",
	}
	msgMemberGone    = message{plan.SeverityInfo, plan.CodeSelectedUserGone, "is selected by %s, and the tenant no longer has the user", ""}
	msgFilterRefused = message{ // why
		plan.SeverityError, plan.CodeFilterRefused, "the tenant refuses %s: %s",
		"correct the filter; it is what $filter of GET /users takes",
	}
	msgMembersUnknown = message{ // how many members, membersOfUnknownType
		plan.SeverityError, plan.CodeMemberUnknown, "whom %s selects cannot be told: %d of its members may be users or not: %s",
		"take what is no user out of the group, or update licensectl, which may not know the type yet",
	}
	msgMembersHidden = message{ // why
		plan.SeverityError, plan.CodeMemberUnknown, "whom %s selects cannot be told: %s",
		"grant the permission, with an administrator's consent, or name another group",
	}
	msgNoGroup = message{
		plan.SeverityError, plan.CodeGroupNotFound, "the tenant has no %s",
		"check the spelling; an object id stays when a group gets another name",
	}
	msgGroupsAlike = message{ // how many groups, their name, groupIDs or groupsAlike; not the selection
		plan.SeverityError, plan.CodeAmbiguousGroup, "the tenant has %[1]d groups of the name %[2]q",
		"write the object id of the one that is meant: %[3]s",
	}
	msgLagging         = message{plan.SeverityInfo, plan.CodeSelectionLagging, "who %s selects was told by an index that lags behind the directory", ""}
	msgLaggingUnlisted = message{
		plan.SeverityWarning, plan.CodeSelectionLagging, msgLagging.text,
		"nothing is taken from unlisted users by this plan; a filter that needs no advanced query, or a group, is answered by the directory itself",
	}
	msgDisagree = message{ // the other selection
		plan.SeverityError, plan.CodeSelectionsDisagree, "is selected by %s and by %s, which want different things",
		"make the selections apart, or give the user an entry, which wins over both",
	}
	msgNearMiss = message{ // attribute, what the user has, what the selection asks for
		plan.SeverityError, plan.CodeSelectionNear, "would lose licenses, and is not in %s because the %s is %q and not %q",
		"correct the user's attribute, or write the value as the directory has it; who is to lose the licenses all the same gets an entry, which nothing can miss",
	}
)

// About what is asked for. The first argument is the product, or the error of the
// catalog with its catalogHint.
var (
	msgUnknownSKU       = message{plan.SeverityError, plan.CodeUnknownSKU, "%[1]s", "%[2]s"}
	msgAmbiguousSKU     = message{plan.SeverityError, plan.CodeAmbiguousSKU, "%[1]s", "%[2]s"}
	msgUnknownPlan      = message{plan.SeverityError, plan.CodeUnknownPlan, "%[1]s", "%[2]s"}
	msgPolicyUnknownSKU = message{plan.SeverityError, plan.CodePolicyUnknownSKU, "the policy names a product that is not known: %[1]s", "%[2]s"}
	msgNotOwned         = message{plan.SeverityError, plan.CodeSKUNotInTenant, "%[1]s", "%[2]s"}
	msgNotManaged       = message{
		plan.SeverityWarning, plan.CodeSKUNotManaged, "%s is declared, but the policy does not manage it",
		"add it to skus.managed or take it out of skus.ignored in the policy, or delete this line",
	}
	msgForCompany   = message{plan.SeverityError, plan.CodeSKUNotForUsers, "%s applies to the company as a whole and cannot be assigned to a user", ""}
	msgProductTwice = message{plan.SeverityError, plan.CodeSKUDeclaredTwice, "%s is declared twice with different service plans", "say it once, or say the same both times"}
	msgPending      = message{plan.SeverityInfo, plan.CodePendingItem, "%s is kept: its entry begins later", ""}
	msgEndsSoon     = message{ // day
		plan.SeverityWarning, plan.CodeUntilSoon, "%s is no longer declared from %s on: a plan of that day takes it away where it is held",
		"where that is not meant, change until; `licensectl plan --at %[2]s` shows what will go",
	}
	msgExclude = message{ // two service plans
		plan.SeverityWarning, plan.CodePlansExclude, "%s and %s exclude each other, and both will be on",
		"switch one of them off with disabledPlans; the service may refuse the change",
	}
	msgPlanMissing = message{ // service plan, anyOfPlans
		plan.SeverityWarning, plan.CodePlanMissing, "%s needs %s, and that will be off",
		"switch it on, or switch the other one off; the service may refuse the change",
	}
)

// About what is assigned.
var (
	msgAssignmentError = message{ // what the tenant reports, product, path
		plan.SeverityWarning, plan.CodeAssignmentError, "the tenant reports %s for %s, %s",
		"it is not in force and counts as not held; mend the cause, then reprocess the user's licenses",
	}
	msgNotInForce = message{ // product, path, standing
		plan.SeverityWarning, plan.CodeNotInForce, "%s is declared, and %s it is not in force (%s)",
		"mend the cause in Entra and reprocess the user's licenses, or assign it anew; until then nothing is taken from the user",
	}
	msgGroupPlans = message{ // product, group
		plan.SeverityWarning, plan.CodeInheritedPlans, "%s comes from group %s with other service plans than declared",
		"change the plans on the group, or set `inherited: assign` in the policy to assign the license directly as well",
	}
	msgGroupGives = message{ // product, group
		plan.SeverityWarning, plan.CodeInherited, "%s is not declared, but comes from group %s",
		"take the user out of the group, or declare the license",
	}
	msgGroupGivesBeside = message{ // group, how many users, givenProducts
		plan.SeverityInfo, plan.CodeInherited, "group %s gives %s what the manifests do not declare for them: %s",
		"where that is meant there is nothing to do; only the group can take these licenses away",
	}
	msgRedundant = message{plan.SeverityInfo, plan.CodeRedundant, "%[1]s", "%[2]s"} // *redundancy, whereToGiveUp
	msgNoSeat    = message{                                                         // product, seatUse
		plan.SeverityError, plan.CodeSeatShortage, "no seat of %s is free: %s",
		"buy seats, take the license from somebody else, or raise the manifest in seats.priority",
	}
	msgCyclicSeat = message{ // product, spareSeats
		plan.SeverityError, plan.CodeSeatCycle, "no seat of %[1]s is free, and those who would free one wait for this user in turn",
		"%[2]s",
	}
	msgUnusedSeats = message{ // product, seatsToGiveBack
		plan.SeverityInfo, plan.CodeUnusedSeats, "%s: %s",
		"buy fewer when the subscription is renewed, or keep them back with seats.reserve in the policy",
	}
	msgSubscriptionEnds = message{ // seats, product, day, missing seats
		plan.SeverityWarning, plan.CodeSubscriptionEnds, "%s of %s will have ended by %s unless renewed, and then %s in use would be missing",
		"renew the subscription, or take the licenses back in time; whether it renews by itself Microsoft Graph does not tell",
	}
	msgSubscriptionsUnknown = message{ // untoldSubscriptions, what to do
		plan.SeverityInfo, plan.CodeSubscriptionsUnknown, "when subscriptions end is not known: %[1]s",
		"%[2]s, or leave warnDaysBeforeSubscriptionEnds out of the policy",
	}
	msgUnaccounted = message{ // units, product, users
		plan.SeverityWarning, plan.CodeUnitsUnaccounted, "%d units of %s are in use, and only %d users show a license of it",
		"check that the app may read all users and their licenses; devices and users that were deleted lately hold units too",
	}
)

// About what the policy accepts, and about the plan as a whole.
var (
	msgAccepted = message{ // product, day, reason, owner
		plan.SeverityInfo, plan.CodeAcceptedDrift, "%s is left as it is until %s: %s (%s)", "",
	}
	msgAcceptedOver = message{ // the same
		plan.SeverityWarning, plan.CodeAcceptedExpired, "%s was to be left as it is until %s, which is over: %s (%s)",
		"agree on a later date with its owner, or remove the entry from acceptedDrift",
	}
	msgAcceptedEndsSoon = message{ // product as it is written, day, owner
		plan.SeverityWarning, plan.CodeUntilSoon, "the difference in %s is no longer accepted from %s on (%s)",
		"settle it in the manifests, or change until in the policy",
	}
	msgAcceptedUnused = message{ // product as it is written, owner, day
		plan.SeverityWarning, plan.CodeAcceptedUnused, "acceptedDrift names %q, and there is no difference to accept (%s, until %s)",
		"remove the entry from the policy",
	}
	msgAcceptedUserUnknown = message{ // owner, day
		plan.SeverityWarning, plan.CodeAcceptedUnused, "acceptedDrift names a user whom the tenant does not have (%s, until %s)",
		"check the spelling, or remove the entry from the policy",
	}
	msgAcceptedUserLost = message{ // owner, day
		plan.SeverityWarning, plan.CodeAcceptedUnused,
		"acceptedDrift names a user whom the tenant does not have (%s, until %s): they may have been renamed, so no group takes the product from anybody, and nothing is taken from users who stand in no manifest",
		"check the spelling, give the object id, or remove the entry from the policy",
	}
	msgFindingsAccepted = message{ // how many, is or are, day, reason, owner
		plan.SeverityInfo, plan.CodeAcceptedFinding, "%s %s accepted until %s: %s (%s)", "",
	}
	msgFindingsOver = message{ // how many, was or were, day, reason, owner
		plan.SeverityWarning, plan.CodeAcceptedFindingExpired, "%s %s accepted until %s, which is over: %s (%s)",
		"agree on a later date with its owner, or remove the entry from acceptedFindings",
	}
	msgFindingsNone = message{ // code, *acceptedFinding, owner, day
		plan.SeverityWarning, plan.CodeAcceptedFindingUnused, "acceptedFindings accepts %s%s, and there is no such finding (%s, until %s)",
		"check the code and whom it is about, or remove the entry from the policy",
	}
	msgNarrowed = message{
		plan.SeverityInfo, plan.CodeGuardsNarrowed,
		"the guards count this plan alone: neither what --user, --sku or --cause leave out, nor what earlier runs have taken away",
		"a plan without these flags shows what the guards make of the whole",
	}
	msgNarrowedOver = message{ // trippedGuards
		plan.SeverityWarning, plan.CodeGuardsNarrowed, msgNarrowed.text + "; together with what is left out it would be %s",
		"make sure that the whole is meant before you apply it in parts",
	}
	msgBaselineGap = message{ // the gap
		plan.SeverityWarning, plan.CodeBaselineGap, "%s",
		"take the receipt of the last whole apply of these manifests, or a snapshot from after it",
	}
	msgNotUndone = message{ // outcome
		plan.SeverityInfo, plan.CodeNotUndone, "there is nothing to take back: the change is %s", "",
	}
	msgUndoUnknown = message{
		plan.SeverityWarning, plan.CodeUndoUnknown,
		"nobody knows what became of the change: what it would have taken and is missing is given back, and nothing is taken away",
		"look at the user, and give them an entry in a manifest",
	}
	msgNoFileSame = message{
		plan.SeverityWarning, plan.CodeBaselineGap, "none of the manifests is as it was at the baseline, so of users whom it does not name nothing is known",
		msgBaselineGap.hint,
	}
)
