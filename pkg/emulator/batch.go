package emulator

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
)

// mostBatchItems is how many requests a $batch may hold.
const mostBatchItems = 20

// itemID is the id of an item. It is text, and clients that are in use write
// numbers: they are taken, and given back as text.
type itemID string

func (id *itemID) UnmarshalJSON(data []byte) error {
	var number json.Number
	if len(data) > 0 && data[0] != '"' && json.Unmarshal(data, &number) == nil {
		*id = itemID(number)
		return nil
	}
	var text string
	err := json.Unmarshal(data, &text)
	*id = itemID(text)
	return err
}

// key is what tells ids apart: their case does not.
func (id itemID) key() string { return strings.ToLower(string(id)) }

// batchItem is one request inside a $batch.
type batchItem struct {
	ID        itemID            `json:"id"`
	Method    string            `json:"method"`
	URL       string            `json:"url"`
	Headers   map[string]string `json:"headers"`
	Body      json.RawMessage   `json:"body"`
	DependsOn []itemID          `json:"dependsOn"`
}

type batchAnswer struct {
	ID      itemID            `json:"id"`
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body,omitempty"`
}

// batch answers POST /$batch. Its items are answered one by one, and given back
// in any order.
func (e *Emulator) batch(c *call) reply {
	items, err := readBatch(c.body)
	if err != nil {
		return e.failure(c, *err)
	}
	var answers []batchAnswer
	status := map[string]int{}
	cut := fateSent
	for _, item := range items {
		out := e.batchItem(c, item, status)
		status[item.ID.key()] = out.status
		answers = append(answers, newBatchAnswer(item.ID, out))
		cut = max(cut, out.fate)
	}
	e.dice.shuffle(len(answers), func(i, j int) { answers[i], answers[j] = answers[j], answers[i] })
	out := jsonReply(http.StatusOK, map[string]any{"responses": answers})
	out.fate = cut
	return out
}

// readBatch reads the envelope. What is wrong with one item is wrong with all.
func readBatch(body []byte) ([]batchItem, *apiError) {
	var envelope struct {
		Requests []batchItem `json:"requests"`
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return nil, ptr(malformed("Invalid batch payload format."))
	}
	if n := len(envelope.Requests); n == 0 || n > mostBatchItems {
		return nil, ptr(malformed(fmt.Sprintf("Number of batch request steps must be between 1 and %d, and the request has %d.", mostBatchItems, n)))
	}
	ids := map[string]bool{}
	for _, item := range envelope.Requests {
		if err := item.check(); err != nil {
			return nil, err
		}
		key := item.ID.key()
		if ids[key] {
			return nil, ptr(malformed(fmt.Sprintf("Request Ids must be unique, and '%s' is there twice.", clip(string(item.ID)))))
		}
		ids[key] = true
	}
	return envelope.Requests, checkOrder(envelope.Requests)
}

// checkOrder refuses requests that depend on what is not before them, and a batch
// that is neither parallel, nor serial, nor one in which all that depend on a
// request depend on the same (msgraph-sdk-dotnet-core#891, microsoft-graph-docs
// #16280, and BatchRequestContent of msgraph-sdk-javascript). In a serial one a
// request may name those before the last as well, as msgraph-sdk-go writes it.
func checkOrder(items []batchItem) *apiError {
	before := map[string]bool{}
	serial, common := true, ""
	same := true
	for n, item := range items {
		for _, id := range item.DependsOn {
			if !before[id.key()] {
				return ptr(malformed(fmt.Sprintf("Invalid dependency for request Id '%s'.", clip(string(item.ID)))))
			}
		}
		serial = serial && (n == 0 || slices.ContainsFunc(item.DependsOn, func(id itemID) bool { return id.key() == items[n-1].ID.key() }))
		if len(item.DependsOn) > 0 {
			key := item.DependsOn[0].key()
			same = same && len(item.DependsOn) == 1 && (common == "" || common == key)
			common = key
		}
		before[item.ID.key()] = true
	}
	if serial || same {
		return nil
	}
	return ptr(malformed("Batch should be either fully sequential or fully parallel."))
}

func (i batchItem) check() *apiError {
	switch {
	case i.ID == "":
		return ptr(malformed("Invalid batch payload: a request has no id."))
	case i.Method == "" || i.URL == "":
		return ptr(malformed(fmt.Sprintf("Invalid batch payload: the request '%s' has no method or no url.", clip(string(i.ID)))))
	case strings.Contains(i.URL, "://"):
		return ptr(malformed("Invalid batch payload format."))
	case i.hasBody() && i.header().Get("Content-Type") == "":
		return ptr(malformed(fmt.Sprintf("Invalid batch payload: the request '%s' has a body and no Content-Type header.", clip(string(i.ID)))))
	}
	return nil
}

func (i batchItem) hasBody() bool { return len(i.Body) > 0 && string(i.Body) != "null" }

func (i batchItem) header() http.Header {
	h := http.Header{}
	for name, value := range i.Headers {
		h[textproto.CanonicalMIMEHeaderKey(name)] = []string{value}
	}
	return h
}

// batchItem carries out one item in the caller's name; status holds the
// outcomes of those before it.
func (e *Emulator) batchItem(envelope *call, item batchItem, status map[string]int) reply {
	c := &call{
		ctx: envelope.ctx, method: strings.ToUpper(item.Method), base: envelope.base,
		version: envelope.version, target: "/" + envelope.version + "/" + strings.TrimPrefix(item.URL, "/"), header: item.header(),
		id: e.dice.requestID(), clientID: envelope.clientID, batchID: string(item.ID), caller: envelope.caller,
	}
	if item.hasBody() {
		c.body = item.Body
	}
	out := c.withMetadata(e.answerItem(c, item, status))
	envelope.mutated = envelope.mutated || c.mutated
	e.record(c, out)
	return out
}

func (e *Emulator) answerItem(c *call, item batchItem, status map[string]int) reply {
	if slices.ContainsFunc(item.DependsOn, func(id itemID) bool { return status[id.key()] >= 400 }) {
		return e.failure(c, newError(http.StatusFailedDependency, "FailedDependency", "A request that this one depends on has failed."))
	}
	u, err := url.Parse(c.target)
	if err == nil {
		err = c.setURL(u)
	}
	if err != nil || len(c.path) < 2 {
		return e.failure(c, malformed("The url of the request is not valid."))
	}
	if strings.EqualFold(c.path[1], "$batch") {
		return e.failure(c, malformed("A batch cannot be part of a batch."))
	}
	if isVersion(c.path[1]) {
		return e.failure(c, malformed(fmt.Sprintf("Resource not found for the segment '%s'.", c.path[1])))
	}
	return e.answer(c, e.graphRoutes, e.resource(c.path[1:]))
}

// itemHeader is a header's name as it is written inside a batch.
func itemHeader(name string) string {
	switch {
	case name == "Odata-Version":
		return "OData-Version"
	case strings.HasPrefix(name, "X-Ms-"):
		return strings.ToLower(name)
	}
	return name
}

func newBatchAnswer(id itemID, out reply) batchAnswer {
	answer := batchAnswer{ID: id, Status: out.status, Headers: map[string]string{"Cache-Control": "no-cache"}}
	for name := range out.header {
		answer.Headers[itemHeader(name)] = out.header.Get(name)
	}
	switch {
	case len(out.body) == 0:
	case json.Valid(out.body):
		answer.Body = json.RawMessage(out.body)
	default:
		answer.Body = string(out.body)
	}
	return answer
}
