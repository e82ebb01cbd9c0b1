package edit_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What somebody hides in a comment or a value of a pull request shows once the
// file is formatted, and says the same. What writing needs stays, and so do
// texts over several lines.
func TestFormatShowsWhatIsHidden(t *testing.T) {
	in := "# ##vso[task.complete]\u202e\n" +
		"kind: UserLicenses # ##[error]\u2066\n" +
		"metadata: {name: \"a\u200bb\"} # \u2060x\n" +
		"spec: # ##teamcity[x]\n" +
		"  users:\n" +
		"  # ::error:: 👩\u200d💻\n" +
		"  - user: 'it''s\u202e' # ##[x]\n" +
		"  - ada\u200b@contoso.com\n" +
		"  - reason: | # ##[x]\n" +
		"      ##[kept]\n" +
		"# ##[error]\n"
	want := `# ## vso[task.complete]\u202e
kind: UserLicenses # ## [error]\u2066
metadata: {name: "a\u200bb"} # \u2060x
spec: # ## teamcity[x]
  users:
    # ::error:: 👩` + "\u200d" + `💻
    - user: "it's\u202e" # ## [x]
    - "ada\u200b@contoso.com"
    - reason: | # ## [x]
        ##[kept]
# ## [error]
`
	if diff := cmp.Diff(want, mustFormat(t, in)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}
