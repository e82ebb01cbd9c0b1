package graph

import (
	"context"
	"errors"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// OpReadAudits reads who changed users. What it gives is for people alone, so
// a caller can do without it.
const OpReadAudits Op = "reading the directory audit log"

// The activities of the audit log that change what a plan compares (Entra
// docs, audit activities).
const (
	ActivityLicense = "Change user license"
	ActivityUser    = "Update user" // any property, the usage location among them
)

// Audit is an entry of the directory audit log about users.
type Audit struct {
	At       time.Time
	Activity string
	Actor    string         // principal name of a user, or name of an app; empty: not told
	Users    []license.GUID // whom it is about
}

// AuditQuery says which entries are wanted.
type AuditQuery struct {
	Activity string
	Since    time.Time
	Pages    int // of them at most so many are read: the newest
}

// Audits reads the entries of an activity that succeeded, the newest first, as
// far as Pages go. The log lags some minutes behind, and forgets after 7 or 30
// days by the tenant's license (Graph docs, directoryaudit-list).
func (r *Reader) Audits(ctx context.Context, q AuditQuery) ([]Audit, error) {
	filter := "activityDisplayName eq '" + q.Activity + "' and activityDateTime ge " + q.Since.UTC().Format(time.RFC3339Nano)
	query := "?$filter=" + escapeQuery(filter) + "&$orderby=" + escapeQuery("activityDateTime desc")
	req := get(OpReadAudits, r.client.root.url("/auditLogs/directoryAudits"+query))
	var out []Audit
	read := 0
	for page, err := range pages(ctx, r.client, req, listOf(wireAudit.decode)) {
		if err != nil {
			return nil, err
		}
		for _, a := range page {
			if len(a.Users) > 0 {
				out = append(out, a)
			}
		}
		if read++; read >= q.Pages {
			break
		}
	}
	return out, nil
}

type wireAudit struct {
	At       time.Time `json:"activityDateTime"`
	Activity string    `json:"activityDisplayName"`
	Result   string    `json:"result"`
	By       struct {
		User struct {
			UserPrincipalName string `json:"userPrincipalName"`
			DisplayName       string `json:"displayName"`
			ID                string `json:"id"`
		} `json:"user"`
		App struct {
			DisplayName string `json:"displayName"`
			AppID       string `json:"appId"`
		} `json:"app"`
	} `json:"initiatedBy"`
	Targets []struct {
		ID   string `json:"id"`
		Type string `json:"type"`
	} `json:"targetResources"`
}

// decode gives an entry without users where it tells of a failure, or of none.
func (w wireAudit) decode() (Audit, error) {
	if w.At.IsZero() {
		return Audit{}, errors.New("an entry of the audit log without a time")
	}
	user, app := w.By.User, w.By.App
	out := Audit{
		At: w.At, Activity: oneLine(w.Activity),
		Actor: oneLine(firstOf(user.UserPrincipalName, user.DisplayName, user.ID, app.DisplayName, app.AppID)),
	}
	if w.Result != "success" {
		return out, nil
	}
	for _, t := range w.Targets {
		if id, err := license.ParseGUID(t.ID); err == nil && t.Type == "User" {
			out.Users = append(out.Users, id)
		}
	}
	return out, nil
}
