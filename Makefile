# Two commands: `make build` and `make test`. Each sets up what it needs and does nothing twice.
# Only relative paths stand here, so that the checkout may lie in a folder whose name has spaces.

# A Python to prefer, 3.11 or later:  make build PYTHON=/usr/bin/python3.13
PYTHON =
# More for pytest:  make test ARGS='-k routes -x'
ARGS =
# Tests run in this many processes; a file's tests stay together, and share what they set up.
JOBS = 2
# How many cases `make fuzz` tries
CASES = 20000
# How many queries `make soundness` asks a real Prometheus
QUERIES = 20000

BIN = .venv/bin
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check

# What a shell carries around must not leak into the environment that is set up here.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

.DEFAULT_GOAL := help
.PHONY: help build test e2e fuzz soundness bench bench-runtime bench-exports lint lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

build: .venv/.build-ready ## Compile every specs/*.yaml into out/
	@$(BIN)/gaugewright build specs/*.yaml

test: .venv/.test-ready ## Run every test, style and types too (ARGS='-k name' picks)
	@$(BIN)/python -m tests.verifiers
	@$(BIN)/python -m pytest --numprocesses $(JOBS) --dist loadfile $(ARGS)

e2e: .venv/.test-ready ## Run the tests that start real servers
	@$(BIN)/python -m tests.verifiers
	@$(BIN)/python -m pytest tests/e2e $(ARGS)

fuzz: .venv/.test-ready ## Compile generated specs and let the verifiers judge (CASES=20000)
	@$(BIN)/python -m tests.verifiers
	@GAUGEWRIGHT_FUZZ_SECONDS=2 $(BIN)/python -m tests.fuzz --cases $(CASES) $(ARGS)

soundness: .venv/.test-ready ## Ask a real Prometheus whether types and errors are true (QUERIES=20000)
	@$(BIN)/python -m tests.verifiers
	@$(BIN)/python -m tests.differential --queries $(QUERIES) $(ARGS)

bench: .venv/.test-ready ## Measure the compiler
	@$(BIN)/python benchmarks/run.py $(ARGS)

bench-runtime: .venv/.test-ready ## Measure the generated module beside prometheus_client
	@$(BIN)/python benchmarks/runtime.py $(ARGS)

bench-exports: .venv/.test-ready ## Measure exports beside a query_range script and the server's limit
	@$(BIN)/python -m tests.verifiers
	@$(BIN)/python benchmarks/exports.py $(ARGS)

lint: .venv/.test-ready ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# Where nothing asks for more, a pin stays as it is:  make lock ARGS=--upgrade
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' $(ARGS)

lock: .venv/.test-ready ## Pin the dependencies again, with their hashes
	@$(LOCK) --output-file constraints/build.txt pyproject.toml constraints/build.in
	@$(LOCK) --output-file constraints/test.txt --all-extras --constraints constraints/build.txt \
		pyproject.toml constraints/build.in constraints/test.in

clean: ## Remove everything that was set up here; out/ stays
	rm -rf .venv .verifiers .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist

.venv/.build-ready: .venv/.python constraints/build.txt pyproject.toml
	@echo 'Installing the compiler into .venv'
	@$(PIP_INSTALL) --require-hashes -r constraints/build.txt
	@$(PIP_INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

# The wheels are for tests that install the package elsewhere: a test asks no network for anything.
.venv/.test-ready: .venv/.build-ready constraints/test.txt
	@echo 'Installing what the tests need into .venv'
	@$(PIP_INSTALL) --require-hashes -r constraints/test.txt
	@rm -rf .venv/wheels
	@$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
		--dest .venv/wheels -r constraints/build.txt
	@touch $@

# Debian keeps ensurepip, without which there is no pip in the environment, in a package of its own.
.venv/.python:
	@for python in "$(PYTHON)" $(if $(PYTHON),,python3 python3.14 python3.13 python3.12 python3.11); do \
		"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		new_enough="$$python"; \
		"$$python" -c 'import ensurepip, venv' 2>/dev/null || continue; \
		echo "Making .venv with $$("$$python" --version)"; \
		"$$python" -m venv --clear .venv && touch $@ && exit 0; \
		exit 1; \
	done; \
	if [ -n "$$new_enough" ]; then \
		echo "$$new_enough lacks venv or ensurepip. On Debian: apt-get install python3-venv." >&2; \
	else \
		echo "Gaugewright needs Python 3.11 or later$(if $(PYTHON),; $(PYTHON) is not one)." >&2; \
	fi; \
	echo "Another Python can be named: make build PYTHON=/path/to/python3" >&2; \
	exit 1
