package report_test

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/report"
)

// holdings is who holds what of a tenant with everything that there can be: a
// product held both ways, one that gives nothing, one that nobody explains, and
// a user of whom nothing is known.
func holdings() report.Holders {
	staff := id(0xa0, 1)
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 9, 0, 0, 0, time.UTC) }
	user := func(n int, name string, held ...license.Assignment) license.UserState {
		return license.UserState{ID: id(0x0a, n), UserPrincipalName: strings.ToLower(name) + "@contoso.com", DisplayName: name + " Example", AccountEnabled: true, UserType: "Member", Assignments: held}
	}
	active := func(p product, group license.GUID) license.Assignment {
		return license.Assignment{SKUID: p.id, Group: group, State: "Active"}
	}
	odd := user(5, "Odd")
	odd.Unexplained = []license.GUID{visio.id}
	lost := user(6, "Lost")
	lost.Unreadable = "assignedLicenses is null for lost@contoso.com"
	gone := user(7, "Gone", active(e3, license.GUID{}))
	gone.AccountEnabled = false
	users := []license.UserState{
		user(1, "Ada", active(e3, license.GUID{}), active(e3, staff), active(e5, license.GUID{})),
		user(2, "Bea", license.Assignment{SKUID: e3.id, Group: staff, State: "Error", Error: "CountViolation"}),
		user(3, "Nobody"), user(4, "Cem", active(visio, license.GUID{})), odd, lost, gone,
	}
	return report.Holders{
		Tenant: contoso, Cloud: "global", TakenAt: day(11, 30), Currency: "EUR", Prices: map[license.GUID]plan.Money{e3.id: 335_000, e5.id: 570_000},
		Observed: plan.Observed{
			SKUs: inventory().SKUs, Users: users, Groups: map[license.GUID]string{staff: "Staff of ada@contoso.com"},
			Departments: map[license.GUID]string{users[0].ID: "Sales", users[1].ID: "Sales", users[6].ID: "Operations"},
			Signals: license.Signals{Assigned: &license.Reading[[]license.AssignedAt]{Users: map[license.GUID][]license.AssignedAt{
				users[0].ID: {{SKUID: e3.id, At: day(5, 1)}, {SKUID: e3.id, Group: staff, At: day(6, 1)}, {SKUID: e5.id}},
			}}},
		},
	}
}

// bare is the same without prices, names and dates.
func bare() report.Holders {
	h := holdings()
	h.Currency, h.Prices = "", nil
	h.Observed.Groups, h.Observed.Signals, h.Observed.Departments = nil, license.Signals{}, nil
	return h
}

func TestHoldingsNameNobodyWhereRedacted(t *testing.T) {
	o := report.Options{Redact: true}
	for name, write := range map[string]func(io.Writer, report.Holders, report.Options) error{
		"text": report.HoldersText, "csv": report.HoldersCSV, "json": report.HoldersJSON,
	} {
		var out bytes.Buffer
		if err := write(&out, holdings(), o); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"contoso.com", "Ada", "Example", "Sales", "Operations"} {
			if strings.Contains(out.String(), secret) {
				t.Errorf("%s shows %q:\n%s", name, secret, out.String())
			}
		}
	}
}

// Names of users, departments, groups and states are strangers' texts.
func TestHoldingsOfHostileNames(t *testing.T) {
	const hostile = "=cmd()\x1b[31m\n\u202eevil"
	h := holdings()
	for i := range h.Observed.Users {
		u := &h.Observed.Users[i]
		u.UserPrincipalName, u.DisplayName, u.UserType = fmt.Sprint(hostile, i), hostile, hostile
		h.Observed.Departments[u.ID] = hostile
		for j := range u.Assignments {
			u.Assignments[j].State, u.Assignments[j].Error = hostile, hostile
		}
	}
	for i := range h.Observed.SKUs {
		h.Observed.SKUs[i].PartNumber, h.Observed.SKUs[i].Name = hostile, hostile
	}
	h.Observed.Groups[id(0xa0, 1)], h.Tenant.DisplayName, h.Currency = hostile, hostile, hostile
	for name, write := range map[string]func(io.Writer, report.Holders, report.Options) error{
		"text": report.HoldersText, "csv": report.HoldersCSV, "json": report.HoldersJSON,
	} {
		var out bytes.Buffer
		if err := write(&out, h, report.Options{}); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x1b\u202e") || name == "csv" && (strings.Contains(out.String(), ",=cmd") || strings.Contains(out.String(), "\n=cmd")) {
			t.Errorf("%s:\n%s", name, out.String())
		}
	}
}
