# Two commands for a fresh machine: `make demo` and `make test`. Both set up what they need in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST_ARGS ?= -q -n auto

.PHONY: help demo test check format lint types docs examples bench chaos fuzz many clean

help:
	@echo "make demo      ship 50 awkward orders through simulated platforms"
	@echo "make test      set up .venv and run the tests"
	@echo "make check     everything that CI checks"
	@echo "make bench     the benchmarks, as ratios"
	@echo "make chaos     kill clients at every boundary and count labels (CHAOS_RUNS=200)"
	@echo "make fuzz      answer every driver wrongly (FUZZ_ANSWERS=100000)"
	@echo "make many      read 10,000 orders of three channels while they change (MANY_ORDERS=10000)"
	@echo "make docs      build the documentation, strictly"

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "setting up $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[cli,fast,labels,postgres,sandbox,testing,dev]"
	@touch $(STAMP)

demo: $(STAMP)
	@$(BIN)/python -m cartcarrier demo $(DEMO_ARGS)

test: $(STAMP)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

format: $(STAMP)
	@$(BIN)/ruff format --check .

lint: $(STAMP)
	@$(BIN)/ruff check .

types: $(STAMP)
	@$(BIN)/mypy

docs: $(STAMP)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

examples: $(STAMP)
	@$(BIN)/python -m pytest examples/test_examples.py -q
	@cd examples/acme_carrier && ../../$(BIN)/python -m pytest -q

bench: $(STAMP)
	@for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

chaos: $(STAMP)
	@$(BIN)/python -m tests.chaos --runs $${CHAOS_RUNS:-200}

fuzz: $(STAMP)
	@$(BIN)/python -m tests.fuzz --answers $${FUZZ_ANSWERS:-100000}

many: $(STAMP)
	@$(BIN)/python -m tests.routes.many_orders --orders $${MANY_ORDERS:-10000}

check: test format lint types docs examples

clean:
	@rm -rf $(VENV) dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis
