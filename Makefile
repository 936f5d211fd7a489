# Two commands: make app, make test. Each sets up what it needs and does nothing twice.

# The first Python that is new enough; make app PYTHON=/path/to/python names another.
NEW_ENOUGH = import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))
PYTHON ?= $(firstword $(foreach name,python3 python3.13 python3.12 python3.11,\
	$(shell $(name) -c '$(NEW_ENOUGH)' 2>/dev/null && echo $(name))))
BIN := .venv/bin
# A module is compiled when it is first imported: pip would compile twenty thousand that never are.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
unexport PYTHONDONTWRITEBYTECODE

.PHONY: app test check bench soak clean
.DELETE_ON_ERROR:

app: .venv/app
	$(BIN)/voicegender dashboard

# A file's tests share what they have made, so a file stays with one process.
test: .venv/dev check
	$(BIN)/python -m pytest -n logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: .venv/dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

bench: .venv/dev
	$(BIN)/python benchmarks/bench.py

# What takes too long for each test run: some forty minutes in all. The first that fails ends it.
LIBRISPEECH = $(or $(VOICEGENDER_LIBRISPEECH),../shared/LibriSpeech)
soak: .venv/dev
	$(BIN)/python benchmarks/kills.py $(LIBRISPEECH)
	$(BIN)/python benchmarks/fuzz.py $(LIBRISPEECH)
	$(BIN)/python benchmarks/soak.py $(LIBRISPEECH)

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "make: Python 3.11 to 3.13 is needed; see python.org"; exit 1; }
	$(PYTHON) -m venv .venv

.venv/app: requirements.txt pyproject.toml | .venv/bin/python
	@echo "Installing into .venv (once, some minutes) ..."
	$(PIP) --requirement requirements.txt
	$(PIP) --no-deps --editable .
	@touch $@

.venv/dev: requirements-dev.txt .venv/app
	$(PIP) --requirement requirements-dev.txt
	@touch $@

clean:
	rm -rf .venv *.egg-info
