package report

import (
	"fmt"
	"io"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
	"github.com/licensectl/licensectl/pkg/plan"
)

// holdersDocument is who holds what as one JSON document.
type holdersDocument struct {
	FormatVersion string      `json:"formatVersion"`
	Tenant        plan.Tenant `json:"tenant"`
	Cloud         string      `json:"cloud"`
	TakenAt       time.Time   `json:"takenAt"`
	Currency      *string     `json:"currency"` // null: no prices are known

	Departments []departmentDocument `json:"departments"` // sorted by name, no department last
	Users       []holderDocument     `json:"users"`       // who hold something, by department and name
}

type departmentDocument struct {
	Department  string      `json:"department"` // empty: none
	Users       int         `json:"users"`
	Seats       int         `json:"seats"`
	MonthlyCost *plan.Money `json:"monthlyCost"` // of the seats with a price; null: no prices are known
	Unpriced    int         `json:"seatsWithoutPrice"`
}

type holderDocument struct {
	ID                license.GUID      `json:"id"`
	UserPrincipalName string            `json:"userPrincipalName"`
	DisplayName       string            `json:"displayName,omitempty"`
	Department        string            `json:"department,omitempty"`
	AccountEnabled    bool              `json:"accountEnabled"`
	UserType          string            `json:"userType,omitempty"`
	Unreadable        string            `json:"unreadable,omitempty"` // why nobody knows what they hold
	Licenses          []licenseDocument `json:"licenses"`             // sorted by part number
}

type licenseDocument struct {
	SKUID         license.GUID   `json:"skuId"`
	SKUPartNumber string         `json:"skuPartNumber"`
	DisplayName   string         `json:"displayName"`  // empty where nobody published one
	MonthlyPrice  *plan.Money    `json:"monthlyPrice"` // of the one seat; null: not known, or no seat is taken
	Paths         []pathDocument `json:"paths"`        // the direct one first; empty: the tenant does not say
}

type pathDocument struct {
	Path      string       `json:"path"` // direct or group
	GroupID   license.GUID `json:"groupId,omitzero"`
	GroupName string       `json:"groupName,omitempty"`
	State     string       `json:"state"` // empty where none is told
	Error     string       `json:"error,omitempty"`
	Since     *time.Time   `json:"since"` // when it was given, or changed since; null: not told
}

// HoldersJSON writes who holds what as one JSON document, indented and safe to
// print.
//
// The error is the writer's.
func HoldersJSON(w io.Writer, h Holders, o Options) error {
	v := newHoldersView(h, o)
	doc := holdersDocument{FormatVersion: FormatVersion, Tenant: h.Tenant, Cloud: h.Cloud, TakenAt: h.TakenAt, Departments: []departmentDocument{}, Users: []holderDocument{}}
	if h.Currency != "" {
		doc.Currency = &h.Currency
	}
	departments, _ := v.sums()
	for _, d := range departments {
		out := departmentDocument{Department: d.department, Users: d.users, Seats: d.seats, Unpriced: d.unpriced}
		if h.Currency != "" {
			out.MonthlyCost = &d.cost
		}
		doc.Departments = append(doc.Departments, out)
	}
	for holder := range v.holders() {
		doc.Users = append(doc.Users, v.document(holder))
	}
	if err := WriteJSON(w, doc); err != nil {
		return fmt.Errorf("writing who holds what: %w", err)
	}
	return nil
}

func (v holdersView) document(h holder) holderDocument {
	u := h.user
	out := holderDocument{
		ID: u.ID, UserPrincipalName: h.name, DisplayName: h.display, Department: h.department, AccountEnabled: u.AccountEnabled,
		UserType: u.UserType, Unreadable: v.text(u.Unreadable), Licenses: []licenseDocument{},
	}
	for _, p := range h.products {
		held := licenseDocument{SKUID: p.id, SKUPartNumber: p.partNumber, DisplayName: p.product, MonthlyPrice: p.price, Paths: []pathDocument{}}
		for _, path := range p.paths {
			held.Paths = append(held.Paths, pathDocument{
				Path: path.pathName(), GroupID: path.Group, GroupName: path.groupName, State: path.State, Error: path.Error, Since: orNil(path.since),
			})
		}
		out.Licenses = append(out.Licenses, held)
	}
	return out
}
