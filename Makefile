# One command each; `make help` lists them. Needs Python 3.11 or newer, nothing else.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
VENV ?= .venv
PY := $(VENV)/bin/python
PIP_FLAGS := --disable-pip-version-check --quiet
CHARGE ?=

# Stamps: a target is run again only when what it was made from has changed.
BASE := $(VENV)/.made
RUN := $(VENV)/.installed
DEV := $(VENV)/.installed-dev

$(BASE):
	@found=; for name in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	  if command -v $$name >/dev/null 2>&1 \
	    && $$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	  then found=$$name; break; fi; done; \
	if [ -z "$$found" ]; then \
	  echo "voltbench needs Python 3.11 or newer; found: $$(python3 --version 2>&1 || true)." \
	    "Name one with: make PYTHON=/path/to/python3.11" >&2; exit 1; fi; \
	echo "environment: $(VENV), $$($$found --version)"; \
	$$found -m venv $(VENV) || { echo "python's venv module is missing" \
	  "(Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@touch $@

$(RUN): $(BASE) pyproject.toml constraints.txt
	@echo "installing voltbench and the libraries it uses"
	@$(PY) -m pip install $(PIP_FLAGS) -e . -c constraints.txt
	@touch $@

# The dev group of pyproject.toml is the only list of development tools.
$(DEV): $(RUN)
	@echo "installing the development tools"
	@$(PY) -c 'import tomllib; print("\n".join(tomllib.load(open("pyproject.toml", "rb"))["dependency-groups"]["dev"]))' \
	  > $(VENV)/dev.txt
	@$(PY) -m pip install $(PIP_FLAGS) -r $(VENV)/dev.txt -c constraints.txt
	@touch $@

.PHONY: help charge test bench robustness validate heat-soak shedding tuning gallery gridlaws \
  maps schematics lint lock clean
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | sed 's/|/\t/' | expand -t 18

charge: $(RUN) ## one vehicle through a full charge; options: make charge CHARGE="--vehicle zoe"
	@$(VENV)/bin/voltbench charge $(CHARGE)

test: $(DEV) ## all tests
	@$(PY) -m pytest

bench: $(DEV) ## speed against the same loop in C (needs gcc for the C side) -> results/benchmarks.md
	@$(PY) -m voltbench.hil.bench_report
	@$(PY) -m voltbench.hil.benchmarking.switched.race
	@OPENBLAS_NUM_THREADS=1 $(PY) -m voltbench.hil.benchmarking.gain_loop

robustness: $(DEV) ## switched circuits over 500 operating points, resumable -> results/switched_robustness.md
	@$(PY) -m voltbench.hil.benchmarking.switched.robustness

validate: $(DEV) ## comparison with published measurements -> results/validation.md
	@$(PY) -m voltbench.hil.validate

tuning: $(DEV) ## six loops from bandwidth and margin to a proof -> results/tuning.md
	@OPENBLAS_NUM_THREADS=1 $(PY) -m voltbench.hil.tuning

heat-soak: $(DEV) ## an hour at 45 degC with failed cooling, derating -> results/heat_soak.md
	@$(PY) -m voltbench.hil.sharing.soak_page

shedding: $(DEV) ## losses over the load with fewer modules running -> results/shedding.md
	@$(PY) -m voltbench.hil.sharing.shedding_page

gallery: $(DEV) ## waveforms of every switched converter -> results/switched.md
	@OPENBLAS_NUM_THREADS=1 $(PY) -m voltbench.hil.switched.gallery

maps: $(DEV) ## efficiency, temperature, ZVS and reach of the DC-DC converters -> results/maps.md
	@OPENBLAS_NUM_THREADS=1 $(PY) -m voltbench.hil.map_pages

gridlaws: $(DEV) ## grid-side laws through dips, jumps, a lost phase -> results/grid_laws.md
	@OPENBLAS_NUM_THREADS=1 $(PY) -m voltbench.hil.switched.grid_laws_page

schematics: $(DEV) ## drawings and parameter tables of the converters
	@$(PY) -m voltbench.plant_models.switched.schematics

lint: $(DEV) ## ruff, mypy, import layers
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

lock: $(DEV) ## rewrite constraints.txt from this environment
	@{ sed '/^[^#]/,$$d' constraints.txt; $(PY) -m pip freeze --exclude-editable | sort -f; } \
	  > $(VENV)/lock.txt && cp $(VENV)/lock.txt constraints.txt

clean: ## remove the environment and caches (results of runs stay)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist
	find . -name __pycache__ -prune -exec rm -rf {} +
