package graph

import (
	"fmt"
	"strings"
	"time"

	"github.com/licensectl/licensectl/pkg/license"
)

// field is a member of an object that is wanted, and how its value is read.
type field struct {
	name string
	read func() error
}

// fields reads the members of an object that are wanted, and skips the others.
// It gives false for null. What is absent leaves the place of its field as it
// is.
func (w *walk) fields(wanted ...field) (bool, error) {
	return w.object(func(name []byte) error {
		plain := name[1 : len(name)-1]
		for _, f := range wanted {
			if string(plain) == f.name {
				return f.read()
			}
		}
		for _, f := range wanted {
			if err := misspelt(name, f.name); err != nil {
				return err
			}
		}
		return w.skip()
	})
}

// other skips a member that is not among the known ones.
func (w *walk) other(name []byte, known ...string) error {
	for _, k := range known {
		if err := misspelt(name, k); err != nil {
			return err
		}
	}
	return w.skip()
}

// misspelt is the error of a name that differs from a known one in case alone.
// Names are told apart by case (RFC 8259), and yet to skip it might be to skip
// what was asked for: a link to the next page, a second list.
func misspelt(name []byte, known string) error {
	if plain := name[1 : len(name)-1]; len(plain) == len(known) && strings.EqualFold(string(plain), known) {
		return fmt.Errorf("it has %q in place of %q", plain, known)
	}
	return nil
}

// leadsOn tells the names by which other versions of OData, and other services,
// lead to the rest of a list, in any case.
func leadsOn(name []byte) bool {
	plain := strings.ToLower(string(name[1 : len(name)-1]))
	return strings.Contains(plain, "next") || strings.Contains(plain, "skiptoken") || strings.HasSuffix(plain, "link")
}

// failsToTell tells the names under which a page may say that it failed, in any
// case: "errors", "odata.error".
func failsToTell(name []byte) bool {
	return strings.Contains(strings.ToLower(string(name)), "error")
}

// stringInto reads a text; null leaves the place empty.
func (w *walk) stringInto(into *string) func() error {
	return func() error {
		text, err := w.text()
		*into = string(text)
		return err
	}
}

// optionalInto reads a text. The pointer stays nil where the member is absent,
// or null.
func (w *walk) optionalInto(into **string) func() error {
	return func() error {
		text, err := w.text()
		if text != nil {
			*into = new(string(text))
		}
		return err
	}
}

// idInto reads a GUID; null leaves the place zero.
func (w *walk) idInto(into *license.GUID) func() error {
	return func() error {
		id, err := w.id()
		*into = license.GUID(id)
		return err
	}
}

// numberInto reads a whole number. The pointer stays nil where the member is
// absent, or null.
func (w *walk) numberInto(into **int) func() error {
	return func() (err error) {
		*into, err = w.number()
		return err
	}
}

// timeInto reads a time of the form of RFC 3339; null leaves the place zero.
func (w *walk) timeInto(into *time.Time) func() error {
	return func() error {
		text, err := w.text()
		if err != nil || text == nil {
			return err
		}
		if *into, err = time.Parse(time.RFC3339, string(text)); err != nil {
			return fmt.Errorf("%s is no time", w.place())
		}
		return nil
	}
}

// looseInto reads whatever stands there as text, as far as it is one.
func (w *walk) looseInto(into *string) func() error {
	return func() error {
		raw, err := w.raw()
		if err != nil {
			return err
		}
		var text looseText
		err = text.UnmarshalJSON(raw)
		*into = string(text)
		return err
	}
}

// listInto reads an array item by item, and notes whether there was one: null
// is none.
func (w *walk) listInto(present *bool, item func() error) func() error {
	return func() (err error) {
		*present, err = w.array(item)
		return err
	}
}
