# What there is to do here; `make` says it. All of it works from a fresh clone.

.DEFAULT_GOAL := help
.PHONY: help install run dev test test-all test-web test-coverage lint bench crash fuzz peers build lock example clean

# The first of these that is new enough makes the virtual environment.
PYTHONS := python3 python3.14 python3.13 python3.12 python3.11
BIN := .venv/bin
INSTALLED := .venv/installed
FUZZ := .fuzz/installed
MODULES := web/node_modules/.package-lock.json
BUILT := web/.next/BUILD_ID
WEB := $(shell find web -path web/node_modules -prune -o -path web/.next -prune -o -path web/e2e -prune -o -type f ! -name '*.tsbuildinfo' ! -name next-env.d.ts -print)
ARGS ?=

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(INSTALLED) ## the set-up alone: .venv with bin/mailit and bin/twistd

# Everything at the versions and hashes of the lock, then this folder itself. The plain editable install hides
# twisted/plugins from Twisted; the older way, by a path, does not.
$(INSTALLED): requirements/dev.txt setup.cfg pyproject.toml
	@python=; for one in $(PYTHONS); do \
	  if $$one -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then python=$$one; break; fi; \
	done; \
	if [ -z "$$python" ]; then echo "mailit needs Python 3.11 or later with venv (Debian: apt-get install python3-venv)" >&2; exit 1; fi; \
	echo "Setting up .venv with $$($$python --version); this is done once." >&2; \
	test -x $(BIN)/python || $$python -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@said=$$($(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . \
	  --config-settings editable_mode=compat 2>&1) || { echo "$$said" >&2; exit 1; }
	@touch $@

# What the dashboard is made of, at the versions of its lock, and its production build.
$(MODULES): web/package.json web/package-lock.json
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || \
	  { echo "the dashboard needs Node 20 or later with npm (Debian: apt-get install nodejs npm)" >&2; exit 1; }
	@echo "Setting up the dashboard with Node $$(node --version); this is done once." >&2
	@cd web && said=$$(npm ci --no-progress 2>&1) || { echo "$$said" >&2; exit 1; }
	@touch $@

$(BUILT): $(MODULES) $(WEB)
	@echo "Building the dashboard." >&2
	@cd web && said=$$(npm run build 2>&1) || { echo "$$said" >&2; exit 1; }
	@touch $@

run: install $(BUILT) ## the whole system, in sandbox mode: nothing leaves this machine
	@exec $(BIN)/mailit run --web web $(ARGS)

dev: install $(MODULES) ## the same, started anew whenever a source changes
	@exec $(BIN)/mailit run --reload --web web $(ARGS)

# Three at a time, a file's tests in one process: most of their time they wait.
test: install test-web ## every test
	@$(BIN)/python -m pytest -n 3 --dist loadfile $(ARGS)

test-all: test ## the same as `test`

test-web: install $(BUILT) ## the dashboard's tests: its rules, then its pages in Chromium before a real daemon
	@cd web && npx vitest run

test-coverage: install ## the Python tests, and which lines they reach
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest $(ARGS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report --skip-covered

lint: install $(MODULES) ## ruff, mypy, the layers of the house, the dashboard's style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports
	@cd web && npm run --silent lint

bench: install ## the figures of this machine, each beside its bare baseline
	@$(BIN)/python -m bench $(ARGS)

crash: install ## kills the daemon and its PostgreSQL under load, and counts what is left
	@$(BIN)/python -m bench.crash $(ARGS)

# Schemathesis brings much along that nothing else here needs, so it lives apart.
$(FUZZ): requirements/fuzz.txt $(INSTALLED)
	@test -x .fuzz/bin/python || $(BIN)/python -m venv .fuzz
	@.fuzz/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/fuzz.txt
	@touch $@

fuzz: install $(FUZZ) ## requests made from /openapi.json by schemathesis: no 5xx, nothing undeclared; takes ARGS="--max-time 60"
	@$(BIN)/python -m tests.fuzz .fuzz/bin/schemathesis $(ARGS)

peers: install ## delivery to a Postfix of Debian's, as an exchanger and as a relay; takes root and the package
	@test -x /usr/sbin/postfix && test $$(id -u) = 0 || \
	  { echo "make peers needs root and Postfix (Debian: apt-get install postfix)" >&2; exit 1; }
	@$(BIN)/python -m pytest tests/postfix/exchange.py $(ARGS)

build: install ## wheel and sdist, into dist/
	@$(BIN)/python -m build --outdir dist .

lock: install ## requirements/ anew, from setup.cfg and fuzz.in
	@$(BIN)/pip-compile --quiet --upgrade --allow-unsafe --generate-hashes --strip-extras --extra dev --extra test \
	  --no-emit-options --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header \
	  --output-file requirements/dev.txt setup.cfg
	@$(BIN)/pip-compile --quiet --upgrade --allow-unsafe --generate-hashes --strip-extras \
	  --no-emit-options --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header \
	  --output-file requirements/fuzz.txt requirements/fuzz.in

example: install ## config/mailit.example.yaml anew, from the settings
	@$(BIN)/python -m mailit.config > config/mailit.example.new && mv config/mailit.example.new config/mailit.example.yaml

clean: ## what was generated, but for data/
	@rm -rf .venv .fuzz web/node_modules web/.next build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage*
