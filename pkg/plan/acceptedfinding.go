package plan

import "github.com/licensectl/licensectl/pkg/license"

// AcceptedFinding is a kind of finding that somebody answers for until a date:
// it is counted and no longer shown one by one. Errors cannot be accepted, since
// they block changes.
type AcceptedFinding struct {
	Code   Code
	Source Source // of the entry
	User   Ref    // only findings about this user; no name: about anybody
	SKU    Ref    // only those about this product; no name: about any

	// Group is the group that they are about; zero: any, or none.
	Group license.GUID

	Owner  string
	Reason string
	Until  Date // the first day on which they are no longer accepted
}

// AcceptableCodes lists the codes of findings that a policy can accept, sorted:
// those that can stand on something else than an error.
func AcceptableCodes() []Code {
	return []Code{
		CodeAcceptedDrift, CodeAcceptedExpired, CodeAcceptedUnused, CodeAccountDisabled, CodeAssignmentError, CodeBaselineGap,
		CodeDirectAndInherited, CodeGroupNotInForce, CodeGuardsNarrowed, CodeGuestUser, CodeInherited, CodeInheritedPlans, CodeMailboxArchive, CodeMailboxLarge, CodeMailboxShared, CodeMailboxUnknown,
		CodePendingItem, CodePlanMissing, CodePlansExclude, CodePlansKeptOff, CodeProtectedGroup, CodeProtectedUser, CodeReclaimInherited, CodeReclaimSoon, CodeReclaimUntold, CodeReclaimed, CodeRedundant,
		CodeSelectedUserGone, CodeSKUNotManaged, CodeSubscriptionEnds, CodeSubscriptionsUnknown, CodeUnlistedGroup, CodeUnlistedUser, CodeUntilSoon, CodeUnusedSeats,
	}
}
