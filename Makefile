# `make demo` and `make test` need nothing but a Python >= 3.11 with pip and venv; they make .venv by themselves.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# FAISS on the processor (cpu) or on a CUDA 12 card (gpu): `make install ENGINE=gpu`.
ENGINE ?= cpu
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
INSTALLED := .venv/.installed-$(ENGINE)

.PHONY: help install demo test check format lock bench engines clean

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

install: $(INSTALLED) ## Make .venv with the locked versions

$(INSTALLED): requirements/$(ENGINE).txt requirements/tables.txt requirements/bootstrap.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "Radiothèque needs Python 3.11 or newer; none was found. Install it, or: make PYTHON=/path/to/python"; exit 2; }
	@echo "Installing into .venv with $$($(PYTHON) --version) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bootstrap.txt
	@export UV_DEFAULT_INDEX="$${UV_DEFAULT_INDEX:-$$($(BIN)/python -m pip config get global.index-url 2>/dev/null || true)}"; \
	[ -n "$$UV_DEFAULT_INDEX" ] || unset UV_DEFAULT_INDEX; export VIRTUAL_ENV=.venv; \
	$(BIN)/uv pip sync --quiet --require-hashes --compile-bytecode requirements/$(ENGINE).txt; \
	$(BIN)/uv pip install --quiet --no-deps --require-hashes -r requirements/tables.txt; \
	$(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@rm -f .venv/.installed-*; touch $@

demo: $(INSTALLED) ## 1,000 invented reports, indexed and searchable in a browser
	@$(BIN)/radiotheque demo

test: check ## check + all tests
	@$(BIN)/python -m pytest

check: $(INSTALLED) ## Format, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/unit/test_architecture.py

format: $(INSTALLED) ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(INSTALLED) ## Measure speed and memory on 10,000 demo reports (about half an hour)
	@$(BIN)/python -m benchmarks.run

engines: $(INSTALLED) ## PostgreSQL and OpenSearch for hand work, until Ctrl-C
	@$(BIN)/python -m tests.rig.engines

lock: $(INSTALLED) ## Resolve the dependencies anew
	@for engine in cpu gpu; do \
	  $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --no-annotate --upgrade --extra $$engine --group dev pyproject.toml -o requirements/$$engine.txt; done
	@grep -A2000 '^uv==' requirements/cpu.txt | awk 'NR>1 && /^[a-z]/{exit} {print}' > requirements/bootstrap.txt

clean: ## Remove .venv, the demo's data and caches
	rm -rf .venv .demo .mypy_cache .ruff_cache .pytest_cache build *.egg-info
