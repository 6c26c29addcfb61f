# Two commands that do all their own set-up: make demo, make test.

PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint messages requirements bench clean

demo: $(VENV)/.core ## the portal with its demonstration strategy, at http://127.0.0.1:8000/
	$(BIN)/python manage.py demo --port $(PORT)

test: $(VENV)/.dev ## the whole suite; with Chromium installed, the browser tests too
	@$(BIN)/python -m tests.browser || true
	$(BIN)/pytest -n auto --maxprocesses 8 --dist worksteal

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djhtml --check templates
	$(BIN)/lint-imports
	SECRET_KEY=lint $(BIN)/python manage.py makemigrations --check --dry-run
	SECRET_KEY=lint POSTGRES_PASSWORD=lint $(BIN)/docker-compose -f docker-compose.yml config -q

bench: $(VENV)/.dev ## times of pages, figures and imports, with 198 and with 20,000 actions
	$(BIN)/python -m benchmarks.pages
	$(BIN)/python -m benchmarks.snapshots
	$(BIN)/python -m benchmarks.imports

messages: $(VENV)/.dev ## gather the texts (needs gettext) and compile the translations
	SECRET_KEY=messages $(BIN)/python manage.py makemessages -l fi -l sv --no-obsolete --no-wrap --no-location -i $(VENV) -i tests -i benchmarks -i var
	$(BIN)/pybabel -q compile -D django -d locale

requirements: ## after a change of pyproject.toml; needs uv
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --universal pyproject.toml -o requirements.txt
	uv pip compile -q --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --universal --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

clean: ## forget the environment and the data of the demonstration
	rm -rf $(VENV) var

$(VENV)/.core: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.core
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
