# `make check` is what a change must pass. The tools come from .venv where there is one.
BIN := $(if $(wildcard .venv/bin),.venv/bin/)

.PHONY: check format lint types contracts test bench lock

check: format lint types contracts test

format:
	$(BIN)ruff format --check .

lint:
	$(BIN)ruff check .

types:
	$(BIN)mypy

contracts:
	$(BIN)lint-imports

test:
	$(BIN)python -m pytest -q -n auto

bench:
	$(BIN)python -m tests.bench

# Hashes and markers only: a lock that names no host can be restored from any index.
lock:
	uv pip compile -q pyproject.toml --group dev --extra notify \
		--extra metrics --extra parquet --extra zstd --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate -o requirements.lock
