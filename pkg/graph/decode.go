package graph

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/licensectl/licensectl/pkg/license"
)

// wirePage is one page of a collection. The value is nil where the reply had
// none, which is not the same as an empty one.
type wirePage[W any] struct {
	Value    *[]W            `json:"value"`
	NextLink string          `json:"@odata.nextLink"`
	Error    json.RawMessage `json:"error"`
}

// decodePage gives the items of a page and the link to the next one, which is
// empty on the last.
func decodePage[W, T any](body []byte, decode func(W) (T, error)) ([]T, string, error) {
	var page wirePage[W]
	switch err := decodeJSON(body, &page); {
	case err != nil:
		return nil, "", err
	case isPresent(page.Error):
		return nil, "", embeddedError(body)
	case page.Value == nil:
		return nil, "", errors.New("it has no value")
	}
	items, err := collect(*page.Value, decode)
	return items, page.NextLink, err
}

// listOf decodes pages of items that encoding/json reads.
func listOf[W, T any](decode func(W) (T, error)) pageDecoder[T] {
	return func(body []byte) ([]T, string, error) { return decodePage(body, decode) }
}

// walkPage reads a page item by item, without building it, and gives the link
// to the next one.
func walkPage(body []byte, item func(*walk) error) (string, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return "", errors.New("it is empty")
	}
	var link string
	var hasValue, hasError bool
	w := newWalk(body)
	_, err := w.object(func(name []byte) (err error) {
		switch string(name) {
		case `"value"`:
			hasValue, err = w.array(func() error { return item(w) })
		case `"@odata.nextLink"`:
			var raw []byte
			raw, err = w.text()
			link = string(raw)
		case `"error"`:
			var raw []byte
			raw, err = w.raw()
			hasError = isPresent(raw)
		default:
			err = w.skip()
		}
		return err
	})
	if err == nil {
		err = w.end()
	}
	switch {
	case err != nil:
		return "", err
	case hasError:
		return "", embeddedError(body)
	case !hasValue:
		return "", errors.New("it has no value")
	}
	return link, nil
}

// peekLink gives the link to the next page without reading the whole page:
// Graph writes it before the items. It is empty where there is none, or where
// the page is not what it should be, which decoding will tell.
func peekLink(body []byte) string {
	var link string
	w := newWalk(body)
	_, _ = w.object(func(name []byte) error {
		if string(name) != `"@odata.nextLink"` {
			return w.skip()
		}
		raw, err := w.text()
		link = string(raw)
		return cmp.Or(err, errFound)
	})
	return link
}

// errFound ends a walk that has what it looked for.
var errFound = errors.New("found")

// decodeJSON reads one JSON document; what is wrong with it is said without
// naming types of Go. The nesting is bounded by encoding/json.
func decodeJSON(body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return errors.New("it is empty")
	}
	err := json.Unmarshal(body, into)
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("it is cut off or not JSON (byte %d of %d)", syntax.Offset, len(body))
	}
	if mismatch, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return fmt.Errorf("%s is a JSON %s", firstOf(mismatch.Field, "it"), mismatch.Value)
	}
	return err
}

func isPresent(raw json.RawMessage) bool {
	return len(raw) > 0 && !bytes.Equal(raw, []byte("null"))
}

// embeddedError is an error that came under a status of success.
func embeddedError(body []byte) error {
	said := parseEnvelope(body)
	return fmt.Errorf("it holds an error: %s", strings.TrimSpace(said.Code+" "+said.Message))
}

// guid reads the one text form of Graph, in any case. It stays zero for null.
type guid license.GUID

func (g *guid) UnmarshalText(text []byte) error {
	id, err := license.ParseGUIDBytes(text)
	*g = guid(id)
	return err
}

func (g guid) isZero() bool { return g == guid{} }

// collect turns every item of a page into the project's form.
func collect[W, T any](wire []W, convert func(W) (T, error)) ([]T, error) {
	items := make([]T, len(wire))
	for i, w := range wire {
		item, err := convert(w)
		if err != nil {
			return nil, fmt.Errorf("item %d: %w", i+1, err)
		}
		items[i] = item
	}
	return items, nil
}
