"""The dry run: what would be masked is told by place, kind and parameter, never by its value."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipelines.cli.options import Context
from pipelines.cli.parse import parse
from pipelines.cli.redact import redact
from pipelines.errors import MimamoriError, UsageError
from pipelines.paths import Home

_LINE = '192.0.2.1 - - [24/Nov/2026:09:15:{:02} +0900] "GET {} HTTP/1.1" 200 512 "-" "{}"\n'


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of three records and a line that is none, beside its settings."""
    (tmp_path / "mimamori.yaml").write_text(
        "sites:\n  - {id: a, group: main, domains: [a.example], logs: ['a/*']}\n"
    )
    path = tmp_path / "access.log"
    path.write_text(
        _LINE.format(1, "/a?tel=090-1234-5678", "curl/8.0")
        + _LINE.format(2, "/b?page=2", "Bot (\x1b[31mbot@example.com)")
        + _LINE.format(3, "/reset/9f86d081884c7d65?mail=a%40b.example", "curl/8.0")
        + "broken password=hunter2\n"
    )
    return path


def _run(log: Path, *arguments: str) -> Result:
    context = Context(log.parent / "mimamori.yaml", Home(log.parent / "var"))
    return CliRunner().invoke(redact, [str(log), *arguments], obj=context)


def test_values_are_counted_and_not_shown(log: Path) -> None:
    """Columns, kinds, places and parameters are told; no value and no control character is."""
    result = _run(log, "--dry-run", "--format", "combined")
    assert result.exit_code == 0
    assert f"{log}:1 (tel): tel=[phone]" in result.output
    assert f"{log}:3: /reset/[token]" in result.output
    assert f"{log}:4 (password): broken password=[password]" in result.output
    for value in ("1234-5678", "bot@example.com", "9f86d081", "hunter2", "\x1b"):
        assert value not in result.output


def test_json_holds_counts_and_samples(log: Path) -> None:
    """The same in JSON; `before` is there only with --show."""
    result = json.loads(_run(log, "--dry-run", "--format", "combined", "--json").output)
    assert (result["lines"], result["records"], result["rejects"]) == (4, 3, 1)
    assert result["counts"] == [
        {"column": "rejected line", "kind": "password", "texts": 1},
        {"column": "url_path", "kind": "token", "texts": 1},
        {"column": "url_query", "kind": "email", "texts": 1},
        {"column": "url_query", "kind": "phone", "texts": 1},
        {"column": "user_agent", "kind": "email", "texts": 1},
    ]
    assert not any("before" in sample for sample in result["samples"])


def test_values_are_shown_when_asked_for(log: Path) -> None:
    """`--show` prints the text as logged beside the masked one."""
    assert "← tel=090-1234-5678" in _run(log, "--dry-run", "--format", "combined", "--show").output


def test_without_dry_run_nothing_is_read(log: Path) -> None:
    """Log files are never rewritten; the message says where redaction happens."""
    result = _run(log)
    assert isinstance(result.exception, UsageError)
    assert "--dry-run" in str(result.exception)


def test_a_file_of_a_site_with_resources_is_masked_as_in_ingest(log: Path) -> None:
    """In the landing folder the site is known: also in a line that is rejected; elsewhere not."""
    settings = log.parent / "mimamori.yaml"
    settings.write_text(
        "resources: {r: [{id: c, kind: record, path: '/c?no={subject}', level: 2}]}\n"
        "sites:\n"
        "  - {id: 'a-{f}', group: g, domains: ['{f}.example'], logs: ['{f}/*'], resources: r}\n"
    )
    landed = log.parent / "var" / "logs" / "007" / "access.log"
    landed.parent.mkdir(parents=True)
    landed.write_text(
        _LINE.format(1, "/c?no=abcdefghijklmno&memo=yamada+taro&page=2", "curl/8.0")
        + 'no time "GET /c?no=abcdefghijklmno&memo=yamada+taro HTTP/1.1" "https://a/?x=sato+jiro"\n'
        + "2026-11-24 /c memo=yamada+taro 200 page=2\n"
    )
    context = Context(settings, Home(log.parent / "var"))
    arguments = [str(landed), "--format", "combined"]
    found = CliRunner().invoke(redact, ["--dry-run", *arguments], obj=context).output
    for shown in (
        f"{landed}:1 (memo): no=abcdefghijklmno&memo=[value]&page=2",
        'no time "GET /c?no=abcdefghijklmno&memo=[value] HTTP/1.1" "https://a/?x=[value]"',
        "2026-11-24 /c memo=[value] 200 page=2",
    ):
        assert shown in found
    log.write_text(landed.read_text())
    assert "[value]" not in _run(log, "--dry-run", "--format", "combined").output
    arguments += ["--rejects", str(log.parent / "rejects")]
    records = CliRunner().invoke(parse, arguments, obj=context)
    assert json.loads(records.stdout)["url_query"] == "no=abcdefghijklmno&memo=[value]&page=2"
    kept = (log.parent / "rejects").read_text()
    assert kept.count("[value]") == 3
    assert "yamada" not in kept


def test_a_file_that_cannot_be_read_is_an_error(log: Path) -> None:
    """Nothing to mask would be the wrong answer."""
    log.unlink()
    result = _run(log, "--dry-run")
    assert isinstance(result.exception, MimamoriError)
    assert str(log) in str(result.exception)
