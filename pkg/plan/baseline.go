package plan

import (
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// Baseline is what is known of a tenant at an earlier time: when manifests
// were applied, or a snapshot was taken. Held against it, a difference between
// manifests and tenant shows on which side it came up.
type Baseline struct {
	At    time.Time // since when a difference can have come up
	Scope Scope     // the SKUs of which the baseline knows

	Users map[license.GUID]BaselineUser

	// Groups tells what groups gave; nil: of none it is told, which does not mean
	// that they gave nothing.
	Groups map[license.GUID]BaselineGroup

	// Declared tells by which manifests those users were as declared of whom
	// Users does not tell; nil: nothing is known of them.
	Declared *Declaration

	// Gaps say in plain words why the baseline knows less than it could, and
	// GroupGaps why it does of groups.
	Gaps, GroupGaps []string
}

// BaselineGroup is what a baseline knows of one group. The zero BaselineGroup knows
// nothing.
type BaselineGroup struct {
	State GroupState

	// Acted are the SKUs that the run of a receipt dealt with. Of these State tells
	// in any case.
	Acted []license.GUID

	Whole      bool // State tells of every SKU
	AsDeclared bool // in what is not Acted the group was as declared then

	// SwitchedOff are service plans that were asked for and came back switched off; nil:
	// none is known. State has them off.
	SwitchedOff []StateLicense
}

// BaselineUser is what a baseline knows of one user. The zero BaselineUser
// knows nothing.
type BaselineUser struct {
	State     State          // what they held directly
	Inherited []license.GUID // SKUs that came from groups and were in force, as far as known

	// Acted are the SKUs that the run of a receipt dealt with, the zero GUID
	// standing for the usage location. Of these State tells in any case.
	Acted []license.GUID

	Whole      bool // State tells of every SKU
	AsDeclared bool // in what is not Acted the user was as declared then
}

// Declaration is what an earlier plan was made from.
type Declaration struct {
	Files   []SourceFile
	AsOf    Date
	Missing []string // users as the manifests name them whom the tenant did not have

	// Groups tells that groups were as declared as well of which Baseline.Groups does
	// not tell.
	Groups bool
}
