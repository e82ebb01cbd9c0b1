package fleet

import (
	"errors"
	"fmt"
	"io"
	"regexp"

	"github.com/go-json-experiment/json"
)

// maxBytes is more than the report of ten thousand tenants takes.
const maxBytes = 256 << 20

// folderName is the form of the names of tenants, which are folders as well: none
// leads elsewhere.
var folderName = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$`)

// Decode reads fleet.json. What it does not know is left out, so that a later
// version can add to it.
func Decode(r io.Reader) (Report, error) {
	var out Report
	if err := json.UnmarshalRead(io.LimitReader(r, maxBytes), &out); err != nil {
		return Report{}, errors.New("it is cut off, or not the report of a fleet")
	}
	if out.FormatVersion != FormatVersion || out.Fleet == "" || out.Verb == "" {
		return Report{}, fmt.Errorf("it is not the report of a fleet in format version %s", FormatVersion)
	}
	for i, row := range out.Tenants {
		if row.Files == nil {
			out.Tenants[i].Files = map[string]string{}
		}
		if !folderName.MatchString(row.Name) {
			return Report{}, fmt.Errorf("it has a tenant %q, which no fleet can have", row.Name)
		}
	}
	return out, nil
}
