# Every command of the project. Each sets up what it needs; `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

# The newest Python that works, for the venvs: a version manager's shim may exist and not work.
ifndef PYTHON
PYTHON := $(shell for python in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$python"; break; }; done)
endif
CONFIG_ENV ?= dev

BIN := .venv/bin
SAM_VENV := .local/venvs/sam
SAM := $(SAM_VENV)/bin/sam
ENSURE_VENV = $(PYTHON) -B -m scripts.ensure_venv
DASHBOARD = $(PYTHON) -B scripts/build_dashboard.py
# Installs what is missing, then runs a command of local/.
LOCAL = $(PYTHON) -B -m scripts.run_local
NPM := npm --prefix dashboard run --silent

export BOOKFLOW_ROOT := $(CURDIR)
export PYTHONPATH := $(CURDIR)/layers/bookflow/python
export SAM_CLI_TELEMETRY := 0
# Two workers must collect the same tests in the same order, sets in their parameters included.
export PYTHONHASHSEED := 0
# Which tests run: all but the long ones, or with `make soak` those alone.
MARKED ?= not soak
PYTEST = $(BIN)/pytest -q -m "$(MARKED)"
# sam validate needs a region; any works, as it does not call AWS.
VALIDATE_REGION := $(or $(AWS_REGION),$(AWS_DEFAULT_REGION),eu-west-1)

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: python
python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 or newer was not found. Install it, or give its path: make PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi

# --- Set-up ------------------------------------------------------------------------------------

.PHONY: setup
setup: python ## create .venv with all development tools
	@$(ENSURE_VENV) .venv requirements/dev.txt
	@cmp -s pyproject.toml .venv/.bookflow-installed || { \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --offline --editable . && \
		cp pyproject.toml .venv/.bookflow-installed; }

.PHONY: samvenv
samvenv: python
	@$(ENSURE_VENV) $(SAM_VENV) requirements/sam.txt

# --- The product on this machine -----------------------------------------------------------------

.PHONY: run
run: python ## start the whole product on this machine and send an event; KEEP=1 keeps what you draw
	@exec $(LOCAL) local.run $(if $(KEEP),--keep)

.PHONY: demo
demo: python ## the same, but stop after the trace; the facts are in .local/demo.json
	@exec $(LOCAL) local.demo

.PHONY: invoke
invoke: python ## run one function: EVENT=events/booking_created.json, with FUNCTION= and KEEP_ID=1 if wanted
	@exec $(LOCAL) local.invoke $(or $(EVENT),events/booking_created.json) \
		$(if $(FUNCTION),--function $(FUNCTION)) $(if $(KEEP_ID),--keep-id)

.PHONY: event
event: python ## put FILE=events/booking_created.json on the bus of make run, as a new event (not with KEEP_ID=1)
	@exec $(LOCAL) local.event $(or $(FILE),events/booking_created.json) $(if $(KEEP_ID),--keep-id)

# --- Checks ----------------------------------------------------------------------------------------

.PHONY: test
test: lint types imports validate dashboard unit integration browser e2e e2e-dashboard ## run every check but the long ones, in this order

.PHONY: soak
soak: ## the long checks: random lives, fuzzing, all e-mails, smoothness, and the screenshots
	@$(MAKE) MARKED=soak unit integration browser e2e e2e-dashboard screenshots

.PHONY: lint
lint: setup ## style and formatting (ruff)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check . || { echo "Run make format." >&2; exit 1; }
	@echo "lint: clean"

.PHONY: format
format: setup ## format the code (ruff)
	@$(BIN)/ruff check --quiet --fix .
	@$(BIN)/ruff format --quiet .

.PHONY: types
types: setup ## type checks (mypy, strict)
	@env -u PYTHONPATH $(BIN)/mypy

.PHONY: imports
imports: setup ## import rules of the layers (import-linter)
	@$(BIN)/lint-imports --no-logo --no-cache

.PHONY: validate
validate: samvenv ## the SAM template (sam validate --lint)
	@AWS_REGION=$(VALIDATE_REGION) $(SAM) validate --lint

.PHONY: dashboard
dashboard: python ## the dashboard: style, types, the API's contract, unit tests, build
	@$(DASHBOARD) install
	@$(NPM) lint
	@$(NPM) api:check
	@$(NPM) test
	@$(DASHBOARD) build

.PHONY: unit
unit: setup samvenv ## unit tests, and the open cases
	@$(PYTEST) -n 2 tests/unit tests/cases

.PHONY: integration
integration: setup samvenv ## tests against moto, in process, under the rights of the template
	@$(INTEGRATION)
	@[ "$(MARKED)" = soak ] || $(RIGHTS) --check

# A process for each folder, two at once: moto's world is one for a whole process.
# pytest ends with 5 in a folder that has no test of the mark.
INTEGRATION = rm -rf .local/rights; printf '%s\n' tests/integration/*/ | grep -v __pycache__ | \
	RECORD_RIGHTS="$(CURDIR)/.local/rights" xargs -P 2 -I{} bash -c '$(PYTEST) {} || [ $$? -eq 5 ]'
RIGHTS = $(BIN)/python -m tests.aws.rights_page .local/rights

.PHONY: rights
rights: setup samvenv ## write docs/rights.md: which right of each function is used, and why
	@$(INTEGRATION)
	@$(RIGHTS)

.PHONY: browser
browser: setup chromium ## the public pages in Chromium
	@$(PYTEST) tests/browser

.PHONY: e2e
e2e: setup ## tests against the real template on the emulator
	@# Two workers, each with a stack of its own: one of them mostly waits for schedules to fire.
	@$(PYTEST) -n 2 --dist loadfile tests/e2e

.PHONY: e2e-dashboard
e2e-dashboard: setup chromium ## the dashboard in Chromium, served by the stack on the emulator
	@# Two workers, each with a stack of its own: a browser and functions leave a core idle by turns.
	@$(PYTEST) -n 2 --dist worksteal tests/e2e_dashboard

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || { \
		echo "Chromium is needed: apt-get install chromium." >&2; exit 1; }

.PHONY: bench
bench: setup ## measure: a table, or JSON=1 for JSON
	@$(BIN)/python -m tests.performance $(if $(JSON),--json)

.PHONY: docs
docs: setup ## generate docs and the API contract from the code
	@$(BIN)/python scripts/write_docs.py
	@$(BIN)/python scripts/write_variables.py
	@$(BIN)/python scripts/write_openapi.py

.PHONY: screenshots
screenshots: setup chromium ## take the pictures of the dashboard in docs/images
	@$(BIN)/python -m scripts.screenshots

# --- AWS ---------------------------------------------------------------------------------------------

.PHONY: build
build: samvenv ## build for AWS
	@find functions -name __pycache__ -prune -exec rm -rf {} +
	@$(SAM) build
	@$(PYTHON) -B layers/bookflow/bytecode.py .aws-sam/build

.PHONY: deploy
deploy: python ## build and deploy to AWS; CONFIG_ENV=dev (default) or prod, as samconfig.toml says
	@sed -n '/^\[$(CONFIG_ENV)\.deploy\./,/^\[/p' samconfig.toml | grep '^[^#]*"SenderEmail=' >/dev/null || { \
		echo 'Add "SenderEmail=you@your.domain" to parameter_overrides of [$(CONFIG_ENV).deploy.parameters]' \
			'in samconfig.toml: the address that SES may send from.' >&2; \
		exit 1; }
	@$(PYTHON) -B scripts/check_stack_name.py $(CONFIG_ENV)
	@BOOKFLOW_BUILD_TARGET=lambda $(MAKE) build
	@$(SAM) deploy --config-env $(CONFIG_ENV)

.PHONY: smoke
smoke: setup ## walk through a deployed stack: STACK=bookflow-dev, or the local product without it
	@$(BIN)/python -m scripts.smoke $(STACK)

.PHONY: sms-logs
sms-logs: setup ## have SNS log what became of text messages, and STACK=bookflow-dev record it
	@$(BIN)/python -m scripts.sms_logs $(STACK)

# --- Maintenance -------------------------------------------------------------------------------------

# One list for Python 3.11 and newer on every system; it names no index, so each machine's own is used.
COMPILE = UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --upgrade --universal \
	--python-version 3.11 --generate-hashes --strip-extras --no-emit-index-url --no-emit-find-links

.PHONY: lock
lock: setup ## pin the newest versions that requirements/*.in allow
	@$(COMPILE) requirements/runtime.in --output-file layers/bookflow/requirements.txt
	@for name in dev run sam emulator uv; do $(COMPILE) "requirements/$$name.in" --output-file "requirements/$$name.txt"; done

.PHONY: clean
clean: ## remove everything that these commands created
	@rm -rf dashboard/node_modules dashboard/dist
	@rm -rf .venv .venv.lock .local .aws-sam .ruff_cache .pytest_cache .mypy_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -not -path './*/node_modules/*' -prune -exec rm -rf {} +
