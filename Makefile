# Every command does its own set-up, on a machine that has Python 3.11 or later
# with venv and pip, and Node 20 or later. What is already there is not redone.
#
#   make demo [PORT=8888] [NOTEBOOK=examples/linux-host.ipynb]
#   make demo HEADLESS=1 [NOTEBOOK=…]
#   make test | lint | bench | clean

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
.DEFAULT_GOAL := help

# The first that can make an environment: Debian's own Python may lack venv's half.
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,\
  $(shell $(name) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && command -v $(name))))
NOTEBOOK ?= examples/investigation.ipynb
PORT ?=
HEADLESS ?=

bin := .venv/bin
package := python_ext/jupyterlab_sentinel
export PATH := $(CURDIR)/$(bin):$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Kernels, servers and tests start dozens of processes, and none should compile every module anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo test lint bench clean python frontend browser

help:
	@sed -n 's/^#   //p' Makefile

# --- set-up -----------------------------------------------------------------

python: $(bin)/.installed
frontend: $(package)/labextension/package.json $(bin)/.linked

$(bin)/python:
	@[ -n "$(PYTHON)" ] || { echo 'make: no Python found; install Python 3.11 or later, with venv and pip.' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'make: $(PYTHON) is older than 3.11; name another with PYTHON=…' >&2; exit 1; }
	@echo 'make: creating .venv with $(PYTHON)'
	@"$(PYTHON)" -m venv .venv

# uv is several times faster than pip; where it cannot be had or does not work, pip does it.
$(bin)/.installed: pyproject.toml package.json | $(bin)/python
	@echo 'make: installing the Python packages'
	@$(bin)/python -m pip install --quiet uv || echo 'make: no uv to be had; pip installs, which takes longer.'
	@export SKIP_JUPYTER_BUILDER=1; $(bin)/uv pip install --quiet --compile-bytecode --python $(bin)/python --editable '.[lab,test]' \
	  || $(bin)/python -m pip install --quiet --editable '.[lab,test]'
	@touch $@

node_modules/.installed: package.json yarn.lock .yarnrc.yml | $(bin)/.installed
	@command -v node >/dev/null || { echo 'make: no node found; install Node.js 20 or later.' >&2; exit 1; }
	@node -e 'process.exit(Number(process.versions.node.split(".")[0] < 20))' || { echo 'make: node is older than 20; install Node.js 20 or later.' >&2; exit 1; }
	@echo 'make: installing the npm packages'
	@jlpm install > .venv/jlpm.log || { tail -n 40 .venv/jlpm.log; exit 1; }
	@touch $@

frontend_sources := package.json labextension/tsconfig.json labextension/webpack.config.js \
  $(shell find labextension/src labextension/style labextension/schema -type f)

$(package)/labextension/package.json: node_modules/.installed $(frontend_sources)
	@echo 'make: building the front end'
	@jlpm build:prod > .venv/build.log 2>&1 || { tail -n 40 .venv/build.log; exit 1; }
	@touch $@

# The editable install copies the built extension; a link stays in step with it.
$(bin)/.linked: $(bin)/.installed | $(package)/labextension/package.json
	@jupyter-builder develop --overwrite . > .venv/develop.log 2>&1 || { tail -n 40 .venv/develop.log; exit 1; }
	@touch $@

browser:
	@if ! command -v chromium chromium-browser google-chrome >/dev/null; then \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo 'make: installing Chromium'; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	  else \
	    echo 'make: the browser tests need chromium on the PATH: install the packages chromium and fonts-dejavu-core, then repeat.' >&2; exit 1; \
	  fi; \
	fi

# --- commands ---------------------------------------------------------------

ifneq ($(filter-out 0,$(HEADLESS)),)
demo: python
	@$(bin)/python -m jupyterlab_sentinel.demo.headless $(NOTEBOOK) --output build
else
# The notebooks open as copies: the checkout stays as it is.
demo: python frontend
	@mkdir -p build/demo
	@cp -Rn examples/. build/demo/ || true
	@cp -n $(NOTEBOOK) build/demo/ || true
	@cd build/demo && exec jupyter lab --ServerApp.ip=127.0.0.1 --ServerApp.root_dir=. \
	  --KernelManager.transport_encryption=auto \
	  --LabApp.default_url=/lab/tree/$(notdir $(NOTEBOOK)) \
	  $(if $(PORT),--ServerApp.port=$(PORT) --ServerApp.port_retries=0) \
	  $$([ "$$(id -u)" != 0 ] || echo --allow-root) \
	  $(if $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname)),,--no-browser)
endif

lint: python node_modules/.installed
	@$(bin)/python tests/suite.py lint

# The system's packages come while Python's and npm's do.
test:
	@$(MAKE) -j2 python frontend browser
	@$(bin)/python tests/suite.py

bench: python
	@for script in tests/benchmarks/bench_*.py; do $(bin)/python "$$script"; done

clean:
	rm -rf build dist node_modules .yarn .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis \
	  labextension/lib labextension/tsconfig.tsbuildinfo $(package)/labextension $(package)/_version.py
