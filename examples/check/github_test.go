package check_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// repositoryName is the repository of the tests, as platforms name it.
const repositoryName = "contoso/licenses"

// github plays the part of GitHub's API that the workflows use. It holds each
// call against the permissions of the job whose token it comes with.
type github struct {
	t       testing.TB
	repo    *repository
	tenant  *tenant
	server  *httptest.Server
	vars    map[string]string // of the repository
	program string            // what is installed as licensectl

	mu       sync.Mutex
	pulls    []*pull
	issues   []*issue
	runs     []*workflowRun
	jobs     map[string]*grant // by token
	comments int               // how many there were, for their ids
}

// actor is who wrote something.
type actor struct {
	login string // of the REST API
	kind  string // Bot or User
}

func bot() actor { return actor{"github-actions[bot]", "Bot"} }

func person(login string) actor { return actor{login, "User"} }

// graphQL is the actor as the GraphQL API writes them.
func (a actor) graphQL() map[string]any {
	return map[string]any{"login": strings.TrimSuffix(a.login, "[bot]"), "__typename": a.kind}
}

func (a actor) rest() map[string]any { return map[string]any{"login": a.login, "type": a.kind} }

type comment struct {
	id             int
	author, editor *actor
	body           string
}

type pull struct {
	number           int
	fork             bool
	branch           string
	merged           bool
	base, mergeOID   string
	baseOID          string // of the base when the workflow runs
	comments         []*comment
	headRepoFullName string
}

type issue struct {
	number      int
	author      actor
	title, body string
	open        bool
}

// grant is what the token of a job may do, and what was made use of.
type grant struct {
	job     string
	allowed map[string]string // read or write, by scope
	used    map[string]string
	subject string // of its identity token
}

func newGitHub(t testing.TB, tn *tenant, repo *repository) *github {
	t.Helper()
	g := &github{t: t, repo: repo, tenant: tn, program: licensectlPath(), jobs: map[string]*grant{}, vars: map[string]string{
		"AZURE_TENANT_ID": tenantID, "LICENSES_READER_CLIENT_ID": readerClientID, "LICENSES_WRITER_CLIENT_ID": writerClientID,
	}}
	api := http.NewServeMux()
	api.HandleFunc("GET /id-token", g.idToken)
	api.HandleFunc("POST /graphql", g.graphQL)
	api.HandleFunc("GET /repos/contoso/licenses/issues/{number}/comments", g.listComments)
	api.HandleFunc("POST /repos/contoso/licenses/issues/{number}/comments", g.addComment)
	api.HandleFunc("PATCH /repos/contoso/licenses/issues/comments/{id}", g.editComment)
	api.HandleFunc("GET /repos/contoso/licenses/issues", g.listIssues)
	api.HandleFunc("POST /repos/contoso/licenses/issues", g.openIssue)
	api.HandleFunc("PATCH /repos/contoso/licenses/issues/{number}", g.editIssue)
	api.HandleFunc("GET /repos/contoso/licenses/actions/workflows/{file}/runs", g.listRuns)
	api.HandleFunc("GET /repos/contoso/licenses/actions/runs/{id}/artifacts", g.listArtifacts)
	api.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		t.Errorf("GitHub does not know %s %s", r.Method, r.URL)
		http.NotFound(w, r)
	})
	g.server = httptest.NewServer(api)
	t.Cleanup(g.server.Close)
	return g
}

// may checks that the caller's job has a permission, and notes its use. More
// than one scope means that any of them will do.
func (g *github) may(w http.ResponseWriter, r *http.Request, level string, scopes ...string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	job := g.jobs[token]
	if job == nil {
		http.Error(w, `{"message":"Bad credentials"}`, http.StatusUnauthorized)
		return false
	}
	for _, scope := range scopes {
		if have := job.allowed[scope]; have == level || have == "write" {
			job.use(scope, level)
			return true
		}
	}
	http.Error(w, `{"message":"Resource not accessible by integration"}`, http.StatusForbidden)
	return false
}

func (j *grant) use(scope, level string) {
	if j.used[scope] != "write" {
		j.used[scope] = level
	}
}

// idToken is the service that GitHub gives to jobs that may have a token.
func (g *github) idToken(w http.ResponseWriter, r *http.Request) {
	if !g.may(w, r, "write", "id-token") {
		return
	}
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	signed, err := identityToken("https://token.actions.githubusercontent.com", g.jobs[token].subject, r.URL.Query().Get("audience"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	reply(w, map[string]any{"value": signed})
}

// graphQL answers the one query there is. That the query is one which GitHub
// understands is tested against its published schema.
func (g *github) graphQL(w http.ResponseWriter, r *http.Request) {
	if !g.may(w, r, "read", "pull-requests") {
		return
	}
	var asked struct {
		Variables struct{ Owner, Name, SHA string }
	}
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil || asked.Variables.Owner+"/"+asked.Variables.Name != repositoryName {
		http.Error(w, fmt.Sprintf("%v %+v", err, asked), http.StatusBadRequest)
		return
	}
	pulls := []any{}
	for _, p := range g.pulls {
		comments := []any{}
		for _, c := range p.comments {
			node := map[string]any{"body": c.body, "author": c.author.graphQL(), "editor": nil}
			if c.editor != nil {
				node["editor"] = c.editor.graphQL()
			}
			comments = append(comments, node)
		}
		node := map[string]any{"merged": p.merged, "baseRefName": p.base, "mergeCommit": nil, "comments": map[string]any{"nodes": comments}}
		if p.merged {
			node["mergeCommit"] = map[string]any{"oid": p.mergeOID}
		}
		pulls = append(pulls, node)
	}
	reply(w, map[string]any{"data": map[string]any{"repository": map[string]any{"object": map[string]any{
		"associatedPullRequests": map[string]any{"nodes": pulls},
	}}}})
}

func (g *github) listComments(w http.ResponseWriter, r *http.Request) {
	if !g.may(w, r, "read", "pull-requests") {
		return
	}
	list := []any{}
	for _, c := range g.pull(r).comments {
		list = append(list, map[string]any{"id": c.id, "body": c.body, "user": c.author.rest()})
	}
	reply(w, list)
}

func (g *github) addComment(w http.ResponseWriter, r *http.Request) {
	if !g.may(w, r, "write", "pull-requests") {
		return
	}
	g.say(g.pull(r), bot(), textField(w, r, "body"))
	w.WriteHeader(http.StatusCreated)
}

// say leaves a comment.
func (g *github) say(p *pull, who actor, body string) *comment {
	g.comments++
	c := &comment{id: 1000 + g.comments, author: &who, body: body}
	p.comments = append(p.comments, c)
	return c
}

func (g *github) editComment(w http.ResponseWriter, r *http.Request) {
	if !g.may(w, r, "write", "pull-requests") {
		return
	}
	for _, p := range g.pulls {
		for _, c := range p.comments {
			if strconv.Itoa(c.id) == r.PathValue("id") {
				editor := bot()
				c.editor, c.body = &editor, textField(w, r, "body")
				return
			}
		}
	}
	http.NotFound(w, r)
}

func (g *github) pull(r *http.Request) *pull {
	number, err := strconv.Atoi(r.PathValue("number"))
	if err != nil || number < 1 || number > len(g.pulls) {
		g.t.Errorf("there is no pull request %q", r.PathValue("number"))
		return &pull{}
	}
	return g.pulls[number-1]
}

func (g *github) listIssues(w http.ResponseWriter, r *http.Request) {
	if !g.may(w, r, "read", "issues") {
		return
	}
	list := []any{}
	for _, i := range g.issues {
		if i.open || r.URL.Query().Get("state") != "open" {
			list = append(list, map[string]any{"number": i.number, "title": i.title, "body": i.body, "user": i.author.rest()})
		}
	}
	reply(w, list)
}

func (g *github) openIssue(w http.ResponseWriter, r *http.Request) {
	if !g.may(w, r, "write", "issues") {
		return
	}
	fields := textFields(w, r)
	g.issues = append(g.issues, &issue{number: 500 + len(g.issues), author: bot(), title: fields["title"], body: fields["body"], open: true})
	w.WriteHeader(http.StatusCreated)
}

func (g *github) editIssue(w http.ResponseWriter, r *http.Request) {
	if !g.may(w, r, "write", "issues") {
		return
	}
	fields := textFields(w, r)
	for _, i := range g.issues {
		if strconv.Itoa(i.number) != r.PathValue("number") {
			continue
		}
		if body, ok := fields["body"]; ok {
			i.body = body
		}
		i.open = fields["state"] != "closed"
		return
	}
	http.NotFound(w, r)
}

func (g *github) listRuns(w http.ResponseWriter, r *http.Request) {
	if !g.may(w, r, "read", "actions") {
		return
	}
	list := []any{}
	for i := len(g.runs) - 1; i >= 0; i-- { // the newest first
		run := g.runs[i]
		if run.file == r.PathValue("file") {
			list = append(list, map[string]any{"id": run.id, "event": run.event.name, "head_branch": run.event.branch,
				"head_repository": map[string]any{"full_name": run.event.headRepository()}})
		}
	}
	reply(w, map[string]any{"workflow_runs": list})
}

// listArtifacts gives the artifacts of a run with their files, which is what
// `gh run download` gets after some more calls.
func (g *github) listArtifacts(w http.ResponseWriter, r *http.Request) {
	if !g.may(w, r, "read", "actions") {
		return
	}
	for _, run := range g.runs {
		if strconv.Itoa(run.id) == r.PathValue("id") {
			reply(w, run.artifacts)
			return
		}
	}
	http.NotFound(w, r)
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}

func textField(w http.ResponseWriter, r *http.Request, name string) string {
	return textFields(w, r)[name]
}

// maxBody is the most that GitHub takes as the body of a comment or an issue.
const maxBody = 65536

func textFields(w http.ResponseWriter, r *http.Request) map[string]string {
	var fields map[string]string
	if err := json.NewDecoder(r.Body).Decode(&fields); err != nil || len(fields["body"]) > maxBody {
		http.Error(w, `{"message":"Validation Failed"}`, http.StatusUnprocessableEntity)
	}
	return fields
}
