package license_test

import (
	"slices"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/licensectl/licensectl/pkg/license"
)

func TestParseGUIDTakesOneForm(t *testing.T) {
	for _, good := range []string{idSPEE5, "06EBC4EE-1bb5-47DD-8120-11324bc54e06", "00000000-0000-0000-0000-000000000000"} {
		if !license.IsGUID(good) {
			t.Errorf("%q is refused", good)
		}
	}
	for _, bad := range []string{
		"", "me", "06ebc4ee1bb547dd812011324bc54e06", "{06ebc4ee-1bb5-47dd-8120-11324bc54e06}",
		"urn:uuid:06ebc4ee-1bb5-47dd-8120-11324bc54e06", "06ebc4ee-1bb5-47dd-8120-11324bc54e0g", "06ebc4ee-1bb5-47dd-8120_11324bc54e06",
		" 06ebc4ee-1bb5-47dd-8120-11324bc54e06",
	} {
		if id, err := license.ParseGUID(bad); err == nil {
			t.Errorf("%q is read as %s", bad, id)
		}
	}
}

func FuzzParseGUID(f *testing.F) {
	f.Add(idSPEE5)
	f.Add("06ebc4ee-1bb5-47dd-8120-11324bc54e0\x00")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := license.ParseGUID(s)
		if same, errBytes := license.ParseGUIDBytes([]byte(s)); same != id || (err == nil) != (errBytes == nil) {
			t.Fatalf("%q is read as %s, %v from a string, and as %s, %v from bytes", s, id, err, same, errBytes)
		}
		if err != nil {
			return
		}
		if again, err := license.ParseGUID(id.String()); err != nil || again != id {
			t.Fatalf("%q is read as %s, which is read as %s, %v", s, id, again, err)
		}
		if got, want := string(license.AppendGUID([]byte("id "), id)), "id "+id.String(); got != want {
			t.Fatalf("%q is appended, want %q", got, want)
		}
	})
}

func TestGUIDSets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		few := rapid.Map(rapid.Byte(), func(b byte) license.GUID { return uuid.UUID{15: b % 8} })
		ids := rapid.SliceOf(few).Draw(t, "ids")
		before := slices.Clone(ids)
		sorted := license.SortedGUIDs(ids)
		if !slices.Equal(ids, before) {
			t.Fatal("SortedGUIDs changed its argument")
		}
		if (len(ids) == 0) != (sorted == nil) {
			t.Fatalf("SortedGUIDs of %d ids is nil: %v", len(ids), sorted == nil)
		}
		id := few.Draw(t, "id")
		if got, want := license.ContainsGUID(sorted, id), slices.Contains(ids, id); got != want {
			t.Fatalf("ContainsGUID = %v, want %v", got, want)
		}
		shuffled := rapid.Permutation(append(slices.Clone(ids), ids...)).Draw(t, "shuffled")
		if !license.EqualGUIDs(sorted, license.SortedGUIDs(shuffled)) {
			t.Fatal("order or repetition changes the set")
		}
		if license.EqualGUIDs(sorted, append(slices.Clone(sorted), uuid.UUID{0: 1})) {
			t.Fatal("EqualGUIDs does not see another id")
		}
	})
	if !license.EqualGUIDs(nil, []license.GUID{}) {
		t.Error("nil does not equal empty")
	}
}
