package manifest_test

import (
	"errors"
	"fmt"

	"github.com/licensectl/licensectl/pkg/manifest"
)

func ExampleParse() {
	set, err := manifest.Parse([]manifest.File{{Path: "sales.yaml", Data: []byte(`
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: sales}
spec:
  users:
  - user: ada@contoso.com
    licenses: [{sku: SPE_E5}]
`)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, u := range set.Desired.Users {
		fmt.Println(u.User.Source, u.User.Name, u.Licenses[0].SKU.Name)
	}
	// Output: sales.yaml:7:5 ada@contoso.com SPE_E5
}

func ExampleParse_errors() {
	_, err := manifest.Parse([]manifest.File{{Path: "sales.yaml", Data: []byte(`
apiVersion: licensectl.dev/v1
kind: UserLicenses
metadata: {name: sales}
spec:
  users:
  - user: ada@contoso.com
    licences: [{sku: SPE_E5}]
    usageLocation: UK
`)}})
	var errs manifest.Errors
	if errors.As(err, &errs) {
		for _, e := range errs {
			fmt.Println(e)
			fmt.Println("  " + e.Hint)
		}
	}
	// Output:
	// sales.yaml:8:5: unknown key "licences"
	//   did you mean "licenses"?
	// sales.yaml:9:20: "UK" is not an ISO 3166-1 alpha-2 country code
	//   did you mean "GB"?
}
