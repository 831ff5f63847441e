# `make demo` and `make test` do all of their own set-up, in this folder only.
# They need git, make and Python 3.11 or newer, and no container engine.

.PHONY: help demo test check fix docs bench

help:
	@echo 'make demo    build examples/digits-api into an image, and run it if there is an engine'
	@echo 'make test    run all tests that can run on this machine'
	@echo 'make check   format, lint, types, imports, generated files, documentation'
	@echo 'make fix     mend what can be mended mechanically'
	@echo 'make docs    write the documentation to site/'
	@echo 'make bench   measure builds and checks side by side with others (needs a container engine; an hour)'

demo:
	@dev/setup run
	@.venv/bin/python dev/demo.py

test:
	@dev/setup
	@dev/test

check:
	@dev/setup
	@dev/check

fix:
	@dev/setup
	@dev/fix

docs:
	@dev/setup
	@NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict

bench:
	@dev/setup
	@.venv/bin/python bench/build.py
	@.venv/bin/python bench/check.py --install --write
	@.venv/bin/python bench/init.py
