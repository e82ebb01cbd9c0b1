package report

import (
	"errors"
	"html/template"
	"iter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// htmlData is the lists of a page, of which its script is given all as JSON.
type htmlData struct {
	lists []*htmlList
	err   error // why they end before their end
}

// Chunks gives the data piece by piece, since that of a million users would
// fill the memory. Every < and > in it is escaped, so that no text can end the
// element that it stands in.
func (d *htmlData) Chunks() iter.Seq[template.JS] {
	return func(yield func(template.JS) bool) {
		d.err = json.MarshalWrite(chunkWriter(yield), d.lists, json.FormatNilSliceAsNull(true), json.Deterministic(true),
			jsontext.EscapeForHTML(true), jsontext.EscapeForJS(true))
	}
}

// errEnough says that nobody wants more chunks.
var errEnough = errors.New("enough")

// chunkWriter hands on what is written.
type chunkWriter func(template.JS) bool

// Write hands a piece on.
func (w chunkWriter) Write(piece []byte) (int, error) {
	if !w(template.JS(piece)) {
		return 0, errEnough
	}
	return len(piece), nil
}

// MarshalJSONTo writes the batches one by one.
func (g htmlBatches) MarshalJSONTo(enc *jsontext.Encoder) error {
	return writeEach(enc, g.size, g.at)
}

// MarshalJSONTo writes the members one by one.
func (m htmlMembers) MarshalJSONTo(enc *jsontext.Encoder) error {
	return writeEach(enc, m.size, m.at)
}
