# make serve   the service on 127.0.0.1:8000, everything it needs installed first
# make test    everything the tests need installed, then all of them
# make help    the rest

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
INSTRUCTIONS ?=
FHIR_PORT ?= 8090
SBOM ?= var/sbom.json
EXAMPLE ?= fixtures/requests/order-sign.json

VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed-run
TEST_STAMP := $(VENV)/.installed-test
BENCH_STAMP := $(VENV)/.installed-bench
INPUTS := pyproject.toml constraints.txt
FHIR_SERVER := tests/fhir_server
NODE_STAMP := $(FHIR_SERVER)/node_modules/.installed
TOY := benchmarks/toy_express
TOY_STAMP := $(TOY)/node_modules/.installed

# The tests start hundreds of processes: each would compile our modules anew where none may keep them.
unexport PYTHONDONTWRITEBYTECODE
export THIOPURINE_CDS_DATABASE_URL ?= sqlite:///$(CURDIR)/var/thiopurine-cds.sqlite3

# One more than there are cores: many of the tests that are not about rules wait for a server, a browser or a clock.
WAITING_WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1) + 1)

# Where the tests are that cover `cards` and the ledger (tests/conftest.py says which of them).
COVERING := cards tests/cards tests/fhir_mappers/medications tests/fhir_mappers/test_ledger.py tests/test_catalogue.py tests/test_clinical_content.py tests/test_histories.py tests/test_stories.py

# The longest first: they run side by side, and each tells what it found when it has ended. All are run, also where
# one fails.
CHECKS := check-secrets check-types check-known-vulnerabilities check-unsafe check-style check-imports check-dead-code
SIDE_BY_SIDE = $(MAKE) --no-print-directory --keep-going --jobs=$(WAITING_WORKERS) $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

.DEFAULT_GOAL := help
.PHONY: help serve demo fhir-server browser test test-fast check format clean $(CHECKS)
.PHONY: bench bench-compare bench-instructions bench-servers reliability fuzz sbom

help:
	@echo "make serve      install what is needed, then answer on http://$(HOST):$(PORT)"
	@echo "make demo       the service beside a FHIR server with ten patients"
	@echo "make test       install what the tests need, then lint, type check and run all tests"
	@echo "make test-fast  the inner loop: tests in parallel, without coverage and without the slow ones"
	@echo "make bench      how fast it is, as tables, kept in var/benchmarks (some minutes)"
	@echo "make bench-compare A=... B=...   how two kept runs differ"
	@echo "make bench-instructions   instructions of one request beside those kept, by valgrind (a minute);"
	@echo "                          INSTRUCTIONS=--keep keeps them"
	@echo "make bench-servers   our app on several servers: speed, slow clients, how they stop (some minutes)"
	@echo "make reliability   load and faults at full size: 50,000 requests, 1,000 connections; all retellings;"
	@echo "                   every record of every story damaged in every way (an hour)"
	@echo "make fuzz       two million made-worse inputs on two processes (some minutes)"
	@echo "make check      lint, type check, dead code, bandit, secret scan, pip-audit; the first scan takes half a minute"
	@echo "make sbom       what the service runs with, as a CycloneDX JSON in SBOM ($(SBOM))"
	@echo "make format     format and mend what the linter can mend"
	@echo "make clean      remove the virtual environment and all caches"
	@echo "Settings: HOST, PORT, PYTHON, SBOM, THIOPURINE_CDS_*"

serve: $(RUN_STAMP)
	@echo "Cards: curl -s -H 'Content-Type: application/json' -d @$(EXAMPLE) http://$(HOST):$(PORT)/cds-services/thiopurine-order-sign"
	@exec $(BIN)/thiopurine-cds serve --host $(HOST) --port $(PORT)

demo: $(TEST_STAMP) fhir-server
	@exec $(BIN)/python -m tests.fhir_server.demo --port $(PORT) --fhir-port $(FHIR_PORT)

test:
	@$(SIDE_BY_SIDE) $(CHECKS) fhir-server browser
	@status=0; \
	$(BIN)/python -m pytest $(COVERING) -n auto --dist worksteal -q -m covers --cov --cov-report=term-missing || status=$$?; \
	$(BIN)/python -m pytest -n $(WAITING_WORKERS) --dist worksteal -m "not covers" || status=$$?; \
	exit $$status

test-fast: $(TEST_STAMP)
	$(BIN)/python -m pytest -n auto --dist worksteal -q -m "not slow" -p no:schemathesis

fuzz: $(TEST_STAMP)
	$(BIN)/python -m tests.fuzz

check: $(TEST_STAMP)
	@$(SIDE_BY_SIDE) $(CHECKS)

check-style: $(TEST_STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

check-types: $(TEST_STAMP)
	$(BIN)/mypy

check-imports: $(TEST_STAMP)
	$(BIN)/deptry . > $(VENV)/deptry.log 2>&1 || { cat $(VENV)/deptry.log; exit 1; }

check-dead-code: $(TEST_STAMP)
	$(BIN)/vulture

check-unsafe: $(TEST_STAMP)
	@# It warns of each line of an expression that a nosec covers: told only where it finds something.
	$(BIN)/bandit -q -c pyproject.toml -r cards fhir_mappers cds_service 2> $(VENV)/bandit.log || { cat $(VENV)/bandit.log; exit 1; }

check-secrets: $(TEST_STAMP)
	$(BIN)/python -m tests.security.secret_scan --stamp $(VENV)/.secrets-scanned

check-known-vulnerabilities: $(TEST_STAMP)
	$(BIN)/python -m tests.security.audit --stamp $(VENV)/.audited

sbom: $(TEST_STAMP)
	$(BIN)/python -m tests.security.sbom $(SBOM)

format: $(TEST_STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(BENCH_STAMP) $(TOY_STAMP)
	$(BIN)/python -m benchmarks

bench-servers: $(BENCH_STAMP)
	$(BIN)/python -m benchmarks.servers

# Where valgrind is missing it says so, and passes.
bench-instructions: $(TEST_STAMP)
	@$(BIN)/python -m benchmarks.instructions $(INSTRUCTIONS)

bench-compare: $(BENCH_STAMP)
	@$(BIN)/python -m benchmarks compare "$(A)" "$(B)"

reliability: $(TEST_STAMP) fhir-server
	RELIABILITY=full $(BIN)/python -m pytest tests/reliability -s
	RELIABILITY=full $(BIN)/python -m pytest -n auto --dist worksteal -q tests/damage
	RETELL=all $(BIN)/python -m pytest -n auto --dist worksteal -q tests/test_metamorphic.py tests/test_facts_in_time.py

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage *.egg-info

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or later is needed; name it: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' || { \
	  echo "The module ensurepip is missing: install the package python3-venv (Debian, Ubuntu)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

fhir-server: $(NODE_STAMP)

# Without npm the tests that need the server are skipped, each with the reason; where CI=true they fail.
$(NODE_STAMP): $(FHIR_SERVER)/package.json $(FHIR_SERVER)/package-lock.json
	@if command -v npm > /dev/null; then \
	  npm ci --prefix $(FHIR_SERVER) --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@; \
	else echo "npm is missing (Debian, Ubuntu: nodejs and npm): no FHIR server for the tests and the demo"; fi

# Without npm there is one toy less to compare with.
$(TOY_STAMP): $(TOY)/package.json $(TOY)/package-lock.json
	@if command -v npm > /dev/null; then \
	  npm ci --prefix $(TOY) --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@; \
	else echo "npm is missing (Debian, Ubuntu: nodejs and npm): no figures of Express"; fi

# Without Chromium the tests that drive the page are skipped, each with the reason; where CI=true they fail.
browser:
	@if command -v chromium > /dev/null || command -v chromium-browser > /dev/null || command -v google-chrome > /dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core > /dev/null \
	  || echo "Chromium could not be installed: no tests in a browser"; \
	else echo "Chromium is missing (Debian: chromium): no tests in a browser"; fi

$(RUN_STAMP): $(INPUTS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[workbench]'
	@touch $@

# Compiled as they are imported: of 7,100 modules the tests and checks import a quarter.
$(TEST_STAMP): $(INPUTS) | $(BIN)/python
	$(BIN)/python -m pip install --no-compile --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@ $(RUN_STAMP)

$(BENCH_STAMP): $(INPUTS) | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[bench]'
	@touch $@
