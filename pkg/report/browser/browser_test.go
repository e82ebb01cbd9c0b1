// Package browser_test opens the pages of package report in a real browser,
// Chromium without a window, and uses them as people do: it reads, filters,
// searches, follows keys and looks at them on a phone and in the dark.
//
// It finds Chromium on the PATH, and fails where there is none. This is a
// module of its own, so that nobody who builds licensectl needs the driver:
//
//	cd pkg/report/browser
//	go test -count=1 .
//	go test -count=1 . -screenshots DIR   # pictures of every page
//
// The pages are given to the browser by a server on loopback or as files, and
// whatever they ask for beside themselves is an error.
package browser_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is how long one page may take, with all that is done to it.
const patience = 90 * time.Second

var screenshots = flag.String("screenshots", "", "a folder for pictures of the pages")

// browser is the one Chromium of all tests.
var browser = sync.OnceValues(startBrowser)

type chromium struct {
	ctx   context.Context
	close func()
}

func startBrowser() (*chromium, error) {
	path, err := findChromium()
	if err != nil {
		return nil, err
	}
	profile, err := os.MkdirTemp("", "licensectl-browser-")
	if err != nil {
		return nil, err
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(),
		chromedp.ExecPath(path), chromedp.UserDataDir(profile), chromedp.WindowSize(1280, 900),
		chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-sync", true),
		chromedp.Flag("hide-scrollbars", true), chromedp.Flag("force-color-profile", "srgb"),
		chromedp.WSURLReadTimeout(time.Minute))
	ctx, cancel := chromedp.NewContext(allocator)
	if err := chromedp.Do(ctx); err != nil {
		stop()
		return nil, fmt.Errorf("starting %s: %w", path, err)
	}
	return &chromium{ctx: ctx, close: func() {
		cancel()
		stop()
		os.RemoveAll(profile)
	}}, nil
}

func findChromium() (string, error) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is no chromium on the PATH; on Debian: apt-get install -y --no-install-recommends chromium")
}

func TestMain(m *testing.M) {
	m.Run()
	if b, err := browser(); err == nil {
		b.close()
	}
}

// tab shows one page, and writes down what it does that it must not.
type tab struct {
	*testing.T
	ctx context.Context
	url string

	mu         sync.Mutex
	complaints []string
}

// step is something that is done to a page.
type step = chromedp.Action[chromedp.Void]

// command is a step that has no method of its own in the driver.
func command[P any](cmd cdp.Command[P, cdp.Empty], params P) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cmd, params)
		return err
	})
}

// The ways to look at a page.
func phone() step {
	return chromedp.EmulateViewport(320, 640, chromedp.EmulateScale(2), chromedp.EmulateMobile, chromedp.EmulateTouch)
}

func dark() step { return media("", "prefers-color-scheme", "dark") }

func media(kind, feature, value string) step {
	features := []*emulation.MediaFeature{{Name: feature, Value: value}}
	return command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: kind, Features: features})
}

func unscripted() step {
	return command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
}

// render gives a page as text.
func render(t testing.TB, write func(io.Writer) error) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// open shows a page that a server on loopback gives away. The hash follows
// the address.
func open(t *testing.T, text []byte, hash string, settings ...step) *tab {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			t.Errorf("the page asks for %s", r.URL.Path)
		}
		w.Header().Set("Content-Type", "text/html")
		w.Write(text)
	}))
	t.Cleanup(server.Close)
	return visit(t, server.URL+"/"+hash, settings...)
}

// openFile shows a page that was saved as a file.
func openFile(t *testing.T, text []byte, settings ...step) *tab {
	t.Helper()
	path := filepath.Join(t.TempDir(), "plan.html")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return visit(t, "file://"+path, settings...)
}

func visit(t *testing.T, url string, settings ...step) *tab {
	t.Helper()
	b, err := browser()
	if err != nil {
		t.Fatal(err)
	}
	shown := &tab{T: t, url: url}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithListener(shown.listen))
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	shown.ctx, cancel = context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	shown.do(command(log.Enable, cdp.Empty{}), command(network.Enable, network.EnableParams{}))
	shown.do(settings...)
	shown.do(chromedp.Navigate(url), chromedp.WaitReady(chromedp.CSS("body")))
	t.Cleanup(shown.checkConduct)
	return shown
}

// listen writes down errors, warnings, broken policies, dialogs, and requests
// for anything but the page.
func (b *tab) listen(event any) {
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.complain("the page logs: %s %v", e.Type, e.Args)
	case *runtime.EventExceptionThrown:
		b.complain("the script fails: %v", e.ExceptionDetails)
	case *log.EventEntryAdded:
		b.complain("the browser logs: %s: %s", e.Entry.Source, e.Entry.Text)
	case *page.EventJavascriptDialogOpening:
		b.complain("the page opens a dialog: %s", e.Message)
	case *network.EventRequestWillBeSent:
		address, _, _ := strings.Cut(b.url, "#")
		if e.Request.URL != address && !strings.HasPrefix(e.Request.URL, "data:") {
			b.complain("the page asks for %s", e.Request.URL)
		}
	}
}

func (b *tab) complain(format string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.complaints = append(b.complaints, fmt.Sprintf(format, args...))
}

// checkConduct fails the test for what the page did that it must not.
func (b *tab) checkConduct() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.complaints {
		b.Error(c)
	}
}

func (b *tab) do(steps ...step) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatal(err)
	}
}

// result is what a step gives.
func result[T any](b *tab, action chromedp.Action[T]) T {
	b.Helper()
	out, err := chromedp.Run(b.ctx, action)
	if err != nil {
		b.Fatal(err)
	}
	return out
}

// value is what an expression of the page's language comes to.
func value[T any](b *tab, expression string) T {
	b.Helper()
	return result(b, chromedp.Evaluate[T](expression))
}

// wants holds an expression against a value.
func wants[T comparable](b *tab, what, expression string, want T) {
	b.Helper()
	if got := value[T](b, expression); got != want {
		b.Errorf("%s: %v, want %v", what, got, want)
	}
}

func (b *tab) click(selector string) {
	b.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// types presses keys, one after the other. As with a real keyboard, a key
// types its character only if the page lets it: the driver's own KeyEvent sends
// the character in any case.
func (b *tab) types(keys string) {
	b.Helper()
	for _, r := range keys {
		b.do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error { return press(ctx, t, kb.Encode(r)) }))
	}
}

// press sends the down and up of one key, with the character in the first.
func press(ctx context.Context, t *chromedp.Target, events []*input.DispatchKeyEventParams) error {
	down, up := *events[0], *events[len(events)-1]
	if len(events) == 3 {
		down.Text, down.UnmodifiedText = events[1].Text, events[1].UnmodifiedText
	}
	for _, event := range []input.DispatchKeyEventParams{down, up} {
		if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, event); err != nil {
			return err
		}
	}
	return nil
}

// status is what the page says of its list.
func (b *tab) status(list string) string {
	b.Helper()
	return value[string](b, fmt.Sprintf(`document.querySelector('[data-list=%q] .status').textContent`, list))
}

func (b *tab) wantStatus(list, want string) {
	b.Helper()
	if got := b.status(list); got != want {
		b.Errorf("the list of %s says %q, want %q", list, got, want)
	}
}

// focused describes the element that has the focus.
func (b *tab) focused() string {
	b.Helper()
	return value[string](b, `(() => { const e = document.activeElement;
		return e.tagName.toLowerCase() + (e.id ? '#' + e.id : '') + ' ' + (e.tagName === 'INPUT' ? '' : e.textContent.trim().slice(0, 40)); })()`)
}

// tabTo presses Tab until an element has the focus, and fails where it never
// has.
func (b *tab) tabTo(selector string) {
	b.Helper()
	for range 200 {
		b.types(kb.Tab)
		if value[bool](b, fmt.Sprintf(`document.activeElement.matches(%q)`, selector)) {
			return
		}
	}
	b.Fatalf("no key leads to %s", selector)
}

// picture saves what is seen of a page, if somebody asked for it.
func (b *tab) picture(name string) {
	b.Helper()
	if *screenshots == "" {
		return
	}
	png := result(b, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), png, 0o644); err != nil {
		b.Fatal(err)
	}
}
