package planner_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/planner"
)

// Of users who may be meant a few are named, however many there are, and nobody
// twice.
func TestExplainNamesAFewUsersWhoMayBeMeant(t *testing.T) {
	var users []license.UserState
	for i := range 9 {
		u := user(fmt.Sprintf("ada%d", i))
		u.UserPrincipalName = fmt.Sprintf("ada.brandt@region%d.contoso.com", i)
		users = append(users, u)
	}
	in := world([]plan.DesiredUser{entry("ada.brandt"), {User: plan.Ref{Name: "ADA.brandt@region0.contoso.com"}}}, users)
	_, err := planner.Explain(in, "ada.brand@contoso.com")
	var unknown *planner.UnknownUserError
	if !errors.As(err, &unknown) {
		t.Fatal(err)
	}
	near := slices.Compact(slices.Sorted(slices.Values(unknown.Near)))
	if len(near) != 3 || len(unknown.Near) != 3 || !strings.HasPrefix(near[0], "ada.brandt@region") {
		t.Errorf("near are %q", unknown.Near)
	}
}
