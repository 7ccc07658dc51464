# Two commands do everything on a fresh machine: `make demo` and `make test`.

PYTHON ?= python3
# Installed before anything that needs torch: from 2.13.0 on hand no other package asks for a newer one.
TORCH ?= torch==2.13.0
PORT ?= 8000

BIN := .venv/bin
ARCHIVE := data/archive
SEARCH := $(BIN)/python -m search --archive $(ARCHIVE) -k 3

.PHONY: demo test archive clean

demo: archive
	@echo; echo '== فيضانات وسيول في البوادي'; $(SEARCH) 'فيضانات وسيول في البوادي'
	@echo; echo '== tremblement de terre à Agadir'; $(SEARCH) 'tremblement de terre à Agadir'
	@echo; echo '== علاش غلات الخضرة فرمضان'; $(SEARCH) 'علاش غلات الخضرة فرمضان'
	@echo
	$(BIN)/python -m web --archive $(ARCHIVE) --port $(PORT)

archive: .venv/installed
	$(BIN)/python -m indexer add data/sample --archive $(ARCHIVE) --captured-on 2026-03-20

test: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pytest

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check $(TORCH)
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[dev]'
	touch $@

clean:
	rm -rf .venv $(ARCHIVE)
