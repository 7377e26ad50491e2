# Pawl. `make` alone lists what can be done here.

.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

# What follows the command: make demo ARGS="--fresh --listen 127.0.0.1:9000"
ARGS ?=
# How long each fuzz target runs: make fuzz FUZZTIME=5m
FUZZTIME ?= 30s
# Stripped: linking a binary with a Temporal server inside takes half as long.
LDFLAGS := -s -w

##@ Run

.PHONY: demo
demo: ## The pretend world: a chat page, hosts, and a plug to pull (ARGS="--fresh" starts over)
	@build/progress.sh go build -v -ldflags '$(LDFLAGS)' -o pawl . && exec ./pawl demo $(ARGS)

.PHONY: up
up: ## Pawl itself, with the pawl.yaml of this directory
	@build/progress.sh go build -v -ldflags '$(LDFLAGS)' -o pawl . && exec ./pawl up $(ARGS)

##@ Test

.PHONY: test
test: ## Everything, as in CI; says what it had to leave out (REQUIRE=all: nothing may be)
	@build/test.sh

.PHONY: quick
quick: ## A minute: the tests that link no engine, without the race detector
	@packages=$$(build/packages.sh light) && go test $$packages

.PHONY: race
race: ## The tests that link no engine, with the race detector
	@packages=$$(build/packages.sh light) && go test -race $$packages

.PHONY: engine
engine: ## The tests that link the Temporal server
	@packages=$$(build/packages.sh engine) && go test -p 1 -timeout 15m $$packages

.PHONY: e2e
e2e: ## The real binary from outside: typed to, killed, watched in a browser
	@packages=$$(build/packages.sh e2e) && go test -p 1 -timeout 20m $$packages

.PHONY: fuzz
fuzz: ## Every fuzz target for FUZZTIME each (30s)
	@build/fuzz.sh $(FUZZTIME)

.PHONY: bench
bench: ## How fast, in one table of 7 minutes: boards, starts, kills, deploys, switches, syncs, parts (ARGS="-only starts", "-rows 100000")
	@go run -tags slim ./internal/bench $(ARGS)

.PHONY: setup
setup: ## What the tests need on this machine: installs it on Debian as root, else says how (INSTALL=no only says)
	@build/need.sh && echo "Nothing is missing."

##@ Check

.PHONY: lint
# Only internal/engine has files that need the Temporal server: everything else is read without it, in half the time.
lint: bin/golangci-lint ## The linters; each exclusion in .golangci.yml has its reason
	@bin/golangci-lint run --build-tags slim $$(go list -f '{{.Dir}}' ./... | grep -v '/internal/engine$$')
	@bin/golangci-lint run ./internal/engine/...

.PHONY: fmt
fmt: bin/golangci-lint ## Formats everything
	@bin/golangci-lint fmt ./...

.PHONY: generate
generate: ## Writes docs/pawl.schema.json and docs/reference-*.md from the code; a test says when they differ
	@go test ./app/reference -run TestTheReferenceIsWhatTheCodeSays -count=1 -update

.PHONY: jobcheck
jobcheck: bin/jobcheck ## Is every job deterministic? A run survives a restart by being replayed
	@bin/jobcheck ./workflows/...

.PHONY: rules
rules: ## Do the rooms keep apart? Reads every import
	@go test ./internal/rules

##@ Build

.PHONY: build
build: ## ./pawl, with the Temporal server inside (150 MB)
	@build/progress.sh go build -v -ldflags '$(LDFLAGS)' -o pawl .

.PHONY: build-slim
build-slim: ## ./pawl without the server, for TEMPORAL_ADDRESS (30 MB)
	@build/progress.sh go build -v -tags slim -ldflags '$(LDFLAGS)' -o pawl .

.PHONY: clean
clean: ## Removes what was built here; the demo's data in .pawl stays
	@rm -rf pawl bin dist

.PHONY: help
help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# The tools are modules of their own, so that they cannot move our versions.
bin/golangci-lint: tools/go.mod tools/go.sum
	@echo "Building the linters, once: a minute or two."
	@go build -C tools -o ../bin/golangci-lint github.com/golangci/golangci-lint/v2/cmd/golangci-lint

bin/jobcheck: cmd/jobcheck/go.mod $(wildcard cmd/jobcheck/*.go)
	@go build -C cmd/jobcheck -o ../../bin/jobcheck .
