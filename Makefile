# Two commands: `make book` and `make test`. Each sets up .venv first, once. `make help` lists the rest.
# Without make: the plain commands stand in README.md.

PYTHON ?= python3
PORT ?= 8000
UPGRADE ?=
COURSE ?= course
SEED ?=
SUBMISSIONS ?=

ifeq ($(OS),Windows_NT)
  BIN := .venv/Scripts
else
  BIN := .venv/bin
endif
PY := $(BIN)/python

# One thread a process: two processes share two cores better than four threads do, and sums come out the same.
OMP_NUM_THREADS ?= 1
export OMP_NUM_THREADS
export PIP_DISABLE_PIP_VERSION_CHECK := 1

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help env book test slides pdf offline serve lab assignments grade refresh bench seeds links lint format lock clean clean-all

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-11s %s\n", $$1, $$2 }' Makefile

book: env ## build the book into _build/html (warnings are errors)
	@echo "== The book: chapters that changed are executed, then the pages are made"
	$(PY) -m book.build

test: env ## all tests: units, notebooks, the book, its pages in a browser
	@echo "== Tests 1 of 3: the units and every notebook"
	$(PY) -m pytest -n 2 --dist loadfile --skip-unchanged
	@echo "== Tests 2 of 3: the book builds, warnings are errors"
	$(PY) -m book.build
	@echo "== Tests 3 of 3: the pages in a browser"
	$(PY) -m pytest -n 2 --dist worksteal --skip-unchanged tests/pages

slides: book ## a deck of slides for each chapter, cut from its page: one file each, no network needed
	$(PY) -m book.slides

pdf: book ## the whole book as one PDF, _build/html/shelf/deep-tricks.pdf (needs Chromium)
	$(PY) -m book.shelf pdf

offline: book ## the site as one archive that needs no server and no network
	$(PY) -m book.shelf offline

serve: book ## build the book and show it at http://localhost:8000 (PORT=…)
	@echo "== Open http://localhost:$(PORT)/ in a browser; Ctrl-C ends."
	$(PY) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

lab: env ## open the chapters in JupyterLab (in a container as root, too)
	$(PY) -m book.lab

assignments: env ## make the student versions of the assignments, in course/ (SEED=7: another term)
	$(PY) -m deeptricks.grading release --course "$(COURSE)" $(if $(SEED),--seed $(SEED))

grade: env ## grade a folder of submissions: make grade SUBMISSIONS=folder
	@[ -n "$(SUBMISSIONS)" ] || { echo "Which folder? make grade SUBMISSIONS=course/submitted" >&2; exit 1; }
	$(PY) -m deeptricks.grading grade "$(SUBMISSIONS)" --course "$(COURSE)"

refresh: env ## write the outputs of the current execution into the notebooks
	$(PY) -m book.colab
	$(PY) -m book.refresh
	@[ ! -e _build/names.json ] || $(PY) -m book.lab --names

bench: env ## how fast our implementations are beside what a user would pick instead
	$(PY) -m benchmarks

seeds: env ## run every chapter with 20 shifts of its seeds; the ledger tells how often each claim held
	$(PY) -m book.fresh_seeds --store

links: env ## try every link in the book (needs the network)
	$(PY) -m book.execution
	$(BIN)/jupyter-book build --builder custom --custom-builder linkcheck .

lint: env ## ruff on code and notebooks: rules and format; mypy on the package's types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: env ## let ruff mend and format code and notebooks
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

# What the environment in .venv was made from, and where. Written last, so that a set-up that was
# interrupted, a changed pin and a moved or copied checkout are all seen.
MADE_FROM = { pwd && cksum requirements.txt pyproject.toml; }

# A stale .venv is brought up to date; one that was never finished, or lies elsewhere, is made anew.
env:
	@if [ -x $(PY) ] && [ "$$($(MADE_FROM))" = "$$(cat .venv/made-from 2>/dev/null)" ]; then exit 0; fi; \
	set -e; \
	if [ ! -x $(PY) ] || [ "$$(head -n 1 .venv/made-from 2>/dev/null)" != "$$(pwd)" ]; then \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	    echo "Deep Tricks needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 | head -n 1). Name another: make PYTHON=python3.12 …" >&2; exit 1; }; \
	  echo "== Setting up .venv, once: some minutes, 2 GB on disk"; \
	  $(PYTHON) -m venv --clear .venv; \
	fi; \
	rm -f .venv/made-from; \
	echo "== Installing what requirements.txt pins"; \
	$(PY) -m pip install --quiet -r requirements.txt; \
	$(PY) -m pip install --quiet --no-deps --no-build-isolation -e .; \
	$(MADE_FROM) > .venv/made-from

lock: ## renew requirements.txt (UPGRADE=--upgrade: to the newest versions the ranges allow)
	@rm -rf _build/lock && mkdir -p _build/lock && cp requirements.txt _build/lock/pins.txt
	@$(PYTHON) -m venv _build/lock/venv
	@_build/lock/venv/$(notdir $(BIN))/python -m pip install --quiet uv
	_build/lock/venv/$(notdir $(BIN))/uv pip compile --quiet --universal --python-version 3.11 --all-extras $(UPGRADE) \
	  --no-header --no-annotate --no-emit-index-url requirements.in pyproject.toml -o _build/lock/pins.txt
	@{ sed -n '/^#/p' requirements.txt; grep -E -v '^(cuda|nvidia|triton)' _build/lock/pins.txt; } > _build/lock/new.txt
	@mv _build/lock/new.txt requirements.txt && rm -rf _build/lock
	@echo "== requirements.txt is renewed: look at 'git diff requirements.txt', then 'make test'"

clean: ## remove the built book, the executions and all caches
	rm -rf _build conf.py .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +

clean-all: clean ## the same, and the environment
	rm -rf .venv *.egg-info src/*.egg-info
