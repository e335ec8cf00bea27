# Every target goes through dev.py, which needs nothing but Python's standard library.
PYTHON ?= python3

.PHONY: run test test-all bench fmt check
run:
	@$(PYTHON) dev.py run
test:
	@$(PYTHON) dev.py test
test-all:
	@$(PYTHON) dev.py test-all
bench:
	@$(PYTHON) dev.py bench
fmt:
	@$(PYTHON) dev.py fmt
check:
	@$(PYTHON) dev.py check
