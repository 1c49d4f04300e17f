# `make help` lists what there is to do. Debian or Ubuntu with git and make is all that it asks for.

VENV := .venv
PYTHON := $(VENV)/bin/python
BUILDER := build/builder
STAMPS := build/stamps
LISTS := setup/aptitude.run.list setup/aptitude.build.list setup/aptitude.test.list
SCRIPTS := .ci/run setup/install-packages docker/x11-cookie tools/test-arm64

# Where Meson finds ninja and cython; the editable build remembers their places.
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export CYTHON := $(CURDIR)/$(VENV)/bin/cython
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install demo test check lint docs wheel dist dist-all test-gst test-gpu test-arm64 test-asan test-tsan test-valgrind fuzz bench soak all clean distclean

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

install: $(STAMPS)/path ## what is missing: system packages, .venv, pythiags in it

demo: install ## run a DeepStream-style pipeline over the sample video
	$(VENV)/bin/pythiags demo

test: lint ## everything that must hold, the documentation included
	xvfb-run --auto-servernum --server-args='-screen 0 1280x1024x24' $(PYTHON) -m pytest

# What the lower floors hold, and nothing that GStreamer has a part in.
CHECKED := tests/channel tests/consumers tests/data tests/description tests/inference tests/metadata \
    tests/tracing tests/workers tests/test_errorlog.py tests/test_floors.py tests/test_redact.py tests/test_setup.py \
    tests/test_statedir.py tests/test_suggest.py tests/test_textfile.py

# Four at once: they wait, for processes and disks, more than they compute.
check: lint ## in half a minute: lint, and the tests that need no GStreamer
	@$(PYTHON) -c 'import pythiags'  # rebuilds what has changed, once
	$(PYTHON) -m pytest --quiet --numprocesses=4 -p standins.no_gstreamer $(CHECKED)

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

wheel: $(STAMPS)/builder ## a wheel for this machine, to dist/
	$(WITH_BUILDER) -m pip wheel --quiet --no-deps --no-build-isolation \
	    --config-settings=build-dir=build/wheel-of-builder --wheel-dir dist .
	@ls dist/*.whl

dist: $(STAMPS)/builder ## an sdist, and a wheel of this machine's Python, as a package index takes them
	$(WITH_BUILDER) -m pip install --quiet --group dist
	$(WITH_BUILDER) tools/dist.py dist

dist-all: ## the same for each Python that is supported, in folders of Debian and Ubuntu (as root)
	tools/dist_all.py

test-gst: ## the tests of GStreamer on another one of it (GST=1.20, 1.26 or 1.28), with the wheel (as root)
	tools/test_gst.py $(GST)

test-gpu: install ## tests and figures that need an NVIDIA card, into build/gpu.md
	$(PYTHON) tools/gpu/report.py --to build/gpu.md

.PHONY: test-controls
test-controls: install ## that each test of a fault fails where what it is about is switched off
	@$(PYTHON) -c 'import pythiags.gst'  # rebuilds what has changed, once
	PYTHONPATH=tests $(PYTHON) -m faults.controls $(CONTROLS)

test-arm64: ## tests without timing in a folder of Debian for arm64, emulated (as root)
	tools/test-arm64

test-asan: install ## tests of what is compiled, under AddressSanitizer and UndefinedBehaviorSanitizer
	$(PYTHON) tools/test_sanitized.py address

test-tsan: install ## the same under ThreadSanitizer: data of two threads without a lock
	$(PYTHON) tools/test_sanitized.py thread

test-valgrind: install ## launch lines of elements under valgrind: memory that is read before it is written
	xvfb-run --auto-servernum $(PYTHON) tools/test_valgrind.py

fuzz: install ## look for texts that are read wrongly, for MINUTES=8 in all
	$(PYTHON) -m pip install --quiet --group fuzz
	$(PYTHON) tools/fuzz.py --minutes $(or $(MINUTES),8)

bench: install ## the figures, as one table
	$(PYTHON) benchmarks/run.py

.PHONY: promises
promises: install ## what is promised beside what is measured, into docs/promises.inc
	$(PYTHON) benchmarks/promises.py --docs $(PROMISES)

soak: install ## faults of all kinds for MINUTES=60 (SEED=s repeats one); the report is in build/soak
	PYTHONPATH=tools $(PYTHON) -m soak $(or $(MINUTES),60) $(if $(SEED),--seed=$(SEED))

all: test docs wheel ## test, docs and wheel

clean: ## what was built
	rm -rf build dist demo-output docs/_build .mypy_cache .ruff_cache .pytest_cache .hypothesis

distclean: clean ## the same, and .venv
	rm -rf $(VENV)

$(STAMPS)/system: $(LISTS)
	setup/install-packages $(LISTS)
	@mkdir -p $(@D) && touch $@

# An environment that has what builds a wheel, and nothing else.
WITH_BUILDER = PATH=$(CURDIR)/$(BUILDER)/bin:$$PATH CYTHON=$(CURDIR)/$(BUILDER)/bin/cython \
    $(BUILDER)/bin/python

$(STAMPS)/builder: setup/aptitude.build.list pyproject.toml
	setup/install-packages setup/aptitude.build.list
	/usr/bin/python3 -m venv $(BUILDER)
	$(BUILDER)/bin/python -m pip install --quiet 'pip>=25.1'
	$(BUILDER)/bin/python -m pip install --quiet --group build
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

# Type checkers and editors follow a path; they do not run the import hook of an editable build.
$(STAMPS)/path: $(STAMPS)/package
	echo $(CURDIR)/src > "$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/pythiags-source.pth"
	@touch $@
