# Every target does its own set-up: a virtual environment in .venv with pinned dependencies.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PEERS := $(VENV)/.peers
# Inspect AI wants other versions than the libraries of models: an environment of its own.
INSPECT := .venv-inspect
# Extra arguments for watch and run: make watch ARGS="--persona p07 --assistant oracle"
ARGS ?=
TORCH := $(shell sed -n 's/^torch==//p' constraints.txt)

.PHONY: help setup demo watch run test test-slow coverage check format docs screenshots bench latency controls clean

help:
	@echo "make watch      watch a persona's day live in the terminal (ARGS=… for options)"
	@echo "make demo       a recorded run with captions"
	@echo "make test       the fast tests        make test-slow  the others"
	@echo "make check      format, lint, types, import rules, spelling, docstrings"
	@echo "make coverage   the fast tests, with the lines that they leave out"
	@echo "make docs       the documentation, in site/    make screenshots  its pictures"
	@echo "make bench      speed figures         make latency    how soon the screen answers"
	@echo "make controls   the table of controls"

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or later is needed; give one with PYTHON=…") if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)
	# torch first and pinned: a looser range could bring another, much larger build.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "torch==$(TORCH)"
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(STAMP)
	$(BIN)/propersim demo

watch: $(STAMP)
	$(BIN)/propersim watch $(ARGS)

run: $(STAMP)
	$(BIN)/propersim run $(ARGS)

test: $(STAMP)
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -m "not slow and not network" -n 3 --dist loadgroup $(ARGS)

# Apart from `make test`, because tracing makes the tests slower.
coverage: $(STAMP)
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -m "not slow and not network" -n 3 --dist loadgroup \
	  --cov=propersim --cov=propersim_tui --cov-report=term:skip-covered $(ARGS)

# Needs no network: neither fonts nor scripts from elsewhere.
docs: $(STAMP)
	$(BIN)/python -m tools.reference_pages
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

screenshots: $(STAMP)
	HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tools.screenshots

# The engines and servers that the slow tests use. One is compiled: where that does not work, its tests are skipped, and say so.
$(PEERS): $(STAMP)
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,ray,slurm,mlflow]'
	-$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,peers]'
	-$(PYTHON) -m venv $(INSPECT) && $(INSPECT)/bin/python -m pip install --quiet --disable-pip-version-check --editable '.[inspect]'
	@touch $@

test-slow: $(PEERS)
	HF_HUB_OFFLINE=1 $(BIN)/python -m pytest -m "slow and not network" -n 2 --dist loadgroup $(ARGS)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/codespell
	$(BIN)/python -m pytest --quiet -p no:cacheprovider tests/test_docstrings.py

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP)
	$(BIN)/python -m tools.bench

latency: $(STAMP)
	HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tools.latency $(ARGS)

controls: $(STAMP)
	$(BIN)/propersim controls --days 14 --seeds 2 --markdown

clean:
	rm -rf $(VENV) site .coverage .pytest_cache .mypy_cache .ruff_cache .hypothesis
