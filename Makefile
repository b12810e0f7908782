SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
UV := infra/tools/uv.sh
SAM := SAM_CLI_TELEMETRY=0 PATH="$(CURDIR)/$(BIN):$$PATH" .tools/sam/bin/sam

.PHONY: help install run test test-full check contract mutants audit engines aws-check worker invoke render bench lock clean

help: ## List these targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

install: .venv/.dev ## Make .venv with all that runs, tests and checks ToggleBox.

run: export DB_TYPE ?= sqlite
run: export SQLITE_FILE ?= data/togglebox.db
run: export PORT ?= 3000
run: .venv/.server ## Migrate, seed and serve data/togglebox.db on http://127.0.0.1:3000 (or $PORT).
	@mkdir -p data
	@$(BIN)/togglebox migrate
	@$(BIN)/togglebox seed
	@exec $(BIN)/togglebox serve

test: .venv/.dev ## Install what the tests need, then check and test everything.
	@$(MAKE) engines || { [ "$${CI:-}" != true ] && echo "Going on without it: its tests will be skipped."; }
	@$(MAKE) check
	@$(MAKE) .aws-sam/.built
	$(BIN)/pytest $(if $(filter true,$(CI)),--every-engine)

test-full: export PYTEST_ADDOPTS := --all-doors $(PYTEST_ADDOPTS)
test-full: test ## As test, and ask all of tests/api through the local server on each database, too.

check: .venv/.dev ## Check format, lint, types, imports, and that what is rendered is up to date.
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python infra/render.py --check

contract: .venv/.dev ## Test what every engine promises behind the ports.
	$(BIN)/pytest tests/contract

mutants: .venv/.dev ## Plant faults in the adapters, one at a time, and see the contract catch each.
	$(BIN)/python -m tests.mutants.run

audit: .tools/audit/.made ## Look the locked packages up in the advisories of PyPI, which needs a network.
	@for lock in layers/runtime/requirements.txt requirements/server.txt; do \
		.tools/audit/bin/pip-audit --disable-pip --require-hashes --progress-spinner off --requirement "$$lock"; done

engines: .tools/mariadb/.made .tools/dynamodb-local/.made .tools/mongo-java-server/.made .tools/ferretdb/.made .tools/toxiproxy/.made .tools/d1/.made ## Install the databases that tests start, below .tools.

aws-check: .venv/.dev .aws-sam/.built ## Validate and build the AWS stack, and test the functions in the Lambda runtime.
	$(BIN)/python infra/render.py --check
	$(SAM) validate --lint --region us-east-1
	$(BIN)/pytest tests/aws

worker: ## Run the Cloudflare Worker locally (not available yet).
	@echo "The Cloudflare Worker is not available yet; 'make run' serves the same routes." >&2; exit 2

invoke: .aws-sam/.built ## Call one built function in the Lambda runtime with its event: make invoke FUNCTION=ListPlatforms
	@if [ -z "$(FUNCTION)" ]; then echo "Say which: make invoke FUNCTION=ListPlatforms" >&2; exit 2; fi
	@$(BIN)/python infra/tools/invoke.py $(FUNCTION)

render: .venv/.dev ## Render template.yaml, shared/openapi.json and the SQL from the routes and the catalogue.
	$(BIN)/python infra/render.py

bench: .aws-sam/.built ## Run the benchmarks in bench/, each printing a table.
	@for bench in bench/[!_]*.py; do echo "== $$bench"; $(BIN)/python "$$bench"; done

lock: ## Compile requirements/*.in to locks with hashes; UPGRADE=--upgrade takes what is newest.
	requirements/compile.sh $(UPGRADE)

clean: ## Remove what was made; data/ stays.
	rm -rf .venv .tools .aws-sam .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find bench functions infra layers tests -name __pycache__ -type d -prune -exec rm -rf {} +

# What is made once, and again when what it is made from changes. The stamps are how make, and the tests, know.

.venv/.made:
	@infra/tools/venv.sh .venv
	@touch $@

.venv/.server: .venv/.made requirements/server.txt pyproject.toml
	@$(UV) pip install --require-hashes --requirements requirements/server.txt
	@$(UV) pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.server requirements/dev.txt
	@$(UV) pip install --require-hashes --requirements requirements/dev.txt
	@touch $@

.tools/dynamodb-local/.made: infra/tools/dynamodb-local.sh infra/tools/dynamodb-local.xml infra/tools/dynamodb-local.sha256
	@infra/tools/dynamodb-local.sh

.tools/mariadb/.made: infra/tools/mariadb.sh infra/tools/mariadb.xml infra/tools/mariadb.sha256
	@infra/tools/mariadb.sh

.tools/mongo-java-server/.made: infra/tools/mongo-java-server.sh infra/tools/mongo-java-server.xml \
		infra/tools/mongo-java-server.sha256 tests/engines/mongo_java_server/MongoJavaServer.java
	@infra/tools/mongo-java-server.sh

.tools/toxiproxy/.made: infra/tools/go-program.sh $(wildcard tests/engines/toxiproxy/*)
	@infra/tools/go-program.sh toxiproxy

.tools/ferretdb/.made: infra/tools/go-program.sh $(wildcard tests/engines/ferretdb/*)
	@infra/tools/go-program.sh ferretdb

.tools/d1/.made: infra/tools/d1.sh tests/engines/d1/package.json tests/engines/d1/package-lock.json requirements/worker.txt
	@infra/tools/d1.sh

.tools/audit/.made: requirements/audit.txt
	@infra/tools/venv.sh .tools/audit
	@$(UV) pip install --quiet --python .tools/audit --require-hashes --requirements requirements/audit.txt
	@touch $@

.tools/sam/.made: requirements/sam.txt
	@infra/tools/venv.sh .tools/sam
	@$(UV) pip install --python .tools/sam --require-hashes --requirements requirements/sam.txt
	@touch $@

.aws-sam/.built: .venv/.dev .tools/sam/.made infra/tools/build.sh template.yaml samconfig.toml \
		layers/runtime/requirements.txt $(shell find functions layers/togglebox -name '*.py')
	@infra/tools/build.sh
