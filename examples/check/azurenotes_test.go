package check_test

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// az gives a token of Azure DevOps to a job that is signed in.
func az(args []string) error {
	if want := "account get-access-token --resource 499b84ac-1321-427f-aa17-267ca6975798 --query accessToken --output tsv"; strings.Join(args, " ") != want {
		return fmt.Errorf("the az of these tests does not know %v", args)
	}
	if os.Getenv("AZ_SIGNED_IN_AS") != "licenses-notes" {
		return errors.New("please run az login")
	}
	_, err := fmt.Println(noteToken)
	return err
}

// azureComment is a comment on a pull request, the only one of its thread.
type azureComment struct {
	ID      int               `json:"id"`
	Author  map[string]string `json:"author"`
	Content string            `json:"content"`
}

type azureThread struct {
	ID       int            `json:"id"`
	Status   string         `json:"status"`
	Comments []azureComment `json:"comments"`
}

// azureAPI is the part of the API of Azure DevOps (7.1) that the scripts call: one
// open pull request of the project and one of a fork, and a project whose tasks are
// called as in the process Basic.
type azureAPI struct {
	*azureDevOps
	nights int    // how many there were
	result string // of the last one; empty: none is told of

	mu      sync.Mutex
	threads []azureThread
	tasks   []map[string]string // their fields
	writes  []string
}

func startAzureAPI(t *testing.T) *azureAPI {
	t.Helper()
	a := &azureAPI{azureDevOps: startAzureDevOps(t, ""), threads: []azureThread{{ID: 1, Comments: []azureComment{
		{ID: 1, Author: map[string]string{"id": "stranger"}, Content: "<!-- licensectl:plan v1 id=none -->\nby a stranger"}}}}}
	mux := http.NewServeMux()
	handle := func(pattern string, serve http.HandlerFunc) {
		method, path, _ := strings.Cut(pattern, " ")
		mux.HandleFunc(method+" /contoso/"+path, func(w http.ResponseWriter, r *http.Request) {
			a.mu.Lock()
			defer a.mu.Unlock()
			if r.Header.Get("Authorization") != "Bearer "+noteToken || !strings.HasPrefix(r.FormValue("api-version"), "7.1") {
				http.Error(w, "<html>Sign in</html>", http.StatusUnauthorized)
				return
			}
			serve(w, r)
		})
	}
	answer := func(pattern string, value func(*http.Request) any) {
		handle(pattern, func(w http.ResponseWriter, r *http.Request) {
			if r.Method != http.MethodGet && !strings.HasSuffix(r.URL.Path, "/wiql") {
				a.writes = append(a.writes, r.Method+" "+strings.TrimPrefix(r.URL.Path, "/contoso/1217/_apis/"))
			}
			_ = json.NewEncoder(w).Encode(value(r))
		})
	}
	answer("GET _apis/connectionData", func(*http.Request) any { return json.RawMessage(`{"authenticatedUser": {"id": "me"}}`) })
	answer("GET 1217/_apis/build/definitions", func(r *http.Request) any {
		number := map[string]int{"licenses": 3, "licenses-drift": 4}[r.FormValue("name")]
		return map[string]any{"value": []map[string]int{{"id": number}}}
	})
	answer("GET 1217/_apis/build/builds", a.runs)
	handle("GET 1217/_apis/build/builds/{run}/artifacts", a.serveArtifacts)
	const requests = "1217/_apis/git/repositories/7/pullRequests"
	answer("GET "+requests, func(*http.Request) any {
		return json.RawMessage(`{"value": [
			{"pullRequestId": 5, "lastMergeSourceCommit": {"commitId": "c0ffee00c0ffee00"}, "lastMergeCommit": {"commitId": "beef"}},
			{"pullRequestId": 6, "lastMergeSourceCommit": {"commitId": "f00d"}, "lastMergeCommit": {"commitId": "f01d"}, "forkSource": {}}]}`)
	})
	answer("GET "+requests+"/5/threads", func(*http.Request) any { return map[string]any{"value": a.threads} })
	answer("POST "+requests+"/5/threads", func(r *http.Request) any {
		thread := azureThread{ID: 2}
		a.read(r, "application/json", &thread)
		thread.Comments[0].ID, thread.Comments[0].Author = 1, map[string]string{"id": "me"}
		a.threads = append(a.threads, thread)
		return nil
	})
	answer("PATCH "+requests+"/5/threads/2/comments/1", func(r *http.Request) any {
		a.read(r, "application/json", &a.threads[1].Comments[0])
		return nil
	})
	a.serveTasks(answer)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	a.env = []string{"SYSTEM_COLLECTIONURI=" + server.URL + "/contoso/", "SYSTEM_TEAMPROJECTID=1217", "BUILD_REPOSITORY_ID=7"}
	return a
}

// runs answers with the run of the pull request's pipeline, and the one before it,
// or with that of the last night.
func (a *azureAPI) runs(r *http.Request) any {
	switch r.FormValue("definitions") + " " + r.FormValue("branchName") {
	case "3 refs/pull/5/merge":
		return json.RawMessage(`{"value": [{"id": 31, "sourceVersion": "other", "triggerInfo": {"pr.sourceSha": "older"}},
			{"id": 30, "sourceVersion": "beef", "triggerInfo": {}}]}`)
	case "4 refs/heads/main":
		if a.result != "" {
			return map[string]any{"value": []any{map[string]any{"id": 400 + a.nights, "result": a.result}}}
		}
	}
	return json.RawMessage(`{"value": []}`)
}

// serveArtifacts lists what the agent has published, or gives one of it.
func (a *azureAPI) serveArtifacts(w http.ResponseWriter, r *http.Request) {
	name := r.FormValue("artifactName")
	if name == "" {
		names := []map[string]string{}
		for name := range a.artifacts {
			names = append(names, map[string]string{"name": name})
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"value": names})
		return
	}
	if r.FormValue("$format") != "zip" || a.artifacts[name] == nil {
		http.NotFound(w, r)
		return
	}
	out := zip.NewWriter(w)
	for file, data := range a.artifacts[name] {
		if f, err := out.Create(name + "/" + file); err == nil {
			_, _ = f.Write(data)
		}
	}
	_ = out.Close()
}

// serveTasks serves the tasks of the project.
func (a *azureAPI) serveTasks(answer func(string, func(*http.Request) any)) {
	const items = "1217/_apis/wit/"
	change := func(r *http.Request, task map[string]string) any {
		var changes []struct{ Op, Path, Value string }
		a.read(r, "application/json-patch+json", &changes)
		for _, c := range changes {
			task[strings.TrimPrefix(c.Path, "/fields/")] = c.Value
		}
		return nil
	}
	answer("GET "+items+"workitemtypes/Task/states", func(*http.Request) any {
		return json.RawMessage(`{"value": [{"name": "To Do", "category": "Proposed"}, {"name": "Doing", "category": "InProgress"}, {"name": "Done", "category": "Completed"}]}`)
	})
	answer("POST "+items+"wiql", func(r *http.Request) any {
		var asked struct{ Query string }
		a.read(r, "application/json", &asked)
		if len(a.tasks) == 0 || !strings.Contains(asked.Query, "[System.CreatedBy] = @me AND [System.Tags] CONTAINS 'licensectl-drift'") {
			return json.RawMessage(`{"workItems": []}`)
		}
		return map[string]any{"workItems": []map[string]int{{"id": len(a.tasks)}}}
	})
	answer("GET "+items+"workitems/{id}", func(r *http.Request) any {
		var number int
		_, _ = fmt.Sscan(r.PathValue("id"), &number)
		return map[string]any{"fields": a.tasks[number-1]}
	})
	answer("POST "+items+"workitems/$Task", func(r *http.Request) any {
		a.tasks = append(a.tasks, map[string]string{"System.State": "To Do"})
		return change(r, a.tasks[len(a.tasks)-1])
	})
	answer("PATCH "+items+"workitems/{id}", func(r *http.Request) any {
		var number int
		_, _ = fmt.Sscan(r.PathValue("id"), &number)
		return change(r, a.tasks[number-1])
	})
}

// read reads what is sent, which has to be of a kind of JSON.
func (a *azureAPI) read(r *http.Request, kind string, into any) {
	if r.Header.Get("Content-Type") != kind || json.NewDecoder(r.Body).Decode(into) != nil {
		a.t.Errorf("%s %s is not of the kind %s", r.Method, r.URL, kind)
	}
}

// notes runs the pipeline that writes.
func (a *azureAPI) notes(wanted ...string) {
	a.t.Helper()
	log, ok := a.run(readAzurePipeline(a.t, filepath.Join(a.repo.dir, "azure-pipelines-notes.yml")).Jobs[0])
	if !ok {
		a.t.Fatalf("notes failed:\n%s", log)
	}
	wants(a.t, log, wanted...)
}

// night runs the nightly pipeline.
func (a *azureAPI) night(result string, wanted ...string) {
	a.t.Helper()
	a.must(a.nightly(), wanted...)
	a.nights++
	a.result = result
}

// TestAzureNote puts the plan of a pull request on it once, and changes that comment
// alone.
func TestAzureNote(t *testing.T) {
	t.Parallel()
	a := startAzureAPI(t)
	a.notes("has left no plan", "no nightly run has compared")
	a.must(a.stage("plan"))
	for range 2 {
		a.notes()
	}
	if len(a.threads) != 2 || len(a.writes) != 1 || a.threads[1].Status != "closed" {
		t.Fatalf("after %v: %+v", a.writes, a.threads)
	}
	wants(t, a.threads[1].Comments[0].Content, "<!-- licensectl:plan v1 id=sha256:", "no changes", "/contoso/1217/_build/results?buildId=30", "`c0ffee00c0ff`")

	a.tenant.assign("ada@contoso.com", []string{skuPowerBI}, nil)
	a.must(a.stage("plan")) // a later attempt of the same run
	a.notes()
	if len(a.threads) != 2 || len(a.writes) != 2 {
		t.Fatalf("after %v: %+v", a.writes, a.threads)
	}
	wants(t, a.threads[1].Comments[0].Content, "1 user changes", "ada@contoso.com")
	wants(t, a.threads[0].Comments[0].Content, "by a stranger")
}

// TestAzureNoteTakesNoText: what is no plan never becomes a comment, for a comment
// can mention people.
func TestAzureNoteTakesNoText(t *testing.T) {
	t.Parallel()
	a := startAzureAPI(t)
	for _, text := range []string{"@<everybody>\n", `{"formatVersion": "1"}`, ""} {
		a.artifacts["plan-1"] = map[string][]byte{"plan.json": []byte(text)}
		a.notes("has left no plan")
	}
	if len(a.writes) > 0 {
		t.Errorf("wrote %v", a.writes)
	}
}

// TestAzureTask opens one task about drift, updates it, closes it, and opens another.
func TestAzureTask(t *testing.T) {
	t.Parallel()
	a := startAzureAPI(t)
	a.night("partiallySucceeded")
	a.notes()
	if len(a.writes) > 0 {
		t.Errorf("wrote %v where nothing differs", a.writes)
	}
	a.tenant.assign("ada@contoso.com", []string{skuPowerBI}, nil)
	a.night("failed", "exit 2 (changes)")
	for range 2 {
		a.notes()
	}
	if len(a.tasks) != 1 || len(a.writes) != 1 {
		t.Fatalf("after %v: %+v", a.writes, a.tasks)
	}
	wants(t, a.tasks[0]["System.Description"], "<pre>", "ada@contoso.com", "is closed once nothing differs")
	if strings.Contains(a.tasks[0]["System.Description"], "<!--") || a.tasks[0]["System.Tags"] != "licensectl-drift" {
		t.Errorf("%+v", a.tasks[0])
	}
	a.tenant.assign("cem@contoso.com", nil, []string{skuPowerBI})
	a.night("failed", "exit 2 (changes)")
	a.notes()
	wants(t, a.tasks[0]["System.Description"], "cem@contoso.com", "buildId=403")
	a.result = "canceled"
	a.notes("no nightly run has compared")
	a.tenant.assign("cem@contoso.com", []string{skuPowerBI}, nil)
	a.tenant.assign("ada@contoso.com", nil, []string{skuPowerBI})
	a.night("succeeded")
	for range 2 {
		a.notes()
	}
	if a.tasks[0]["System.State"] != "Done" {
		t.Errorf("%+v", a.tasks)
	}
	a.tenant.assign("ada@contoso.com", []string{skuPowerBI}, nil)
	a.night("failed", "exit 2 (changes)")
	a.notes()
	if want := []string{"POST wit/workitems/$Task", "PATCH wit/workitems/1", "PATCH wit/workitems/1", "POST wit/workitems/$Task"}; len(a.tasks) != 2 || !slices.Equal(a.writes, want) {
		t.Errorf("wrote %v, left %+v", a.writes, a.tasks)
	}
}
