package receipt_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"github.com/licensectl/licensectl/pkg/plan"
	"github.com/licensectl/licensectl/pkg/receipt"
)

var noon = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func ref(name string) plan.UserRef {
	return plan.UserRef{ID: uuid.NewSHA1(uuid.Nil, []byte(name)), UserPrincipalName: name + "@contoso.com"}
}

// buffer is a receipt.File in memory that can fail.
type buffer struct {
	bytes.Buffer
	syncs   int
	full    int // bytes that fit; 0: any number
	syncErr error
}

func (b *buffer) Write(p []byte) (int, error) {
	if b.full > 0 && b.Len()+len(p) > b.full {
		n, _ := b.Buffer.Write(p[:max(0, b.full-b.Len())])
		return n, errors.New("no space left on device")
	}
	return b.Buffer.Write(p)
}

func (b *buffer) Sync() error { b.syncs++; return b.syncErr }

func (*buffer) Close() error { return nil }

// write takes down a run over three users, of which the second is cut off.
func write(t testing.TB, w *receipt.Writer) {
	t.Helper()
	for _, err := range []error{
		w.Begin(receipt.Run{RunID: "run-1", PlanID: "sha256:00", StartedAt: noon, Changes: 3}),
		w.Intent(receipt.Intent{User: ref("cay"), At: noon}),
		w.Result(receipt.Result{User: ref("cay"), Outcome: receipt.Done, At: noon, Attempts: 1}),
		w.Intent(receipt.Intent{User: ref("bob"), At: noon}),
		w.Verify(receipt.Verify{User: ref("cay").ID, Verification: receipt.Verified, At: noon}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestReceiptOfARunThatWasCutShort(t *testing.T) {
	var file buffer
	write(t, receipt.NewWriter(&file))
	if file.syncs != 3 {
		t.Errorf("synced %d times, want once for the beginning and once before each write", file.syncs)
	}
	got, err := receipt.Read(&file.Buffer)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range got.Results {
		lines = append(lines, strings.TrimSpace(r.User.UserPrincipalName+" "+string(r.Outcome)+" "+string(r.Verification)))
	}
	if diff := cmp.Diff([]string{"bob@contoso.com unknown", "cay@contoso.com done verified"}, lines); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
	want := map[receipt.Outcome]int{receipt.Done: 1, receipt.Unknown: 1, receipt.NotAttempted: 1}
	if diff := cmp.Diff(want, got.Counts()); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if got.End != nil || got.Torn {
		t.Errorf("end %v, torn %v", got.End, got.Torn)
	}
}

// TestReadAfterACrashAtAnyByte cuts a receipt everywhere: it can be read from
// the first whole line on, and what was announced is never lost.
func TestReadAfterACrashAtAnyByte(t *testing.T) {
	var file buffer
	w := receipt.NewWriter(&file)
	write(t, w)
	if err := w.End(receipt.End{FinishedAt: noon}); err != nil {
		t.Fatal(err)
	}
	text := file.String()
	firstLine := strings.Index(text, "\n") + 1
	for n := range len(text) {
		got, err := receipt.Read(strings.NewReader(text[:n]))
		if n < firstLine {
			if !errors.Is(err, receipt.ErrNotReceipt) {
				t.Fatalf("cut at %d, before the first line ends: %v", n, err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if torn := text[n-1] != '\n'; got.Torn != torn {
			t.Fatalf("cut at %d: torn is %v", n, got.Torn)
		}
		checkResults(t, []byte(text[:n]), got)
		sum := 0
		for _, count := range got.Counts() {
			sum += count
		}
		if announced := strings.Count(text[:n], `"intent"`); sum != 3 || len(got.Results) < announced-1 {
			t.Fatalf("cut at %d: %d results, counts add up to %d", n, len(got.Results), sum)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	var file buffer
	write(t, receipt.NewWriter(&file))
	text := file.String()
	if _, err := receipt.Read(strings.NewReader(strings.Repeat("x", 17<<20))); !errors.Is(err, receipt.ErrNotReceipt) {
		t.Errorf("a long line of something else: %v", err)
	}
	for name, bad := range map[string]string{
		"nothing":                "",
		"something else":         "apiVersion: licensectl.dev/v1\n",
		"JSON of something else": "{\"formatVersion\":\"1\"}\n",
		"another format version": strings.Replace(text, `"formatVersion":"1"`, `"formatVersion":"2"`, 1),
		"a hole in the middle":   strings.Replace(text, `{"intent"`, `{"int`, 1),
		"a line without an end":  text + strings.Repeat("x", 17<<20),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := receipt.Read(strings.NewReader(bad)); err == nil {
				t.Errorf("read a receipt with %d results", len(got.Results))
			}
			if got, err := receipt.ReadResults(strings.NewReader(bad)); err == nil || got != nil {
				t.Errorf("read the results %+v", got)
			}
		})
	}
}

// TestWriterStopsAtTheFirstError: once a line is lost, no later one may
// pretend that the journal is whole.
func TestWriterStopsAtTheFirstError(t *testing.T) {
	t.Run("disk full", func(t *testing.T) {
		file := &buffer{full: 500}
		w := receipt.NewWriter(file)
		var err error
		for err == nil {
			err = w.Intent(receipt.Intent{User: ref("ada"), At: noon})
		}
		file.full = 0
		if again := w.Result(receipt.Result{User: ref("ada")}); !errors.Is(again, err) {
			t.Errorf("after %q it went on: %v", err, again)
		}
	})
	t.Run("sync fails", func(t *testing.T) {
		file := &buffer{syncErr: errors.New("input/output error")}
		w := receipt.NewWriter(file)
		if err := w.Begin(receipt.Run{RunID: "run-1"}); err == nil {
			t.Error("a line that did not reach the disk counts as written")
		}
		file.syncErr = nil
		if err := w.Intent(receipt.Intent{}); err == nil {
			t.Error("it went on")
		}
	})
}

// slowDisk takes a while to sync, and holds lines against what was synced.
type slowDisk struct {
	mu     sync.Mutex
	lines  int
	synced int
	syncs  int
}

func (d *slowDisk) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines++
	return len(p), nil
}

func (d *slowDisk) Sync() error {
	d.mu.Lock()
	upTo := d.lines
	d.mu.Unlock()
	time.Sleep(10 * time.Millisecond)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.synced, d.syncs = max(d.synced, upTo), d.syncs+1
	return nil
}

func (*slowDisk) Close() error { return nil }

// TestIntentsShareASync: fifty intents at once take few syncs, and none
// returns before its line is on the disk.
func TestIntentsShareASync(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var disk slowDisk
		w := receipt.NewWriter(&disk)
		var group sync.WaitGroup
		for range 50 {
			group.Go(func() {
				if err := w.Intent(receipt.Intent{At: noon}); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if disk.synced != 50 {
			t.Errorf("%d of 50 intents are on the disk", disk.synced)
		}
		if disk.syncs > 3 {
			t.Errorf("fifty intents at once took %d syncs", disk.syncs)
		}
	})
}

func TestCreate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "receipts", "r.jsonl")
	w, err := receipt.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for p, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		if info, err := os.Stat(p); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", p, info.Mode(), err)
		}
	}
	if _, err := receipt.Create(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("creating it again: %v", err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if got, err := receipt.Read(file); err != nil || got.Run.RunID != "run-1" {
		t.Errorf("read %+v, %v", got, err)
	}
}

// checkResults reads the results alone: they are the same, with nothing of what
// was sent.
func checkResults(t *testing.T, text []byte, whole *receipt.Receipt) {
	t.Helper()
	results, err := receipt.ReadResults(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("reading the results alone: %v", err)
	}
	want := *whole
	want.Intents = nil
	if diff := cmp.Diff(&want, results, cmpopts.IgnoreUnexported(receipt.Receipt{})); diff != "" {
		t.Fatalf("the results alone (-whole +alone):\n%s", diff)
	}
}

func FuzzRead(f *testing.F) {
	var file buffer
	write(f, receipt.NewWriter(&file))
	f.Add(file.Bytes())
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := receipt.Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		if len(got.Results) < len(got.Intents) && got.Results == nil {
			t.Fatalf("%d writes were announced and none has a result", len(got.Intents))
		}
		checkResults(t, text, got)
		if b := got.Baseline(); b.Declared != nil && len(b.Gaps) > 0 {
			t.Fatalf("%q, and yet others count as declared", b.Gaps)
		}
	})
}
