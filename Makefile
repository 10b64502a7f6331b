# All that is done with this repository. `make` lists it; no target needs another one before it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

PYTHON_SOURCES := transcode-py/python/transcode_py tests benches
# Folders too: theirs is the time that changes when a file goes.
RUST_SOURCES := $(shell find crates transcode-py/src -name '*.rs' -o -name '*.toml' -o -type d) \
	$(wildcard Cargo.* pyproject.toml transcode-py/Cargo.toml)
VENV := $(CURDIR)/.venv/bin
# The same interpreter for every build, so that one build's objects serve the next.
export PYO3_PYTHON := $(VENV)/python
# In CI the dependencies are those of Cargo.lock, to the letter.
LOCKED := $(if $(CI),--locked)
# One line before each step, in bold on a terminal.
say = @[ -t 1 ] && printf '\033[1m==> %s\033[0m\n' "$(1)" || echo "==> $(1)"

.PHONY: help demo test bench bench-kernels check format deny check-ffmpeg clean
.PHONY: setup setup-test lint-rust lint-python stubs test-rust check-neon doc test-python build build-release

help: ## This list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: export DEMO_IN := $(IN)
demo: export DEMO_OUT := $(OUT)
demo: build ## Transcode a real clip, with plan, bar and stats (IN=... OUT=... OPTIONS=... for your own)
	@scripts/demo.sh $(OPTIONS)

test: setup-test check test-rust check-neon doc test-python $(if $(CI),deny) ## Everything that CI runs: linters, types, tests, docs

check: lint-rust lint-python stubs ## Linters and types only

bench: setup-test build-release ## Compare with the ffmpeg command line (ARGS="--only copy", ARGS=--write for benches/results)
	$(call say,benchmark)
	@$(VENV)/python -m pip install --quiet --disable-pip-version-check --requirement scripts/requirements-bench.txt
	@cargo build --quiet --release $(LOCKED) -p transcode-pipeline --example transcode
	@$(VENV)/python benches/run.py $(ARGS)

bench-kernels: setup ## Race the SIMD kernels against their neighbours (ARGS=yuv420p for a part; wants libyuv-dev)
	$(call say,kernels)
	@CARGO_TARGET_DIR=target/bench-kernels cargo run --quiet --release --locked --manifest-path benches/kernels/Cargo.toml -- $(ARGS)

format: setup-test ## Format Rust and Python, and mend what the linters can mend
	cargo fmt --all
	$(VENV)/ruff format $(PYTHON_SOURCES)
	$(VENV)/ruff check --fix $(PYTHON_SOURCES)

deny: ## Licences, sources and bans of the dependencies (cargo-deny; where missing it is built, in about 2 minutes)
	$(call say,cargo deny)
	@scripts/deny.sh

check-ffmpeg: ## Compile against another FFmpeg: make check-ffmpeg PKG_CONFIG_PATH=/prefix/lib/pkgconfig
	$(call say,cargo check with FFmpeg: libavcodec $$(pkg-config --modversion libavcodec))
	@CARGO_TARGET_DIR=target/check-ffmpeg cargo check --quiet $(LOCKED) -p transcode-av -p transcode-pipeline

check-neon: ## The kernels for Arm: linted, and tested under qemu where it is to be had (NO_INSTALL=1 installs nothing)
	$(call say,kernels for Arm)
	@scripts/check-neon.sh $(LOCKED)

clean: ## Remove what was built: target and .venv
	rm -rf target .venv transcode-py/python/transcode_py/*.so

setup:
	@scripts/setup.sh

setup-test:
	@scripts/setup.sh test

# The extension is built into the source tree and .venv points there; a stamp tells which profile it is of. On a terminal Cargo shows how far it is.
MATURIN = PATH="$(VENV):$$PATH" PIP_QUIET=1 $(VENV)/maturin develop $$([ -t 1 ] || echo --quiet) $(LOCKED)

build: setup .venv/.built-dev

build-release: setup .venv/.built-release

.venv/.built-dev: $(RUST_SOURCES)
	$(call say,build)
	@$(MATURIN)
	@rm -f .venv/.built-release && touch $@

.venv/.built-release: $(RUST_SOURCES)
	$(call say,build (release))
	@$(MATURIN) --release
	@rm -f .venv/.built-dev && touch $@

lint-rust: setup
	$(call say,cargo fmt)
	@cargo fmt --all --check
	$(call say,cargo clippy)
	@cargo clippy --quiet --workspace --all-targets $(LOCKED) -- -D warnings

lint-python: setup-test
	$(call say,ruff)
	@$(VENV)/ruff format --check --quiet $(PYTHON_SOURCES)
	@$(VENV)/ruff check --quiet $(PYTHON_SOURCES)
	$(call say,mypy)
	@$(VENV)/mypy --strict $(PYTHON_SOURCES)

stubs: setup-test build
	$(call say,stubtest)
	@$(VENV)/python -m mypy.stubtest transcode_py --mypy-config-file pyproject.toml

# `cargo nextest` where it is installed: it names and ends a test that hangs. `cargo test` runs the same tests without it.
test-rust: setup-test
	$(call say,rust tests)
	@if cargo nextest --version >/dev/null 2>&1; then cargo nextest run $(LOCKED); else cargo test --quiet $(LOCKED) --lib --bins --tests; fi
	@cargo test --quiet $(LOCKED) --doc

doc: setup
	$(call say,cargo doc)
	@RUSTDOCFLAGS="-D warnings" cargo doc --quiet --workspace --no-deps $(LOCKED)

# Two passes: what may run beside other tests, on two workers, and then what may not.
test-python: setup-test build
	$(call say,pytest)
	@scripts/pytest.sh $(PYTEST)
