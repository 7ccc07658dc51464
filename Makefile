# Two commands do everything on a fresh machine: `make demo` and `make test`.

PYTHON ?= python3
# requirements.txt leaves PyTorch out: its wheel on the default index requires 5 GB of CUDA on Linux, its CPU wheel none.
TORCH ?= torch==2.13.0
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
PORT ?= 8000
# `make demo ENCODER=arshif-static` encodes nothing beyond the static table.
ENCODER ?=

NASKH := @fontsource-variable/noto-naskh-arabic@5.3.0

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
ARCHIVE := data/archive
SEARCH := $(BIN)/python -m search --archive $(ARCHIVE) -k 3

.PHONY: demo test archive cluster cluster-stop lock naskh clean

demo: archive
	@echo; echo '== فيضانات وسيول في البوادي'; $(SEARCH) 'فيضانات وسيول في البوادي'
	@echo; echo '== tremblement de terre à Agadir'; $(SEARCH) 'tremblement de terre à Agadir'
	@echo; echo '== علاش غلات الخضرة فرمضان'; $(SEARCH) 'علاش غلات الخضرة فرمضان'
	@echo
	$(BIN)/python -m web --archive $(ARCHIVE) --port $(PORT)

archive: $(VENV)/installed
	$(BIN)/python -m indexer add data/sample --archive $(ARCHIVE) --captured-on 2026-03-20 $(ENCODER:%=--encoder %)
	$(BIN)/python -m indexer encode --archive $(ARCHIVE)

# Each core has a process of tests, whose libraries would start a thread for every core.
test: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	OMP_NUM_THREADS=1 $(BIN)/pytest -n auto --maxprocesses 4 --dist loadfile

# A SolrCloud of three nodes to try things on; its last line is the address for `--archive`.
cluster: $(VENV)/installed
	@$(BIN)/python -m tests.cluster start

cluster-stop:
	@$(BIN)/python -m tests.cluster stop

$(BIN)/pip:
	$(PYTHON) -m venv $(VENV)

# The CPU wheel's `2.13.0+cpu` satisfies `==2.13.0`; requirements.txt brings its dependencies, in newer versions than
# that index holds. Where the index cannot be reached, pip gives up after 5 seconds an address.
$(VENV)/torch: Makefile | $(BIN)/pip
	@$(PIP) --retries 0 --timeout 5 --no-deps --index-url '$(TORCH_INDEX)' '$(TORCH)' 2>/dev/null || { \
		echo 'No $(TORCH) from $(TORCH_INDEX): installing it from the default index.' >&2; \
		$(PIP) --constraint requirements.txt '$(TORCH)'; }
	@touch $@

# Both commands install the whole file: the development tools add some 330 MB to a demo, but two locks could disagree.
$(VENV)/installed: requirements.txt pyproject.toml $(VENV)/torch
	$(PIP) --requirement requirements.txt
	$(PIP) --no-deps --editable .
	touch $@

# Pin the newest versions that suit every platform and every Python from 3.11 on.
lock: | $(BIN)/pip
	$(PIP) uv
	echo '$(TORCH)' | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
		--no-annotate --no-emit-index-url --custom-compile-command 'make lock' --extra dev pyproject.toml - > $(VENV)/lock
	grep -vE '^(torch|triton|nvidia-[a-z0-9-]+|cuda-[a-z-]+)==' $(VENV)/lock > requirements.txt

# Cut Noto Naskh Arabic down to the letters that its style declares.
naskh: | $(BIN)/pip
	$(PIP) fonttools brotli
	cd $(VENV) && npm pack --silent '$(NASKH)' | xargs -I{} tar -xzf {}
	$(BIN)/pyftsubset $(VENV)/package/files/noto-naskh-arabic-arabic-wght-normal.woff2 --flavor=woff2 \
		--unicodes="$$(sed -n 's/ *unicode-range: \(.*\);/\1/p' web/static/naskh.css | head -n 1)" \
		--name-IDs=0,1,2,3,4,5,6,13,14 --output-file=web/static/naskh.woff2
	cp $(VENV)/package/LICENSE web/static/naskh-OFL.txt

clean:
	rm -rf $(VENV) $(ARCHIVE)
