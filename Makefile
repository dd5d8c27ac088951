# Everything starts from a bare Python 3.11 and make: each target does the set-up it needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.ready
PAGES ?= 100000
INPUTS ?= 100000
SCALED ?= 20000
MIXTURES ?= 200
SEED ?= 1

.PHONY: setup demo test test-slow postgresql browser lint format bench bench-documents bench-scale bench-extract bench-faults fuzz docs picture reference schema lock tools audit sbom clean

setup: $(STAMP) ## the virtual environment .venv with what requirements.lock pins, and the project itself

$(STAMP): requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

demo: setup ## the main job, offline, end to end, against a made-up dawn.com
	$(BIN)/dawn demo

test: setup lint browser ## everything quick: under 6 minutes on 2 cores
	$(BIN)/python -m pytest -m "not slow" -n 2 --dist worksteal

test-slow: setup postgresql browser ## servers, outages, kills: under 40 minutes
	$(BIN)/python -m pytest -m slow -n 2 --dist worksteal

postgresql: # for the tests of servers: Debian's package, where it is missing and we are root; else they skip
	@ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || command -v initdb >/dev/null || test "$$(id -u)" != 0 || \
	  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y postgresql; } >/dev/null 2>&1 || true

browser: # for the tests of `dawn explore`: Debian's package, where it is missing and we are root; else they skip
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || test "$$(id -u)" != 0 || \
	  { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y chromium; } >/dev/null 2>&1 || true

lint: setup ## style, types, and the walls between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: setup ## every measurement, and docs/ written from it: an hour and a half; ONLY=extract,million FULL=1 SMALL=1 CONTINUE=1 REPLACE=1
	$(BIN)/python -m benchmarks $(if $(ONLY),--only $(ONLY)) $(if $(FULL),--full) $(if $(SMALL),--small) \
	  $(if $(CONTINUE),--continue) $(if $(REPLACE),--replace)

bench-scale: setup postgresql ## 20,000 pages embedded and scaled out, equal row for row, with kills on the way: 20 minutes
	$(BIN)/python -m benchmarks.scale --pages $(SCALED) $(ARGS)

bench-documents: setup ## the documents' figures anew from docs/benchmarks, without measuring anything
	$(BIN)/python -m benchmarks --documents

bench-extract: setup ## our extraction beside other tools, on stdout: ARGS="--pages 100 --peers ours,fundus"
	$(BIN)/python -m benchmarks.extract $(ARGS)

bench-faults: setup ## each fault of the look-alike by itself, and MIXTURES of them, on stdout
	$(BIN)/python -m benchmarks.faults --jobs 2 --mixtures $(MIXTURES) --seed $(SEED) $(ARGS)

fuzz: setup ## damaged pages through extraction, damaged listings through their readers: PAGES, INPUTS, SEED; findings in build/fuzz
	$(BIN)/python -m benchmarks.fuzz --pages $(PAGES) --seed $(SEED) --jobs 2
	$(BIN)/python -m benchmarks.fuzz.listed --inputs $(INPUTS) --seed $(SEED) --jobs 2

docs: setup ## the documents as a site, into build/site; a link that leads nowhere fails it
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build
	@echo "build/site/index.html is its first page; to search in it: $(BIN)/python -m http.server -d build/site"

picture: setup browser ## the pictures that show what `make demo` left, anew: demo, coverage, search, edits, explore
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python docs/picture.py
	$(BIN)/python docs/screens.py

reference: setup schema ## the pages made from the code, anew: the command, the flows, the settings, the facts, the tables
	$(BIN)/python -m docs.reference

schema: setup ## docs/schema.md anew, from warehouse/dictionary.toml
	$(BIN)/python -m warehouse.dictionary > docs/schema.md

lock: setup ## pins anew what pyproject.toml allows, with hashes and without addresses
	$(BIN)/uv pip compile pyproject.toml --extra scale --group dev --python-version 3.11 --universal --generate-hashes \
	  --no-header --no-annotate --no-strip-extras --no-emit-index-url --upgrade -o requirements.lock

tools: setup ## Helm, Docker Compose, hadolint, SeaweedFS into build/tools (400 MB): the tests of deploy/ use them
	$(BIN)/python deploy/tools.py

audit: setup ## known vulnerabilities of what requirements.lock pins; skipped, and said so, without a network
	$(BIN)/python deploy/audit.py

sbom: setup ## a bill of materials of .venv, in CycloneDX, into build/sbom.json
	@mkdir -p build
	$(BIN)/python -m cyclonedx_py environment --pyproject pyproject.toml --output-reproducible -o build/sbom.json $(BIN)/python

clean: ## removes what the targets made, and no data
	rm -rf $(VENV) .venv-peers demo build .pytest_cache .mypy_cache .ruff_cache .hypothesis
