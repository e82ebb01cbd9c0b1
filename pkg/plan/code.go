package plan

// Code names a kind of finding. Codes are stable: docs/errors.md explains
// each, and pipelines match on them.
type Code string

// The codes of findings.
const (
	CodeUnknownSKU           Code = "unknown-sku"              // no such product is known
	CodeSKUNotInTenant       Code = "sku-not-in-tenant"        // the product exists, the tenant does not own it
	CodeAmbiguousSKU         Code = "ambiguous-sku"            // two of the tenant's products share the name
	CodeSKUNotForUsers       Code = "sku-not-for-users"        // applies to the company, cannot be assigned
	CodeSKUNotManaged        Code = "sku-not-managed"          // declared, but the policy leaves it out
	CodeSKUDeclaredTwice     Code = "sku-declared-twice"       // for one user, with different plans
	CodeUnknownPlan          Code = "unknown-plan"             // the SKU has no such service plan
	CodeUserNotFound         Code = "user-not-found"           //
	CodeUserDeclaredTwice    Code = "user-declared-twice"      // by UPN and by object id
	CodeNoUsageLocation      Code = "no-usage-location"        // needed by a new license
	CodeBadUsageLocation     Code = "bad-usage-location"       // to be restored, and no country
	CodeNotUndone            Code = "not-undone"               // a change of a receipt that was not made
	CodeUndoUnknown          Code = "undo-unknown"             // a change of a receipt that may have been made
	CodeSeatShortage         Code = "seat-shortage"            // fewer seats than users that need one
	CodeSeatCycle            Code = "seat-cycle"               // users wait for each other's seats
	CodePlansExclude         Code = "plans-exclude"            // two enabled plans exclude each other
	CodePlanMissing          Code = "plan-needs-another"       // an enabled plan needs one that is off
	CodeInherited            Code = "inherited-license"        // not desired, but only the group can take it away
	CodeInheritedPlans       Code = "inherited-plans"          // a group's plans differ from the desired ones
	CodeAssignmentError      Code = "assignment-error"         // the tenant reports an error on an assignment
	CodeNotInForce           Code = "not-in-force"             // declared and assigned, and no path gives it
	CodeProtectedUser        Code = "protected-user"           // differs, and is left alone
	CodeProtectedNotFound    Code = "protected-user-not-found" // the policy protects somebody who is not there
	CodeAccountDisabled      Code = "account-disabled"         //
	CodeGuestUser            Code = "guest-user"               //
	CodeUnlistedUser         Code = "unlisted-user"            // holds managed licenses, stands in no manifest
	CodePendingItem          Code = "pending-item"             // a held license whose item begins later is kept
	CodeAdditionsOnly        Code = "additions-only"           // held: it takes something away
	CodeStateConflict        Code = "contradictory-state"      // assignedLicenses and licenseAssignmentStates disagree
	CodePolicyUnknownSKU     Code = "policy-unknown-sku"       // a SKU of the policy is not of this tenant
	CodeAcceptedDrift        Code = "accepted-drift"           // a difference that the policy accepts
	CodeAcceptedExpired      Code = "accepted-drift-expired"   // a difference that the policy accepted until its day came
	CodeAcceptedUnused       Code = "accepted-drift-unused"    // the policy accepts a difference that is not there
	CodeDriftRemoval         Code = "drift-removal"            // held: drift that would be corrected by taking something away
	CodeBaselineGap          Code = "baseline-gap"             // the baseline knows less than it could
	CodeUnusedSeats          Code = "unused-seats"             // seats that are paid for and used by nobody
	CodeUnreadableUser       Code = "unreadable-user"          // the tenant does not say what they hold
	CodeUnitsUnaccounted     Code = "units-unaccounted"        // more units are in use than users hold
	CodeSubscriptionEnds     Code = "subscription-ends"        // seats that are in use end soon unless renewed
	CodeSubscriptionsUnknown Code = "subscriptions-unknown"    // when subscriptions end is not told
	CodeRedundant            Code = "redundant-license"        // another product of the user has all of its services
)

// The codes of findings about selections and ends.
const (
	CodeGroupNotFound          Code = "group-not-found"          // that a selection names
	CodeAmbiguousGroup         Code = "ambiguous-group"          // two groups share the name
	CodeFilterRefused          Code = "filter-refused"           // the service does not take it
	CodeMemberUnknown          Code = "member-type-unknown"      // a member of the group may be a user or not
	CodeSelectionLagging       Code = "selection-lagging"        // an index answered, which lags behind
	CodeSelectionEmpty         Code = "selection-empty"          // nobody is selected, and that is not allowed
	CodeSelectionsDisagree     Code = "selections-disagree"      // about one user
	CodeSelectedUserGone       Code = "selected-user-gone"       // deleted meanwhile
	CodeUntilSoon              Code = "until-soon"               // a license that is held is soon no longer declared
	CodeSelectionNear          Code = "selection-near-miss"      // a user is not selected for the way in which an attribute is written
	CodeGuardsNarrowed         Code = "guards-narrowed"          // options leave changes out, and the guards do not count them
	CodeAcceptedFinding        Code = "accepted-finding"         // findings that the policy accepts
	CodeAcceptedFindingExpired Code = "accepted-finding-expired" // findings that the policy accepted until its day came
	CodeAcceptedFindingUnused  Code = "accepted-finding-unused"  // the policy accepts findings that are not there
)

// The codes of findings about what groups give.
const (
	CodeGroupDeclaredTwice   Code = "group-declared-twice"       // by display name and by object id
	CodeGroupNotSecurity     Code = "group-not-security-enabled" // so it cannot give licenses
	CodeGroupUntold          Code = "group-untold"               // the tenant does not say what it gives, who is in it or what they hold
	CodeProtectedGroup       Code = "protected-group"            // differs, and is left alone
	CodeProtectedGroupAbsent Code = "protected-group-not-found"  // the policy protects a group that is not there
	CodeUnlistedGroup        Code = "unlisted-group"             // gives managed licenses, stands in no manifest
	CodeGroupTakesDeclared   Code = "group-takes-declared"       // from members who are declared to hold it
	CodeGroupTakesAccepted   Code = "group-takes-accepted"       // from members whom the policy leaves it
	CodeGroupBlocked         Code = "group-blocked"              // a group is to give the product, and does not yet: the user keeps their own
	CodePlansKeptOff         Code = "plans-kept-off"             // the service keeps service plans of a trial off for a group by itself
	CodeGroupProcessing      Code = "group-processing"           // the service is still at an earlier change of the group
	CodeGroupNotInForce      Code = "group-not-in-force"         // what a group gives is not in force for members
	CodeDirectAndInherited   Code = "direct-and-inherited"       // held directly, and given by a group as well
)

// The codes of findings about what is taken back, and about mailboxes.
const (
	CodeReclaimed        Code = "reclaimed"         // a rule of the policy takes it, or does not give it
	CodeReclaimSoon      Code = "reclaim-soon"      // a rule will take it
	CodeReclaimInherited Code = "reclaim-inherited" // a rule would take it, and only the group can
	CodeReclaimUntold    Code = "reclaim-untold"    // a rule cannot judge users, since a sign of use is not told
	CodeMailboxShared    Code = "mailbox-shared"    // held: the mailbox that would go is no user's own
	CodeMailboxLarge     Code = "mailbox-large"     // held: it is larger than one without a license may be
	CodeMailboxArchive   Code = "mailbox-archive"   // held: it has an archive
	CodeMailboxUnknown   Code = "mailbox-unknown"   // held: what it is cannot be told
)
