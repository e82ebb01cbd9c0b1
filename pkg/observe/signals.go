package observe

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/licensectl/licensectl/pkg/graph"
	"github.com/licensectl/licensectl/pkg/internal/caught"
	"github.com/licensectl/licensectl/pkg/license"
)

// SignalReader tells of signs of use; *graph.Reader is one.
type SignalReader interface {
	// UserSignals gives the signs that users themselves have; whoever is missing
	// was not told of.
	UserSignals(ctx context.Context, q graph.SignalQuery) ([]graph.UserSignals, error)

	// Purposes gives what mailboxes are for. Of whom it is refused, they are
	// missing, and the refusal is told.
	Purposes(ctx context.Context, users []license.GUID) (map[license.GUID]license.MailboxPurpose, *graph.Error, error)

	// Report gives the rows of a usage report that are about some names.
	Report(ctx context.Context, report graph.UsageReport, names map[string]bool) (graph.Report, error)
}

// SubscriptionReader tells of purchases; *graph.Reader is one.
type SubscriptionReader interface {
	Subscriptions(ctx context.Context) ([]license.Subscription, error)
}

var (
	_ SignalReader       = (*graph.Reader)(nil)
	_ SubscriptionReader = (*graph.Reader)(nil)
)

// SignalsRequest says which signs of use to read.
type SignalsRequest struct {
	Wanted  license.SignalRequest
	Users   []license.UserState // sorted by id: reports know users by name alone, and who is not here is in none
	AtLeast int                 // users that the tenant has at the least; 0: not known
	At      time.Time           // now
}

// Signals reads signs of use, of those alone of whom somebody asks. What the
// service refuses, or does not hold, is told in the result as a reason and stops
// nothing: nobody is idle by it. Any other failure is an error, and then nothing
// is known.
func Signals(ctx context.Context, r SignalReader, req SignalsRequest) (license.Signals, error) {
	s := signalReading{SignalsRequest: req, reader: r, ids: map[license.Signal][]license.GUID{}}
	for signal, users := range req.Wanted {
		if ids := license.SortedGUIDs(users); len(ids) > 0 {
			s.ids[signal] = ids
		}
	}
	asking, ctx := errgroup.WithContext(ctx)
	for _, read := range []func(context.Context) error{s.ofUsers, s.purposes, s.activity, s.copilot, s.mailboxUse} {
		asking.Go(caught.In(func() error { return read(ctx) }))
	}
	if err := asking.Wait(); err != nil {
		return license.Signals{}, fmt.Errorf("reading whether licenses are used: %w", err)
	}
	return s.out, nil
}

// Subscriptions reads the purchases of the tenant at a time. That they cannot be
// read is told in the result, since nothing that is done depends on them. The
// error is that of the context.
func Subscriptions(ctx context.Context, r SubscriptionReader, at time.Time) (*license.Subscriptions, error) {
	all, err := r.Subscriptions(ctx)
	if why, reason, ok := graph.Unavailable(err); ok {
		return &license.Subscriptions{Untold: why, Reason: reason}, nil
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return &license.Subscriptions{Untold: license.UnavailableRefused, Reason: err.Error()}, nil
	}
	return &license.Subscriptions{AsOf: at, All: all}, nil
}

// signalReading is the reading of signs of use. Each reads at the same time as the
// others, and writes to its own part of what comes out.
type signalReading struct {
	SignalsRequest
	reader SignalReader
	ids    map[license.Signal][]license.GUID // sorted, each once, none empty
	out    license.Signals
}

// ofUsers reads the signs that users themselves have, those of the same users
// together.
func (s *signalReading) ofUsers(ctx context.Context) error {
	left := []license.Signal{license.SignalSignIns, license.SignalCreated, license.SignalLeave, license.SignalAssigned}
	for len(left) > 0 {
		first := s.ids[left[0]]
		together := func(of license.Signal) bool { return slices.Equal(s.ids[of], first) }
		q := graph.SignalQuery{Users: first, AtLeast: s.AtLeast}
		for _, signal := range left {
			if together(signal) {
				q.Signals = append(q.Signals, signal)
			}
		}
		left = slices.DeleteFunc(left, together)
		if len(first) == 0 {
			continue
		}
		if err := s.ofProperties(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

// ofProperties asks for signs of users. Where that is refused, the one that takes the
// most is not told, and the others are asked for without it.
func (s *signalReading) ofProperties(ctx context.Context, q graph.SignalQuery) error {
	found, err := s.reader.UserSignals(ctx, q)
	why, reason, refused := graph.Unavailable(err)
	if !refused {
		if err == nil {
			s.keep(q, found)
		}
		return err
	}
	switch {
	case slices.Contains(q.Signals, license.SignalSignIns):
		s.out.SignIns = &license.Reading[license.SignIns]{Unavailable: why, Reason: reason}
		q.Signals = without(q.Signals, license.SignalSignIns)
	case slices.Contains(q.Signals, license.SignalLeave):
		s.out.Leave = &license.Reading[time.Time]{Unavailable: why, Reason: reason}
		q.Signals = without(q.Signals, license.SignalLeave)
	default:
		return err // it takes no more than reading users at all
	}
	if len(q.Signals) == 0 {
		return nil
	}
	return s.ofProperties(ctx, q)
}

func without(signals []license.Signal, one license.Signal) []license.Signal {
	return slices.DeleteFunc(slices.Clone(signals), func(s license.Signal) bool { return s == one })
}

// keep takes over what was told of users.
func (s *signalReading) keep(q graph.SignalQuery, found []graph.UserSignals) {
	for _, signal := range q.Signals {
		switch signal {
		case license.SignalSignIns:
			s.out.SignIns = readingOf(s.At, q.Users, found, func(u graph.UserSignals) (*license.SignIns, bool) { return u.SignIns, u.SignIns != nil })
		case license.SignalCreated:
			s.out.Created = readingOf(s.At, q.Users, found, func(u graph.UserSignals) (*time.Time, bool) { return u.Created, u.Created != nil })
		case license.SignalLeave:
			s.out.Leave = readingOf(s.At, q.Users, found, func(u graph.UserSignals) (*time.Time, bool) { return u.Leave, u.Leave != nil })
		case license.SignalAssigned:
			s.out.Assigned = readingOf(s.At, q.Users, found, func(u graph.UserSignals) (*[]license.AssignedAt, bool) { return &u.Assigned, u.Assigned != nil })
		}
	}
}

// readingOf gives the reading of one sign.
func readingOf[T any](at time.Time, asked []license.GUID, found []graph.UserSignals, of func(graph.UserSignals) (*T, bool)) *license.Reading[T] {
	out := &license.Reading[T]{AsOf: at, Users: make(map[license.GUID]T, len(found))}
	for _, u := range found {
		if value, ok := of(u); ok {
			out.Users[u.ID] = *value
		}
	}
	return complete(out, asked)
}

// complete notes that some of those who were asked for are missing.
func complete[T any](r *license.Reading[T], asked []license.GUID) *license.Reading[T] {
	isMissing := func(id license.GUID) bool { _, ok := r.Users[id]; return !ok }
	if r.Unavailable == "" && slices.ContainsFunc(asked, isMissing) {
		r.Unavailable = license.UnavailableAbsent
	}
	if len(r.Users) == 0 {
		r.Users = nil
	}
	return r
}

func (s *signalReading) purposes(ctx context.Context) error {
	ids := s.ids[license.SignalPurpose]
	if len(ids) == 0 {
		return nil
	}
	found, refused, err := s.reader.Purposes(ctx, ids)
	if err != nil {
		return err
	}
	s.out.Purpose = &license.Reading[license.MailboxPurpose]{AsOf: s.At, Users: found}
	if refused != nil {
		s.out.Purpose.Unavailable, s.out.Purpose.Reason, _ = graph.Unavailable(refused)
	}
	complete(s.out.Purpose, ids)
	return nil
}

func (s *signalReading) activity(ctx context.Context) (err error) {
	s.out.Activity, err = reported(ctx, s, reportOf[[]license.LastUse]{
		license.SignalActivity, graph.ReportActivity, activityColumns(), func(rows []map[string]string) ([]license.LastUse, error) {
			var out []license.LastUse
			for _, workload := range license.AllWorkloads() {
				day, err := latest(rows, activityColumn(workload))
				if err != nil {
					return nil, err
				}
				if !day.IsZero() {
					out = append(out, license.LastUse{Workload: workload, Day: day})
				}
			}
			return out, nil
		}})
	return err
}

// activityColumn is the column of the last use of a service.
func activityColumn(w license.Workload) string {
	name := strings.ToLower(string(w))
	if w == license.WorkloadSkype {
		name = "skype for business"
	}
	return name + " last activity date"
}

// activityColumns are those without which nobody can be said to be idle. Skype
// for Business is no more, and may leave the report.
func activityColumns() []string {
	var out []string
	for _, w := range license.AllWorkloads() {
		if w != license.WorkloadSkype {
			out = append(out, activityColumn(w))
		}
	}
	return out
}

func (s *signalReading) copilot(ctx context.Context) (err error) {
	const column = "last activity date"
	s.out.Copilot, err = reported(ctx, s, reportOf[time.Time]{
		license.SignalCopilot, graph.ReportCopilot, []string{column}, func(rows []map[string]string) (time.Time, error) { return latest(rows, column) }})
	return err
}

func (s *signalReading) mailboxUse(ctx context.Context) (err error) {
	s.out.MailboxUse, err = reported(ctx, s, reportOf[license.MailboxUse]{license.SignalMailboxUse, graph.ReportMailbox, nil, mailboxUse})
	return err
}

// mailboxUse reads the rows of a mailbox: the largest, and an archive that any of
// them has. A cell that is empty or odd is not told.
func mailboxUse(rows []map[string]string) (license.MailboxUse, error) {
	var out license.MailboxUse
	for _, row := range rows {
		bytes, err := strconv.ParseInt(row["storage used (byte)"], 10, 64)
		if err == nil && bytes >= 0 && (out.Bytes == nil || bytes > *out.Bytes) {
			out.Bytes = &bytes
		}
		archive, err := strconv.ParseBool(strings.ToLower(row["has archive"]))
		if err == nil && (out.Archive == nil || archive) {
			out.Archive = &archive
		}
	}
	return out, nil
}

// latest gives the latest day of a column; zero where no row has one.
func latest(rows []map[string]string, column string) (time.Time, error) {
	var out time.Time
	for _, row := range rows {
		day, err := graph.ReportDay(row[column])
		if err != nil {
			return out, err
		}
		if day.After(out) {
			out = day
		}
	}
	return out, nil
}

// reportOf is a sign that a usage report tells.
type reportOf[T any] struct {
	signal  license.Signal
	report  graph.UsageReport
	columns []string // without which it tells nothing
	read    func(rows []map[string]string) (T, error)
}

// reported reads a report for those of whom somebody asks. The report has no ids:
// it is joined by the names that users have now. A report that cannot be had, or
// makes no sense, tells nothing of anybody.
func reported[T any](ctx context.Context, s *signalReading, of reportOf[T]) (*license.Reading[T], error) {
	ids := s.ids[of.signal]
	if len(ids) == 0 {
		return nil, nil
	}
	names := map[string]bool{}
	keys := s.names(ids)
	for key := range maps.Values(keys) {
		names[key] = true
	}
	report, err := s.reader.Report(ctx, of.report, names)
	out := &license.Reading[T]{}
	if err != nil {
		var ok bool
		if out.Unavailable, out.Reason, ok = unavailableReport(err); !ok || ctx.Err() != nil {
			return nil, err
		}
		return out, nil
	}
	for _, column := range of.columns {
		if len(report.Columns) > 0 && !slices.Contains(report.Columns, column) {
			return &license.Reading[T]{Unavailable: license.UnavailableRefused, Reason: fmt.Sprintf("the report has no column %q", column)}, nil
		}
	}
	out.AsOf, out.Users = report.Refreshed, map[license.GUID]T{}
	if report.Concealed {
		out.Unavailable = license.UnavailableConcealed
	}
	for id, key := range keys {
		rows := report.Rows[key]
		if len(rows) == 0 {
			continue
		}
		value, err := of.read(rows)
		if err != nil {
			return &license.Reading[T]{Unavailable: license.UnavailableRefused, Reason: err.Error()}, nil
		}
		out.Users[id] = value
	}
	return complete(out, ids), nil
}

// unavailableReport tells what it means that a report could not be had.
func unavailableReport(err error) (license.Unavailable, string, bool) {
	_, senseless := errors.AsType[*graph.IncompleteError](err)
	_, unreachable := errors.AsType[*graph.DownloadError](err)
	switch {
	case errors.Is(err, graph.ErrNoReports):
		return license.UnavailableCloud, "", true
	case senseless || unreachable || isThrottled(err):
		return license.UnavailableRefused, err.Error(), true
	}
	return graph.Unavailable(err)
}

// isThrottled reports a report that was asked for too often, which is a matter of
// minutes.
func isThrottled(err error) bool {
	refused, ok := errors.AsType[*graph.Error](err)
	return ok && refused.Throttled()
}

// names gives the names of users, as reports are joined by them.
func (s *signalReading) names(ids []license.GUID) map[license.GUID]string {
	out := make(map[license.GUID]string, len(ids))
	for _, id := range ids {
		i, ok := slices.BinarySearchFunc(s.Users, id, func(u license.UserState, id license.GUID) int { return license.CompareGUIDs(u.ID, id) })
		if ok {
			out[id] = license.UPNKey(s.Users[i].UserPrincipalName)
		}
	}
	return out
}
