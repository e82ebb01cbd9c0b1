package graph_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/graph"
)

// BenchmarkUserPages reads pages of users, and beside it decodes the same
// bytes with encoding/json into structs of strings, which is what one would
// write first.
func BenchmarkUserPages(b *testing.B) {
	page := largePage()
	perUser := func(b *testing.B) {
		b.SetBytes(int64(len(page)))
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/graph.PageSize, "ns/user")
	}
	b.Run("encoding-json", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			var out plainPage
			if err := json.Unmarshal([]byte(page), &out); err != nil {
				b.Fatal(err)
			}
		}
		perUser(b)
	})
	b.Run("reader", func(b *testing.B) {
		r := newReader(b, silent(page))
		b.ReportAllocs()
		for b.Loop() {
			for _, err := range r.UserPages(context.Background(), nil) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
		perUser(b)
	})
}

// silent answers every request with one page and polices nothing.
type silent string

func (s silent) Do(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(s)))}, nil
}

// largePage has as many users as a page can hold, with one to three licenses
// of a dozen kinds.
func largePage() string {
	var users []string
	for i := range graph.PageSize {
		var held, states []string
		for j := range i%3 + 1 {
			sku := id(500 + (i+j)%12)
			held = append(held, fmt.Sprintf(`{"disabledPlans":[],"skuId":%q}`, sku))
			states = append(states, fmt.Sprintf(`{"skuId":%q,"disabledPlans":[%q],"assignedByGroup":null,"state":"Active","error":"None","lastUpdatedDateTime":"2026-11-22T01:10:11Z"}`, sku, id(700+j)))
		}
		users = append(users, fmt.Sprintf(`{"id":%q,"userPrincipalName":"user%d@contoso.com","displayName":"User %d","accountEnabled":true,"userType":"Member","usageLocation":"DE","assignedLicenses":[%s],"licenseAssignmentStates":[%s]}`,
			id(10_000+i), i, i, strings.Join(held, ","), strings.Join(states, ",")))
	}
	return listJSON("", users...)
}

type plainPage struct {
	Value []struct {
		ID                string `json:"id"`
		UserPrincipalName string `json:"userPrincipalName"`
		DisplayName       string `json:"displayName"`
		AccountEnabled    bool   `json:"accountEnabled"`
		UserType          string `json:"userType"`
		UsageLocation     string `json:"usageLocation"`
		AssignedLicenses  []struct {
			SKUID string `json:"skuId"`
		} `json:"assignedLicenses"`
		States []struct {
			SKUID           string   `json:"skuId"`
			AssignedByGroup *string  `json:"assignedByGroup"`
			DisabledPlans   []string `json:"disabledPlans"`
			State           string   `json:"state"`
			Error           string   `json:"error"`
		} `json:"licenseAssignmentStates"`
	} `json:"value"`
}
