package check_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/itchyny/gojq"
)

// gh stands in for GitHub's command line: the two commands that the workflows
// use, with the flags that they use and no others.
func gh(args []string) error {
	if os.Getenv("GH_TOKEN") == "" {
		return errors.New("to use GitHub CLI in a GitHub Actions workflow, set the GH_TOKEN environment variable")
	}
	switch {
	case len(args) > 1 && args[0] == "api":
		return ghAPI(args[1:])
	case len(args) > 2 && args[0] == "run" && args[1] == "download":
		return ghRunDownload(args[2:])
	}
	return fmt.Errorf("unknown command %q", args)
}

// ghAPICall is one `gh api`.
type ghAPICall struct {
	method, path, filter string
	paginate, silent     bool
	fields               map[string]string
}

func parseGHAPI(args []string) (*ghAPICall, error) {
	c := &ghAPICall{fields: map[string]string{}}
	flags := flag.NewFlagSet("gh api", flag.ContinueOnError)
	flags.StringVar(&c.method, "method", "", "")
	flags.StringVar(&c.filter, "jq", "", "")
	flags.BoolVar(&c.paginate, "paginate", false, "")
	flags.BoolVar(&c.silent, "silent", false, "")
	flags.Func("raw-field", "", func(s string) error { return c.field(s, false) })
	flags.Func("field", "", func(s string) error { return c.field(s, true) })
	for len(args) > 0 { // flags may stand on either side of the path
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		if args = flags.Args(); len(args) > 0 {
			if c.path != "" {
				return nil, fmt.Errorf("accepts 1 arg(s), received %q as well", args[0])
			}
			c.path, args = args[0], args[1:]
		}
	}
	return c, nil
}

// field takes a field; one with magic is a file's content behind an @.
func (c *ghAPICall) field(text string, magic bool) error {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return fmt.Errorf("field %q requires a value separated by an '=' sign", text)
	}
	if file, isFile := strings.CutPrefix(value, "@"); magic && isFile {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		value = string(data)
	}
	c.fields[name] = value
	return nil
}

func ghAPI(args []string) error {
	c, err := parseGHAPI(args)
	if err != nil {
		return err
	}
	body, err := c.send()
	if err != nil || c.silent {
		return err
	}
	if c.filter == "" {
		_, err = os.Stdout.Write(body)
		return err
	}
	return printFiltered(body, c.filter)
}

func (c *ghAPICall) send() ([]byte, error) {
	method, payload := c.method, any(c.fields)
	if method == "" {
		method = http.MethodGet
		if len(c.fields) > 0 {
			method = http.MethodPost
		}
	}
	if c.path == "graphql" {
		variables := map[string]string{}
		for name, value := range c.fields {
			if name != "query" {
				variables[name] = value
			}
		}
		payload = map[string]any{"query": c.fields["query"], "variables": variables}
	}
	return askGitHub(method, c.path, payload)
}

// askGitHub calls the API with the token of the job.
func askGitHub(method, path string, payload any) ([]byte, error) {
	data, err := json.Marshal(payload)
	if err != nil {
		return nil, err
	}
	request, err := http.NewRequest(method, os.Getenv("GITHUB_API_URL")+"/"+path, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "token "+os.Getenv("GH_TOKEN"))
	reply, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	if err == nil && reply.StatusCode >= http.StatusBadRequest {
		err = fmt.Errorf("%s (HTTP %d)", bytes.TrimSpace(body), reply.StatusCode)
	}
	return body, err
}

// printFiltered prints what jq makes of an answer: texts as they are, and other
// values as JSON.
func printFiltered(body []byte, filter string) error {
	query, err := gojq.Parse(filter)
	if err != nil {
		return err
	}
	var input any
	if err := json.Unmarshal(body, &input); err != nil {
		return err
	}
	values := query.Run(input)
	for {
		value, ok := values.Next()
		if !ok {
			return nil
		}
		if err, isError := value.(error); isError {
			return err
		}
		if text, isText := value.(string); isText {
			fmt.Println(text)
			continue
		}
		line, err := gojq.Marshal(value)
		if err != nil {
			return err
		}
		fmt.Println(string(line))
	}
}

// ghRunDownload downloads the artifacts of a run whose names have a pattern,
// each into a folder of its name.
func ghRunDownload(args []string) error {
	id := args[0]
	flags := flag.NewFlagSet("gh run download", flag.ContinueOnError)
	repo, pattern, dir := flags.String("repo", "", ""), flags.String("pattern", "", ""), flags.String("dir", "", "")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	body, err := askGitHub(http.MethodGet, "repos/"+*repo+"/actions/runs/"+id+"/artifacts", nil)
	if err != nil {
		return err
	}
	var artifacts map[string]map[string][]byte
	if err := json.Unmarshal(body, &artifacts); err != nil {
		return err
	}
	found := false
	for name, files := range artifacts {
		if ok, err := filepath.Match(*pattern, name); err != nil || !ok {
			continue
		}
		found = true
		if err := unpack(files, filepath.Join(*dir, name)); err != nil {
			return err
		}
	}
	if !found {
		return errors.New("no artifact matches any of the names or patterns provided")
	}
	return nil
}

// unpack writes the files of an artifact, by their paths in it.
func unpack(files map[string][]byte, dir string) error {
	for name, data := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return err
		}
	}
	return nil
}
