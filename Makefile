# Everything a developer runs. `make` lists it.

GO      ?= go
BIN     := bin/licensectl
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
FUZZ    ?= 10s
SCALE   ?= .*
RACE    ?= ./...
COUNT   ?= 1
FILES   ?= *.go
SAMPLE  ?= 0
SEED    ?= 1
WITHIN  ?= 24h
TESTS   ?=
PACKAGE ?= ./pkg/receipt ./pkg/observe ./pkg/graph ./pkg/plan:./pkg/planner ./pkg/planner ./pkg/apply ./pkg/report

.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build the static binary bin/licensectl
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN) ./cmd/licensectl

demo: build ## plan, apply and plan again against the embedded Contoso tenant
	@./examples/contoso/demo.sh $(BIN)

test: ## run the tests
	$(GO) test ./...

race: ## run the tests of RACE (./...) with the race detector (SKIP='^TestScripts$$' leaves those out that take longest)
	CGO_ENABLED=1 $(GO) test -race -timeout 25m $(if $(SKIP),-skip '$(SKIP)') $(RACE)

fuzz: ## run every fuzz target for FUZZ (10s) each
	@$(GO) list ./... | while read -r package; do \
		for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz'); do \
			echo "== $$package $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZ) -fuzzminimizetime 20x $$package || exit 1; \
		done; \
	done

cover: ## show the test coverage by package
	$(GO) test -cover ./...

mutate: ## make small mistakes in PACKAGE, one after the other, and see whether its tests notice (hours for all; FILES='retry*.go' keeps to these; SAMPLE=20 tries twenty, drawn by SEED; WITHIN=5m stops then; TESTS=-rapid.checks=20 lets tests try less)
	cd .ci/mutate && $(GO) vet . && $(GO) test . && $(GO) build -o $(CURDIR)/bin/mutate .
	bin/mutate -file '$(FILES)' -sample $(SAMPLE) -seed $(SEED) -within $(WITHIN) -tests "$(TESTS)" .ci/mutate/survivors.txt $(PACKAGE)

lint: ## vet, staticcheck, and nothing left for gofmt and go mod tidy to do
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { echo "gofmt would change:"; gofmt -d $$(git ls-files '*.go'); exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod tidy -diff
	$(GO) mod verify

soak: ## let clients fight for a minute, and kill applies at random moments
	CGO_ENABLED=1 $(GO) test -race -count=1 -run TestTwoHundredClients -timeout 5m ./pkg/emulator -soak 60s
	$(GO) test -tags soak -count=1 -v -run Soak -timeout 15m ./pkg/cli
	$(GO) test -tags soak -count=1 -v -run Soak -timeout 15m ./pkg/apply

examples: ## lint the pipelines of examples/, and run them against the emulator (needs shellcheck, jq, rsync, systemd, gcc, Node.js 20)
	npm ci --prefix examples/check/testdata/npm --ignore-scripts --no-audit --no-fund
	cd examples/check && export CGO_ENABLED=1 && $(GO) vet . && $(GO) test -count=1 -timeout 10m . # a grammar is in C

RELEASE := $(CURDIR)/.ci/release

cross: ## build and vet for Windows and macOS
	GOOS=windows CGO_ENABLED=0 $(GO) vet ./...
	GOOS=darwin CGO_ENABLED=0 $(GO) vet ./...
	GOOS=windows CGO_ENABLED=0 $(GO) build -o /dev/null ./cmd/licensectl
	GOOS=darwin CGO_ENABLED=0 $(GO) build -o /dev/null ./cmd/licensectl

picture: ## make the picture of the README anew (Debian: apt-get install chromium)
	./.ci/picture

wine: ## run the Windows program under Wine (Debian: apt-get install wine64 gcc-mingw-w64-x86-64)
	./.ci/wine/run

release-tools: ## build the tools of a release into .ci/release/bin (compiles goreleaser: minutes the first time)
	cd $(RELEASE) && $(GO) vet ./notices ./manpages && $(GO) test ./notices
	cd $(RELEASE) && $(GO) build -o bin/ tool ./manpages

release-check: release-tools ## check the configuration of releases
	$(RELEASE)/bin/goreleaser check

release-snapshot: release-tools ## build what a release consists of into dist/, without an account and without a container
	PATH="$(RELEASE)/bin:$$PATH" goreleaser release --snapshot --clean --skip=docker,sign

release: release-tools ## what the release workflow runs on a tag: build, sign and draft the release
	PATH="$(RELEASE)/bin:$$PATH" goreleaser release --clean

release-files: ## write what goes into archives beside the program into .ci/release/files
	rm -rf $(RELEASE)/files && mkdir -p $(RELEASE)/files/man $(RELEASE)/files/completions
	$(GO) run .ci/release/notices/main.go $(RELEASE)/files/THIRD_PARTY_NOTICES.txt
	SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(RELEASE)/bin/manpages $(VERSION) $(RELEASE)/files/man
	for shell in bash zsh fish; do $(GO) run ./cmd/licensectl completion $$shell >$(RELEASE)/files/completions/licensectl.$$shell || exit 1; done

man: ## write the pages of the manual into bin/man
	mkdir -p bin/man
	cd $(RELEASE) && SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(GO) run ./manpages $(VERSION) $(CURDIR)/bin/man

image: ## build the container image licensectl:VERSION (needs Docker)
	docker build --build-arg VERSION=$(VERSION) --tag licensectl:$(VERSION) .

interop-go: ## hold azidentity and msgraph-sdk-go against the emulator (compiles the SDK: minutes the first time)
	cd pkg/emulator/interop && $(GO) test -p 1 -count=1 .

interop-m365: ## hold the npm command line for Microsoft 365 against the emulator (needs Node.js 20)
	npm ci --prefix pkg/emulator/interop/m365/testdata --ignore-scripts --no-audit --no-fund
	cd pkg/emulator/interop && $(GO) test -p 1 -count=1 ./m365

interop-js: ## hold the npm libraries for Microsoft Graph against the emulator (needs Node.js 20)
	npm ci --prefix pkg/emulator/interop/js/testdata --ignore-scripts --no-audit --no-fund
	cd pkg/emulator/interop && $(GO) test -count=1 ./js

interop-hashicorp: ## hold HashiCorp's SDK for Azure against the emulator
	cd pkg/emulator/interop && $(GO) test -count=1 ./hashicorp

interop-az: ## hold Debian's Azure CLI against the emulator (installs it with apt-get where there is none)
	command -v az >/dev/null || { apt-get update -qq && apt-get install -y --no-install-recommends azure-cli; }
	cd pkg/emulator/interop && $(GO) test -count=1 ./az

interop-terraform: ## hold Terraform's azuread provider, as far as the Go proxy has it, against the emulator (needs terraform)
	@command -v terraform >/dev/null || { echo "there is no terraform on the PATH: https://developer.hashicorp.com/terraform/install" >&2; exit 1; }
	cd pkg/emulator/interop && $(GO) test -count=1 ./terraform

browser: ## open the HTML pages in Chromium and use them (Debian: apt-get install chromium)
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
		echo "there is no chromium on the PATH; on Debian: apt-get install -y --no-install-recommends chromium" >&2; exit 1; }
	cd pkg/report/browser && $(GO) vet . && $(GO) test -count=1 -timeout 8m .

browser-axe: ## the same, and audit every page with axe-core (needs npm)
	npm ci --prefix pkg/report/browser/testdata --ignore-scripts --no-audit --no-fund
	cd pkg/report/browser && $(GO) test -count=1 -timeout 8m -run TestPages . -axe $(CURDIR)/pkg/report/browser/testdata/node_modules/axe-core/axe.min.js

bench-peer: ## measure reading and apply against loops over the official SDK
	cd pkg/emulator/interop && $(GO) test -p 1 -run '^$$' -bench . -benchtime 1x -timeout 20m .

bench: ## measure each stage, and plans from a thousand users to a million (SCALE=100000 for a part, COUNT=5 for benchstat)
	$(GO) test -run '^$$' -bench . -benchmem -count $(COUNT) ./pkg/graph ./pkg/manifest ./pkg/manifest/export ./pkg/planner
	$(GO) test -run '^$$' -bench . -benchmem -benchtime 1x -count $(COUNT) ./pkg/report
	$(GO) test -tags scale -run '^$$' -bench 'Scale/users=$(SCALE)$$' -benchtime 3x -count $(COUNT) -timeout 60m ./pkg/cli
	$(GO) test -run '^$$' -bench FleetPlan -benchtime 1x -count $(COUNT) ./pkg/cli

profile: ## write CPU profiles of whole plans into bin/profiles/ (SCALE=100000)
	$(GO) test -tags scale -run '^$$' -bench 'Scale/users=$(SCALE)$$' -benchtime 1x -timeout 60m ./pkg/cli -profile $(CURDIR)/bin/profiles

generate: ## rewrite the goldens and the generated pages
	$(GO) test ./pkg/license ./pkg/manifest ./pkg/planner ./pkg/report ./pkg/cli ./pkg/internal/doctest -update

check-clean: ## fail if the working tree differs from what is committed
	@git diff --exit-code
	@test -z "$$(git status --porcelain)" || { git status --short; exit 1; }

.PHONY: help build mutate cross wine picture demo test race fuzz cover lint soak browser browser-axe examples release release-tools release-check release-snapshot release-files man image interop-go interop-m365 interop-js interop-hashicorp interop-az interop-terraform bench bench-peer profile generate check-clean
