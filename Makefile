# The commands of this project; each sets up what it needs first.
#
# Python 3.11 to 3.14 is looked for; to name one: make book PYTHON=/path/to/python

PYTHON ?=
PORT ?=
# What goes to pytest: make test TESTS="tests/test_layers.py -k kernel"
TESTS ?=
# Which files' mutations: make mutate MUTATE="loopback --jobs 1"
MUTATE ?=
# Which notebooks: make notebooks NOTEBOOKS=chapters/hw_features.ipynb
NOTEBOOKS ?=
# Which checkout's model to measure beside this one's: make bench AGAINST=../before
AGAINST ?=
# Which releases' kernels for the pages: make kernel KERNEL="6.12 6.1"; without it the book's
KERNEL ?=
VENV = .venv/bin
# From the project's folder, with the chapters in the file list, asking no other host for news.
LAB = --ServerApp.root_dir=. --LabApp.default_url=/lab/tree/chapters \
	--LabApp.app_settings_dir=tools/jupyterlab --LabApp.news_url=None \
	--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate \
	$(if $(filter 0,$(shell id -u)),--allow-root)

export PYTHON QUESTION
# Where this make runs inside a notebook or an editor, its settings are not the tests'.
unexport VIRTUAL_ENV PYTHONHOME PYTHONPATH

.PHONY: help book test quick mutate serve lab chapter notebooks lint trees kernel python site bench lock clean environment-book environment-test
.DEFAULT_GOAL = help

help: ## print this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/\1#\2/p' Makefile | while IFS='#' read -r name what; do \
		printf '  make %-10s %s\n' "$$name" "$$what"; done

environment-book environment-test: environment-%:
	@python=$$(sh tools/python.sh) && "$$python" tools/environment.py $*

book: environment-book ## build the book into _build/html
	@$(VENV)/python tools/book.py

test: environment-test ## run every test: model, notebooks, layers, style, built pages
	@$(VENV)/python tools/book.py
	@$(VENV)/python tools/browser.py
	@# Three, since tests of pages wait half of their time; each goes on from where another has left
	@# off, so that what a file prepares is prepared once.
	@$(VENV)/python -m pytest -n 3 --dist worksteal -r fEs $(TESTS)

quick: environment-test ## two minutes of tests after a change: no browser, no notebook
	@# A test that is named at the end takes long: mark it as slow.
	@$(VENV)/python -m pytest -n 2 -q --quick --durations=5 --durations-min=4 $(TESTS)

mutate: environment-test ## change the model in small ways; each must turn its test red
	@$(VENV)/python -m tools.mutate $(MUTATE)

serve: book ## serve the book on this machine (PORT=8000, or a free port)
	@$(VENV)/python tools/serve.py $(PORT)

lab: environment-test ## open the chapters in JupyterLab
	@# Half a minute of reckoning that is done when the reader comes to the first explorer.
	@$(VENV)/python -m lomodel.explore >/dev/null 2>&1 & $(VENV)/python -m jupyterlab $(LAB)

chapter: environment-test ## make a new chapter: NAME=net_init QUESTION="What does ... do?"
	@$(VENV)/python tools/chapter.py "$(NAME)" "$$QUESTION"

notebooks: environment-test ## run every notebook anew and store its outputs
	@$(VENV)/python tools/notebooks.py $(NOTEBOOKS)

lint: environment-test ## style, imports, types, spelling, and what pages state
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/lint-imports
	@$(VENV)/mypy
	@$(VENV)/codespell
	@$(VENV)/python -m tools.budget
	@$(VENV)/python -m tools.stated

trees: environment-book ## get the kernel sources that some tests read (Debian, root)
	@$(VENV)/python -m tools.unpack_trees

kernel: environment-book ## build the Linux kernel that the pages ask (Debian 12)
	@$(VENV)/python -m tools.kernel $(KERNEL)

python: environment-book ## put Python into the pages, and the pages as notebooks (npm)
	@$(VENV)/python -m tools.python
	@$(VENV)/python -m tools.python.lite

site: ## the book with all that make kernel and make python add to it
	@$(MAKE) --no-print-directory kernel
	@$(MAKE) --no-print-directory python
	@$(MAKE) --no-print-directory book

bench: environment-test ## what a packet costs, in the model and on the real lo
	@$(VENV)/python $(if $(AGAINST),tools/bench_checkouts.py "$(AGAINST)",tools/bench.py)

lock: environment-test ## renew the pins in requirements*.txt from pyproject.toml
	@$(VENV)/python tools/lock.py

clean: ## remove the built book and the environment
	rm -rf _build .venv dist .pytest_cache .ruff_cache .mypy_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
