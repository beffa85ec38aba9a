# The verbs of this project; `make` alone lists them. `make lab` and `make test` each work alone on a fresh clone.
# Needed before: Python 3.11 to 3.14 with venv, and make. PYTHON=… chooses one of several.

VENV := .venv
BIN := $(VENV)/bin
SOURCES := pyproject.toml setup.py $(wildcard shmlab/native/*.[ch])
STATE := $(VENV)/.installed

.PHONY: help lab demo test surroundings lint browser stress gate bench bench-explorer bench-grading notebooks exercises setup clean

help:
	@echo 'To learn:'
	@echo '  make lab             lessons and exercises in JupyterLab (the first call installs into .venv)'
	@echo '  make demo            two pictures and a table, without a browser'
	@echo 'To develop (see CONTRIBUTING.md):'
	@echo '  make test            the tests; also lint, browser, surroundings, stress, gate'
	@echo '  make bench           rings beside other transports; also bench-explorer, bench-grading'
	@echo '  make notebooks       run the lessons again; make exercises: make exercises/ from solutions/'
	@echo '  make setup FRESH=1   install again; make clean: take away what was built and installed'
	@echo 'More words for what a verb calls: make lab ARGS="--port 9000", make test ARGS="-k ledger"'
	@echo 'Another Python: make lab PYTHON=python3.13'

lab: $(STATE)-lab
	$(BIN)/shmlab lab $(ARGS)

demo: $(STATE)-lab
	$(BIN)/shmlab demo --out demo

# On all processors; ARGS=-n0: in one process, for a debugger.
test: $(STATE)-dev
	$(BIN)/pytest --numprocesses auto $(ARGS)

# The tests where people are: as an ordinary user, as root, on other Pythons, with namespaces refused.
surroundings: $(STATE)-dev
	.ci/surroundings

lint: $(STATE)-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy

# In a real browser: Debian's chromium, installed where it is missing.
browser: $(STATE)-dev
	command -v chromium >/dev/null || sh .ci/install_chromium
	$(BIN)/pytest -m browser tests/browser $(ARGS)

# What is too long for `make test`.
stress: $(STATE)-dev
	$(BIN)/pytest -m stress -o faulthandler_timeout=7200 $(ARGS)

# The explorer against naive search, on all 2,000 random programs.
gate: $(STATE)-dev
	$(BIN)/pytest -m 'gate or not gate' tests/gate $(ARGS)

# The rings against pipes, queues and other people's transports.
bench: $(STATE)-peers
	$(BIN)/python benchmarks/transports.py $(ARGS)

# The explorer against another explorer, and against its own budget.
bench-explorer: $(STATE)-bench
	$(BIN)/python benchmarks/explorer.py $(ARGS)

# Judging against nbgrader's autograde on the same notebooks, and a class of a thousand.
bench-grading: $(STATE)-dev
	$(BIN)/python benchmarks/grading.py $(ARGS)

# Run again every lesson whose code has changed since (ARGS=--all: every one), and store what it shows.
notebooks: $(STATE)-dev
	$(BIN)/python .ci/store_notebooks.py $(ARGS) notebooks/*.ipynb solutions/*.ipynb
	$(MAKE) exercises

# The exercises that learners get, made from the solutions; what a class made of them, for trying the rest.
exercises: $(STATE)-dev
	$(BIN)/python -m shmlab.grading.authoring.release
	$(BIN)/python tests/sample.py

# `make setup FRESH=1` installs again, for instance after a compiler was installed.
setup: $(if $(FRESH),fresh,) $(STATE)-lab

.PHONY: fresh
fresh:
	rm -f $(STATE)-* shmlab/native/_native.*.so

$(STATE)-lab: $(SOURCES) | $(BIN)/python
	sh .ci/install $(BIN) .
	touch $@

$(STATE)-dev: $(SOURCES) | $(BIN)/python
	sh .ci/install $(BIN) '.[dev]'
	touch $@ $(STATE)-lab

$(STATE)-peers: $(SOURCES) | $(BIN)/python
	sh .ci/install $(BIN) '.[peers]'
	touch $@

$(STATE)-bench: $(SOURCES) | $(BIN)/python
	sh .ci/install $(BIN) '.[bench]'
	touch $@

$(BIN)/python:
	PYTHON='$(PYTHON)' sh .ci/make_venv $(VENV)

# What was built and installed here; the kernel's objects are `shmlab clean`'s business.
clean:
	rm -rf $(VENV) build demo shmlab/native/_native.*.so shmlab.egg-info
	find . -name __pycache__ -type d -exec rm -rf {} +
