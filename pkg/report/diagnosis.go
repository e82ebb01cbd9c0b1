package report

import (
	"github.com/licensectl/licensectl/pkg/doctor"
	"github.com/licensectl/licensectl/pkg/plan"
)

// Diagnosis is what a look at the setup has shown.
type Diagnosis struct {
	Tool     plan.Tool
	Identity *doctor.Identity // nil: nobody could be signed in, or the token does not say
	Report   doctor.Report
}

// verdict is that of the worst check.
func (d Diagnosis) verdict() doctor.Verdict {
	for _, v := range []doctor.Verdict{doctor.Fail, doctor.Warn} {
		if d.Report.Count(v) > 0 {
			return v
		}
	}
	return doctor.OK
}
