# Interregnum. `make` alone says what there is.
CARGO ?= cargo
# Where cargo builds: CARGO_TARGET_DIR and build.target-dir may move it.
TARGET := $(or $(shell $(CARGO) metadata --format-version 1 --no-deps --offline 2>/dev/null | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'),target)
# How the programs are built: release, or dev, which takes less time to build and more to run.
PROFILE ?= release
BIN := $(TARGET)/$(PROFILE:dev=debug)/interregnum
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
  echo "left to make test-wide: $$(sort -u '$(SKIPPED)' | grep -c '^WIDE: ')"; \
  echo "proofs skipped because something is missing here: $$(sort -u '$(SKIPPED)' | grep -c '^SKIPPED: ')"; \
  exit $$code
endef

# Most tests wait for clusters most of the time: three at once for two processors.
export RUST_TEST_THREADS ?= $(shell echo $$(( $$(nproc 2>/dev/null || echo 2) * 3 / 2 )))
export NEXTEST_TEST_THREADS ?= $(RUST_TEST_THREADS)

# nextest where it is installed, plain cargo otherwise. It does not run the examples in the documentation of the code.
NEXTEST := $(shell $(CARGO) nextest --version >/dev/null 2>&1 && echo yes)
TESTS = $(CARGO) $(if $(NEXTEST),nextest run,test) --locked --workspace
EXAMPLES = $(if $(NEXTEST), && $(CARGO) test --locked --workspace --doc --quiet)

# The lab's workloads by every way of taking a node away, the others, and seven seeds of chaos: any seven in a row draw
# every kind of fault.
WORKLOADS := initial-election:cut,initial-election:pause,initial-election:kill,re-election:cut,re-election:pause,re-election:kill,many-elections:cut,many-elections:pause,many-elections:kill,leader-crash,rolling-restart@1..3,flapping,first-leader:kill,first-leader:pause,pre-vote-lag,cut-after-prevote,calm,chaos@1..7

.DEFAULT_GOAL := help
.PHONY: help build check test test-wide wrappers recipe lint fmt test-chaos soak strategies detection figure16 topologies libraries search found bench fuzz dist dist-try deb doc clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# What `interregnum --version` prints of this tree.
export INTERREGNUM_COMMIT ?= $(shell git describe --always --dirty --abbrev=12 2>/dev/null)

build: ## Build the two programs, optimised: interregnum and interregnum-node in target/release
	$(CARGO) build --profile $(PROFILE) --locked --workspace --bins

# The tests that start no process.
QUICK := tidy stored reader safety liveness codes goldens round_trips schemas words simulation snapshots

check: ## While you work: the tests that start no process, under a minute after the build; ends with what was skipped
	$(call proving,$(TESTS) --lib $(QUICK:%=--test %))

test: ## What a newcomer runs, after building the programs that it starts; ends with what was skipped and what is left to test-wide
	$(CARGO) build --locked --workspace --bins --examples
	$(call proving,$(TESTS)$(EXAMPLES))

wrappers: ## Nodes behind every wrapper, by pause and kill, as root and not, in the sandbox and without: some 7 minutes
	$(CARGO) build --locked --workspace --bins
	$(call proving,INTERREGNUM_WRAPPERS=all $(CARGO) test --locked --workspace --test strangers whatever_started_it)

recipe: ## The recipe for a checker in CONTRIBUTING.md, carried out on a copy of the tree; a minute, the first time two
	$(call proving,INTERREGNUM_RECIPES=all $(CARGO) test --locked --workspace --test recipe)

test-wide: export INTERREGNUM_WIDE = 1
test-wide: test wrappers libraries recipe ## Too wide for every change: all tests, the wrappers, the libraries of docs/libraries; half an hour

# The readers of what others write. On stable the same functions run over the corpus in `make check`.
FUZZED := checkers/history harness/cluster
fuzz: ## Fuzz the readers of histories, nodes, answers, system files and logs, each for 10 minutes or FOR=60s; needs nightly and cargo-fuzz
	@rustup toolchain list 2>/dev/null | grep -q '^nightly' || \
	  { echo 'make fuzz needs a nightly Rust: rustup toolchain install nightly --profile minimal'; exit 69; }
	@$(CARGO) fuzz --version >/dev/null 2>&1 || { echo 'make fuzz needs cargo-fuzz: cargo install cargo-fuzz --locked'; exit 69; }
	@set -e; seconds=$$(( $$(echo '$(FOR)' | sed 's/h/*3600+/; s/m/*60+/; s/s/+/; s/+$$//') )); \
	for folder in $(FUZZED); do for target in $$(cd $$folder/fuzz/fuzz_targets && ls | sed 's/[.]rs$$//'); do \
	  echo "$$target: $$seconds s"; found='$(abspath $(TARGET))'/fuzz-corpus/$$target; mkdir -p "$$found"; \
	  $(CARGO) +nightly fuzz run --fuzz-dir $$folder/fuzz --target-dir '$(abspath $(TARGET))'/fuzz $$target "$$found" $$folder/fuzz/corpus/$$target \
	    -- -max_total_time=$$seconds -max_len=65536 -timeout=10 -verbosity=0; \
	done; done

lint: ## Formatting, and clippy with warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --locked --workspace --no-deps --quiet

fmt: ## Format
	$(CARGO) fmt --all

test-chaos: build ## The main job: break real clusters on every workload, judge them, write a report
	$(BIN) test $(WORKLOADS) --seeds 1..2 --jobs $(JOBS) --network $(NETWORK) --out $(OUT)

soak: build ## Start thousands of runs of all workloads, for 10 minutes or FOR=8h; the same command continues an unfinished campaign
	$(BIN) soak --for $(FOR) --network $(NETWORK) --out $(OUT)

strategies: build ## The lab's tests by strategy and timer, and the two lab notes: hours, or TRIALS=10; can be continued
	$(EXPERIMENT)

detection: build ## Planted bugs against one mix of workloads, and the unbroken node: hours, or TRIALS=1; can be continued
	$(EXPERIMENT)

search: build ## Rare planted bugs, hunted blind and with a search: many hours, or TRIALS=1; can be continued
	$(EXPERIMENT)

figure16: build ## Figure 16 of the Raft paper: the time without a leader after a crash; half an hour, or TRIALS=50; can be continued
	$(EXPERIMENT)

topologies: build ## Partial networks by variants of Raft: an hour, or TRIALS=1 (seeds a cell); can be continued
	$(EXPERIMENT)

libraries: build ## Fetch the libraries of docs/libraries (pip, npm, cargo) and run a few seeds of each
	docs/libraries/try.py

found: build ## Run each row of docs/found.md again, the newest release beside it, and say what is no longer true: hours
	docs/found.py --jobs 3

bench: build ## Benchmarks: counts and ratios within one run, on an otherwise idle machine
	$(CARGO) bench --locked --workspace

# Statically linked: by musl where its target is installed, else by the libc of this machine.
HOST := $(shell rustc -vV | sed -n 's/^host: //p')
MUSL := $(subst -gnu,-musl,$(HOST))
DIST_TARGET := $(shell { rustup target list --installed 2>/dev/null | grep -x '$(MUSL)'; echo '$(HOST)'; } | head -n 1)
DIST := interregnum-$(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)-$(firstword $(subst -, ,$(HOST)))-linux
DIST_BIN = $(TARGET)/$(DIST_TARGET)/dist

dist: ## One archive with both programs, statically linked, with man page, completions and licences: in target/dist
	RUSTFLAGS="-C target-feature=+crt-static" $(CARGO) build --profile dist --locked --workspace --bins --target $(DIST_TARGET)
	rm -rf '$(TARGET)/dist/$(DIST)'; mkdir -p '$(TARGET)/dist/$(DIST)/completions'
	cp $(DIST_BIN)/interregnum $(DIST_BIN)/interregnum-node README.md CHANGELOG.md LICENSE-* '$(TARGET)/dist/$(DIST)'
	cd '$(TARGET)/dist/$(DIST)' && ./interregnum man > interregnum.1 && \
	  for shell in bash zsh fish; do ./interregnum completions $$shell > completions/interregnum.$$shell; done
	tar --owner=0 --group=0 --numeric-owner --sort=name -C '$(TARGET)/dist' -czf '$(TARGET)/dist/$(DIST).tar.gz' '$(DIST)'
	ls -l '$(TARGET)/dist/$(DIST).tar.gz'

dist-try: dist ## Try that archive in a root that holds nothing else: version, doctor, a run of chaos, a report
	docs/packaging/try.sh '$(TARGET)/dist/$(DIST).tar.gz'

# By the tools of dpkg alone; nothing is needed to run what is in it.
DEB_ARCH = $(shell dpkg --print-architecture 2>/dev/null)
DEB_VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
DEB = $(TARGET)/dist/deb

deb: dist ## A Debian package of what `make dist` made, beside it
	rm -rf '$(DEB)'; install -d '$(DEB)/DEBIAN'
	install -D -t '$(DEB)/usr/bin' '$(TARGET)/dist/$(DIST)/interregnum' '$(TARGET)/dist/$(DIST)/interregnum-node'
	install -D -m 644 '$(TARGET)/dist/$(DIST)/interregnum.1' '$(DEB)/usr/share/man/man1/interregnum.1'
	install -D -m 644 '$(TARGET)/dist/$(DIST)/completions/interregnum.bash' '$(DEB)/usr/share/bash-completion/completions/interregnum'
	install -D -m 644 '$(TARGET)/dist/$(DIST)/completions/interregnum.zsh' '$(DEB)/usr/share/zsh/vendor-completions/_interregnum'
	install -D -m 644 '$(TARGET)/dist/$(DIST)/completions/interregnum.fish' '$(DEB)/usr/share/fish/vendor_completions.d/interregnum.fish'
	install -D -m 644 -t '$(DEB)/usr/share/doc/interregnum' README.md CHANGELOG.md
	{ echo 'Interregnum may be used under the MIT license or under the Apache License 2.0, as you choose.'; echo; cat LICENSE-MIT; echo; cat LICENSE-APACHE; } \
	  > '$(DEB)/usr/share/doc/interregnum/copyright'
	chmod 644 '$(DEB)/usr/share/doc/interregnum/copyright'
	gzip -9n '$(DEB)/usr/share/man/man1/interregnum.1' '$(DEB)/usr/share/doc/interregnum/CHANGELOG.md'
	printf '%s\n' 'Package: interregnum' 'Version: $(DEB_VERSION)' 'Architecture: $(DEB_ARCH)' 'Section: devel' 'Priority: optional' \
	  "Installed-Size: $$(du -sk '$(DEB)/usr' | cut -f1)" \
	  'Maintainer: The developers of Interregnum <interregnum@invalid>' \
	  'Description: fault-injection test harness for leader election' \
	  ' Starts clusters of real processes, breaks their network, processes and disks' \
	  ' on a schedule, and judges what the nodes said: at most one leader a term, and' \
	  ' the next leader within a bound.' > '$(DEB)/DEBIAN/control'
	dpkg-deb --root-owner-group --build '$(DEB)' '$(TARGET)/dist/interregnum_$(DEB_VERSION)_$(DEB_ARCH).deb'

doc: ## The documentation of the code, in target/doc
	$(CARGO) doc --locked --workspace --no-deps

clean: ## Remove what was built; results in interregnum-out stay
	$(CARGO) clean
