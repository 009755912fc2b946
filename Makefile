# make report: measure real images and write a report.   make test: everything that CI runs.   make help: the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
unexport PYTHONDONTWRITEBYTECODE
export UV_PYTHON_DOWNLOADS := never
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help setup report lab test lint widgets unit notebooks browser wheel binder-check bench picture lock format clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/\1|\2/' | column -t -s '|'

setup: $(READY) ## make .venv from the lock

# uv installs the hashed lock about six times as fast as pip does
$(READY): requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	touch $@

report: setup ## measure real images; write an executed notebook and a single-file HTML report
	$(BIN)/nsi report void-study -p image=gravel -o reports-out/gravel.html --force
	$(BIN)/nsi report void-study -p image=hubble_deep_field -p method=background -p title="Hubble deep field: sky between the sources" -o reports-out/sky.html --force

lab: setup ## open JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks

test: lint widgets unit notebooks browser wheel binder-check ## all checks; the last line says what was left out
	@if [ -s .left-out ]; then sed 's/^left out: //' .left-out | paste -sd ';' | sed 's/^/left out: /; s/;/; /g'; else echo "left out: nothing"; fi
	@if [ -s .left-out ] && [ "$${CI:-}" = true ]; then echo "under CI nothing may be left out" >&2; exit 1; fi

lint: setup ## style, types, floors
	@rm -f .left-out
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

widgets: setup ## type-check and test the browser halves; a rebuild must give the committed bytes
	@if command -v npm >/dev/null; then \
	  cd widgets && npm ci --silent --no-audit --no-fund && npm run --silent check && npm run --silent build && \
	  git diff --exit-code --stat -- ../nsi_notebook/widgets/static; \
	else echo "left out: widgets (no npm)" | tee -a .left-out; fi

# two workers with two threads each would get in the way of each other
unit: export OPENBLAS_NUM_THREADS := 1
unit: setup ## unit tests and doctests, with coverage
	$(BIN)/python -m pytest -q -p no:nbval -n 2 --dist loadscope --ignore=tests/browser --timeout 300 \
	  --cov --cov-report=term:skip-covered --cov-fail-under=95

notebooks: setup ## run every notebook and compare its outputs
	$(BIN)/python -m pytest -q notebooks --nbval --nbval-cell-timeout=120 --nbval-sanitize-with=notebooks/sanitize.cfg \
	  -n 2 --dist loadscope --timeout 600 -p no:cacheprovider

browser: setup ## drive JupyterLab and the report in Chromium
	@if command -v chromium >/dev/null; then $(BIN)/python -m pytest -q -p no:nbval tests/browser --timeout 300; \
	else echo "left out: browser tests (no Chromium; apt-get install chromium)" | tee -a .left-out; fi

wheel: setup ## build the wheel, install it alone in a fresh venv, measure an image with it
	bash .ci/wheel

binder-check: setup ## what Binder would build
	bash .ci/binder

bench: setup ## side by side with named peers; prints ratios
	$(BIN)/python -m benchmarks

picture: setup ## draw the picture of this README again
	$(BIN)/python docs/picture.py

lock: setup ## resolve the dependencies again
	$(BIN)/uv pip compile --quiet --python-version 3.11 --universal --generate-hashes --no-emit-index-url --no-annotate \
	  --all-extras --group dev --custom-compile-command "make lock" pyproject.toml -o requirements/dev.txt

format: setup ## format the Python code
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format --quiet .

clean: ## remove what the targets made
	rm -rf .venv build dist reports-out widgets/node_modules .left-out .coverage
