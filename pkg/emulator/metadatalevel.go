package emulator

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
)

// withMetadata leaves the annotations out of an answer whose caller accepts it
// without, as command lines do: all but links to pages and counts (OData JSON
// Format 4.01, 3.1.3). More than the usual ones nobody gets.
func (c *call) withMetadata(out reply) reply {
	wanted := strings.ReplaceAll(strings.ToLower(c.header.Get("Accept")+c.query.Get("$format")), " ", "")
	if !strings.Contains(wanted, "odata.metadata=none") || !strings.HasPrefix(out.header.Get("Content-Type"), contentTypeJSON) || out.status >= http.StatusMultipleChoices {
		return out
	}
	var object map[string]any
	decoder := json.NewDecoder(bytes.NewReader(out.body))
	decoder.UseNumber()
	if decoder.Decode(&object) != nil {
		return out
	}
	eachObject(object, func(fields map[string]any) {
		maps.DeleteFunc(fields, func(name string, _ any) bool {
			_, annotation, ok := strings.Cut(name, "@odata.")
			return ok && annotation != "nextLink" && annotation != "deltaLink" && annotation != "count"
		})
	})
	out.body = jsonReply(out.status, object).body
	out.header.Set("Content-Type", strings.Replace(contentTypeJSON, "minimal", "none", 1))
	return out
}
