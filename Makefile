# Two commands for newcomers: `make demo` and `make test`. Everything lives in .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt

.PHONY: demo test check install install-test clean

demo: $(VENV)/.installed
	$(BIN)/kiaim demo

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest

# What CI runs besides the tests: format, lint, types, import contracts.
check: $(VENV)/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

install: $(VENV)/.installed
install-test: $(VENV)/.installed-test

$(VENV)/.installed: setup.cfg constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e .
	touch $@

# pycanon serves as an oracle in the tests only. It pins old versions of what we use, so it is
# installed without its dependencies; those of its modules that the tests import need none of them.
# So is pyarxaas, the client that the face for ARXaaS is tested with; what it needs is in the extra.
$(VENV)/.installed-test: $(VENV)/.installed
	$(PIP) -e '.[test]'
	$(PIP) --no-deps pycanon pyarxaas
	touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
