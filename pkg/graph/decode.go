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

// page is a page of a collection.
type page[T any] struct {
	items []T
	end   pageEnd
}

// pageEnd is what a page says beside its items.
type pageEnd struct {
	link  string // to the next page; empty on the last
	total *int   // how many items the whole collection has; nil: not told

	from, to int64 // where in the body the items stand
}

// listOf decodes the pages of one collection item by item. A page has room for as many
// as the largest before it had.
func listOf[T any](decode func(*walk) (T, error)) pageDecoder[T] {
	most := 0
	return func(body []byte) (page[T], error) {
		out := page[T]{items: make([]T, 0, most)}
		end, err := walkPage(body, func(w *walk) error {
			item, err := decode(w)
			if err != nil {
				return fmt.Errorf("item %d: %w", len(out.items)+1, err)
			}
			out.items = append(out.items, item)
			return nil
		})
		if err != nil {
			return page[T]{}, err
		}
		out.end, most = end, max(most, len(out.items))
		return out, nil
	}
}

// walkPage reads a page item by item, without building it. A page has a value,
// once, and no error.
func walkPage(body []byte, item func(*walk) error) (pageEnd, error) {
	if len(bytes.TrimSpace(body)) == 0 {
		return pageEnd{}, errors.New("it is empty")
	}
	var end pageEnd
	var hasValue, hasError bool
	w := newWalk(body)
	_, err := w.object(func(name []byte) (err error) {
		switch string(name) {
		case `"value"`:
			end.from = w.mark().offset
			hasValue, err = w.array(func() error { return item(w) })
			end.to = w.mark().offset
		case `"@odata.nextLink"`:
			end.link, err = readLink(w)
		case `"@odata.count"`:
			end.total, err = readCount(w)
		case `"error"`:
			hasError, err = w.something()
		default:
			err = otherOfPage(w, name)
		}
		return err
	})
	if err == nil {
		err = w.end()
	}
	switch {
	case err != nil:
		return pageEnd{}, err
	case hasError:
		return pageEnd{}, embeddedError(body)
	case !hasValue:
		return pageEnd{}, errors.New("it has no value")
	}
	return end, nil
}

// readLink reads the link to the next page; null is none. An empty one is not:
// what came is not known to be all.
func readLink(w *walk) (string, error) {
	text, err := w.text()
	if err == nil && text != nil && len(text) == 0 {
		err = errors.New("its link to the next page is empty")
	}
	return string(text), err
}

// readCount reads how many items a collection has; null is nil.
func readCount(w *walk) (*int, error) {
	total, err := w.number()
	if err == nil && total != nil && *total < 0 {
		err = fmt.Errorf("it has %d items", *total)
	}
	return total, err
}

// otherOfPage skips what a page says besides, unless it may be what is looked
// for in another spelling: a page without its link would look like the last,
// and one that failed like a whole one.
func otherOfPage(w *walk, name []byte) error {
	plain := oneLine(string(name[1 : len(name)-1]))
	switch {
	case leadsOn(name):
		return ifPresent(w, fmt.Errorf("it links to the next page by the name %q", plain))
	case failsToTell(name):
		return ifPresent(w, fmt.Errorf("it holds an error by the name %q", plain))
	}
	return w.other(name, "value", "@odata.count")
}

// ifPresent reads any value, and gives the error where there is one: null and
// an empty list say nothing.
func ifPresent(w *walk, err error) error {
	raw, failed := w.raw()
	if failed != nil || !isPresent(raw) || string(raw) == "[]" {
		return failed
	}
	return err
}

// something reads any value, and reports whether it is not null.
func (w *walk) something() (bool, error) {
	raw, err := w.raw()
	return isPresent(raw), err
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
