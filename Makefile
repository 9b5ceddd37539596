# 見守り / mimamori. Python 3.11 以上と make だけで動きます / needs Python 3.11 or newer and make.

VENV := .venv
RUN := $(VENV)/bin/python
INSTALLED := $(VENV)/.installed
BUILT := $(VENV)/.built
PORT ?= 8080
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$name && break; done)

export MIMAMORI_HOME ?= $(CURDIR)/var
export AIRFLOW_HOME ?= $(abspath $(MIMAMORI_HOME))/airflow
export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# DuckDB frees and takes small pieces of memory all the time: a longer list of free ones (of glibc) saves a tenth of the CPU time.
export GLIBC_TUNABLES ?= glibc.malloc.tcache_count=100

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help nightly airflow demo demo-sweep test test-full bench evaluate evade soak mutants docs lint format lock sbom release audit-packages clean new-venv

help: ## この一覧 / this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile \
		| while IFS='|' read -r name text; do printf '  make %-14s  %s\n' "$$name" "$$text"; done

nightly: $(BUILT) ## 夜間処理を一通り。DATE=2026-11-20 で別の日、WORKERS=4 で Celery / the whole nightly run; DATE=2026-11-20 for another day, WORKERS=4 with Celery
	@$(RUN) scripts/nightly.py $(if $(DATE),--date $(DATE)) $(if $(WORKERS),--workers $(WORKERS))

airflow: $(BUILT) ## Airflow を画面と 02:00 の予定つきで。PORT=8081 で別の口 / Airflow with its page and schedule; PORT=8081 for another port
	@$(RUN) scripts/serve_airflow.py --port $(PORT)

demo: $(INSTALLED) ## デモのログを書く / write demo logs
	$(RUN) -m pipelines demo

test: CHOSEN := -m "not full" --further none
test-full: CHOSEN := --hypothesis-profile thorough
test test-full: $(BUILT)
	@scripts/install_browser.sh
	@scripts/install_servers.sh
	PYTHONDONTWRITEBYTECODE= $(RUN) -m pytest -n auto --maxprocesses 8 --dist loadscope --no-loadscope-reorder $(CHOSEN) $(ARGS)
test: ## 変更のたびのテスト。ARGS=… は pytest へ / the tests of every change; ARGS=… goes to pytest
test-full: ## 時間のかかるものも含めたすべてのテスト。リリースの前に / every test, long ones too: before a release

bench: $(BUILT) .venv-bench/.installed ## 速さを測る。ARGS="--sizes 1 --rounds 3" / measure the speed; ARGS=--help tells how
	@PYTHONPATH=scripts $(RUN) -m bench $(ARGS)

evaluate: $(INSTALLED) ## 検出の確かさを測る。ARGS="--seeds 101 --jobs 2" / measure how well the detectors find; ARGS=--help tells how
	@PYTHONPATH=scripts $(RUN) -m evaluate $(ARGS)

evade: $(INSTALLED) ## 検出されずにどれだけできるかを探す。ARGS="--companies 2" / seek how much somebody can do unnoticed; ARGS=--help tells how
	@PYTHONPATH=scripts:. $(RUN) -m evade $(ARGS)

soak: $(BUILT) ## 故障だらけの二週間と、二年分の夜。ARGS="--seeds 1" / a fortnight full of faults, two years of nights; ARGS=--help tells how
	@PYTHONPATH=scripts $(RUN) -m soak $(ARGS)

demo-sweep: $(BUILT) ## 24 の最終日で、デモに隠したものがすべて示されるか。ARGS="2027-01-01" / on 24 last days: is everything shown that the demo hides
	@PYTHONPATH=scripts:. $(RUN) scripts/demo_sweep.py $(ARGS)

mutants: .venv-mutants/.installed ## 小さな誤りを一つずつ入れ、テストが気づく割合を測る。ARGS="--seed 2" / put in small faults one at a time: what share do the tests notice; ARGS=--help tells how
	@PYTHONPATH=scripts .venv-mutants/bin/python -m mutants $(ARGS)

docs: $(INSTALLED) ## コードから作るページを書き直す / write the pages that are made from the code
	@PYTHONPATH=scripts $(RUN) -m pages

lint: $(INSTALLED) ## ruff、mypy、層の取り決め / ruff, mypy and the layers of the packages
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports --no-logo --no-cache

format: $(INSTALLED) ## 書式を整える / format the code
	$(RUN) -m ruff check --fix .
	$(RUN) -m ruff format .

lock: $(INSTALLED) ## requirements.lock を作り直す。ARGS=--upgrade で新しい版に / make the lock again; ARGS=--upgrade for newer releases
	$(RUN) -m uv pip compile --system-certs --quiet --universal --python-version 3.11 --extra all --extra dev \
		--generate-hashes --no-header --output-file requirements.lock $(ARGS) pyproject.toml
	for of in bench mutants; do $(RUN) -m uv pip compile --system-certs --quiet --universal --python-version 3.11 \
		--generate-hashes --no-header --output-file scripts/$$of/requirements.lock $(ARGS) \
		scripts/$$of/requirements.in || exit 1; done
	$(RUN) -m uv pip compile --system-certs --quiet --python-platform linux --python-version 3.13 --extra server \
		--constraint requirements.lock \
		--generate-hashes --no-header --no-annotate --output-file deploy/image/requirements.lock $(ARGS) pyproject.toml

# The mark of the installed packages may be newer than the packages.
needs = $(RUN) -c 'import pipelines, $(1)' 2>/dev/null || { echo 'make $@: $(1) がありません。rm $(INSTALLED) の後にやり直してください'\
	'/ $(1) is not installed: rm $(INSTALLED), then try again' >&2; exit 2; }

sbom: $(INSTALLED) ## 依存パッケージの一覧（CycloneDX）を build/sbom.cdx.json に / bill of materials (CycloneDX) to build/sbom.cdx.json
	@$(call needs,cyclonedx_py)
	@$(RUN) scripts/sbom.py

release: $(INSTALLED) ## リリースのファイル（ホイール、sdist、SBOM、チェックサム）を dist/ に / the files of a release (wheel, sdist, SBOM, checksums) to dist/
	@$(call needs,cyclonedx_py)
	@$(RUN) scripts/release.py

audit-packages: $(INSTALLED) ## 依存パッケージの既知の脆弱性を調べる / look for known vulnerabilities of the packages
	@$(call needs,pip_audit)
	@$(RUN) scripts/audit_packages.py $(ARGS)

clean: ## 環境とキャッシュを消す。var/ は残す / remove .venv and caches; var/ stays
	rm -rf $(VENV) .venv-bench .venv-mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage build dist *.egg-info pipelines/ingest/native/*.so
	find . -name __pycache__ -type d -not -path './var/*' -prune -exec rm -rf {} +

# What is imported is compiled to bytecode: where Python may not write it, each start would take a second more.
# uv, which the pip beside Python brings, installs in seconds, a pip among the rest; where it cannot (it does not read pip's settings) pip does, slowly.
$(INSTALLED): requirements.lock pyproject.toml
	@echo '$(VENV) を用意します / preparing $(VENV)'
	@$(RUN) -c 'import pip' 2>/dev/null || $(MAKE) --no-print-directory new-venv
	@sed -n '/^uv==/,/[^\\]$$/p' requirements.lock > $(VENV)/uv.lock
	@$(RUN) -c 'import pip' 2>/dev/null && pip='$(RUN) -m pip' || pip='$(PYTHON) -m pip --python $(RUN)'; \
		$$pip install --quiet --require-hashes --requirement $(VENV)/uv.lock || exit 1; \
		$(RUN) -m uv pip sync --quiet --system-certs --python $(RUN) --require-hashes requirements.lock \
		|| { echo 'uv では入れられないため pip を使います / uv could not, pip takes over'; \
		$$pip install --quiet --no-compile --no-deps --require-hashes --requirement requirements.lock; }
	@$(RUN) -m uv pip install --quiet --offline --python $(RUN) --no-deps --no-build-isolation --editable . \
		|| $(RUN) -m pip install --quiet --no-deps --no-build-isolation --editable .
	@$(RUN) scripts/compile_packages.py
	@$(RUN) -m compileall -q pipelines
	@PYTHONDONTWRITEBYTECODE= $(RUN) -c 'from pipelines.report.render import compile_templates as c; c()'
	@touch $@

# The compiled part of ingest; without a C compiler it says so, and ingest is slower.
$(BUILT): $(INSTALLED) pipelines/ingest/native/fast_path.c pipelines/ingest/native/library.py
	@$(RUN) -m pipelines.ingest.native
	@touch $@

# What only `make bench` or `make mutants` needs, in a folder of its own: nobody else downloads it.
.venv-%/.installed: scripts/%/requirements.lock | $(INSTALLED)
	@echo '$(@D) を用意します / preparing $(@D)'
	@$(RUN) -m venv --clear $(@D)
	@$(RUN) -m uv pip sync --quiet --system-certs --compile-bytecode \
		--python $(@D)/bin/python --require-hashes $< \
		|| { echo 'uv では入れられないため pip を使います / uv could not, pip takes over'; \
		$(@D)/bin/python -m pip install --quiet --require-hashes --requirement $<; }
	@touch $@

new-venv:
	@test -n "$(PYTHON)" || { \
		echo 'venv の使える Python 3.11 以上が見つかりません（Debian 系では apt install python3-venv）。' >&2; \
		echo '別の場所にあれば make PYTHON=/path/to/python3.12 で指定してください。' >&2; \
		echo 'No Python 3.11 or newer with venv was found (on Debian and Ubuntu: apt install' >&2; \
		echo 'python3-venv); if it is elsewhere, name it: make PYTHON=/path/to/python3.12' >&2; exit 1; }
	@without=; $(PYTHON) -m pip --python "$$(command -v $(PYTHON))" --version >/dev/null 2>&1 && without=--without-pip; \
		$(PYTHON) -m venv --clear $$without $(VENV)
