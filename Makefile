# Needs Python 3.11 or newer, git and make; everything else is installed into .venv, from locked wheels.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3 || echo python3)
PORT ?= 8000
export PORT
PY := .venv/bin/python
INSTALL := $(PYTHON) engines/install.py

.DEFAULT_GOAL := help
.PHONY: help install demo demo-fresh run stop test test-browser test-faults bench lint types contracts checks lock secret

help: ## Say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: ## Make .venv and install what is locked; instant when nothing changed
	@$(INSTALL) .venv requirements/dev.txt

demo: ## Both programs with a demo class, at http://localhost:8000 (PORT=9000 make demo moves it)
	@$(PYTHON) engines/ports.py "$(PORT)"
	@$(INSTALL) .venv requirements/dev.txt
	@exec $(PY) -m engines demo

demo-fresh: ## The same, with the demo class made anew around today
	@$(PYTHON) engines/ports.py "$(PORT)"
	@$(INSTALL) .venv requirements/dev.txt
	@exec $(PY) -m engines demo --fresh

run: install ## Django's development server alone
	@$(PYTHON) engines/ports.py "$(PORT)"
	@$(PY) manage.py migrate --verbosity 0
	@$(PY) manage.py runserver "$(PORT)"

stop: install ## Stop the database and broker that commands of this checkout left running
	@$(PY) -m engines stop

test: install ## All tests but those that drive a browser or kill processes
	$(PY) -m pytest -n auto -m "not browser and not faults"

test-browser: install ## The journeys in a real Chromium
	$(PY) -m pytest -m browser

test-faults: install ## Kill each process and see that nothing is lost
	$(PY) -m pytest -n 3 --dist loadfile -m faults

bench: install ## Measure the pages and the mails
	$(PY) -m tests.bench

lint: install ## Style of code and templates, and the usual holes
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	.venv/bin/djlint --lint --quiet .
	.venv/bin/bandit --quiet --severity-level medium --recursive --configfile pyproject.toml .

types: install ## Types
	$(PY) -m mypy

contracts: install ## Imports only point downward
	.venv/bin/lint-imports

checks: ## Compose file and Dockerfile
	@$(INSTALL) .venv-checks requirements/checks.txt
	.venv-checks/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	.venv-checks/bin/hadolint Dockerfile

lock: ## Lock requirements/*.in anew
	@$(INSTALL) .venv-checks requirements/checks.txt
	@for name in base dev checks; do \
		.venv-checks/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
			requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done

secret: ## A SECRET_KEY for production
	@$(PYTHON) -c "import secrets; print(secrets.token_urlsafe(60))"
