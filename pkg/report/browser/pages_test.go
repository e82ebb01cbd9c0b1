package browser_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var axe = flag.String("axe", "", "axe-core, the file axe.min.js, to audit every page with")

// TestPages opens every page in every way to look at one. None may be wider
// than the screen, all text has to stand out from its ground, and none may do
// what checkConduct forbids.
func TestPages(t *testing.T) {
	pages := map[string][]byte{
		"five":    render(t, planPage(fiveUsers())),
		"5000":    render(t, planPage(reorganisation(5000))),
		"guarded": render(t, planPage(guarded())),
		"nothing": render(t, planPage(nothingToDo())),
		"hostile": render(t, planPage(hostile())),
		"receipt": render(t, receiptPage(halfDone())),
	}
	for name, text := range pages {
		for way, steps := range map[string][]step{
			"light": nil, "dark": {dark()}, "phone": {phone()}, "phone-dark": {phone(), dark()}, "unscripted": {unscripted()},
		} {
			t.Run(name+"/"+way, func(t *testing.T) {
				b := open(t, text, "", steps...)
				b.picture(name + "-" + way)
				b.wantNoWiderThanTheScreen()
				b.wantContrast()
				if way == "unscripted" {
					return
				}
				b.audit()
				b.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('[data-list]').forEach((list) => list.querySelector('.choice')?.click())`))
				b.do(chromedp.Evaluate[chromedp.Void](`document.querySelectorAll('.entry summary').forEach((e) => e.click())`))
				b.picture(name + "-" + way + "-open")
				b.wantNoWiderThanTheScreen()
				b.wantContrast()
				b.audit()
			})
		}
	}
}

func (b *tab) wantNoWiderThanTheScreen() {
	b.Helper()
	const wide = `[document.documentElement.scrollWidth, document.documentElement.clientWidth,
		[...document.body.querySelectorAll('*')].filter((e) => !e.closest('.skip, .unseen, svg') && e.getBoundingClientRect().right > innerWidth + 1)
			.slice(0, 3).map((e) => e.outerHTML.slice(0, 200)).join('\n')].map(String)`
	got := value[[]string](b, wide)
	if got[2] != "" || len(got[0]) > len(got[1]) || len(got[0]) == len(got[1]) && got[0] > got[1] {
		b.Errorf("the page is %s wide on a screen of %s; what sticks out:\n%s", got[0], got[1], got[2])
	}
}

// lowContrast lists text that does not stand out from its ground as WCAG 2.2,
// 1.4.3, asks for, and fields and buttons whose edge does not (1.4.11).
const lowContrast = `(() => {
	const parse = (color) => {
		const [r, g, b, a = 1] = color.match(/[\d.]+/g).map(Number);
		return { rgb: [r, g, b], a };
	};
	const luminance = (rgb) => {
		const [r, g, b] = rgb.map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const contrast = (a, b) => {
		const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
		return (light + 0.05) / (dark + 0.05);
	};
	const ground = (element) => {
		for (let e = element; e; e = e.parentElement) {
			const { rgb, a } = parse(getComputedStyle(e).backgroundColor);
			if (a === 1) return rgb;
			if (a !== 0) return [127, 127, 127]; // a veil, which this page has none of
		}
		return [255, 255, 255];
	};
	const out = [];
	for (const e of document.body.querySelectorAll('*')) {
		const own = [...e.childNodes].some((n) => n.nodeType === Node.TEXT_NODE && n.textContent.trim());
		if (e.closest('script, style, noscript') || !e.checkVisibility()) continue;
		const style = getComputedStyle(e);
		if (own || e.matches('input, select')) {
			const size = parseFloat(style.fontSize), bold = Number(style.fontWeight) >= 700;
			const need = size >= 24 || bold && size >= 18.66 ? 3 : 4.5;
			const got = contrast(parse(style.color).rgb, ground(e));
			if (got < need) out.push(got.toFixed(2) + ' of ' + need + ': ' + e.className + ' ' + e.textContent.trim().slice(0, 40));
		}
		if (e.matches('button, input, select') && style.borderTopWidth !== '0px') {
			const got = contrast(parse(style.borderTopColor).rgb, ground(e.parentElement));
			if (got < 3) out.push(got.toFixed(2) + ' of 3: the edge of ' + e.outerHTML.slice(0, 60));
		}
	}
	return { checked: document.body.querySelectorAll('*').length, low: [...new Set(out)].join('\n') };
})()`

func (b *tab) wantContrast() {
	b.Helper()
	got := value[struct {
		Checked int    `json:"checked"`
		Low     string `json:"low"`
	}](b, lowContrast)
	if got.Low != "" || got.Checked < 20 {
		b.Errorf("of %d elements these do not stand out:\n%s", got.Checked, got.Low)
	}
}

// audit runs axe-core on the page, if somebody gave it.
func (b *tab) audit() {
	b.Helper()
	if *axe == "" {
		return
	}
	source, err := os.ReadFile(*axe)
	if err != nil {
		b.Fatal(err)
	}
	b.do(chromedp.Evaluate[chromedp.Void](string(source) + ";undefined"))
	found := result(b, chromedp.Evaluate[string](`axe.run().then(({ violations, passes }) => JSON.stringify({ passes: passes.length,
		violations: violations.map((v) => v.id + ' (' + v.impact + '): ' + v.help + '\n  ' + v.nodes.slice(0, 3).map((n) => n.html).join('\n  ')) }))`,
		chromedp.EvalAwaitPromise))
	var report struct {
		Passes     int
		Violations []string
	}
	if err := json.Unmarshal([]byte(found), &report); err != nil {
		b.Fatal(err)
	}
	if len(report.Violations) > 0 || report.Passes < 10 {
		b.Errorf("axe passes %d rules and objects:\n%s", report.Passes, strings.Join(report.Violations, "\n"))
	}
}

// TestOnPaper: every user of a page is printed, whatever is closed on the
// screen, and afterwards the page is as it was.
func TestOnPaper(t *testing.T) {
	b := open(t, render(t, planPage(reorganisation(500))), "")
	const rows = `document.querySelectorAll('[data-list=changes] .members tbody tr').length`
	wants(b, "rows on the screen", rows, 0)
	// Listeners are called in their order: this one comes after the page's.
	b.do(chromedp.Evaluate[chromedp.Void](`addEventListener('beforeprint', () => { window.rowsInPrint = ` + rows + `; })`))
	pdf := result(b, chromedp.PrintToPDF())
	if len(pdf) < 10_000 {
		b.Errorf("the print has %d bytes", len(pdf))
	}
	wants(b, "rows on paper", `window.rowsInPrint`, 500)
	wants(b, "rows on the screen afterwards", rows, 0)

	b.do(media("print", "prefers-color-scheme", "light"))
	wants(b, "controls on paper", `document.querySelector('.controls .field').checkVisibility()`, false)
	b.wantContrast()
}

func TestMotionIsReduced(t *testing.T) {
	text := render(t, planPage(fiveUsers()))
	const behaviour = `getComputedStyle(document.documentElement).scrollBehavior`
	wants(open(t, text, ""), "motion", behaviour, "smooth")
	wants(open(t, text, "", media("", "prefers-reduced-motion", "reduce")), "motion where it is not wanted", behaviour, "auto")
}

// TestWithoutScripts: the page says what is missing, and has the rest.
func TestWithoutScripts(t *testing.T) {
	b := open(t, render(t, planPage(reorganisation(5000))), "", unscripted())
	seen := value[string](b, `document.body.innerText`)
	for _, part := range []string{
		"4,950 users change", "550", "Guards", "maxRemovals", "Seats", "SHORT 48, 50 blocked", "Cost", "+10,500.00 USD",
		"Scripts are off: the search, the filters and part of long lists are missing.",
		"Losses 50 licenses of 50 users", "user00007@contoso.com", "… and 40 more", "inherited-license", "… and 90 more", planID,
	} {
		if !strings.Contains(seen, part) {
			t.Errorf("without scripts nothing says %q", part)
		}
	}
	for _, part := range []string{"Copy", "Search", "Clear"} {
		if strings.Contains(seen, part) {
			t.Errorf("without scripts there is a control that does nothing: %q", part)
		}
	}
}

// TestHostileNames: they are shown and do nothing, wherever they stand and
// whatever is done to them.
func TestHostileNames(t *testing.T) {
	for way, steps := range map[string][]step{"scripted": nil, "unscripted": {unscripted()}} {
		t.Run(way, func(t *testing.T) {
			b := open(t, render(t, planPage(hostile())), "", steps...)
			b.wantUnharmed()
			if way == "unscripted" {
				return
			}
			wants(b, "changes", `document.querySelectorAll('[data-list=changes] .entry').length`, len(hostileNames()))
			wants(b, "the first user", `document.querySelector('[data-list=changes] .who').textContent`, hostileNames()[0])
			for i := range 1 + len(hostileNames()) {
				b.do(chromedp.Evaluate[chromedp.Void](fmt.Sprintf(`for (const menu of document.querySelectorAll('select')) {
					menu.selectedIndex = %d;
					menu.dispatchEvent(new Event('change'));
				}`, i)))
			}
			wants(b, "changes of one product", `document.querySelectorAll('[data-list=changes] .entry').length`, 1)
			b.wantUnharmed()
			b.do(chromedp.Reload())
			wants(b, "changes of the address", `document.querySelectorAll('[data-list=changes] .entry').length`, 1)
			b.wantUnharmed()
		})
	}
}

func (b *tab) wantUnharmed() {
	b.Helper()
	wants(b, "what the names did", `typeof window.pwned`, "undefined")
	wants(b, "the prototype of everything", `Object.keys(Object.prototype).length`, 0)
	wants(b, "scripts", `document.scripts.length`, 2)
	wants(b, "elements of strangers",
		`document.querySelectorAll('img, base, iframe, object, embed, link:not([rel=icon]), meta[http-equiv=refresh], svg[onload], [onerror], [onfocus], body script ~ style').length`, 0)
	wants(b, "styles", `document.querySelectorAll('style').length`, 1)
	wants(b, "the page is there", `document.body.checkVisibility()`, true)
}

// TestFromDisk: a page that was saved works as one that is served, and what
// is copied is what stands there.
func TestFromDisk(t *testing.T) {
	b := openFile(t, render(t, planPage(guarded())))
	b.wantStatus("changes", "19 users, 3 kinds of change")
	b.click(`[data-value="remove"]`)
	b.wantStatus("changes", "12 of 19 users, 1 kind of change")
	wants(b, "the address", `location.hash`, "#action=remove")
	b.do(chromedp.Evaluate[chromedp.Void](`navigator.clipboard.writeText = async (text) => { window.copied = text; }`))
	b.click(`[data-copy="approval"]`)
	wants(b, "what is copied", `window.copied`, `apiVersion: licensectl.dev/v1
kind: Approval
metadata:
  name: plan-8c1e2f6a
spec:
  planId: "`+planID+`"
  guards:
    - maxRemovals
    - maxRemovalsPerSku
`)
	wants(b, "the answer", `document.querySelector('[data-copy="approval"]').textContent`, "Copied")
	b.do(chromedp.Evaluate[chromedp.Void](`navigator.clipboard.writeText = async () => { throw new Error('not allowed'); }`))
	b.click(`[data-copy="plan-id"]`)
	wants(b, "what is selected where copying is forbidden", `getSelection().toString()`, planID)
}
