# make help lists the targets. The environment is made once, in .venv, and again only when requirements.txt changes.
PYTHON ?= python3
PORT ?= 8000
SAMPLE ?= to_person
CASES ?= 10000
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/.made-from-requirements
PAGES := node_modules/.made-from-lock
export NO_MKDOCS_2_WARNING := 1
# Every bot of a test is a process of its own; compiled once, it starts four times as fast.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: incomplete help serve site run new package local test check prove browsers lint review format bench record picture lock audit clean

help: ## list these targets
	@sed -nE 's/^([a-z]+):.*## (.*)/make \1 \2/p' $(MAKEFILE_LIST) | awk '{printf "make %-8s ", $$2; $$1=$$2=""; print substr($$0,3)}'

# Relative to its own folder, samples.pth leads to this checkout, also after a move or a copy: samples are importable
# from everywhere. An older environment has none and is completed.
$(READY): requirements.txt $(if $(wildcard $(VENV)/lib/python*/site-packages/samples.pth),,incomplete)
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed, and $(PYTHON) is %d.%d. Name another: make PYTHON=python3.13 ..." % sys.version_info[:2])'
	@echo "Installing the packages of requirements.txt into $(VENV): less than a minute, and only when they change."
	$(PYTHON) -m venv $(VENV)
	sed -n '/^uv==/,/[^\\]$$/p' requirements.txt > $(VENV)/uv.txt
	$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement $(VENV)/uv.txt
	$(RUN) -m uv pip sync --quiet --require-hashes --python $(RUN) requirements.txt
	@echo ../../../.. > "$$($(RUN) -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/samples.pth"
	@touch $@

# npm comes with requirements.txt; a machine that PyPI has none for uses its own. Without the packages everything works, but cards are drawn plainly
# and samples do not run in the page. Nothing that is fetched is run (--ignore-scripts).
$(PAGES): package-lock.json | $(READY)
	@PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@ || echo "npm ci did not work: cards are drawn plainly, and samples do not run in the page."

serve: $(READY) $(PAGES) ## serve the site at http://127.0.0.1:8000
	$(RUN) -m mkdocs serve --dev-addr 127.0.0.1:$(PORT)

site: $(READY) $(PAGES) ## build the site into site/
	$(RUN) -m mkdocs build --strict

run: $(READY) ## run one sample against Local Teams: make run SAMPLE=to_person [ARGS=--wire]
	@$(RUN) -m samples run $(SAMPLE) $(ARGS)

new: $(READY) ## lay a new sample, with test and page: make new SAMPLE=to_team [ARGS=--bot]
	@$(RUN) -m samples new $(SAMPLE) $(ARGS)

package: $(READY) ## make the app package to upload to Teams: build/app.zip
	@$(RUN) -m samples package

local: $(READY) $(PAGES) ## start Local Teams and its page at http://127.0.0.1:8090
	@$(RUN) -m samples.local_teams serve $(ARGS)

test: $(READY) $(PAGES) ## run every test, or some: make test ARGS=tests/send/test_to_person.py
	$(RUN) -m pytest --numprocesses=auto --dist=loadgroup --no-loadscope-reorder $(if $(CI),--cov=samples) $(ARGS)

prove: $(READY) $(PAGES) ## run the long proofs, with so many cases each: make prove CASES=10000
	CASES=$(CASES) $(RUN) -m pytest -m prove --numprocesses=auto --dist=loadgroup --no-loadscope-reorder $(ARGS)

check: $(READY) ## check what concerns one sample, in seconds: make check SAMPLE=to_person
	@$(RUN) -m tests.support.check $(SAMPLE)

browsers: $(READY) ## install the browsers that tests use (Debian)
	@$(RUN) -m tests.support.programs

lint: $(READY) $(PAGES) ## check style, types, imports and prose
	$(RUN) -m ruff check
	$(RUN) -m ruff format --check
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports --no-logo
	$(VENV)/bin/rumdl check --quiet .
	@if [ -x node_modules/.bin/oxlint ]; then PATH="$(CURDIR)/$(VENV)/bin:$$PATH" node_modules/.bin/oxlint --deny-warnings docs samples tests; \
	else echo "The npm packages are missing: the scripts of pages are not checked."; fi

review: $(READY) ## report facts that are old, unread for a year, or contradict one another
	@$(RUN) -m tests.support.review

format: $(READY) ## write the style that make lint checks
	$(RUN) -m ruff check --fix
	$(RUN) -m ruff format

bench: $(READY) ## measure how fast things are: make bench [ARGS="--quick local_teams"]
	$(RUN) -m tests.bench $(ARGS)

record: $(READY) ## write again what each sample prints and sends, for the pages
	$(RUN) -m samples record docs/recorded
	$(RUN) -m tests.support.provoking docs/recorded/errors/provoked.json
	$(RUN) -m tests.support.planting docs/recorded/conformance.txt

picture: $(READY) $(PAGES) ## take the README's pictures again
	PICTURE=docs/assets/run-in-page.png $(RUN) -m pytest -q tests/built_site/test_run_in_page.py -k as_it_looks
	PICTURE=docs/assets/local-teams.png $(RUN) -m pytest -q tests/built_site/test_page.py -k as_it_arrives

# For every platform and from Python 3.11.5 on: below it the lock would fork.
lock: $(READY) ## resolve requirements.in into requirements.txt, with hashes
	$(RUN) -m uv pip compile --quiet --universal --python-version 3.11.5 --generate-hashes --no-annotate \
		--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
		requirements.in --output-file requirements.txt

# Each night, in .github/workflows/nightly.yml. The auditors are programs of their own, and not in requirements.txt.
audit: $(READY) ## look for known holes in what is locked, and in the workflows
	$(RUN) -m uv tool run pip-audit@2.10.1 --require-hashes --disable-pip --requirement requirements.txt
	PATH="$(CURDIR)/$(VENV)/bin:$$PATH" npm audit --audit-level=moderate
	$(RUN) -m uv tool run zizmor@1.32.0 --offline .github/workflows

clean: ## remove what the targets made
	rm -rf $(VENV) node_modules site build .cache .coverage .pytest_cache .mypy_cache .ruff_cache
