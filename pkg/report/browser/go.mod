module github.com/licensectl/licensectl/pkg/report/browser

go 1.26.8

replace github.com/licensectl/licensectl => ../../..

require (
	github.com/chromedp/cdproto v0.159.2
	github.com/chromedp/chromedp v0.23.0
	github.com/licensectl/licensectl v0.0.0-00010101000000-000000000000
)

require (
	github.com/agnivade/levenshtein v1.2.2 // indirect
	github.com/go-json-experiment/json v0.0.0-20260820222146-c27c302e5fc3 // indirect
	github.com/google/uuid v1.6.0 // indirect
	github.com/sergi/go-diff v1.4.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)
