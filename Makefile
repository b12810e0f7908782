SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

UV := infra/tools/uv.sh
BIN := .venv/bin

.PHONY: help install run test test-full check contract engines aws-check worker invoke render bench lock clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: .venv/.dev ## Make .venv with everything that runs, tests and checks ToggleBox.

# --- what is made once, and again when its lock changes ---

.venv/.made: infra/tools/venv.sh infra/tools/find_python.sh requirements/uv.txt
	infra/tools/venv.sh .venv
	@touch $@

.venv/.server: .venv/.made requirements/server.txt pyproject.toml
	$(UV) pip install --require-hashes --requirements requirements/server.txt
	$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.server requirements/dev.txt
	$(UV) pip install --require-hashes --requirements requirements/dev.txt
	@touch $@

.tools/sam/.made: requirements/sam.txt requirements/uv.txt
	infra/tools/venv.sh .tools/sam
	$(UV) pip install --python .tools/sam --require-hashes --requirements requirements/sam.txt
	@touch $@

lock: ## Compile requirements/*.in to locks with hashes; `make lock UPGRADE=--upgrade` takes what is newest.
	@requirements/compile.sh $(UPGRADE)
