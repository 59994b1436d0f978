# `make demo` and `make test` are all that a new user needs; each makes .venv first if there is none.
PYTHON ?= python3
VENV   := .venv
ifeq ($(OS),Windows_NT)
BIN := $(VENV)/Scripts
else
BIN := $(VENV)/bin
endif
PY     := $(BIN)/python
STAMP  := $(VENV)/.attest-ready
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help env demo example test lint types unit bench integration fuzz lock clean

help:
	@echo "make demo         build the example release, judge it, then watch three forgeries being refused"
	@echo "make test         lint, types and tests with branch coverage"
	@echo "make lint         ruff alone          make types  mypy alone      make unit  pytest alone"
	@echo "make integration  the tests that build or fetch something big"
	@echo "make fuzz         every reader of untrusted bytes, SECONDS=60 each"
	@echo "make bench        speed, as ratios measured in one run"
	@echo "make lock         renew requirements/dev.lock (needs uv)"

env: $(STAMP)

# Built in one go from the lock, with hashes, and marked ready only when all of it is there.
$(STAMP): requirements/dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("attest needs Python 3.11 or later, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv --clear $(VENV)
	$(PY) -m pip install --quiet --require-hashes -r requirements/dev.lock
	$(PY) -m pip install --quiet --no-deps --no-build-isolation -e .
	$(PY) -m compileall -q attest
	@touch $(STAMP)

example: $(STAMP)
	$(PY) testdata/widget/build.py --out build/demo

demo: $(STAMP)
	@$(PY) testdata/widget/demo.py --out build/demo

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(STAMP)
	$(BIN)/mypy

unit: $(STAMP)
	$(BIN)/coverage erase
	$(BIN)/pytest -n auto --cov=attest --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=90

test: lint types unit

integration: $(STAMP)
	$(BIN)/pytest -n auto --dist loadfile -m integration

build/demo/verdict.json: | $(STAMP)
	@$(PY) testdata/widget/demo.py --out build/demo >/dev/null

bench: build/demo/verdict.json
	$(PY) -m bench

# Coverage-guided, by atheris (Linux on x86-64); SECONDS for each reader, TARGETS= for some of them.
fuzz: build/demo/verdict.json
	@$(PY) -m pip install --quiet --only-binary :all: --require-hashes -r requirements/fuzz.lock
	$(PY) -m fuzz --seconds $(or $(SECONDS),60) $(TARGETS)

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	  --no-emit-find-links --custom-compile-command "make lock" pyproject.toml requirements/dev.in -o requirements/dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
	  --no-emit-find-links --custom-compile-command "make lock" requirements/fuzz.in -o requirements/fuzz.lock

clean:
	rm -rf build $(VENV) .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis
