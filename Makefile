# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Every target installs and builds what it needs first, and only what changed. Nothing is
# installed outside .venv and build/. `make help` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

PYTHON ?= python3
JOBS ?= $(shell nproc)
VENV := $(CURDIR)/.venv
BIN := $(VENV)/bin
BUILD := $(CURDIR)/build
export PATH := $(BIN):$(PATH)
export CMAKE_BUILD_PARALLEL_LEVEL := $(JOBS)
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# A set PYTHONPATH or an active environment must not leak into ours.
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV

# What the compiled parts are made of: a change here reinstalls, a change of Python alone does not.
NATIVE := $(shell find CMakeLists.txt pyproject.toml codegen dialects passes runtime python tools \
            \( -name '*.cpp' -o -name '*.c' -o -name '*.h' -o -name '*.td' -o -name '*.cmake' \
               -o -name '*.map' -o -name CMakeLists.txt -o -name pyproject.toml \) 2>/dev/null)
C_FILES = $(shell find codegen dialects passes runtime python tools test examples benchmarks \
            \( -name '*.cpp' -o -name '*.c' -o -name '*.h' \) 2>/dev/null)

.PHONY: help setup build demo check check-slow models peers bench bench-kernels bench-compile lint lit runtime pytest generate format clean distclean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: $(VENV)/.requirements ## create .venv with the pinned requirements

# The stamp is written last, so an interrupted install is done again.
$(VENV)/.requirements: constraints.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	  { echo "Tilewright needs Python 3.10 or newer; run make PYTHON=<path of one>"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' || \
	  { echo "this Python cannot make environments: on Debian, apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt pip
	$(BIN)/python -m pip install --quiet -c constraints.txt -r requirements-dev.txt
	@touch $@

build: $(VENV)/.built ## build the compiler and install it into .venv

# Editable and without build isolation: Python files are used in place, and build/ is kept, so
# that a rebuild compiles only what changed.
$(VENV)/.built: $(VENV)/.requirements $(NATIVE)
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation \
	  --config-settings=build-dir=$(BUILD) --editable .
	@touch $@

check: lint lit runtime pytest ## everything CI runs: lint, IR tests, Python tests, documentation

check-slow: $(VENV)/.built ## every operator, shape and architecture of test/exhaustive; an hour
	python -m pytest $(PYTESTFLAGS) test/exhaustive/every_case.py test/exhaustive/every_processor.py

lint: $(VENV)/.requirements ## formatting, types, spelling
	ruff check .
	ruff format --check .
	mypy
	@echo "clang-format --dry-run -Werror (C and C++ files)"
	@clang-format --dry-run -Werror $(C_FILES)
	codespell

lit: $(VENV)/.built ## IR tests
	lit -sv $(LITFLAGS) test

# Four builds of the runtime, each in a folder of its own: plain, ThreadSanitizer,
# AddressSanitizer with UBSan, and without Linux's own calls.
runtime: $(VENV)/.requirements ## the C runtime's tests, also under the sanitizers
	cmake -S runtime -B $(BUILD)/check-runtime -G Ninja
	cmake --build $(BUILD)/check-runtime --target check-runtime

# Last of `check`, so that pytest's summary is its closing line.
pytest: $(VENV)/.built ## Python tests, the repository's rules, and the documentation's code
	python -m pytest $(PYTESTFLAGS) test

# What the demonstration takes when nothing else is asked for.
DEMO ?= simple_cnn mobilenet_v2 resnet50 bert_base

demo: $(VENV)/.built ## compile and run real models next to PyTorch (DEMO="resnet50 …")
	tilewright run $(DEMO:%=zoo:%)

models: $(VENV)/.built ## all models at full size, next to PyTorch; writes docs/models.md (resumes)
	python benchmarks/compare.py --page docs/models.md --resume build/models.jsonl

# Benchmarks against others. All is measured when nothing is chosen, and written where it can be
# committed; what is chosen goes into build/.
MODELS ?= mlp resnet50 mobilenet_v2 bert_base vit_base gpt2 llama_decode
PEERS ?= eager inductor onnxruntime openvino iree
KERNELS ?=
THREADS ?= 1 2
PRECISION ?= f32
CHOSEN = $(filter-out file,$(foreach name,MODELS PEERS KERNELS,$(origin $(name))))
RESULTS ?= $(if $(CHOSEN),build/results,benchmarks/results)
BENCH_OPTIONS = --threads $(THREADS) --precision $(PRECISION) --results $(RESULTS)
NEEDS_PEERS = $(if $(filter-out eager inductor,$(PEERS)),$(BUILD)/peers/.requirements)

peers: $(BUILD)/peers/.requirements ## create build/peers with what we are measured against

# It sees what is in .venv: PyTorch and the zoo are the same for all contenders.
$(BUILD)/peers/.requirements: $(VENV)/.requirements constraints.txt benchmarks/requirements-peers.txt
	$(BIN)/python -m venv $(BUILD)/peers
	$(BUILD)/peers/bin/python -c 'import sys, sysconfig; \
	  print(f"import site; site.addsitedir({sys.argv[1]!r})", \
	    file=open(sysconfig.get_path("purelib") + "/tilewright.pth", "w"))' \
	  "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
	$(BUILD)/peers/bin/python -m pip install --quiet \
	  -c constraints.txt -r benchmarks/requirements-peers.txt
	@touch $@

bench: $(VENV)/.built $(NEEDS_PEERS) ## speed next to others (MODELS=… PEERS=… THREADS=… PRECISION=…)
	python benchmarks/compare.py $(MODELS) --peers $(PEERS) $(BENCH_OPTIONS) \
	  --resume build/bench.jsonl

bench-kernels: $(VENV)/.built $(BUILD)/peers/.requirements ## speed of kernels (KERNELS="gemm conv*" …)
	python benchmarks/kernels.py $(KERNELS:%='%') $(BENCH_OPTIONS) \
	  $(if $(filter-out file,$(origin PEERS)),--peers $(PEERS)) --resume build/bench-kernels.jsonl

BLOCKS ?=

bench-compile: $(VENV)/.built ## compile time of each pass by depth of the model (BLOCKS=transformer)
	python benchmarks/depth.py $(BLOCKS) \
	  --results $(if $(BLOCKS),build/results,benchmarks/results)

generate: $(VENV)/.built ## rewrite generated files: reference pages, tilewright/passes.py
	python tools/scripts/generate.py

format: $(VENV)/.requirements ## rewrite Python and C++ files in the project's style
	ruff check --fix .
	ruff format .
	clang-format -i $(C_FILES)

clean: ## remove what was built
	rm -rf build dist $(VENV)/.built

distclean: clean ## remove .venv as well
	rm -rf .venv
