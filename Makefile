# Every command that a person types. Each sets up first what it needs.
# What follows a command goes into ARGS: make test ARGS=tests/domains/music

# Hundreds of our processes are started by tests: each would compile all of the program anew.
unexport PYTHONDONTWRITEBYTECODE

# Memory in huge pages, where glibc (2.35 and later) and the kernel offer them: a sixth less time.
test test-all: export GLIBC_TUNABLES = glibc.malloc.hugetlb=1

.DEFAULT_GOAL := help
.PHONY: help setup setup-development live-setup serve demo test test-all lint check web web-check web-format web-dev pictures cluster cluster-test soak bench bench-check docs requirements dist sbom

BIN := .venv/bin
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo)
# Those that use the server of all journeys, and stop or kill nothing of it.
CLUSTER_JOURNEYS := $(addprefix tests/journeys/test_,tour.py shop.py refund.py release_journey.py \
	archives.py audit.py large_upload.py maintenance.py players.py) tests/cluster
COMPILE := $(BIN)/uv pip compile --quiet --no-header --universal \
	--python-version 3.12 $(ARGS)

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-18s %s\n", $$1, $$2 }' Makefile

setup: ## Make .venv with what the server needs; quick when nothing changed
	@requirements/install.sh

setup-development: ## Make .venv with what tests, checks and benchmarks need besides
	@requirements/install.sh development

live-setup: ## Install nginx and its RTMP module with apt, for `veza serve --with-live`
	@$(AS_ROOT) apt-get install -y --no-install-recommends nginx libnginx-mod-rtmp

serve: setup ## Serve on http://localhost:8080 (ARGS="--port 9000")
	@$(BIN)/veza serve $(ARGS)

demo: setup ## Fill an empty server with a believable community
	@$(BIN)/veza-demo $(ARGS)

test: setup-development ## Run the tests, in less than five minutes (ARGS=tests/domains/music for some of them)
	@$(BIN)/python -m pytest -n 3 --dist loadfile --confirm-failures $(ARGS)

test-all: setup-development ## Run all tests: also contract fuzzing, long journeys, kills and property runs
	@$(BIN)/python -m pytest -n 3 --dist loadfile --confirm-failures -m "long or not long" $(ARGS)

lint: setup-development ## Check style, types and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/basedpyright
	@$(BIN)/lint-imports --no-cache

check: lint web-check ## Check all that needs no running server: lint, web-check, the rules of the architecture
	@$(BIN)/python -m pytest tests/architecture

web: setup-development ## Build the web application, whose result is committed
	@web/web.sh build

web-check: setup-development ## Check the web application: types, style, format, logic, size, and that the build is current
	@web/web.sh check

web-format: setup-development ## Format the web application
	@web/web.sh format

web-dev: setup-development ## Serve the web application with hot reload, beside `make serve` (VEZA_URL=another)
	@web/web.sh dev

pictures: setup-development ## Take the pictures of the web application in docs/images again (needs Chromium)
	@$(BIN)/python -m tests.journeys.pictures

cluster: setup-development ## Run a whole cluster on this machine: replica, PgBouncer, S3, three nodes, nginx
	@$(BIN)/python -m tests.cluster

cluster-test: setup-development ## Run journeys through the cluster, then its faults and an overload: docs/performance.md
	@VEZA_JOURNEYS=cluster $(BIN)/python -m pytest -m "long or not long" $(or $(ARGS),$(CLUSTER_JOURNEYS))
	@$(BIN)/python -m tests.cluster.trials
	@$(BIN)/python -m tests.cluster.overload
	@$(BIN)/python -m tests.cluster.soak 2

soak: setup-development ## Run a server under a steady load for 30 minutes, or ARGS of them: it must not grow
	@$(BIN)/python -m tests.soak $(or $(ARGS),30)

bench: setup-development ## Measure beside other servers, in less than 15 minutes (ARGS names topics)
	@$(BIN)/python -m bench $(ARGS)

bench-check: setup-development ## Measure shorter, and fail if a ratio is 25% worse than the committed one
	@$(BIN)/python -m bench --check $(ARGS)

docs: setup-development ## Write again what is generated in docs and deploy: schema, settings, licences
	@$(BIN)/python -m tests.architecture.generated

dist: setup-development ## Build the wheels and source archives of Veza and of its demo: dist/
	@for folder in . demo; do (cd $$folder && $(CURDIR)/$(BIN)/python -c "from setuptools import build_meta as b; \
		b.build_sdist('$(CURDIR)/dist'); b.build_wheel('$(CURDIR)/dist')" >/dev/null) || exit 1; done

sbom: setup-development ## Write what a release consists of, as CycloneDX: build/veza.cdx.json
	@$(BIN)/python -m tests.deploy.components

requirements: setup-development ## Pin what requirements/*.in ask for (ARGS=--upgrade for newer releases)
	@cd requirements && for set in build runtime development; do \
		../$(COMPILE) --generate-hashes $$set.in --output-file $$set.txt || exit 1; done
	@cd requirements && ../$(COMPILE) --no-annotate --constraint runtime.txt runtime.in \
		--output-file wheel.txt
