# Dalil. `make` alone lists what there is.

ARTICLES ?= seeds
PORT     ?= 8000
PYTHON   ?= python3

BIN        := .venv/bin
RUNTIME    := .venv/.installed-runtime
EVERYTHING := .venv/.installed
UV         := uv==0.13.9

# An empty ARTICLES, from a variable that is not set, would be this folder with all that is in it.
ifeq ($(strip $(ARTICLES)),)
$(error ARTICLES is empty: name a folder or a file of articles, or leave it out for the seeds)
endif

# One's own articles get an index of their own, so that the seeds never mix with them; it holds what the folder holds.
ifneq ($(patsubst %/,%,$(ARTICLES)),seeds)
OWN_PYTHON := $(firstword $(wildcard $(BIN)/python) $(PYTHON))
OWN := articles-$(shell $(OWN_PYTHON) -c 'import os, sys; print(os.path.abspath(sys.argv[1]))' "$(ARTICLES)" | cksum | cut -d' ' -f1)
# 4294967295 is the checksum of nothing: all folders would share one index, and each run would delete the others' articles.
ifeq ($(OWN),articles-4294967295)
$(error $(OWN_PYTHON) does not run; name a Python with: make PYTHON=python3.12 $(MAKECMDGOALS))
endif
# An index that a setting names may hold more than this folder, so nothing is deleted from it.
ifeq ($(DALIL_STORE__PATH)$(DALIL_OPENSEARCH__INDEX)$(shell grep -shE '^DALIL_(STORE__PATH|OPENSEARCH__INDEX)=' .env),)
PRUNE := --prune
endif
ifeq ($(shell grep -sl '^DALIL_STORE__PATH=' .env),)
export DALIL_STORE__PATH ?= .dalil/$(OWN)
endif
ifeq ($(shell grep -sl '^DALIL_OPENSEARCH__INDEX=' .env),)
export DALIL_OPENSEARCH__INDEX ?= dalil-$(OWN)
endif
endif

# A language model that writes answers: a GGUF file, which is served beside the API, or an OpenAI-compatible address.
MODEL ?=
ifneq ($(MODEL),)
ifeq ($(filter http://% https://%,$(MODEL)),)
XLLAMACPP := .venv/.installed-xllamacpp
endif
endif

.DEFAULT_GOAL := help
.PHONY: help setup run index serve test test-fast check docs eval soak bench opensearch opensearch-stop requirements clean

help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(EVERYTHING) ## set up .venv with everything: torch, the checkers, all libraries pinned in requirements.txt

# What serving takes, without torch: it runs the bundled model, either store, and a language model's endpoint.
$(RUNTIME): requirements.txt pyproject.toml | $(BIN)/uv
	@echo "Installing the libraries into .venv"
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --constraints requirements.txt --requirements pyproject.toml \
	  --extra engine --extra server --extra opensearch --extra llm --extra documents
	@touch $@

$(EVERYTHING): requirements.txt | $(BIN)/uv
	@echo "Installing all libraries into .venv, torch and the checkers included"
	@VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet requirements.txt
	@touch $(RUNTIME) $@

.venv/.installed-xllamacpp: requirements.txt | $(RUNTIME)
	@echo "Installing xllamacpp, which serves the language model, into .venv"
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --constraints requirements.txt xllamacpp
	@touch $@

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Dalil needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { echo "Python's venv module is missing; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check $(UV)

run: $(RUNTIME) $(XLLAMACPP) ## index ARTICLES (default: seeds), serve http://127.0.0.1:PORT (default: 8000); MODEL writes answers
	@exec $(BIN)/python scripts/run.py "$(ARTICLES)" $(PORT) $(PRUNE) $(if $(MODEL),--model "$(MODEL)")

index: $(RUNTIME) ## bring the index up to date with the articles in ARTICLES
	@$(BIN)/python -m indexer index $(PRUNE) "$(ARTICLES)"

serve: $(RUNTIME) ## serve the index on http://127.0.0.1:PORT
	@exec $(BIN)/python -m api --port $(PORT)

test: setup ## run every check: lint, types, import contracts, all tests, make eval; a quarter of an hour on two cores
	@scripts/test.sh

test-fast: setup ## run the unit tests alone, one to two minutes on two cores
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest --quiet --numprocesses=auto --maxprocesses=4 --dist=worksteal tests/unit

check: setup ## run the quick checks: format, lint, types, import contracts
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

docs: setup ## write the tables of the documentation that come from the code
	@$(BIN)/python scripts/generate_docs.py

eval: setup ## measure the own question set against the committed baseline, and draw the report that /quality shows
	@$(BIN)/python -m evals run --set seeds --no-latency --output .dalil/evals/latest.json
	@$(BIN)/python -m evals report .dalil/evals/latest.json --against evals/baselines/seeds.json
	@$(BIN)/python -m evals compare evals/baselines/seeds.json .dalil/evals/latest.json \
	  --fail-on-worse "nDCG@10,evidence shown,near misses answered"

soak: setup ## what CI has no time for: more kills, twenty times each, nodes and servers killed under load, crowds, a full disk
	@SOAK_ROUNDS=20 $(BIN)/pytest --quiet -rA -m "soak or not soak" tests/reliability tests/integration/test_killed_indexer.py

bench: setup ## measure pace, search times, memory and disk beside LanceDB's and OpenSearch's hybrid search; some 20 minutes
	@exec $(BIN)/python -m benchmarks

opensearch: ## start a local OpenSearch node, without Docker; prints its address
	@scripts/opensearch.sh start

opensearch-stop: ## stop the local OpenSearch node
	@scripts/opensearch.sh stop

requirements: ## resolve the newest libraries that pyproject.toml allows into requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --extra all --group dev \
	  --custom-compile-command "make requirements" --output-file requirements.txt pyproject.toml

clean: ## remove .venv and the checkers' caches; indexes under .dalil stay
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache dist
