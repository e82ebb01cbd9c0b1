package report

import (
	"fmt"
	"io"
	"time"

	"github.com/licensectl/licensectl/pkg/doctor"
	"github.com/licensectl/licensectl/pkg/plan"
)

// diagnosisDocument is a diagnosis as one JSON document.
type diagnosisDocument struct {
	FormatVersion string                `json:"formatVersion"`
	Tool          plan.Tool             `json:"tool"`
	Verdict       doctor.Status         `json:"verdict"`
	Identity      *diagnosisIdentity    `json:"identity"` // null where there is none that can be read
	Verbs         []doctor.VerbStanding `json:"verbs"`
	Checks        []doctor.Check        `json:"checks"`
}

type diagnosisIdentity struct {
	Kind           string     `json:"kind"` // app or user
	Name           string     `json:"name"`
	TenantID       string     `json:"tenantId"`
	ExpiresAt      *time.Time `json:"expiresAt"` // null where the token does not say
	Permissions    []string   `json:"permissions"`
	DirectoryRoles []string   `json:"directoryRoles"`
}

// DiagnosisJSON writes the checks as one JSON document, indented and safe to
// print.
//
// The error is the writer's.
func DiagnosisJSON(w io.Writer, d Diagnosis) error {
	doc := diagnosisDocument{
		FormatVersion: FormatVersion, Tool: d.Tool, Verdict: d.verdict(), Identity: identityDocument(d.Identity),
		Verbs: append([]doctor.VerbStanding{}, d.Report.Verbs...), Checks: append([]doctor.Check{}, d.Report.Checks...),
	}
	if err := WriteJSON(w, doc); err != nil {
		return fmt.Errorf("writing the diagnosis: %w", err)
	}
	return nil
}

func identityDocument(id *doctor.Identity) *diagnosisIdentity {
	if id == nil {
		return nil
	}
	out := diagnosisIdentity{
		Kind: "app", Name: id.Name, TenantID: id.TenantID,
		Permissions: append([]string{}, id.Permissions...), DirectoryRoles: append([]string{}, id.DirectoryRoles...),
	}
	if id.Delegated {
		out.Kind = "user"
	}
	if !id.Expires.IsZero() {
		expires := id.Expires.UTC()
		out.ExpiresAt = &expires
	}
	return &out
}
