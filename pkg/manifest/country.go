package manifest

import (
	"fmt"
	"strings"

	"github.com/licensectl/licensectl/pkg/internal/strictyaml"
	"github.com/licensectl/licensectl/pkg/license"
)

// readCountry reads a usage location. Microsoft Graph does not document how
// it treats lower case, so it is refused.
func readCountry(v strictyaml.Value) string {
	code, ok := v.Str()
	if !ok || license.IsCountry(code) {
		return code
	}
	e := v.Errorf(CodeBadCountry, "%q is not an ISO 3166-1 alpha-2 country code", code)
	e.Hint = "write two upper-case letters, such as DE or US"
	if meant, ok := meantCountry(strings.ToUpper(code)); ok {
		e.Hint = fmt.Sprintf("did you mean %q?", meant)
	}
	return ""
}

// meantCountry gives the code for what people write instead.
func meantCountry(upper string) (string, bool) {
	switch {
	case upper == "UK":
		return "GB", true
	case upper == "EL": // Greece in the European Union
		return "GR", true
	default:
		return upper, license.IsCountry(upper)
	}
}
