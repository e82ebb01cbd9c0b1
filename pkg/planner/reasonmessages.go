package planner

// reasonMessage is one kind of reason: a format.
type reasonMessage string

// About the user. Beside each is what its arguments are, if it has any.
const (
	reasonUserProtected   reasonMessage = "the policy protects the user: nothing is changed, whatever a manifest says"
	reasonUnlistedRemoved reasonMessage = "no manifest lists the user, and the policy takes managed licenses away from such users (unlistedUsers: remove)"
	reasonUnlistedWarned  reasonMessage = "no manifest lists the user; the policy reports such users and leaves them alone (unlistedUsers: report)"
	reasonUnlistedIgnored reasonMessage = "no manifest lists the user, and the policy leaves such users alone (unlistedUsers: ignore)"

	reasonListed   reasonMessage = "the manifest %q lists the user%s"         // manifest, entryTime
	reasonListedAs reasonMessage = "the manifest %q lists the user as %s%s"   // manifest, name, entryTime
	reasonSelected reasonMessage = "the manifest %q selects the user by %s%s" // manifest, selection, entryTime
	reasonManages  reasonMessage = "the entry names neither licenses nor profiles, so it manages no license of the user"
	reasonLocation reasonMessage = "the entry, or the defaults of its manifest, asks for %s" // location
)

// About a change.
const (
	reasonFound          reasonMessage = "the change is %s: %s" // status, userFinding
	reasonOtherNotFound  reasonMessage = "the change is %s: an entry names somebody whom the tenant does not have, and that may be this user"
	reasonGroupBlocked   reasonMessage = "the change is %s: a group is to give what it takes away, and does not give it to the user yet"
	reasonAdditionsOnly  reasonMessage = "the change is %s: it takes something away, and only additions are planned"
	reasonCode           reasonMessage = "the change is %s: %s" // status, code or codes
	reasonReady          reasonMessage = "the change is ready: an apply makes it, in one call for all licenses of the user"
	reasonWaitsForSeats  reasonMessage = "it waits for a seat until others have given theirs up: %s"                  // names
	reasonWaitsForGroups reasonMessage = "it waits until what these groups come to give is in force for the user: %s" // groupList
	reasonGuardApproved  reasonMessage = "the guard %s is tripped (%s of %s allowed), and %s lets this plan pass"     // name, count, limit, approval
	reasonGuardTripped   reasonMessage = "the guard %s stops the whole plan, this change included: %s of %s allowed"  // name, count, limit
)

// About a license of a user.
const (
	reasonIgnored       reasonMessage = "the policy leaves the product out (skus.ignored): it is neither given nor taken away"
	reasonNotManaged    reasonMessage = "the policy does not list the product (skus.managed): it is neither given nor taken away"
	reasonNotSelected   reasonMessage = "the selection that has ended did not give it, so it is left alone"
	reasonAllManaged    reasonMessage = "the policy manages all products"
	reasonProductListed reasonMessage = "the policy manages the product (skus.managed)"

	reasonAsked        reasonMessage = "%s asks for it%s"                                                  // asker, plan.Window
	reasonAskedFrom    reasonMessage = "%s asks for it from %s on"                                         // asker, day
	reasonAskedUntil   reasonMessage = "%s asked for it until %s, and that day has come"                   // asker, day
	reasonUserUnlisted reasonMessage = "no manifest lists the user (unlistedUsers: %s)"                    // what the policy says
	reasonEntryEnded   reasonMessage = "the entry of the user ended on %s, and nothing is asked for since" // day
	reasonAsksForNone  reasonMessage = "the entry asks for no license at all"
	reasonNotAsked     reasonMessage = "the entry does not ask for it, and neither do its profiles"

	reasonReclaimed      reasonMessage = "reclaimed by %s: %s"                // rule, ruleResult
	reasonReclaimSoon    reasonMessage = "to be reclaimed by %s on %s: %s"    // rule, day, ruleResult
	reasonReclaimUnknown reasonMessage = "%s takes nothing from the user: %s" // rule, hiddenCauses

	reasonContradicted     reasonMessage = "the user holds it, and the tenant does not say whether directly or through a group"
	reasonDirectAndGroup   reasonMessage = "the user holds it directly, and %s gives it as well" // givingGroups
	reasonDirect           reasonMessage = "the user holds it directly"
	reasonNotHeld          reasonMessage = "the user does not hold it now"
	reasonInheritedAssign  reasonMessage = "%s gives it, and the policy wants it assigned directly as well (inherited: assign)" // givingGroups
	reasonInheritedEnough  reasonMessage = "%s gives it, and that is enough for the policy (inherited: satisfies)"              // givingGroups
	reasonInherited        reasonMessage = "%s gives it, and only the group can take it away"                                   // givingGroups
	reasonDirectFailing    reasonMessage = "it is assigned directly and is not in force (%s), so it does not count"             // state
	reasonInheritedFailing reasonMessage = "the group %s assigns it and it is not in force (%s), so it does not count"          // groupID, state

	// Service plans, and who says so: nameList, plan.PlanMode.
	reasonPlansGoOff   reasonMessage = "service plans that go off: %s; %s"
	reasonPlansGoOn    reasonMessage = "service plans that go on: %s; %s"
	reasonPlansToBeOff reasonMessage = "service plans that will be off: %s; %s"
	reasonPlansOff     reasonMessage = "service plans that are off: %s; %s"

	reasonAccepted      reasonMessage = "the policy accepts the difference until %s: %s (%s)" // day, reason, owner
	reasonKeptUntilThen reasonMessage = "what is held is kept until then"
	reasonFailing       reasonMessage = "no change of the plan alters that; nothing is taken from the user until it is in force"
	reasonUnclear       reasonMessage = "nobody knows for sure what the user should hold, so nothing is touched"

	reasonNoFurtherSeat reasonMessage = "it takes no further seat, since a group gives it already"
	reasonFreesNoSeat   reasonMessage = "it frees no seat, since a group gives it all the same"
	reasonTakesSeat     reasonMessage = "it takes a seat: %s" // *plan.Seats
	reasonSeatUncertain reasonMessage = "no seat is counted on: what is not in force may hold one or not"
	reasonFreesSeat     reasonMessage = "it frees a seat: %s"      // *plan.Seats
	reasonWouldTakeSeat reasonMessage = "it would take a seat: %s" // *plan.Seats
)

// About what the groups of a user do with a product. The first argument is the
// group.
const (
	reasonGroupNotReady     reasonMessage = "the group %s would %s it, and its change is %s: %s" // also groupOp, status, code
	reasonGroupTakes        reasonMessage = "the group %s stops giving it, and the user has it by no other path"
	reasonGroupSwitchesOff  reasonMessage = "the group %s switches service plans of it off, and the user has these by no other path"
	reasonGroupTakesNothing reasonMessage = "the group %s stops giving it, and the user keeps it by another path"
	reasonGroupGives        reasonMessage = "the group %s comes to give it"
	reasonGroupGivesLater   reasonMessage = "the group %s comes to give it, and the user will not get it yet: %s" // also why
	reasonGroupGivesNothing reasonMessage = "the group %s comes to give it as well, which changes nothing for the user"
)

// About a group.
const (
	reasonGroupProtected reasonMessage = "the policy protects the group: nothing is changed, whatever a manifest says"
	reasonMembers        reasonMessage = "%s: %s losing something, %s gaining something, %s not getting it yet, %s without a difference" // members, four counts
	reasonOneCall        reasonMessage = "what is given and what is taken exclude each other, so both are one call"
	reasonProvenFirst    reasonMessage = "what it comes to give is proven for its members before anything is taken away"

	reasonWaitsForSeatsOf      reasonMessage = "it takes seats that these groups give up first: %s"                                                   // groupList
	reasonWaitsForSeatsOfUsers reasonMessage = "it takes seats that %s give up first"                                                                 // users
	reasonKeepByGroups         reasonMessage = "it takes nothing away before it is proven that members keep it by what these groups come to give: %s" // groupList
	reasonKeepByUsers          reasonMessage = "it takes nothing away before it is proven that members keep it by changes of their own: %s"           // users

	reasonGroupUnlisted      reasonMessage = "no manifest says on this day what the group gives (unlistedGroups: %s)" // what the policy says
	reasonGroupUnlistedTaken reasonMessage = "no manifest lists the group, and the policy takes managed licenses from such groups (unlistedGroups: remove)"
	reasonGroupEnded         reasonMessage = "the entry of the group ended on %s, and nothing is asked for since" // day
	reasonGroupManages       reasonMessage = "the entry names neither licenses nor profiles, so it manages nothing of what the group gives"
	reasonGroupListed        reasonMessage = "the manifest %q lists the group" // manifest

	reasonGroupIgnored  reasonMessage = "the policy leaves the product out: it is neither given nor taken away"
	reasonGroupAsked    reasonMessage = "%s asks for it" // asker
	reasonGroupNobody   reasonMessage = "no manifest says whether the group is to give it"
	reasonGroupNotAsked reasonMessage = "nothing asks for it"
)

// About the cause of a difference. The argument of each is the time of the baseline, an
// instant.
const (
	reasonDrift        reasonMessage = "the tenant was changed since the baseline of %s (drift)"
	reasonPending      reasonMessage = "the manifests ask for something else than at the baseline of %s, and that is not applied yet (pending)"
	reasonSignal       reasonMessage = "signs of use have moved since the baseline of %s, and nobody has changed anything (signal)"
	reasonCauseUnknown reasonMessage = "the baseline of %s does not tell on which side it came up (unknown)"
)
