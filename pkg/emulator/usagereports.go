package emulator

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// usageReports are the reports that wait to be downloaded, and how often each
// was asked for.
type usageReports struct {
	mu      sync.Mutex
	waiting map[string]download // by the key in their address
	asked   map[string]*usage   // by application and report
}

// download is a report at an address that lets in whoever knows it.
type download struct {
	csv  []byte
	ends time.Time
}

// The bounds of usage reports (Graph docs, throttling limits; reportRoot).
const (
	mostReports      = 14
	reportWindow     = 10 * time.Minute
	downloadLifetime = 5 * time.Minute
	reportLag        = 2 // days
)

// downloadHost is where reports are downloaded from where every host is the
// emulator.
const downloadHost = "https://reports.office.com"

func newUsageReports() *usageReports {
	return &usageReports{waiting: map[string]download{}, asked: map[string]*usage{}}
}

// put keeps a report for a time, and gives the key to it.
func (u *usageReports) put(csv []byte, now time.Time) string {
	raw := make([]byte, 24)
	rand.Read(raw) // never fails
	key := base64.RawURLEncoding.EncodeToString(raw)
	u.mu.Lock()
	defer u.mu.Unlock()
	for old, d := range u.waiting {
		if now.After(d.ends) {
			delete(u.waiting, old)
		}
	}
	u.waiting[key] = download{csv, now.Add(downloadLifetime)}
	return key
}

func (u *usageReports) get(key string, now time.Time) ([]byte, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	d, ok := u.waiting[key]
	return d.csv, ok && !now.After(d.ends)
}

// wait is how long an application has to wait until it may ask for a report
// again; 0: it may.
func (u *usageReports) wait(who string, now time.Time) time.Duration {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.asked[who] == nil {
		u.asked[who] = newUsage(mostReports, reportWindow)
	}
	return u.asked[who].take(1, now)
}

// usageReport answers a request for a report with the address to download it
// from.
func (e *Emulator) usageReport(c *call) reply {
	if err := checkOptions(c.query); err != nil {
		return e.failure(c, *err)
	}
	if u, err := url.Parse(c.base); err == nil && isGraphHost(c.base) && u.Hostname() != graphHosts[0] {
		return e.failure(c, malformed("Resource not found for the segment '"+c.route.name+"'."))
	}
	if !slices.Contains([]string{"D7", "D30", "D90", "D180"}, c.params[0]) {
		return e.failure(c, newError(http.StatusBadRequest, "InvalidArgument", "Invalid period value specified: '"+clip(c.params[0])+"'."))
	}
	if wait := e.reports.wait(c.caller.appID+c.route.name, e.now()); wait > 0 && !e.opts.Limits.Off {
		return e.throttle(c, verdict{throttled: true, scope: "Tenant_Application/Reports", reason: "ReportLimitExceeded", retryAfter: wholeSeconds(wait)})
	}
	text, missing := e.reportText(c)
	if missing != nil {
		return e.failure(c, *missing)
	}
	sum := sha256.Sum256(text)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	if c.header.Get("If-None-Match") == tag {
		return reply{status: http.StatusNotModified, header: http.Header{"Etag": {tag}}}
	}
	from := e.opts.Downloads
	if from == "" {
		if u, err := url.Parse(c.base); err != nil || isLoopback(u.Hostname()) {
			return e.failure(c, notEmulated("a place to download reports from: give one with Options.Downloads"))
		}
		from = downloadHost
	}
	location := from + "/data/download/" + e.reports.put(text, e.now())
	return reply{status: http.StatusFound, header: http.Header{"Location": {location}, "Etag": {tag}, "Content-Type": {"text/plain"}}}
}

// reportDownload gives a report to whoever has its address, and to nobody who
// shows a token: it is not for this service, and whoever runs it could use it.
func (e *Emulator) reportDownload(c *call) reply {
	text, ok := e.reports.get(c.params[0], e.now())
	c.target = "/" + strings.Join(c.route.pattern, "/") // the key lets in whoever reads the log
	switch {
	case c.header.Get("Authorization") != "":
		c.code = "InvalidAuthenticationInfo"
		return reply{status: http.StatusForbidden, body: []byte("Authentication information is not given in the correct format."), header: http.Header{"Content-Type": {"text/plain"}}}
	case !ok || e.opts.Downloads != "" && !strings.HasSuffix(e.opts.Downloads, strings.TrimPrefix(strings.TrimPrefix(c.base, "https:"), "http:")):
		return reply{status: http.StatusNotFound, header: http.Header{}}
	}
	return reply{status: http.StatusOK, body: text, header: http.Header{"Content-Type": {"application/octet-stream"}}}
}

// reportSettings answers GET /admin/reportSettings.
func (e *Emulator) reportSettings(c *call) reply {
	return jsonReply(http.StatusOK, map[string]any{
		"@odata.context": c.root() + "/$metadata#admin/reportSettings/$entity", "displayConcealedNames": !e.dir.tenant.revealNames,
	})
}

// reportText writes the report that a call asks for.
func (e *Emulator) reportText(c *call) ([]byte, *apiError) {
	e.dir.mu.RLock()
	defer e.dir.mu.RUnlock()
	now := e.now().UTC()
	w := reportWriter{directory: e.dir, refreshed: time.Date(now.Year(), now.Month(), now.Day()-reportLag, 0, 0, 0, 0, time.UTC), period: strings.TrimPrefix(c.params[0], "D")}
	switch c.route.name {
	case "getOffice365ActiveUserDetail":
		return w.activeUsers(), nil
	case "getMailboxUsageDetail":
		return w.mailboxes(), nil
	}
	if format := c.query.Get("$format"); format != "text/csv" {
		return nil, ptr(notEmulated("the report of Copilot in another format than text/csv"))
	}
	return w.copilot(), nil
}

// reportWriter writes reports that were made up to a day.
type reportWriter struct {
	*directory
	refreshed time.Time
	period    string
}

// table writes rows, each of which begins with the day of the report and who it
// is about.
func (w reportWriter) table(columns string, row func(u user) []string) []byte {
	var out bytes.Buffer
	out.WriteString("\ufeff")
	rows := csv.NewWriter(&out)
	rows.Write(strings.Split("Report Refresh Date,User Principal Name,Display Name,Is Deleted,Deleted Date,"+columns+",Report Period", ","))
	for _, u := range w.users {
		cells := row(u)
		if cells == nil || u.has(flagDeleted) {
			continue
		}
		line := append([]string{w.day(At(w.refreshed)), w.conceal(u.upn), w.conceal(u.displayName), "False", ""}, cells...)
		rows.Write(append(line, w.period))
	}
	rows.Flush()
	return out.Bytes()
}

// conceal writes a name, or the hash in place of it.
func (w reportWriter) conceal(name string) string {
	if w.tenant.revealNames {
		return name
	}
	return strings.ToUpper(strings.ReplaceAll(DerivedID("concealed", name).String(), "-", ""))
}

// day writes the day of a moment, as far as the report knows it.
func (w reportWriter) day(m Moment) string {
	if !m.isTime() {
		return ""
	}
	if m.at.After(w.refreshed) {
		m.at = w.refreshed
	}
	return m.at.UTC().Format(time.DateOnly)
}

// holds reports whether a user holds a product of a kind.
func (w reportWriter) holds(u user, is func(license.SKU) bool) bool {
	return slices.ContainsFunc(u.held, func(a assignment) bool { return a.takesSeat() && is(w.products[a.sku].sku) })
}

func (w reportWriter) activeUsers() []byte {
	names := []string{"Exchange", "OneDrive", "SharePoint", "Skype For Business", "Yammer", "Teams"}
	var columns []string
	for _, form := range []string{"Has %s License", "%s Last Activity Date", "%s License Assign Date"} {
		for _, name := range names {
			columns = append(columns, fmt.Sprintf(form, name))
		}
	}
	return w.table(strings.Join(append(columns, "Assigned Products"), ","), func(u user) []string {
		if len(u.held) == 0 {
			return nil
		}
		var has, used, products []string
		for _, workload := range license.AllWorkloads() {
			serves := func(sku license.SKU) bool { return slices.Contains(sku.Workloads(), workload) }
			has = append(has, strings.ToUpper(strconv.FormatBool(w.holds(u, serves))))
			used = append(used, w.day(w.evidence[u.id].Uses[workload]))
		}
		for _, a := range u.held {
			products = append(products, w.products[a.sku].sku.Name)
		}
		return append(slices.Concat(has, used, make([]string, len(names))), strings.Join(products, "+"))
	})
}

func (w reportWriter) mailboxes() []byte {
	return w.table("Created Date,Last Activity Date,Item Count,Storage Used (Byte),Issue Warning Quota (Byte),Prohibit Send Quota (Byte),"+
		"Prohibit Send/Receive Quota (Byte),Deleted Item Count,Deleted Item Size (Byte),Deleted Item Quota (Byte),Has Archive", func(u user) []string {
		box, ok := w.mailbox(u)
		if !ok {
			return nil
		}
		archive := strings.ToUpper(strconv.FormatBool(box.Archive))
		return []string{"", w.day(w.evidence[u.id].Uses[license.WorkloadExchange]), "0", strconv.FormatInt(box.Bytes, 10),
			"105226698752", "106300440576", "107374182400", "0", "0", "32212254720", archive}
	})
}

func (w reportWriter) copilot() []byte {
	return w.table("Last Activity Date,Copilot Chat Last Activity Date,Microsoft Teams Copilot Last Activity Date", func(u user) []string {
		if !w.holds(u, license.SKU.HasCopilot) {
			return nil
		}
		return []string{w.day(w.evidence[u.id].Copilot), "", ""}
	})
}
