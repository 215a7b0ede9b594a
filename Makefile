# Everything a person does with this repository. `make` alone lists it.
#
# NOZBE_PORT (8000) is the first of three ports; NOZBE_VAR (var) is where the data lives.
# Two stacks run side by side when both differ.

PYTHON ?= python3
export NOZBE_VAR ?= var
export NOZBE_PORT ?= 8000

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed-by-make
UV_VERSION := 0.13.9
COMPILE_AS := --universal --generate-hashes --no-emit-index-url --no-header --no-annotate --quiet
COMPILE := $(BIN)/uv pip compile pyproject.toml $(COMPILE_AS)

.DEFAULT_GOAL := help
.PHONY: help up down doctor test bench fuzz schema check format lock clean

help:  ## List these targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

up: $(INSTALLED)  ## Run the whole product on this machine (Ctrl-C stops it)
	@exec $(BIN)/python manage.py up

down: $(INSTALLED)  ## Stop the stack that `make up` started; its data stays
	@exec $(BIN)/python manage.py down

doctor: $(INSTALLED)  ## Ask every part of the running stack how it is
	@exec $(BIN)/python manage.py local doctor

test: $(INSTALLED)  ## Run the tests against real servers (ARGS="-k trash" for some)
	@$(BIN)/python -m tests.browsers
	@$(BIN)/python -m tests.node
	@exec $(BIN)/python -m pytest $(ARGS)

bench: $(INSTALLED)  ## Measure what our own work costs, against a floor of the same run
	@exec $(BIN)/python -m tests.bench

fuzz: $(INSTALLED)  ## Send the API whatever its description allows, and much that it forbids (EXAMPLES=500)
	@NOZBE_FUZZ_EXAMPLES=$(or $(EXAMPLES),500) exec $(BIN)/python -m pytest tests/api/test_fuzz.py

schema: $(INSTALLED)  ## Write docs/openapi.json anew, to be reviewed
	@exec $(BIN)/python -m tests.schema

check: $(INSTALLED)  ## Format, lint, types, import contracts, migrations, templates
	@exec $(BIN)/python -m tests.checks

format: $(INSTALLED)  ## Rewrite the code in the house format
	$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lock: $(INSTALLED)  ## Make the lock files anew from pyproject.toml
	$(COMPILE) -o requirements.txt
	$(COMPILE) --group dev --group local -o requirements-local.txt
	$(BIN)/uv pip compile --group node $(COMPILE_AS) -o requirements-node.txt
	@$(MAKE) $(INSTALLED)

clean: $(INSTALLED)  ## Stop the stack and throw its data away (asks first)
	@exec $(BIN)/python manage.py down --delete-data

# The stamp is written last, so an interrupted installation is done again.
$(INSTALLED): requirements-local.txt Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Nozbe needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing the locked environment into $(VENV) (once; a minute or so)…"
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements-local.txt
	@touch $@
