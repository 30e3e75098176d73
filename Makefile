# What a person or a build machine types. Everything but `help` and `clean` first makes .venv, once.

BIN := .venv/bin
PY := $(BIN)/python
STAMP := .venv/made-for-pyproject
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test lint campaign bench clean

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1 - \2/p' $(MAKEFILE_LIST)

run: $(STAMP)  ## start the demo: two virtual printers and the daemon (ARGS=--once ends when all is printed; ARGS=--help)
	@$(BIN)/waybilld demo $(ARGS)

# Three at a time on two cores: half of the time of those with real servers is waiting.
test: lint  ## everything that must pass before a change goes in: lint, then all tests at small counts
	$(PY) -m pytest -m "not campaign" -n 3 --dist loadfile

lint: $(STAMP)  ## ruff, mypy --strict, the walls between the packages
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

campaign: $(STAMP)  ## the scenarios with full counts, resumable; takes long (ARGS=--list, ARGS="kill --seeds 1-4")
	$(PY) tests/scenario/campaign.py $(ARGS)

bench: $(STAMP)  ## orders and labels a second, beside CUPS where it is installed
	$(PY) tests/bench/run.py $(ARGS)

clean:  ## remove what make made: the environment, caches, builds, and the demo's folder with its database
	rm -rf .venv build dist waybilld.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find adapters daemon docs plugins tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Done again only when what to install, or how, has changed.
$(STAMP): pyproject.toml .ci/setup
	@.ci/setup
	@touch $@
