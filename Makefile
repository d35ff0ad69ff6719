# Interregnum. `make` alone says what there is.
CARGO ?= cargo
# Where cargo builds: CARGO_TARGET_DIR and build.target-dir may move it.
TARGET := $(or $(shell $(CARGO) metadata --format-version 1 --no-deps --offline 2>/dev/null | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'),target)
BIN := $(TARGET)/release/interregnum
OUT ?= interregnum-out
JOBS ?= 8
NETWORK ?= auto
FOR ?= 10m
# Of an experiment: how many trials; empty: as many as the experiment thinks best.
TRIALS ?=
EXPERIMENT = $(BIN) experiment $@ $(if $(TRIALS),--trials $(TRIALS)) --network $(NETWORK) --out $(OUT)

# Runs tests, and says last how many of them proved nothing because something is missing on this machine, and which: each tells
# it to the file that INTERREGNUM_SKIPPED names.
SKIPPED := $(abspath $(TARGET))/skipped
define proving
@mkdir -p '$(dir $(SKIPPED))'; : > '$(SKIPPED)'; \
  INTERREGNUM_SKIPPED='$(SKIPPED)' $(1); code=$$?; \
  sort -u '$(SKIPPED)'; \
  echo "proofs skipped because something is missing here: $$(sort -u '$(SKIPPED)' | wc -l)"; \
  exit $$code
endef

# The lab's workloads by every way of taking a node away, the others, and seven seeds of chaos: any seven in a row draw
# every kind of fault.
WORKLOADS := initial-election:cut,initial-election:pause,initial-election:kill,re-election:cut,re-election:pause,re-election:kill,many-elections:cut,many-elections:pause,many-elections:kill,leader-crash,rolling-restart@1..3,flapping,first-leader:kill,first-leader:pause,calm,chaos@1..7

.DEFAULT_GOAL := help
.PHONY: help build test wrappers lint fmt test-chaos soak strategies detection figure16 topologies libraries bench doc clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the two programs, optimised: interregnum and interregnum-node in target/release
	$(CARGO) build --release --locked --workspace --bins

test: ## All tests, after building the programs that they start; names last what was skipped
	$(CARGO) build --locked --workspace --bins --examples
	$(call proving,$(CARGO) test --locked --workspace)

wrappers: ## Nodes behind every wrapper, by pause and kill, as root and not, in the sandbox and without: some 7 minutes
	$(CARGO) build --locked --workspace --bins
	$(call proving,INTERREGNUM_WRAPPERS=all $(CARGO) test --locked --workspace --test strangers whatever_started_it)

lint: ## Formatting, and clippy with warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps --quiet

fmt: ## Format
	$(CARGO) fmt --all

test-chaos: build ## The main job: break real clusters on every workload, judge them, write a report
	$(BIN) test $(WORKLOADS) --seeds 1..2 --jobs $(JOBS) --network $(NETWORK) --out $(OUT)

soak: build ## Run all workloads by the thousand, for 10 minutes or FOR=8h; given again after a kill, it goes on where it was
	$(BIN) soak --for $(FOR) --network $(NETWORK) --out $(OUT)

strategies: build ## The lab's tests by strategy and timer, and the two lab notes: hours, or TRIALS=10; goes on where it was
	$(EXPERIMENT)

detection: build ## Planted bugs against one mix of workloads, and the unbroken node: hours, or TRIALS=1; goes on where it was
	$(EXPERIMENT)

figure16: build ## Figure 16 of the Raft paper: the time without a leader after a crash; half an hour, or TRIALS=50; goes on where it was
	$(EXPERIMENT)

topologies: build ## Partial networks by variants of Raft: an hour, or TRIALS=1 (seeds a cell); goes on where it was
	$(EXPERIMENT)

libraries: build ## Fetch the libraries of docs/libraries (pip, npm) and run a few seeds of each
	docs/libraries/try.py

bench: build ## Benchmarks: counts and ratios within one run, on an otherwise idle machine
	$(CARGO) bench --locked --workspace

doc: ## The documentation of the code, in target/doc
	$(CARGO) doc --locked --workspace --no-deps

clean: ## Remove what was built; results in interregnum-out stay
	$(CARGO) clean
