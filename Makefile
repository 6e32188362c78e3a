# `make lab` opens JupyterLab and `make test` runs every test. Both first make the project's
# own environment in .venv, once. Options are passed on:
#     make lab ARGS="--no-browser --port 8899"
#     make test ARGS="-k strings"
# Another Python than python3:
#     make lab PYTHON=/path/to/python3.14

PYTHON ?= python3
RUN := .venv/$(if $(filter Windows_NT,$(OS)),Scripts,bin)/python
# Compiled now, because containers often forbid it later and every worker then pays at its start.
INSTALL := $(RUN) -m uv pip install --python $(RUN) --constraint requirements.txt --compile-bytecode
# An installation that can be edited names this folder in a file that Python reads when it starts.
# Before 3.13 it does not start where the locale lacks a letter of the name: so the way there is
# written, and not the whole path.
WAY := import glob, os; [open(p, "w").write(os.path.relpath(".", os.path.dirname(p)) + "\n") \
    for p in glob.glob(".venv/**/*gil_lab*.pth", recursive=True)]
FIRST_PAGE := /lab/tree/notebooks/00_start_here.ipynb
# JupyterLab refuses to run as root (as in a container) unless it is told.
AS_ROOT := $(if $(filter 0,$(shell id -u 2>/dev/null)),--allow-root)

# An environment is made again when its folder was moved, when its Python is gone, or when
# another Python is asked for by name.
ORIGIN := import os, sys; print(os.getcwd(), sys.version)
BYTES := utf-8:surrogateescape
ASKED := $(if $(filter file,$(origin PYTHON)),$(RUN),$(PYTHON))
THIS := $(shell PYTHONIOENCODING=$(BYTES) "$(ASKED)" -c '$(ORIGIN)' 2>/dev/null)
ifneq "$(THIS)" "$(shell cat .venv/ready-for-lab 2>/dev/null)"
.PHONY: .venv/ready-for-lab
endif

.PHONY: lab test ready pages claims pins audit

lab: .venv/ready-for-lab
	@$(RUN) -m jupyterlab --LabApp.default_url=$(FIRST_PAGE) $(AS_ROOT) $(ARGS)

test: .venv/ready-for-tests
	@$(RUN) -m pytest -n auto --max-worker-restart 0 $(ARGS)

# Each of these files is written last, so an installation that was cut short starts afresh.
.venv/ready-for-lab: pyproject.toml requirements.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo 'GIL Lab needs Python 3.11 or newer, and "$(PYTHON)" is not:' \
	        'name one by PYTHON=/path/to/python3.13'; exit 1; }
	@echo 'Making the environment in .venv, once.'
	@"$(PYTHON)" -m venv --clear .venv
	@$(RUN) -m pip install --quiet --disable-pip-version-check --constraint requirements.txt uv
	@$(INSTALL) --requirements pyproject.toml
	@$(RUN) -m uv pip install --quiet --python $(RUN) --no-deps --editable .
	@"$(PYTHON)" -c '$(WAY)'
	@PYTHONIOENCODING=$(BYTES) $(RUN) -c '$(ORIGIN)' > $@

# For those who come to a class: ends in one line, "ready" or what to do.
ready: .venv/ready-for-lab
	@$(RUN) -m helpers ready

# Runs every notebook, which takes minutes, and makes a static page of each.
pages: .venv/ready-for-lab
	@$(RUN) -m helpers author pages $(ARGS)

# The table of all claims of the notebooks, and where each was shown: ARGS=--json, ARGS=--record.
claims: .venv/ready-for-lab
	@$(RUN) -m helpers author claims $(ARGS)

.venv/ready-for-tests: .venv/ready-for-lab
	@$(INSTALL) --requirements pyproject.toml --extra test
	@touch $@

# Writes requirements.txt: the newest versions inside pyproject.toml's ranges, for every Python
# from 3.11 on and every system. Run the tests before you commit it.
pins: .venv/ready-for-tests
	@$(RUN) -m uv pip compile --upgrade --universal --quiet --no-annotate --extra test \
	    --custom-compile-command 'make pins' --output-file requirements.txt pyproject.toml

# Asks whether anything is known against the pinned versions. A package that could not be asked about,
# as without a network, makes it fail.
audit: .venv/ready-for-lab
	@$(RUN) -m uv tool run pip-audit --strict --no-deps --disable-pip --requirement requirements.txt
