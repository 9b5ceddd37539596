"""What only some need is not imported unless it is asked for, and missed in one plain line."""

import datetime as dt
import importlib
import json
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from pipelines.doctor.machine import check_extras
from pipelines.doctor.outcome import Status
from pipelines.errors import UsageError
from pipelines.extras import MODULES, MissingExtraError, is_installed, needing, require
from pipelines.paths import DEFAULT_SETTINGS, PROJECT_ROOT, Home
from pipelines.query.ask import shell
from pipelines.settings.delivery import Deliver
from pipelines.settings.load import load

_BLOCKED = sorted({name for names in MODULES.values() for name in names})
_WITHOUT = """
import json, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

BLOCKED = json.loads(sys.argv.pop(1))
sys.meta_path.insert(0, Blocker())
import pipelines
from pipelines.cli import main
main()
"""
_LINE = '192.0.2.1 - - [20/Nov/2026:09:00:00 +0900] "GET / HTTP/1.1" 200 1 "-" "curl/8"\n'


def _without_extras(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `mimamori` in a process that finds no module of any extra."""
    return subprocess.run(
        [sys.executable, "-c", _WITHOUT, json.dumps(_BLOCKED), *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT), "MIMAMORI_HOME": str(folder / "var")},
        capture_output=True,
        text=True,
        check=False,
    )


def _require_one_line(done: subprocess.CompletedProcess[str], extra: str) -> None:
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert f"pip install 'mimamori-accesslog[{extra}]'" in line
    assert " / " in line
    assert done.stdout == ""


def _plain(distribution: str) -> str:
    return distribution.lower().replace("_", "-")


_INSTALLED = re.compile(r"pip3? install ([^\n`|)]+)")
_TEXTS = (
    "*.md",
    "docs/**/*.md",
    "deploy/**/*",
    "pipelines/**/*.py",
    "pipelines/**/*.json",
    "scripts/**/*",
)


def test_whoever_follows_a_text_installs_this_project() -> None:
    """The name `mimamori` on the package index is somebody else's."""
    asked = [
        word.strip("'\"")
        for pattern in _TEXTS
        for path in PROJECT_ROOT.glob(pattern)
        if path.is_file() and path.suffix != ".pyc"
        for line in _INSTALLED.findall(path.read_text(encoding="utf-8", errors="ignore"))
        for word in line.split()
    ]
    ours = [word for word in asked if "mimamori" in word and not word.startswith("/opt/")]
    assert len(ours) > 4
    assert [
        word
        for word in ours
        if ".whl" not in word and not re.match(r"mimamori-accesslog(\[|$)", word)
    ] == []


def test_extras_are_those_of_the_project() -> None:
    """The same names as in pyproject.toml; each brings its modules, and `all` brings each."""
    project = tomllib.loads((PROJECT_ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    optional = project["project"]["optional-dependencies"]
    assert set(optional) == {*MODULES, "all", "dev", "server"}
    assert optional["all"] == [f"mimamori-accesslog[{','.join(sorted(MODULES))}]"]
    distributions = packages_distributions()
    for extra, modules in MODULES.items():
        brought = {_plain(re.split(r"[^\w.-]", need)[0]) for need in optional[extra]}
        for module in modules:
            assert brought & set(map(_plain, distributions[module])), module


@pytest.mark.further
def test_parse_needs_no_extra(tmp_path: Path) -> None:
    """Nor does `import pipelines`: none of their modules can be found there."""
    (tmp_path / "access.log").write_text(_LINE, encoding="utf-8")
    done = _without_extras(tmp_path, "parse", "access.log")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["client_ip"] == "192.0.2.1"


@pytest.mark.further
def test_workbooks_need_the_extra(tmp_path: Path) -> None:
    """`export --to xlsx` and `worksheet --format xlsx` say so before they look at the lake."""
    export = ("export", "findings", "--to", "xlsx", "-o", "findings.xlsx")
    _require_one_line(_without_extras(tmp_path, *export), "spreadsheet")
    worksheet = ("incident", "1", "worksheet", "--format", "xlsx")
    _require_one_line(_without_extras(tmp_path, *worksheet), "spreadsheet")
    assert not (tmp_path / "findings.xlsx").exists()


def test_reverse_dns_needs_the_extra(tmp_path: Path) -> None:
    """Settings that want it without what it needs end an ingest before there is a lake."""
    text = DEFAULT_SETTINGS.read_text(encoding="utf-8")
    wanting = text.replace("reverse_dns: {enabled: false", "reverse_dns: {enabled: true")
    assert wanting != text
    (tmp_path / "own.yaml").write_text(wanting, encoding="utf-8")
    (tmp_path / "var" / "logs").mkdir(parents=True)
    done = _without_extras(tmp_path, "--config", "own.yaml", "ingest")
    _require_one_line(done, "reverse-dns")
    assert not (tmp_path / "var" / "lake").exists()


def test_sources_of_ssh_and_s3_need_the_extra(tmp_path: Path) -> None:
    """Others are fetched all the same."""
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "access.log").write_text(_LINE, encoding="utf-8")
    (tmp_path / "own.yaml").write_text(
        "landing: {source: {kind: s3, bucket: logs, anonymous: true}}\n"
        "limits: {landing_free_bytes: 0}\n"
        "sites:\n"
        '  - {id: a, group: main, domains: [a.example], logs: ["a/*"]}\n'
        '  - {id: b, group: main, domains: [b.example], logs: ["b/*"],\n'
        "     source: {kind: folder, path: files}}\n",
        encoding="utf-8",
    )
    _require_one_line(_without_extras(tmp_path, "--config", "own.yaml", "fetch"), "fetch")
    assert (tmp_path / "var" / "logs" / "b" / "access.log").read_text() == _LINE


def test_shell_at_a_terminal_needs_the_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pipe does not."""
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setitem(sys.modules, "prompt_toolkit", None)
    for name in ("completion", "terminal"):
        monkeypatch.delitem(sys.modules, f"pipelines.query.shell.{name}", raising=False)
    settings = load(DEFAULT_SETTINGS)
    with pytest.raises(MissingExtraError, match=r"mimamori-accesslog\[shell\]"):
        shell(Home(tmp_path), settings, None, dt.date(2026, 11, 20))


def test_doctor_says_which_extra_the_settings_need(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the command that installs it; what the settings do not need may be missing."""
    settings = load(DEFAULT_SETTINGS)
    monkeypatch.setitem(sys.modules, "airflow", None)
    assert check_extras(settings).status is Status.OK
    webhook = Deliver.model_validate({"webhook": {"connection": "slack"}})
    outcome = check_extras(settings.model_copy(update={"deliver": webhook}))
    assert outcome.status is Status.WRONG
    assert "deliver.webhook.connection" in outcome.message
    assert outcome.remedy == "pip install 'mimamori-accesslog[airflow]'"


def test_failures_of_an_import_that_is_no_extra_pass() -> None:
    """A broken installation is not told as a missing extra."""
    with pytest.raises(ModuleNotFoundError, match="no_such_module"), needing("shell", "sql"):
        importlib.import_module("no_such_module")


def test_extra_that_is_installed_is_required_without_a_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And one that is not is a usage error."""
    require("shell", "sql")
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    assert not is_installed("spreadsheet")
    with pytest.raises(UsageError, match="--to xlsx"):
        require("spreadsheet", "--to xlsx")
