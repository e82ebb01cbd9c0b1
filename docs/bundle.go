package docs

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// foreign is a reference to a definition of another schema.
var foreign = regexp.MustCompile(`"\$ref": "([a-z]+)\.schema\.json#/\$defs/([A-Za-z]+)"`)

// local is a reference within a schema.
var local = regexp.MustCompile(`"\$ref": "#/\$defs/([A-Za-z]+)"`)

const beginDefs = "\"$defs\": {\n"

// bundle puts the definitions that a schema takes from others into it. It
// works on the text, so that the order and the layout stay.
func bundle(text []byte) ([]byte, error) {
	own, err := definitions(text)
	if err != nil {
		return nil, err
	}
	var added []string
	for _, match := range foreign.FindAllStringSubmatch(string(text), -1) {
		if added, err = adopt(own, added, match[1], match[2]); err != nil {
			return nil, err
		}
	}
	out := foreign.ReplaceAllString(string(text), `"$$ref": "#/$$defs/$2"`)
	if len(added) == 0 {
		return []byte(out), nil
	}
	before, after, found := strings.Cut(out, beginDefs)
	if !found {
		return nil, fmt.Errorf("a schema that refers to another has no definitions of its own")
	}
	return []byte(before + beginDefs + strings.Join(added, "") + after), nil
}

// adopt adds a definition of another schema, with those that it needs. Two of
// one name that differ cannot stand in one schema.
func adopt(own map[string]json.RawMessage, added []string, schema, name string) ([]string, error) {
	text, err := files.ReadFile(schema + suffix)
	if err != nil {
		return nil, fmt.Errorf("there is no schema %q to refer to", schema)
	}
	theirs, err := definitions(text)
	if err != nil {
		return nil, err
	}
	definition, there := theirs[name]
	if !there {
		return nil, fmt.Errorf("the schema %s does not define %s", schema, name)
	}
	line := fmt.Sprintf("    %q: %s,\n", name, definition)
	if slices.Contains(added, line) {
		return added, nil
	}
	if _, taken := own[name]; taken {
		return nil, fmt.Errorf("%s is defined twice", name)
	}
	own[name] = definition
	added = append(added, line)
	for _, match := range local.FindAllStringSubmatch(string(definition), -1) {
		if added, err = adopt(own, added, schema, match[1]); err != nil {
			return nil, err
		}
	}
	return added, nil
}

func definitions(text []byte) (map[string]json.RawMessage, error) {
	var schema struct {
		Defs map[string]json.RawMessage `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		return nil, fmt.Errorf("reading a schema: %w", err)
	}
	if schema.Defs == nil {
		schema.Defs = map[string]json.RawMessage{}
	}
	return schema.Defs, nil
}
