package graph

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// OpReadGroups reads what groups give their members.
const OpReadGroups Op = "reading the licenses of groups"

// groupProperties are selected wherever the licenses of groups are read; what a
// group gives comes on $select alone (Graph docs, group resource).
const groupProperties = "id,displayName,securityEnabled,groupTypes,onPremisesSyncEnabled,licenseProcessingState,visibility,assignedLicenses"

// GroupsGiving reads the groups that give a product, without their members. It
// takes a request for every PageSize of them, and one where there is none.
//
// Groups are asked for product by product, and not for all that have a license:
// that is an advanced query, which an index answers that lags behind (Graph docs,
// aad-advanced-queries), and a group that is missing from it would look as if it
// gave nothing.
func (r *Reader) GroupsGiving(ctx context.Context, sku license.GUID) ([]license.Group, error) {
	gives := func(g license.Group) bool {
		_, given := g.License(sku)
		return given || g.Licenses == nil
	}
	return r.groupsBy(ctx, "assignedLicenses/any(s:s/skuId eq "+sku.String()+")", gives)
}

// GroupsCalled reads the groups with a display name, in any case, without their
// members. There may be none, or several: the service does not keep names
// apart. It takes one request.
func (r *Reader) GroupsCalled(ctx context.Context, name string) ([]license.Group, error) {
	called := func(g license.Group) bool {
		return strings.EqualFold(strings.TrimSpace(g.DisplayName), strings.TrimSpace(name))
	}
	return r.groupsBy(ctx, "displayName eq "+quote(name), called)
}

// GroupsByID reads groups, without their members. Those that the tenant does not
// have are missing from the result. It takes a request for every 15, which go
// side by side.
func (r *Reader) GroupsByID(ctx context.Context, ids []license.GUID) ([]license.Group, error) {
	chunks := slices.Collect(slices.Chunk(ids, maxFilterValues))
	found, err := sideBySide(ctx, len(chunks), func(ctx context.Context, i int) ([]license.Group, error) {
		asked := func(g license.Group) bool { return slices.Contains(chunks[i], g.ID) }
		return r.groupsBy(ctx, idFilter(chunks[i]), asked)
	})
	return slices.Concat(found...), err
}

// DirectMembers reads the members of a group itself, not those of groups in it,
// which get no license by it. It takes a request for every PageSize members of
// any kind.
func (r *Reader) DirectMembers(ctx context.Context, group license.GUID) (Selected, error) {
	path := "/groups/" + group.String() + "/members?$select=id&$top=" + strconv.Itoa(PageSize)
	return r.client.selected(ctx, get(OpListMembers, r.client.root.url(path)).abreast(memberUnits), readMember)
}

// groupsBy reads the groups that pass a filter, of which each has to be one that
// was asked for.
func (r *Reader) groupsBy(ctx context.Context, filter string, asked func(license.Group) bool) ([]license.Group, error) {
	query := "/groups?$select=" + groupProperties + "&$top=" + strconv.Itoa(PageSize) + "&$filter=" + escapeQuery(filter)
	found, err := gather(ctx, r.client, get(OpReadGroups, r.client.root.url(query)).abreast(1), listOf(func(w *walk) (license.Group, error) {
		g, err := readGroup(w)
		if err == nil && !asked(g) {
			err = fmt.Errorf("group %s (%q) is not one that was asked for", g.ID, oneLine(g.DisplayName))
		}
		return g, err
	}))
	return found.items, err
}

// readGroup reads a group. What it gives is nil where any part of that was not
// told: null, left out, or a product twice in two ways.
func readGroup(w *walk) (license.Group, error) {
	var g license.Group
	var told fieldsOfGroup
	var visibility string
	_, err := w.fields(
		field{"id", w.idInto(&g.ID)},
		field{"displayName", w.stringInto(&g.DisplayName)},
		field{"securityEnabled", func() (err error) {
			g.SecurityEnabled, told.security, err = w.flag()
			return err
		}},
		field{"onPremisesSyncEnabled", func() (err error) {
			g.OnPremisesSynced, _, err = w.flag()
			return err
		}},
		field{"groupTypes", func() error {
			_, err := w.array(func() error {
				text, err := w.text()
				g.Dynamic = g.Dynamic || strings.EqualFold(string(text), "DynamicMembership")
				return err
			})
			return err
		}},
		field{"visibility", w.stringInto(&visibility)},
		field{"licenseProcessingState", func() error {
			_, err := w.fields(field{"state", w.stringInto(&g.ProcessingState)})
			return err
		}},
		field{"assignedLicenses", func() (err error) {
			told.licenses, err = w.array(func() error { return told.license(w) })
			return err
		}},
	)
	if err == nil && g.ID == (license.GUID{}) {
		err = errors.New("a group without an id")
	}
	g.ProcessingState, g.HiddenMembership = oneLine(g.ProcessingState), strings.EqualFold(visibility, hiddenMembership)
	g.Licenses = told.given()
	return g, err
}

// fieldsOfGroup notes what came of a group.
type fieldsOfGroup struct {
	security, licenses bool
	partly             bool // a license without its plans, or one that contradicts another
	found              []license.GroupLicense
}

// license reads an item of a group's assignedLicenses.
func (t *fieldsOfGroup) license(w *walk) error {
	var l license.GroupLicense
	hasPlans := false
	_, err := w.fields(
		field{"skuId", w.idInto(&l.SKUID)},
		field{"disabledPlans", func() (err error) {
			l.DisabledPlans = []license.GUID{}
			hasPlans, err = w.array(func() error {
				id, err := w.id()
				l.DisabledPlans = append(l.DisabledPlans, license.GUID(id))
				return err
			})
			return err
		}},
	)
	t.partly = t.partly || !hasPlans || l.SKUID == license.GUID{}
	t.found = append(t.found, l)
	return err
}

// given are the licenses, in order; nil where they were not told, or not clearly.
func (t *fieldsOfGroup) given() []license.GroupLicense {
	if !t.security || !t.licenses || t.partly {
		return nil
	}
	out := append([]license.GroupLicense{}, t.found...)
	license.SortGroupLicenses(out)
	out = slices.CompactFunc(out, func(a, b license.GroupLicense) bool {
		return a.SKUID == b.SKUID && slices.Equal(a.DisabledPlans, b.DisabledPlans)
	})
	for i := range out {
		if i > 0 && out[i].SKUID == out[i-1].SKUID {
			return nil
		}
	}
	return out
}
