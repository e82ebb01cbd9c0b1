package graph_test

import (
	"context"
	"strings"
	"testing"
)

func TestManagementRestricted(t *testing.T) {
	own := `{"@odata.context":"c","id":"` + id(1).String() + `"`
	for body, want := range map[string]bool{
		own + `,"isManagementRestricted":true}`:  true,
		own + `,"isManagementRestricted":false}`: false,
		own + `,"isManagementRestricted":null}`:  false,
		own + `}`:                                false,
	} {
		w := newWire(t, always(200, body))
		got, err := newReader(t, w).ManagementRestricted(context.Background(), id(1))
		if err != nil || got != want || !strings.HasSuffix(w.requests[0].URL.Path, id(1).String()) {
			t.Errorf("%s: %v, %v", body, got, err)
		}
	}
	for _, body := range []string{`{"id":"` + id(2).String() + `","isManagementRestricted":true}`, `<html>`, `{}`, `{"id":7}`} {
		if got, err := newReader(t, newWire(t, always(200, body))).ManagementRestricted(context.Background(), id(1)); err == nil || got {
			t.Errorf("%s: %v, %v", body, got, err)
		}
	}
}
