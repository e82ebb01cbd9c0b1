package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
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
	id, err := license.ParseGUID(string(text))
	*g = guid(id)
	return err
}

func (g guid) isZero() bool { return g == guid{} }

// guids turns the wire's ids into the project's, sorted; nil for none.
func guids(wire []guid) []license.GUID {
	if len(wire) == 0 {
		return nil
	}
	ids := make([]license.GUID, len(wire))
	for i, id := range wire {
		ids[i] = license.GUID(id)
	}
	slices.SortFunc(ids, license.CompareGUIDs)
	return ids
}

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
