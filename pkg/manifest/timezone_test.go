package manifest_test

import (
	"strings"
	"testing"

	"github.com/licensectl/licensectl/pkg/manifest"
)

// A name that another machine takes for another zone, or that leads to a file,
// is no time zone, whatever the database of this machine has.
func TestTimeZonesThatAreNone(t *testing.T) {
	for _, name := range []string{
		"", "Local", "local", "localtime", "posixrules", "Factory", "posix/Europe/Berlin", "right/Europe/Berlin", "SystemV/EST5",
		"../x", "../../etc/passwd", "/etc/localtime", "Europe/../Europe/Berlin", "Europe/", "Europe", "europe/berlin", "EUROPE/BERLIN",
		"Europe/Atlantis", "UTC+1", "utc", "tzdata.zi", "zone.tab", "leapseconds", `Europe\Berlin`, "Europe/Berlin ", "C:/x",
	} {
		if zone, err := manifest.TimeZone(name); err == nil {
			t.Errorf("%q is taken for %s", name, zone)
		}
	}
	for _, name := range []string{"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT-14", "US/Pacific", "GB", "EST5EDT", "Asia/Kolkata"} {
		if zone, err := manifest.TimeZone(name); err != nil || zone.String() != name {
			t.Errorf("%q is taken for %v: %v", name, zone, err)
		}
	}
}

// In a policy it is an error with a place and a hint.
func TestThePolicyRefusesATimeZoneThatIsNone(t *testing.T) {
	for _, name := range []string{"posixrules", "Factory", "localtime", "Local", "../x"} {
		text := "apiVersion: licensectl.dev/v1\nkind: Policy\nmetadata: {name: contoso}\nspec:\n  timeZone: " + name + "\n"
		_, err := manifest.Parse([]manifest.File{{Path: "policy.yaml", Data: []byte(text)}})
		if err == nil || !strings.Contains(err.Error(), `policy.yaml:5:13: "`+name+`" is not a time zone`) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
