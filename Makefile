# What a person types here. Everything is set up on the way; nothing asks.
#
#   make demo       build, load the demonstration organisation, check it, print the first screen, open the page
#   make test       every test, against real servers; ends with what ran and what did NOT RUN
#   make test-all   the same and the heavy tier: more random scripts, longer histories, the page in every theme
#   make heavy      the heavy tier alone
#   make help       the rest

GO      ?= go
TAGS    := grpcnotrace
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  ?= $(shell git rev-parse HEAD 2>/dev/null)
DATE    ?= $(shell git log -1 --format=%cI 2>/dev/null)
CLI     := github.com/droverhq/drover/cli
LDFLAGS := -s -w -X $(CLI).Version=$(VERSION) -X $(CLI).Commit=$(COMMIT) -X $(CLI).Date=$(DATE)
BUILD   := $(GO) build -trimpath -tags $(TAGS) -ldflags '$(LDFLAGS)'

# No cgo, and no paths of this machine in a binary; and what tests and linters compile is
# what the build compiles, so that each package is compiled once.
export CGO_ENABLED := 0
export GOFLAGS ?= -trimpath

CACHE   := $(or $(DROVER_TEST_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/drover-test)
PAGE    := internal/web/dist/index.html
LINTER  := $(CACHE)/golangci-lint-$(shell cksum tools/go.sum | cut -d' ' -f1)/golangci-lint

.PHONY: build page demo test test-all heavy measure-checks screenshots bench bench-peers bench-paths lint fmt generate schemas cross size setup help

build: $(PAGE) ## ./bin/drover, with the page
	$(BUILD) -o bin/drover ./cmd/drover

page: $(PAGE) ## the page alone, into internal/web/dist

$(PAGE): docs/reference/openapi.json $(shell find web scripts/page -path web/node_modules -prune -o -path web/test -prune -o -name schema.d.ts -prune -o -type f -print 2>/dev/null)
	@scripts/page
	@[ ! -e $@ ] || touch $@

demo: build ## load the demonstration organisation, check it, print the first screen, open the page; MACHINE=1: scan this machine, too
	@demo/run bin/drover $(if $(MACHINE),--machine)

test: setup $(PAGE) ## every test, against real servers
	@scripts/test

test-all: setup $(PAGE) ## the same and the heavy tier: more random scripts, longer histories, the page in every theme
	@DROVER_TEST_FULL=1 scripts/test

heavy: setup $(PAGE) ## what test-all adds to test
	@DROVER_TEST_FULL=only scripts/test

setup: ## install what the tests need from the system's packages
	@scripts/setup

screenshots: build ## the pictures of the README, by a real browser, into docs/images
	@scripts/screenshots

N       ?= 1000000

measure-checks: ## what the checks find in 20 estates of random seeds: recall and false findings for each check
	DROVER_SEEDS=$(or $(SEEDS),20) $(GO) test -tags $(TAGS) -count 1 -run TestMeasure -v ./internal/demo | grep -v "^=== \\|^    --- "

bench: setup ## all benchmarks; N identities in the estate, a million unless told
	DROVER_BENCH_N=$(N) $(GO) test -tags $(TAGS) -run '^$$' -bench . -benchtime 1x -p 1 -v -timeout 4h ./internal/engine ./internal/store ./internal/api ./internal/serve ./builtin
	$(GO) test -tags $(TAGS) -run '^$$' -bench . -benchmem -timeout 60m $$($(GO) list ./... | grep -v -e /internal/engine$$ -e /internal/store$$ -e /internal/api$$ -e /internal/serve$$ -e /builtin$$)

bench-peers: ## permission decisions beside iam-simulate, OPA and cedar-go
	cd bench/peers && $(GO) test -mod=mod -tags $(TAGS) -run '^$$' -bench Decisions -benchtime 1x -v -timeout 30m

bench-paths: setup ## ground truth of escalation paths: found, false, twins; and whole accounts with time and memory
	$(GO) test -tags $(TAGS) -run '^$$' -bench 'BenchmarkPaths|BenchmarkAccounts' -benchtime 1x -v -timeout 60m ./graph/effective/...

measure: ## how well names are classified, how fast secrets are found; also DATA=, CREDDATA=, GITLEAKS=
	$(GO) run -tags $(TAGS) ./classify/measure $(if $(DATA),-data $(DATA))
	$(GO) run -tags $(TAGS) ./secret/measure $(if $(GITLEAKS),-gitleaks $(GITLEAKS)) $(if $(CREDDATA),-creddata $(CREDDATA)) connector decode secret

lint: $(LINTER) ## gofmt, go vet and the linters of .golangci.yml
	@out="$$(gofmt -l $$(git ls-files '*.go'))"; [ -z "$$out" ] || { echo "not formatted, run make fmt:"; echo "$$out"; exit 1; }
	$(GO) vet -tags $(TAGS) ./...
	$(LINTER) run --allow-parallel-runners

$(LINTER): tools/go.mod tools/go.sum
	@mkdir -p $(@D)
	cd tools && $(GO) build -trimpath -o $@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint

fmt: ## gofmt
	gofmt -w $$(git ls-files '*.go')

generate: ## the lists of extensions and the reference pages
	$(GO) generate ./...

schemas: ## the JSON Schema of every output, and the pages of docs/reference beside them
	$(GO) run -tags $(TAGS) ./cmd/drover reference docs/reference

cross: ## compile for every platform that we promise; vet the tests of the foreign systems
	@echo "cross linux/amd64"; $(BUILD) -o /dev/null ./cmd/drover
	@for on in linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64; do \
		echo "cross $$on"; GOOS=$${on%/*} GOARCH=$${on#*/} $(BUILD) $(PLAIN) -o /dev/null ./cmd/drover || exit 1; \
	done
	@for os in darwin windows; do echo "vet $$os"; GOOS=$$os GOARCH=amd64 $(GO) vet $(PLAIN) -tags $(TAGS) ./... || exit 1; done

# Whether it compiles and links is asked there, not how fast it is: a quarter less work.
PLAIN   := -gcflags=all='-N -l'

size: build ## the binary: warn from 60 MB, fail from 90 MB
	@mb=$$(( $$(wc -c <bin/drover) / 1000000 )); echo "bin/drover: $$mb MB"; \
	if [ $$mb -ge 90 ]; then echo "the binary is over 90 MB"; exit 1; elif [ $$mb -ge 60 ]; then echo "warning: the binary is over 60 MB"; fi

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 12
