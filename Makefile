# `make help` lists the targets. What a target does in more than a line is in tools/.
.DEFAULT_GOAL := help
.PHONY: help env lab test long whole fuzz reductions mutants browser site notebooks figures claims findings manifest bench site-bench peers lock clean

# Without cached byte code every start of a kernel takes twice as long.
unexport PYTHONDONTWRITEBYTECODE
# Modules of other projects have no place in the environment.
unexport PYTHONPATH

PYTHON_ENV := .venv/bin/python

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

env: ## create the environment in .venv from the locked requirements
	@sh tools/env.sh

lab: env ## open the notebooks in JupyterLab
	@sh tools/lab.sh

test: env ## run the tests, verify every notebook, check lint, format and types
	@$(PYTHON_ENV) -m tools.check

long: env ## run the tests that try many systems, after `make test`
	@$(PYTHON_ENV) -m pytest -n 2 -p no:nbval -o addopts="--dist loadfile -rs" -m "long and not whole" tests

whole: env ## the same with every system that they could try, for an hour or so
	@$(PYTHON_ENV) -m pytest -n 2 -p no:nbval -o addopts="--dist loadfile -rs" -m "long or whole" tests

CALLS := 1000000
fuzz: env ## issue malformed calls, and see whether anything breaks: CALLS=1000000 SEED=1
	@$(PYTHON_ENV) -m tests.fuzz --calls $(CALLS) $(if $(SEED),--seed $(SEED))

SECONDS := 60
reductions: env ## compare every reduction with none in systems made up: SECONDS=600 SEED=1
	@$(PYTHON_ENV) -m tests.reductions --seconds $(SECONDS) $(if $(SEED),--seed $(SEED))

MINUTES := 30
mutants: env ## change the package in every place, and see tests fail: FILES=all MINUTES=600
	@$(PYTHON_ENV) -m tools.mutants --minutes $(MINUTES) $(FILES)

browser: env ## drive the notebooks and their widgets in JupyterLab and Chromium
	@$(PYTHON_ENV) -m pytest -n 2 --dist loadfile -m browser tests/browser

site: env ## build the notebooks into pages in site/, with Python in them where npm is there
	@$(PYTHON_ENV) -m tools.site

notebooks: env ## execute the notebooks and store their outputs
	@$(PYTHON_ENV) -m tools.store_notebooks $(NOTEBOOKS)

figures: env ## draw the pictures in figures/ from the model
	@$(PYTHON_ENV) -m ocallkit.view.figures

claims: env ## judge every claim, and keep what they come to
	@$(PYTHON_ENV) -m tools.claims

findings: env ## look for everything that breaks under the posted code, and what would cure it
	@$(PYTHON_ENV) -m tools.findings

manifest: env ## judge every cell on record and write down its counts
	@$(PYTHON_ENV) -m tools.manifest

bench: env ## print what the package costs in time
	@$(PYTHON_ENV) -m benchmarks.figures
	@$(PYTHON_ENV) -m benchmarks.judging

site-bench: env ## print how long the site takes to be there, to come alive and to judge
	@$(PYTHON_ENV) -m benchmarks.site

peers: env ## compare every verdict, and its time, with those of Spin and TLC
	@$(PYTHON_ENV) -m benchmarks.peers --fetch $(PEERS_OPTIONS)

lock: env ## resolve pyproject.toml into requirements.txt
	@sh tools/lock.sh $(LOCK_OPTIONS)

clean: ## remove the environment, caches and what was built
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis artefacts build dist mutants site .cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@find . -name .ipynb_checkpoints -type d -prune -exec rm -rf {} +
