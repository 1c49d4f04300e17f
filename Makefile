# `make help` lists what there is to do. Debian or Ubuntu with git and make is all that it asks for.

VENV := .venv
PYTHON := $(VENV)/bin/python
STAMPS := build/stamps
LISTS := setup/aptitude.run.list setup/aptitude.build.list
SCRIPTS := .ci/run setup/install-packages docker/x11-cookie

# Where Meson finds ninja and cython; the editable build remembers their places.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export CYTHON := $(CURDIR)/$(VENV)/bin/cython
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install demo test lint docs wheel bench all clean distclean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

install: $(STAMPS)/package ## what is missing: system packages, .venv, pythiags in it

demo: install ## run a DeepStream-style pipeline over the sample video
	$(VENV)/bin/pythiags demo

test: lint ## everything that must hold, the documentation included
	xvfb-run --auto-servernum --server-args='-screen 0 1280x1024x24' $(PYTHON) -m pytest

lint: install ## style, types, scripts, images, workflows
	ruff check --quiet .
	ruff format --quiet --check .
	mypy
	shellcheck $(SCRIPTS)
	hadolint docker/*Dockerfile
	check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	check-jsonschema --quiet --builtin-schema vendor.compose-spec docker/compose.yaml

docs: install ## the documentation, to docs/_build/html
	$(PYTHON) -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo docs/_build/html/index.html

wheel: install ## a wheel, to dist/
	$(PYTHON) -m pip wheel --quiet --no-deps --no-build-isolation \
	    --config-settings=build-dir=build/wheel --wheel-dir dist .
	@ls dist/*.whl

bench: install ## the figures, as one table
	$(PYTHON) benchmarks/run.py

all: test docs wheel ## test, docs and wheel

clean: ## what was built
	rm -rf build dist demo-output docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis

distclean: clean ## the same, and .venv
	rm -rf $(VENV)

$(STAMPS)/system: $(LISTS)
	setup/install-packages $(LISTS)
	@mkdir -p $(@D) && touch $@

# pip of Debian 12 knows no dependency groups yet.
$(STAMPS)/venv: $(STAMPS)/system
	[ -x $(PYTHON) ] || /usr/bin/python3 -m venv --system-site-packages $(VENV)
	$(PYTHON) -m pip install --quiet 'pip>=25.1'
	@touch $@

# Editable: Python is read from src/, the native core is rebuilt by the import that finds it changed.
$(STAMPS)/package: $(STAMPS)/venv pyproject.toml
	$(PYTHON) -m pip install --quiet --group build
	$(PYTHON) -m pip install --quiet --no-build-isolation --group dev \
	    --config-settings=build-dir=build/editable --editable '.[cli,ds,infer,kivy]'
	@touch $@
