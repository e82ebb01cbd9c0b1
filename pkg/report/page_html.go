package report

import (
	"bufio"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"
)

// The page's looks and behaviour. Both stand in the page itself, which asks
// the network for nothing.
var (
	//go:embed html/page.css
	pageStyle string

	//go:embed html/page.js
	pageScript string

	//go:embed html/*.gohtml
	pageTemplates embed.FS
)

// htmlPage is what the templates lay out. Its texts are safe, and
// html/template escapes each for the place where it stands.
type htmlPage struct {
	Title string
	Body  any // what the template of this kind of page takes
	Lists *htmlData

	Style      template.CSS
	Script     template.JS
	StyleHash  string // "sha256-…", for the Content-Security-Policy
	ScriptHash string
	Whole      bool // everything can be read without the script
}

// writeHTML lays out one page with the templates page, list and the named one.
// It is written as it is laid out.
func writeHTML(w io.Writer, body string, page htmlPage) error {
	style, script := unixLines(pageStyle), unixLines(pageScript)
	page.Style, page.StyleHash = template.CSS(style), sourceHash(style)
	page.Script, page.ScriptHash = template.JS(script), sourceHash(script)
	for _, list := range page.Lists.lists {
		if page.Whole {
			list.showAll()
		} else {
			list.showFirst()
		}
	}
	templates, err := template.ParseFS(pageTemplates, "html/page.gohtml", "html/list.gohtml", "html/"+body+".gohtml")
	if err != nil {
		return fmt.Errorf("reading the templates of the page: %w", err)
	}
	out := bufio.NewWriterSize(w, htmlChunk)
	if err := templates.ExecuteTemplate(out, "page", page); err != nil {
		return fmt.Errorf("laying out the page: %w", err)
	}
	return errors.Join(page.Lists.err, out.Flush())
}

// htmlChunk is how much of a page is gathered before it is written, in bytes.
const htmlChunk = 32 << 10

// unixLines is the text as a browser hashes it: an HTML parser turns every
// line end into a line feed.
func unixLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// sourceHash gives the hash under which a Content-Security-Policy lets a style
// or script pass (W3C CSP Level 3, 2.3.1).
func sourceHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}
