package graph

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// envelope is what an error reply says, in one form for all the forms seen.
// The zero envelope says nothing.
type envelope struct {
	Code      string
	Message   string
	RequestID string
	Cause     Cause
	Details   []Detail
}

// Cause is what the inner error of a refusal says: a code that is more exact
// than the outer one, in replies of the form that Graph is moving to. The zero
// Cause is none.
type Cause struct {
	Code     string // "noAvailableLicenses"
	Property string // of the request, that the code is about: "disabledServicePlanIds[1]"
}

// Detail is one of the details of an error reply.
type Detail struct {
	Code    string // "ObjectConflict"
	Message string
	Target  string // what it is about: a property, or an object's id
}

// hiding gives the envelope with all its texts as hide has them.
func (e envelope) hiding(hide func(string) string) envelope {
	for _, text := range []*string{&e.Code, &e.Message, &e.Cause.Code, &e.Cause.Property} {
		*text = hide(*text)
	}
	for i, d := range e.Details {
		e.Details[i] = Detail{hide(d.Code), hide(d.Message), hide(d.Target)}
	}
	return e
}

// maxDetails bounds how many details of one reply are kept.
const maxDetails = 20

// parseEnvelope reads {"error": {code, message, innerError}} (Graph docs,
// errors). It takes what it can and never fails: gateways answer with HTML or
// with nothing, codes are missing, empty or in the inner error alone, whose
// name is spelt in two ways.
func parseEnvelope(body []byte) envelope {
	var reply struct {
		Error       json.RawMessage `json:"error"`
		Description looseText       `json:"error_description"`

		// Without an envelope (msgraph-sdk-dotnet#2254; the reporting service).
		Code    looseText `json:"code"`
		Message looseText `json:"message"`
		Value   looseText `json:"value"`
	}
	if json.Unmarshal(body, &reply) != nil {
		return envelope{}
	}
	if !isPresent(reply.Error) {
		if reply.Code == "" {
			return envelope{Message: string(reply.Value)}
		}
		return envelope{Code: string(reply.Code), Message: string(reply.Message)}
	}
	// encoding/json matches names without regard to case, so one field takes
	// both innerError and innererror.
	var said struct {
		Code    looseText       `json:"code"`
		Message looseText       `json:"message"`
		Inner   json.RawMessage `json:"innerError"`
		Details json.RawMessage `json:"details"`
	}
	if json.Unmarshal(reply.Error, &said) != nil {
		// A token service's reply: the error is a bare code.
		var code looseText
		_ = json.Unmarshal(reply.Error, &code)
		return envelope{Code: string(code), Message: string(reply.Description)}
	}
	inner := parseInner(said.Inner)
	return envelope{
		Code:      firstOf(string(said.Code), string(inner.Code)),
		Message:   firstOf(string(said.Message), string(inner.Message)),
		RequestID: string(inner.RequestID),
		Cause:     Cause{Code: string(inner.Code), Property: string(inner.Property)},
		Details:   parseDetails(said.Details),
	}
}

type innerError struct {
	Code      looseText `json:"code"`
	Message   looseText `json:"message"`
	RequestID looseText `json:"request-id"`
	Property  looseText `json:"propertyName"`
}

// parseInner takes an inner error of another form for none: the outer one says
// enough.
func parseInner(raw json.RawMessage) innerError {
	var inner innerError
	if json.Unmarshal(raw, &inner) != nil {
		return innerError{}
	}
	return inner
}

// parseDetails takes the details that have the usual form; nil for none.
func parseDetails(raw json.RawMessage) []Detail {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		return nil
	}
	var out []Detail
	for _, item := range items[:min(len(items), maxDetails)] {
		var d struct {
			Code    looseText `json:"code"`
			Message looseText `json:"message"`
			Target  looseText `json:"target"`
		}
		if json.Unmarshal(item, &d) == nil {
			out = append(out, Detail{string(d.Code), string(d.Message), string(d.Target)})
		}
	}
	return out
}

// isThrottle tells a refusal for want of quota that comes under 409, where
// others come under 429: "Request limit exceeded" in a text that is JSON
// itself (seen on other workloads).
func isThrottle(said envelope) bool {
	return strings.Contains(strings.ToLower(said.Message), "request limit exceeded")
}

// isConcurrency tells the refusal of a change that met another one. Graph
// leaves no other way than its text: the code comes and goes.
func isConcurrency(said envelope) bool {
	return said.Code == "Directory_ConcurrencyViolation" ||
		strings.Contains(strings.ToLower(said.Message), "concurrent request")
}

// looseText is text where text is expected, a number as it is written, and
// nothing for all else; always on one line and of bounded length.
type looseText string

func (t *looseText) UnmarshalJSON(raw []byte) error {
	var text string
	var number json.Number
	if json.Unmarshal(raw, &text) != nil && json.Unmarshal(raw, &number) == nil {
		text = number.String()
	}
	*t = looseText(oneLine(text))
	return nil
}

// longestText is how much of a stranger's text is kept, in bytes.
const longestText = 1000

// oneLine makes a stranger's text fit for one line of an error: runs of white
// space and control characters become one space, and too much is cut off.
func oneLine(text string) string {
	text = strings.Join(strings.FieldsFunc(text, breaksLine), " ")
	if len(text) <= longestText {
		return strings.ToValidUTF8(text, "\uFFFD")
	}
	cut := longestText
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return strings.ToValidUTF8(text[:cut], "\uFFFD") + "…"
}

// breaksLine also takes the characters that format text, which can turn a
// line around or hide parts of it.
func breaksLine(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
