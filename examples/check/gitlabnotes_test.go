package check_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// noteToken is what writes to the project.
const noteToken = "glpat-of-the-project"

// gitLabText is a note or an issue.
type gitLabText struct {
	ID           int            `json:"id"`
	IID          int            `json:"iid"`
	Author       map[string]int `json:"author"`
	Body         string         `json:"body,omitempty"`
	Title        string         `json:"title,omitempty"`
	Description  string         `json:"description,omitempty"`
	Confidential bool           `json:"confidential,omitempty"`
	StateEvent   string         `json:"state_event,omitempty"`
}

// gitLabAPI is the part of GitLab's API (v4) that the scripts call: one open
// merge request of the project, and one of a fork.
type gitLabAPI struct {
	t      testing.TB
	server *httptest.Server
	plan   string // the file that the job plan has left; empty: none
	unread string // the page of notes that cannot be read; empty: none

	mu     sync.Mutex
	notes  []gitLabText
	issues []gitLabText // the open ones
	writes []string
}

func startGitLabAPI(t testing.TB) *gitLabAPI {
	t.Helper()
	g := &gitLabAPI{t: t, notes: []gitLabText{{ID: 1, Author: map[string]int{"id": 7}, Body: "<!-- licensectl:plan v1 id=none -->\nby a stranger"}}}
	mux := http.NewServeMux()
	answer := func(pattern string, value func(*http.Request) any) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			g.mu.Lock()
			defer g.mu.Unlock()
			if !isNoteToken(w, r) {
				return
			}
			if g.unread != "" && strings.HasSuffix(r.URL.Path, "/notes") && r.FormValue("page") == g.unread {
				http.Error(w, `{"message":"403 Forbidden"}`, http.StatusForbidden)
				return
			}
			if r.Method != http.MethodGet {
				g.writes = append(g.writes, r.Method+" "+r.URL.Path)
			}
			_ = json.NewEncoder(w).Encode(value(r))
		})
	}
	fixed := func(text string) func(*http.Request) any {
		return func(*http.Request) any { return json.RawMessage(text) }
	}
	answer("GET /api/v4/user", fixed(`{"id": 42}`))
	answer("GET /api/v4/projects/1217/merge_requests", fixed(`[{"iid": 5, "sha": "c0ffee00c0ffee00", "source_project_id": 1217, "target_project_id": 1217},
		{"iid": 6, "sha": "beef", "source_project_id": 99, "target_project_id": 1217}]`))
	answer("GET /api/v4/projects/1217/merge_requests/5/pipelines", fixed(`[{"id": 31, "sha": "older"}, {"id": 30, "sha": "c0ffee00c0ffee00"}]`))
	answer("GET /api/v4/projects/1217/pipelines/30/jobs", fixed(`[{"id": 300, "name": "validate"}, {"id": 301, "name": "plan", "artifacts": [{"file_type": "archive"}]}]`))
	answer("GET /api/v4/projects/1217/merge_requests/5/notes", func(r *http.Request) any { return pageOf(t, r, g.notes) })
	answer("POST /api/v4/projects/1217/merge_requests/5/notes", func(r *http.Request) any { g.notes = append(g.notes, g.text(r, 2)); return nil })
	answer("PUT /api/v4/projects/1217/merge_requests/5/notes/2", func(r *http.Request) any { g.notes[len(g.notes)-1] = g.text(r, 2); return nil })
	answer("GET /api/v4/projects/1217/issues", func(*http.Request) any { return append([]gitLabText{}, g.issues...) })
	answer("POST /api/v4/projects/1217/issues", func(r *http.Request) any { g.issues = append(g.issues, g.text(r, 9)); return nil })
	answer("PUT /api/v4/projects/1217/issues/9", func(r *http.Request) any {
		if g.issues[0] = g.text(r, 9); g.issues[0].StateEvent == "close" {
			g.issues = nil
		}
		return nil
	})
	mux.HandleFunc("GET /api/v4/projects/1217/jobs/301/artifacts/out/plan.json", func(w http.ResponseWriter, r *http.Request) {
		switch {
		case !isNoteToken(w, r):
		case g.plan == "":
			http.NotFound(w, r)
		default:
			http.Redirect(w, r, g.storage(), http.StatusFound)
		}
	})
	g.server = httptest.NewServer(mux)
	t.Cleanup(g.server.Close)
	return g
}

// isNoteToken lets through what has the token of the project.
func isNoteToken(w http.ResponseWriter, r *http.Request) bool {
	if r.Header.Get("Authorization") != "Bearer "+noteToken {
		http.Error(w, `{"message":"401 Unauthorized"}`, http.StatusUnauthorized)
		return false
	}
	return true
}

// storage starts the host on which an instance keeps artifacts that does not hand
// them on by itself. The token is not for its eyes, in whatever header.
func (g *gitLabAPI) storage() string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for name, values := range r.Header {
			if strings.Contains(strings.Join(values, " "), noteToken) {
				g.t.Errorf("the storage of artifacts is sent the token, as %s", name)
			}
		}
		http.ServeFile(w, r, g.plan)
	}))
	g.t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "/plan.json"
}

// pageOf gives the page of a list that is asked for.
func pageOf(t testing.TB, r *http.Request, all []gitLabText) []gitLabText {
	page, each := 1, 20
	for key, value := range map[string]*int{"page": &page, "per_page": &each} {
		if text := r.FormValue(key); text != "" {
			if _, err := fmt.Sscan(text, value); err != nil {
				t.Errorf("%s: %v", r.URL, err)
			}
		}
	}
	from := min((page-1)*each, len(all))
	return append([]gitLabText{}, all[from:min(from+each, len(all))]...)
}

// text reads what is posted, as the project's token.
func (g *gitLabAPI) text(r *http.Request, number int) gitLabText {
	text := gitLabText{ID: number, IID: number, Author: map[string]int{"id": 42}}
	if r.Header.Get("Content-Type") != "application/json" || json.NewDecoder(r.Body).Decode(&text) != nil {
		g.t.Errorf("%s %s is no JSON", r.Method, r.URL)
	}
	return text
}

// script runs a script of the recipe on main.
func (g *gitLabAPI) script(n *night, code int, name string, args ...string) string {
	g.t.Helper()
	path, err := filepath.Abs("../gitlab/.gitlab/licensectl/" + name)
	if err != nil {
		g.t.Fatal(err)
	}
	cmd := exec.Command(path, args...)
	cmd.Dir = n.dir
	cmd.Env = append(slices.Clone(n.env), "CI_API_V4_URL="+g.server.URL+"/api/v4", "CI_PROJECT_ID=1217", "CI_PROJECT_URL=https://gitlab.example.com/contoso/licenses",
		"CI_PIPELINE_URL=https://gitlab.example.com/contoso/licenses/-/pipelines/30", "LICENSES_NOTE_TOKEN="+noteToken)
	out, got := outcome(g.t, cmd)
	if got != code {
		g.t.Fatalf("%s %v: exit code %d, want %d\n%s", name, args, got, code, out)
	}
	return out
}

// TestGitLabNote puts the plan of a merge request on it once, and changes that
// note alone.
func TestGitLabNote(t *testing.T) {
	t.Parallel()
	g, n := startGitLabAPI(t), startNight(t)
	wants(t, g.script(n, 0, "notes.sh"), "has left no plan")
	n.must(0, licensectlPath(), "plan", "--out", "plan.json", "manifests")
	g.plan = filepath.Join(n.dir, "plan.json")
	for range 2 {
		g.script(n, 0, "notes.sh")
	}
	if len(g.notes) != 2 || len(g.writes) != 1 {
		t.Fatalf("%d notes after %v\n%+v", len(g.notes), g.writes, g.notes)
	}
	wants(t, g.notes[1].Body, "<!-- licensectl:plan v1 id=sha256:", "no changes", "https://gitlab.example.com/contoso/licenses/-/jobs/301/artifacts/file/out/plan.html")

	n.tenant.assign("ada@contoso.com", []string{skuPowerBI}, nil)
	n.must(0, licensectlPath(), "plan", "--out", "plan.json", "manifests")
	g.script(n, 0, "notes.sh")
	if len(g.notes) != 2 || len(g.writes) != 2 {
		t.Fatalf("%d notes after %v\n%+v", len(g.notes), g.writes, g.notes)
	}
	wants(t, g.notes[1].Body, "1 user changes", "ada@contoso.com")
	wants(t, g.notes[0].Body, "by a stranger")
}

// TestGitLabNoteAmongMany finds its note again where others stand before it: whoever
// adds a commit or a label makes one as well.
func TestGitLabNoteAmongMany(t *testing.T) {
	t.Parallel()
	g, n := startGitLabAPI(t), startNight(t)
	for i := range 199 {
		g.notes = append(g.notes, gitLabText{ID: 1000 + i, Author: map[string]int{"id": 7}, Body: "added 1 commit"})
	}
	n.must(0, licensectlPath(), "plan", "--out", "plan.json", "manifests")
	g.plan = filepath.Join(n.dir, "plan.json")
	for _, g.unread = range []string{"1", "2"} {
		g.script(n, 22, "notes.sh") // the exit code of curl
	}
	if g.unread = ""; len(g.writes) > 0 {
		t.Fatalf("wrote %v without having seen all notes", g.writes)
	}
	for range 2 {
		g.script(n, 0, "notes.sh")
	}
	if len(g.notes) != 201 || len(g.writes) != 1 {
		t.Fatalf("%d notes after %v", len(g.notes), g.writes)
	}
	n.tenant.assign("ada@contoso.com", []string{skuPowerBI}, nil)
	n.must(0, licensectlPath(), "plan", "--out", "plan.json", "manifests")
	g.script(n, 0, "notes.sh")
	if len(g.notes) != 201 || len(g.writes) != 2 {
		t.Fatalf("%d notes after %v", len(g.notes), g.writes)
	}
	wants(t, g.notes[200].Body, "1 user changes")
}

// TestGitLabNoteTakesNoText: what is no plan never becomes a note, for a note can
// hold quick actions.
func TestGitLabNoteTakesNoText(t *testing.T) {
	t.Parallel()
	g, n := startGitLabAPI(t), startNight(t)
	g.plan = filepath.Join(n.dir, "plan.json")
	for _, text := range []string{"/approve\n/merge\n", `{"formatVersion": "1"}`, ""} {
		write(t, g.plan, text)
		wants(t, g.script(n, 0, "notes.sh"), "has left no plan")
	}
	if len(g.writes) > 0 {
		t.Errorf("wrote %v", g.writes)
	}
}

// TestGitLabIssue opens one issue about drift, updates it and closes it.
func TestGitLabIssue(t *testing.T) {
	t.Parallel()
	g, n := startGitLabAPI(t), startNight(t)
	compare := func(code int) {
		t.Helper()
		n.must(0, "/bin/sh", "-c", fmt.Sprintf("%s drift -o json manifests >drift.json; test $? = %d", licensectlPath(), code))
		n.env = append(n.env, fmt.Sprintf("DRIFT_EXIT_CODE=%d", code))
		g.script(n, 0, "issue.sh", "drift.json")
	}
	compare(0)
	if len(g.writes) > 0 {
		t.Errorf("wrote %v where nothing differs", g.writes)
	}
	n.tenant.assign("ada@contoso.com", []string{skuPowerBI}, nil)
	for range 2 {
		compare(2)
	}
	if len(g.issues) != 1 || !g.issues[0].Confidential {
		t.Fatalf("%+v", g.issues)
	}
	wants(t, g.issues[0].Description, "<!-- licensectl:drift v1 ", "ada@contoso.com", "is closed once nothing differs")
	n.tenant.assign("ada@contoso.com", nil, []string{skuPowerBI})
	compare(0)
	if want := []string{"POST /api/v4/projects/1217/issues", "PUT /api/v4/projects/1217/issues/9", "PUT /api/v4/projects/1217/issues/9"}; len(g.issues) > 0 || !slices.Equal(g.writes, want) {
		t.Errorf("wrote %v, left %+v", g.writes, g.issues)
	}
	if out := g.script(&night{t: t, dir: n.dir, env: []string{"PATH=/usr/bin:/bin"}}, 1, "issue.sh", "drift.json"); !strings.Contains(out, "nothing was compared") {
		t.Errorf("without a comparison: %s", out)
	}
}
