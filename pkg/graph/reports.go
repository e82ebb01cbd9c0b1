package graph

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// OpReadReports reads usage reports.
const OpReadReports Op = "reading usage reports"

// UsageReport is a report of how users use the services of the tenant.
type UsageReport string

// The reports. They are of the last 180 days, the longest period there is, and
// name the last day of use whenever it was.
const (
	ReportActivity UsageReport = "/reports/getOffice365ActiveUserDetail(period='D180')"
	ReportMailbox  UsageReport = "/reports/getMailboxUsageDetail(period='D180')"
	ReportCopilot  UsageReport = "/copilot/reports/getMicrosoft365CopilotUsageUserDetail(period='D180')?$format=text/csv"
)

// Report is what a usage report says of users.
type Report struct {
	// Refreshed is the day up to which the report was made, its beginning in
	// UTC; zero where it has no row.
	Refreshed time.Time

	Columns []string // in lower case

	// Rows are those of the users who were asked for, by license.UPNKey, each by
	// the columns of the report in lower case. A user may have several.
	Rows map[string][]map[string]string

	// Concealed tells that the report has hashes in place of some names.
	Concealed bool
}

// What is read of a report at most: far more than the rows of a million users.
const maxReport = 1 << 30

// maxDownloads is how often a report is asked for anew that cannot be
// downloaded: 14 requests in ten minutes are allowed (Graph docs, throttling).
const maxDownloads = 3

// Report reads a usage report, and keeps the rows of the users with these names,
// keys of license.UPNKey. The service leads to another host that needs no token,
// and gets none. Where it refuses, Untold says what that means; a cloud of its
// own, which has no such reports, is not asked: ErrNoReports.
func (r *Reader) Report(ctx context.Context, report UsageReport, names map[string]bool) (Report, error) {
	if r.client.root.isNational() {
		return Report{}, ErrNoReports
	}
	again := func(err error, attempt int) bool {
		_, failed := errors.AsType[*DownloadError](err)
		return failed && attempt < maxDownloads
	}
	return repeat(ctx, repetition{r.client, OpReadReports, again}, func() (Report, error) {
		return r.client.report(ctx, get(OpReadReports, r.client.root.url(string(report))), names)
	})
}

// ErrNoReports says that the cloud of the tenant has no usage reports.
var ErrNoReports = errors.New("the cloud of the tenant has no usage reports")

// DownloadError is a report that could not be had from where the service leads.
type DownloadError struct {
	Host string // without the address, which lets in whoever has it; empty: none was given
	Err  error
}

// Error gives one line.
func (e *DownloadError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("%s: downloading the report from %s: %s", OpReadReports, firstOf(oneLine(e.Host), "where the service leads"), oneLine(e.Err.Error())))
}

// Unwrap gives the cause.
func (e *DownloadError) Unwrap() error { return e.Err }

// report asks where the report is, and reads it from there.
func (c *client) report(ctx context.Context, req request, names map[string]bool) (Report, error) {
	ex, err := c.send(ctx, req)
	if ex.status != http.StatusFound {
		if err == nil {
			err = incomplete(req, ex, errors.New("it leads to no report"))
		}
		return Report{}, err
	}
	to, err := c.root.checkDownload(ex.header.Get("Location"))
	if err != nil {
		return Report{}, incomplete(req, ex, err)
	}
	body, err := c.download(ctx, to)
	if err != nil {
		return Report{}, &DownloadError{to.Host, err}
	}
	defer body.Close()
	out, err := readReport(body, names)
	if err != nil {
		return Report{}, &DownloadError{to.Host, err}
	}
	return out, nil
}

// checkDownload says why a report must not be read from an address. Plain HTTP
// is for loopback, and there for a service on loopback alone.
func (r serviceRoot) checkDownload(location string) (*url.URL, error) {
	u, err := url.Parse(location)
	switch {
	case err != nil || !u.IsAbs() || u.Host == "":
		return nil, errors.New("it leads to no absolute address")
	case u.User != nil:
		return nil, errors.New("it leads to an address with a user name")
	case strings.EqualFold(u.Scheme, "https"):
		return u, nil
	case strings.EqualFold(u.Scheme, "http") && isLoopback(u.Hostname()) && r.origin.scheme == "http":
		return u, nil
	}
	return nil, fmt.Errorf("it leads to %q, which is not https", u.Scheme+"://"+u.Host)
}

// download opens an address that lets in whoever has it: without a token, and
// without following it further.
func (c *client) download(ctx context.Context, from *url.URL) (io.ReadCloser, error) {
	limited, cancel := context.WithTimeout(ctx, reportTimeout)
	req := &http.Request{Method: http.MethodGet, URL: from, Header: http.Header{"User-Agent": {c.agent}}}
	c.meter.requests.Add(1)
	resp, err := c.outside.Do(req.WithContext(limited))
	if err != nil {
		cancel()
		return nil, withoutURL(err)
	}
	if resp.StatusCode != http.StatusOK {
		resp.Body.Close()
		cancel()
		return nil, fmt.Errorf("its status is %s", statusText(resp.StatusCode))
	}
	return closing{bounded(resp, maxReport), cancel}, nil
}

// reportTimeout bounds a download as a whole.
const reportTimeout = 10 * time.Minute

// closing ends the time limit of a body with it.
type closing struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (c closing) Close() error {
	defer c.cancel()
	return c.ReadCloser.Close()
}

// The columns that every report has.
const (
	columnRefreshed = "report refresh date"
	columnName      = "user principal name"
	columnDeleted   = "is deleted"
)

// readReport reads a report row by row. What makes no sense in it is an error:
// it may be the row that tells of a use.
func readReport(from io.Reader, names map[string]bool) (Report, error) {
	in := csv.NewReader(from)
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return Report{}, errors.New("it is empty or no table")
	}
	columns := make([]string, len(header))
	for i, name := range header {
		columns[i] = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(name, "\ufeff")))
	}
	for _, needed := range []string{columnRefreshed, columnName} {
		if !slices.Contains(columns, needed) {
			return Report{}, fmt.Errorf("it has no column %q", needed)
		}
	}
	out := Report{Columns: columns, Rows: map[string][]map[string]string{}}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return Report{}, err
		}
		if err := out.add(columns, row, names); err != nil {
			return Report{}, err
		}
	}
}

// add takes a row in. The report counts as made up to the earliest day that a
// row names.
func (r *Report) add(columns, row []string, names map[string]bool) error {
	cell := func(column string) string {
		if i := slices.Index(columns, column); i >= 0 {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	day, err := ReportDay(cell(columnRefreshed))
	if err != nil || day.IsZero() {
		return fmt.Errorf("its %s is %q", columnRefreshed, oneLine(cell(columnRefreshed)))
	}
	if r.Refreshed.IsZero() || day.Before(r.Refreshed) {
		r.Refreshed = day
	}
	name := cell(columnName)
	if !strings.Contains(name, "@") {
		r.Concealed = r.Concealed || name != ""
		return nil
	}
	key := license.UPNKey(name)
	if !names[key] || strings.EqualFold(cell(columnDeleted), "true") {
		return nil
	}
	cells := make(map[string]string, len(columns))
	for i, column := range columns {
		cells[column] = strings.Clone(strings.TrimSpace(row[i]))
	}
	r.Rows[key] = append(r.Rows[key], cells)
	return nil
}

// ReportDay reads a day of a report; zero for none.
func ReportDay(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no day", oneLine(text))
	}
	return day, nil
}
