package emulator

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
)

// oddBody gives a success the form that a fault asks for, as the real service
// was seen to answer; any other stays as it is.
func oddBody(f Fault, c *call, body []byte) []byte {
	switch f.Effect {
	case EffectMasked:
		body = regexp.MustCompile(`("(?:accountEnabled|userType|usageLocation)":)(?:true|false|"[^"]*")`).ReplaceAll(body, []byte("${1}null"))
		return regexp.MustCompile(`("(?:assignedLicenses|licenseAssignmentStates)":)`+nestedList).ReplaceAll(body, []byte("${1}[]"))
	case EffectOddUser:
		at := regexp.MustCompile(`"licenseAssignmentStates":` + nestedList).FindIndex(body)
		if at == nil {
			return body
		}
		return append(append(append([]byte{}, body[:at[0]]...), `"licenseAssignmentStates":null`...), body[at[1]:]...)
	case EffectUnknownType:
		return regexp.MustCompile(`"#microsoft\.graph\.[A-Za-z]+"`).ReplaceAll(body, []byte(`"#microsoft.graph.shinyNewKind"`))
	case EffectBrokenList:
		return append(append([]byte{}, body[:len(body)/2]...), `{"error":{"code":"BadRequest","message":"The service broke down over its answer."}}`...)
	}
	return oddObject(f, c, body)
}

// nestedList is a list of objects, the lists in which hold texts alone.
const nestedList = `\[(?:[^\[\]]|\[[^\[\]]*\])*\]`

const nextLink = "@odata.nextLink"

// oddObject is oddBody for what takes the answer apart.
func oddObject(f Fault, c *call, body []byte) []byte {
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&object) != nil {
		return body // a count, or nothing
	}
	list, isList := object["value"].([]any)
	switch _, more := object[nextLink]; {
	case f.Effect == EffectNullError:
		object["error"] = nil
	case f.Effect == EffectMissingState:
		eachObject(object, func(fields map[string]any) {
			if states, ok := fields["licenseAssignmentStates"].([]any); ok && len(states) > 0 {
				fields["licenseAssignmentStates"] = states[1:]
			}
		})
	case f.Effect == EffectAbsent:
		eachObject(object, func(fields map[string]any) { delete(fields, f.Property) })
	case f.Effect == EffectNulled:
		eachObject(object, func(fields map[string]any) {
			if _, ok := fields[f.Property]; ok {
				fields[f.Property] = nil
			}
		})
	case f.Effect == EffectQuoted:
		eachObject(object, func(fields map[string]any) {
			switch value := fields[f.Property].(type) {
			case bool, json.Number:
				fields[f.Property] = fmt.Sprint(value)
			}
		})
	case f.Effect == EffectUnquotedItem:
		return unquoted(object, body)
	case !isList:
		return body
	case f.Effect == EffectEmptyList:
		object["value"] = []any{}
		delete(object, nextLink)
	case f.Effect == EffectEmptyPage:
		object["value"], object[nextLink] = []any{}, c.base+c.target
	case f.Effect == EffectLoopingLink && more:
		object[nextLink] = c.base + c.target
	case f.Effect == EffectNullList:
		object["value"] = nil
	case f.Effect == EffectRepeatedItem && len(list) > 0:
		object["value"] = append(list, list[len(list)-1])
	default:
		return body
	}
	return jsonReply(0, object).body
}

// circling has the last page of a list lead on, to the first one.
func circling(body []byte, link string) []byte {
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&object) != nil {
		return body
	}
	_, isList := object["value"].([]any)
	if _, more := object[nextLink]; more || !isList {
		return body
	}
	object[nextLink] = link
	return jsonReply(0, object).body
}

// eachObject visits an object and all that are in it.
func eachObject(v any, visit func(map[string]any)) {
	switch v := v.(type) {
	case map[string]any:
		visit(v)
		for _, part := range v {
			eachObject(part, visit)
		}
	case []any:
		for _, part := range v {
			eachObject(part, visit)
		}
	}
}

// unquoted gives the answer to a batch in which the first item has a page of
// HTML for a body as it is (microsoft-graph-docs#12951).
func unquoted(object map[string]any, body []byte) []byte {
	items, ok := object["responses"].([]any)
	if !ok || len(items) == 0 {
		return body
	}
	const mark = "the body of an item that is no JSON"
	if first, ok := items[0].(map[string]any); ok {
		first["body"] = mark
	}
	page := []byte(`<!DOCTYPE html><html><body><h1>Service Unavailable</h1></body></html>`)
	return bytes.Replace(jsonReply(0, object).body, []byte(`"`+mark+`"`), page, 1)
}
