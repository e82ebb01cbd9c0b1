package graph_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/license"
)

// transport is a function that sends requests.
type transport func(*http.Request) (*http.Response, error)

func (f transport) Do(req *http.Request) (*http.Response, error) { return f(req) }

const (
	reportHost  = "https://reports.example.com"
	reportRow   = "2026-11-28,%s,Ada,False,,2026-11-10\n"
	reportTable = "\ufeffReport Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,Last Activity Date\n"
)

// reporting answers as the service leads to a report, and its host with a table.
func reporting(t *testing.T, table string) transport {
	return func(req *http.Request) (*http.Response, error) {
		if req.URL.Host == "graph.example.com" {
			return reply(http.StatusFound, "", "Location: "+reportHost+"/download/a-key"), nil
		}
		if req.Header.Get("Authorization") != "" || req.Header.Get("Cookie") != "" || req.Header.Get("client-request-id") != "" || req.URL.Host != "reports.example.com" {
			t.Errorf("%s was sent %v", req.URL.Host, req.Header)
		}
		return reply(http.StatusOK, table, "Content-Type: application/octet-stream"), nil
	}
}

func ofAda() map[string]bool { return map[string]bool{"ada@contoso.com": true} }

func TestReportsAreDownloadedWithoutTheToken(t *testing.T) {
	r := newReader(t, reporting(t, reportTable+fmt.Sprintf(reportRow, "Ada@Contoso.com")+fmt.Sprintf(reportRow, "bea@contoso.com")))
	got, err := r.Report(t.Context(), graph.ReportActivity, ofAda())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != 1 || got.Rows["ada@contoso.com"][0]["last activity date"] != "2026-11-10" || got.Concealed || got.Refreshed.Format(time.DateOnly) != "2026-11-28" {
		t.Errorf("%+v", got)
	}
}

// A report is read from nowhere that anybody else could read along, or that was
// not meant.
func TestWhereReportsAreNotReadFrom(t *testing.T) {
	for _, location := range []string{
		"", "/download/here", "http://reports.example.com/x", "http://127.0.0.1:80/x", "https://user:pass@reports.example.com/x", "ftp://reports.example.com/x", "https:///x", "javascript:x", ":",
	} {
		r := newReader(t, transport(func(req *http.Request) (*http.Response, error) {
			if req.URL.Host != "graph.example.com" {
				t.Errorf("%q was followed", location)
			}
			return reply(http.StatusFound, "", "Location: "+location), nil
		}))
		if _, err := r.Report(t.Context(), graph.ReportActivity, ofAda()); err == nil {
			t.Errorf("%q was taken", location)
		} else if strings.Contains(err.Error(), "pass@") {
			t.Errorf("the error shows a password: %v", err)
		}
	}
}

// The host of reports leads nowhere else, and its address is a key that is not
// shown.
func TestReportsThatLeadOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newReader(t, transport(func(req *http.Request) (*http.Response, error) {
			if req.URL.Host == "evil.example.com" {
				t.Error("a second redirect was followed")
			}
			if req.URL.Host == "graph.example.com" {
				return reply(http.StatusFound, "", "Location: "+reportHost+"/download/a-key?sig=secret"), nil
			}
			return reply(http.StatusFound, "", "Location: https://evil.example.com/"), nil
		}))
		_, err := r.Report(t.Context(), graph.ReportActivity, ofAda())
		if failed, ok := errors.AsType[*graph.DownloadError](err); !ok || failed.Host != "reports.example.com" || strings.Contains(err.Error(), "key") {
			t.Errorf("%v", err)
		}
	})
}

func TestReportTables(t *testing.T) {
	row := func(name, deleted, day string) string {
		return "2026-11-28," + name + ",x," + deleted + ",," + day + "\n"
	}
	tests := []struct {
		what, table string
		rows        int // of ada
		concealed   bool
		err         string
	}{
		{what: "nobody", table: reportTable},
		{what: "hashes", table: reportTable + row("9B3C0F1E", "False", ""), concealed: true},
		{what: "some hashes", table: reportTable + row("9B3C0F1E", "False", "") + row("ada@contoso.com", "False", ""), concealed: true, rows: 1},
		{what: "somebody who was deleted", table: reportTable + row("ada@contoso.com", "True", "2020-01-01")},
		{what: "twice", table: reportTable + row("ada@contoso.com", "False", "2020-01-01") + row("ADA@contoso.com", "False", "2026-01-01"), rows: 2},
		{what: "quotes and line breaks", table: reportTable + "2026-11-28,ada@contoso.com,\"A,\nda\",False,,\n", rows: 1},
		{what: "an older row", table: reportTable + row("ada@contoso.com", "False", "") + "2026-11-27,b@contoso.com,x,False,,\n", rows: 1},
		{what: "other columns", table: "A,B\n1,2\n", err: `it has no column "report refresh date"`},
		{what: "nothing", table: "", err: "it is empty or no table"},
		{what: "a web page", table: "<html><body>x</body></html>", err: `it has no column "report refresh date"`},
		{what: "a row that is cut", table: reportTable + "2026-11-28,ada@contoso.com,x\n", err: "wrong number of fields"},
		{what: "a bad day", table: reportTable + "28.11.2026,ada@contoso.com,x,False,,\n", err: `its report refresh date is "28.11.2026"`},
		{what: "no day", table: reportTable + ",ada@contoso.com,x,False,,\n", err: `its report refresh date is ""`},
		{what: "a quote that does not end", table: reportTable + "2026-11-28,ada@contoso.com,\"x,False,,\n", err: `extraneous or missing " in quoted-field`},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := newReader(t, reporting(t, tt.table)).Report(t.Context(), graph.ReportMailbox, ofAda())
				if tt.err != "" {
					if err == nil || !strings.Contains(err.Error(), tt.err) {
						t.Errorf("%v, want %q", err, tt.err)
					}
					return
				}
				if err != nil || len(got.Rows["ada@contoso.com"]) != tt.rows || got.Concealed != tt.concealed {
					t.Errorf("%+v %v", got, err)
				}
				if tt.what == "an older row" && got.Refreshed.Day() != 27 {
					t.Errorf("made up to %s", got.Refreshed)
				}
			})
		})
	}
}

// Whatever comes in place of a report, nobody else is in it.
func FuzzReports(f *testing.F) {
	f.Add(reportTable + fmt.Sprintf(reportRow, "ada@contoso.com"))
	f.Add(reportTable + "2026-11-28,9B3C0F1E,x,False,,\n")
	f.Add("<html>")
	f.Fuzz(func(t *testing.T, table string) {
		if len(table) > 10_000 {
			return
		}
		synctest.Test(t, func(t *testing.T) {
			got, err := newReader(t, reporting(&testing.T{}, table)).Report(t.Context(), graph.ReportActivity, ofAda())
			for name, rows := range got.Rows {
				if err != nil || name != "ada@contoso.com" || len(rows) == 0 || got.Refreshed.IsZero() {
					t.Errorf("%q %v %+v %v", table, err, got, rows)
				}
			}
		})
	})
}

// What a cloud of its own does not have is not asked for.
func TestReportsOfOtherClouds(t *testing.T) {
	for _, root := range []string{"https://graph.microsoft.us", "https://dod-graph.microsoft.us", "https://microsoftgraph.chinacloudapi.cn"} {
		cfg := config(transport(func(req *http.Request) (*http.Response, error) {
			t.Errorf("%s was asked", req.URL)
			return nil, errors.New("no")
		}))
		cfg.Root = root
		r, err := graph.NewReader(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Report(t.Context(), graph.ReportCopilot, ofAda()); !errors.Is(err, graph.ErrNoReports) {
			t.Errorf("%s: %v", root, err)
		}
	}
}

// batching answers each item of a batch by its address.
func batching(t *testing.T, answer func(url string) string) transport {
	return func(req *http.Request) (*http.Response, error) {
		var batch struct {
			Requests []struct{ ID, URL string }
		}
		if err := json.NewDecoder(req.Body).Decode(&batch); err != nil {
			t.Errorf("%s: %v", req.URL, err)
		}
		var items []string
		for _, r := range batch.Requests {
			items = append(items, fmt.Sprintf(`{"id":%q,%s}`, r.ID, answer(r.URL)))
		}
		return reply(200, `{"responses":[`+strings.Join(items, ",")+`]}`), nil
	}
}

func TestSignsOfUsers(t *testing.T) {
	day := func(text string) *time.Time {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return &at
	}
	null := &time.Time{}
	tests := []struct {
		what, fields string
		want         graph.UserSignals
	}{
		{"nothing", ``, graph.UserSignals{}},
		{"null", `,"signInActivity":null,"createdDateTime":null,"employeeLeaveDateTime":null,"licenseAssignmentStates":null`,
			graph.UserSignals{SignIns: &license.SignIns{}, Created: null, Leave: null}},
		{"all", `,"signInActivity":{"lastSignInDateTime":"2026-11-01T00:00:00Z","lastNonInteractiveSignInDateTime":"2026-11-02T02:00:00+02:00","lastSuccessfulSignInDateTime":"2026-11-03T00:00:00.000Z","lastSignInRequestId":"x"},"createdDateTime":"2020-01-01T00:00:00Z","employeeLeaveDateTime":"2027-01-01T00:00:00Z"`,
			graph.UserSignals{SignIns: &license.SignIns{Interactive: *day("2026-11-01"), NonInteractive: *day("2026-11-02"), Successful: *day("2026-11-03")}, Created: day("2020-01-01"), Leave: day("2027-01-01")}},
		{"the year one", `,"signInActivity":{"lastSignInDateTime":"0001-01-01T00:00:00Z","lastSignInRequestId":""}`, graph.UserSignals{SignIns: &license.SignIns{}}},
		{"the year one of an account", `,"createdDateTime":"0001-01-01T00:00:00Z"`, graph.UserSignals{Created: null}},
		{"the year two is a time", `,"createdDateTime":"0002-01-01T00:00:00Z"`, graph.UserSignals{Created: day("0002-01-01")}},
		{"no times at all", `,"signInActivity":{}`, graph.UserSignals{SignIns: &license.SignIns{}}},
		{"a time that is none beside one that is", `,"signInActivity":{"lastSignInDateTime":"2020-01-01T00:00:00Z","lastNonInteractiveSignInDateTime":"yesterday"}`, graph.UserSignals{}},
		{"a number for a time", `,"createdDateTime":20260101`, graph.UserSignals{}},
		{"licenses", `,"licenseAssignmentStates":[{"skuId":"00000000-0000-4000-8000-000000000009","assignedByGroup":null,"lastUpdatedDateTime":"2020-01-01T00:00:00Z"},{"skuId":"00000000-0000-4000-8000-000000000008","assignedByGroup":"00000000-0000-4000-8000-000000000007"}]`,
			graph.UserSignals{Assigned: []license.AssignedAt{{SKUID: id(8), Group: id(7)}, {SKUID: id(9), At: *day("2020-01-01")}}}},
		{"no licenses", `,"licenseAssignmentStates":[]`, graph.UserSignals{Assigned: []license.AssignedAt{}}},
	}
	q := graph.SignalQuery{Signals: []license.Signal{license.SignalSignIns, license.SignalCreated, license.SignalLeave, license.SignalAssigned}, Users: []license.GUID{id(1)}}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			r := newReader(t, batching(t, func(string) string {
				return fmt.Sprintf(`"status":200,"body":{"value":[{"id":%q%s}]}`, id(1), tt.fields)
			}))
			got, err := r.UserSignals(t.Context(), q)
			tt.want.ID = id(1)
			if diff := cmp.Diff([]graph.UserSignals{tt.want}, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// Signs of others than those who were asked for, or of no list at all, are no
// answer.
func TestSenselessSigns(t *testing.T) {
	for what, body := range map[string]string{
		"somebody else": fmt.Sprintf(`{"value":[{"id":%q}]}`, id(2)), "nobody": `{"value":[{}]}`, "no list": `{}`, "text": `{"value":"x"}`,
		"an odd form": fmt.Sprintf(`{"value":[{"id":%q,"signInActivity":[]}]}`, id(1)), "another case": fmt.Sprintf(`{"value":[{"id":%q,"SignInActivity":{}}]}`, id(1)),
	} {
		synctest.Test(t, func(t *testing.T) {
			r := newReader(t, batching(t, func(string) string { return `"status":200,"body":` + body }))
			got, err := r.UserSignals(t.Context(), graph.SignalQuery{Signals: []license.Signal{license.SignalSignIns}, Users: []license.GUID{id(1)}})
			if _, ok := errors.AsType[*graph.IncompleteError](err); !ok {
				t.Errorf("%s: %v %v", what, got, err)
			}
		})
	}
}

// The text of a page that is too large was seen as an error and may be a success.
func TestPagesThatAreTooLarge(t *testing.T) {
	for _, status := range []int{200, 400} {
		r := newReader(t, transport(func(req *http.Request) (*http.Response, error) {
			if req.URL.Query().Get("$top") != "120" {
				return reply(status, `{"@odata.context":"x","value":"Cannot query data for more than 120 users at a time."}`), nil
			}
			return reply(200, listJSON("", fmt.Sprintf(`{"id":%q,"signInActivity":null}`, id(1)))), nil
		}))
		got, err := r.UserSignals(t.Context(), graph.SignalQuery{Signals: []license.Signal{license.SignalSignIns}, Users: []license.GUID{id(1)}, AtLeast: 1})
		if err != nil || len(got) != 1 || got[0].SignIns == nil {
			t.Errorf("%d: %v %v", status, got, err)
		}
	}
}

func TestPurposesOfMailboxes(t *testing.T) {
	tests := []struct {
		what, item string
		want       license.MailboxPurpose
		told       bool
	}{
		{"a room", `"status":200,"body":{"value":"room"}`, license.MailboxPurpose{Purpose: "room"}, true},
		{"a purpose that nobody knows", `"status":200,"body":{"value":"unknownFutureValue"}`, license.MailboxPurpose{Purpose: "unknownFutureValue"}, true},
		{"null", `"status":200,"body":{"value":null}`, license.MailboxPurpose{}, true},
		{"absent", `"status":200,"body":{}`, license.MailboxPurpose{}, true},
		{"no mailbox", `"status":404,"body":{"error":{"code":"MailboxNotEnabledForRESTAPI","message":"x"}}`, license.MailboxPurpose{None: true}, true},
		{"none by another code", `"status":404,"body":{"error":{"code":"ResourceNotFound","message":"x"}}`, license.MailboxPurpose{None: true}, true},
		{"a user whom mailboxes do not know", `"status":404,"body":{"error":{"code":"ErrorInvalidUser","message":"x"}}`, license.MailboxPurpose{}, false},
		{"a thing in a mailbox", `"status":404,"body":{"error":{"code":"ErrorItemNotFound","message":"x"}}`, license.MailboxPurpose{}, false},
		{"not in words that are known", `"status":404,"body":{"error":{"code":"NotFound","message":"x"}}`, license.MailboxPurpose{}, false},
		{"no such user", `"status":404,"body":{"error":{"code":"Request_ResourceNotFound","message":"x"}}`, license.MailboxPurpose{}, false},
		{"nothing said", `"status":404,"body":{}`, license.MailboxPurpose{}, false},
		{"not this one", `"status":403,"body":{"error":{"code":"ErrorAccessDenied","message":"x"}}`, license.MailboxPurpose{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			r := newReader(t, batching(t, func(string) string { return tt.item }))
			got, refused, err := r.Purposes(t.Context(), []license.GUID{id(1)})
			purpose, told := got[id(1)]
			if err != nil || told != tt.told || purpose != tt.want || (refused == nil) != tt.told {
				t.Errorf("%+v %t %v %v", purpose, told, refused, err)
			}
		})
	}
}

func TestSubscriptionsAsTheyCome(t *testing.T) {
	const whole = `{"commerceSubscriptionId":"c","skuId":"00000000-0000-4000-8000-000000000009","skuPartNumber":"A","status":"Enabled","isTrial":null,"createdDateTime":null,"nextLifecycleDateTime":"2026-12-31T00:00:00Z","totalLicenses":5,"serviceStatus":[]}`
	got, err := newReader(t, transport(always(200, listJSON("", whole)))).Subscriptions(t.Context())
	if err != nil || len(got) != 1 || got[0].Seats != 5 || got[0].Trial || !got[0].Created.IsZero() || got[0].Changes.Year() != 2026 || got[0].ID != "c" {
		t.Errorf("%+v %v", got, err)
	}
	for _, key := range []string{"skuId", "status", "totalLicenses"} {
		synctest.Test(t, func(t *testing.T) {
			odd := strings.Replace(whole, key, "other", 1)
			if got, err := newReader(t, transport(always(200, listJSON("", odd)))).Subscriptions(t.Context()); err == nil {
				t.Errorf("without %s: %+v", key, got)
			}
		})
	}
}
