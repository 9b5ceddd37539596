"""The command line: reads arguments, calls a stage, prints its result.

Exit codes: 0 done, 1 the work failed, 2 wrong usage or wrong settings. Results go to standard
output, logs and messages to standard error.
"""

import datetime as dt
import errno
import json
import logging
import os
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from pipelines import __version__
from pipelines.errors import MimamoriError, UsageError
from pipelines.paths import DEFAULT_HOME, DEFAULT_SETTINGS, Home
from pipelines.settings import Settings, load

if TYPE_CHECKING:
    from pipelines.findings import Status

DATE = click.DateTime(formats=["%Y-%m-%d"])


@dataclass
class Context:
    """What every command may need: settings are read when first asked for."""

    config: Path
    home: Home

    @property
    def settings(self) -> Settings:
        """The settings file, checked."""
        return load(self.config)


pass_context = click.make_pass_decorator(Context)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="結果を JSON で / result as JSON."
)
date_option = click.option(
    "--date", type=DATE, help="対象日（既定は昨日） / day to work on, yesterday by default."
)
logs_option = click.option(
    "--logs",
    type=click.Path(path_type=Path),
    help="受け入れフォルダ / landing folder, HOME/logs by default.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="mimamori")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="MIMAMORI_CONFIG",
    default=DEFAULT_SETTINGS,
    show_default=False,
    help="設定ファイル / settings file, config/mimamori.yaml by default (MIMAMORI_CONFIG).",
)
@click.option(
    "--home",
    type=click.Path(path_type=Path),
    envvar="MIMAMORI_HOME",
    default=DEFAULT_HOME,
    show_default=False,
    help="作業フォルダ / working folder, var/ by default (MIMAMORI_HOME).",
)
@click.pass_context
def cli(context: click.Context, config: Path, home: Path) -> None:
    """見守り：アクセスログを集め、点検し、異常を知らせる。

    Collects access logs, checks them, and tells of anomalies in access to personal data.
    """
    context.obj = Context(config, Home(home.absolute()))


@cli.command()
@click.option("--days", type=click.IntRange(1, 400), default=35, show_default=True)
@click.option("--end", type=DATE, help="最後の日（既定は昨日） / last day, yesterday by default.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--sites", type=click.IntRange(1), help="加盟店の数 / number of franchise sites.")
@click.option("--lines-per-day", type=click.IntRange(1), help="全サイトの合計 / over all sites.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="既定は HOME/logs / HOME/logs by default."
)
@json_option
@pass_context
def demo(
    context: Context,
    days: int,
    end: dt.datetime | None,
    seed: int,
    sites: int | None,
    lines_per_day: int | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """見本のログを書く / write simulated logs, and the truth about them."""
    from pipelines.demo.simulate import simulate

    settings = context.settings
    target = out or context.home.logs
    truth = simulate(settings, target, days, _day(end, settings), seed, sites, lines_per_day)
    _print_result(
        {"out": str(target), "days": len(truth.days), "incidents": len(truth.incidents)},
        as_json,
        f"{target}: {len(truth.days)} 日分 / days, 隠した事象 / incidents hidden: "
        f"{len(truth.incidents)} (truth.json)",
    )


@cli.command()
@date_option
@click.option("--site", "sites", multiple=True, help="このサイトだけ（複数可） / only this site.")
@logs_option
@json_option
@pass_context
def ingest(
    context: Context,
    date: dt.datetime | None,
    sites: tuple[str, ...],
    logs: Path | None,
    as_json: bool,
) -> None:
    """新しいログを取り込む / read what is new under the landing folder into the lake.

    Lines go to their own days; --date is accepted for symmetry with the other stages.
    """
    from pipelines import nightly

    _day(date, context.settings)
    result = nightly.ingest(context.settings, context.home, logs, sites)
    _print_result(_ingest_values(result), as_json, _ingest_text(result))
    if result.failures:
        for failure in result.failures:
            click.echo(f"mimamori: {failure}", err=True)
        raise SystemExit(1)


@cli.command()
@date_option
@json_option
@pass_context
def check(context: Context, date: dt.datetime | None, as_json: bool) -> None:
    """データの品質を点検する / run the data-quality suites."""
    from pipelines import nightly

    settings = context.settings
    results = nightly.check(settings, context.home, [_day(date, settings)])
    failed = [result for result in results if not result.success]
    values = [{**asdict(result), "log_date": str(result.log_date)} for result in results]
    lines = [f"{len(results)} 件の点検、不合格 {len(failed)} / checks, failed"]
    for result in failed:
        title = result.title_en if settings.locale == "en" else result.title_ja
        lines.append(
            f"  {result.severity:8} {result.site_id or '-':20} {title} ({result.observed})"
        )
    _print_result(values, as_json, "\n".join(lines))


@cli.command()
@date_option
@json_option
@pass_context
def detect(context: Context, date: dt.datetime | None, as_json: bool) -> None:
    """異常を探す / run the detectors and write findings."""
    from pipelines import nightly

    settings = context.settings
    findings = nightly.detect(settings, context.home, [_day(date, settings)])
    _print_findings([finding.as_json() for finding in findings], as_json)


@cli.command()
@date_option
@click.option("--out", type=click.Path(path_type=Path), help="既定は HOME/reports / by default.")
@json_option
@pass_context
def report(context: Context, date: dt.datetime | None, out: Path | None, as_json: bool) -> None:
    """報告書を書く / write the reports."""
    from pipelines import nightly

    settings = context.settings
    pages = nightly.report(settings, context.home, [_day(date, settings)], out)
    values = [str(page) for page in pages]
    _print_result({"reports": values}, as_json, "\n".join(values))


@cli.command()
@date_option
@logs_option
@json_option
@pass_context
def run(context: Context, date: dt.datetime | None, logs: Path | None, as_json: bool) -> None:
    """一晩分をまとめて / the four stages in order: the nightly run without Airflow."""
    from pipelines import nightly

    settings = context.settings
    day = _day(date, settings)
    result = nightly.run(settings, context.home, day, logs)
    failed = [check for check in result.checks if not check.success]
    todays = [finding for finding in result.findings if finding.date == day]
    values = {
        "ingest": _ingest_values(result.ingest),
        "failures": list(result.ingest.failures),
        "days": [str(each) for each in result.days],
        "checks": len(result.checks),
        "checks_failed": len(failed),
        "findings": len(todays),
        "reports": [str(page) for page in result.reports],
    }
    lines = [
        _ingest_text(result.ingest),
        *(f"  ! {failure}" for failure in result.ingest.failures),
        f"点検 / checks: {len(result.checks)}, 不合格 / failed: {len(failed)}",
        f"{day} の検出 / findings: {len(todays)}",
        *(f"報告書 / report: {page}" for page in result.reports[-1:]),
    ]
    _print_result(values, as_json, "\n".join(lines))


@cli.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--format",
    "format_text",
    default="auto",
    show_default=True,
    help="名前、または LogFormat・log_format の文字列 / a name or a format string.",
)
@click.option("--timezone", help="時差のない形式のとき / for times without an offset.")
@click.option(
    "--to",
    "form",
    type=click.Choice(["ndjson", "csv", "parquet"]),
    default="ndjson",
    show_default=True,
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="既定は標準出力 / standard output."
)
@click.option(
    "--rejects", type=click.Path(path_type=Path), help="読めない行の行き先 / rejected lines."
)
@click.option("--raw", is_flag=True, help="伏せ字にしない / keep personal values as logged.")
@click.option("--strict", is_flag=True, help="読めない行があれば 1 で終わる / exit 1 on rejects.")
@pass_context
def parse(
    context: Context,
    files: tuple[str, ...],
    format_text: str,
    timezone: str | None,
    form: str,
    out: Path | None,
    rejects: Path | None,
    raw: bool,
    strict: bool,
) -> None:
    """レイクなしで読む / normalise files without the lake; - reads standard input."""
    from pipelines.ingest.convert import ParseOptions, parse_files
    from pipelines.ingest.output import record_sink, write_rejects

    _refuse_overwriting([out, rejects], files)
    options = ParseOptions(_checked(format_text, "format"), _checked(timezone, "timezone"))
    del raw  # nothing is masked yet, so records are as logged either way
    with (
        (rejects or Path(os.devnull)).open("w", encoding="utf-8") as reject_stream,
        record_sink(form, out, sys.stdout.buffer) as sink,
    ):
        result = parse_files(
            list(files),
            context.settings,
            options,
            sink,
            lambda name, rows: write_rejects(reject_stream, name, rows),
        )
    click.echo(
        f"{result.lines} lines: {result.records} records, {result.rejects} rejects, "
        f"{result.comments} comments (format {', '.join(result.formats) or '-'})",
        err=True,
    )
    if strict and result.rejects:
        raise SystemExit(1)


@cli.command()
@click.argument("query", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "parquet"]),
    default="table",
    show_default=True,
)
@click.option("--json", "as_json", is_flag=True, help="JSON の配列で / as one JSON array.")
@click.option("--at", type=int, metavar="SNAPSHOT", help="過去の時点 / an earlier snapshot.")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="ファイルへ / to a file.")
@pass_context
def sql(
    context: Context, query: str | None, form: str, as_json: bool, at: int | None, out: Path | None
) -> None:
    """レイクに SQL で尋ねる（読み取りのみ） / ask the lake in SQL, read-only."""
    from pipelines import query as lake_query

    settings = context.settings
    if query is None:
        lake_query.shell(context.home, settings.timezone, at)
    else:
        lake_query.run_query(
            context.home, settings.timezone, query, "array" if as_json else form, at, out
        )


@cli.group()
def findings() -> None:
    """検出を見る / look at findings."""


@findings.command("list")
@date_option
@click.option("--all", "everything", is_flag=True, help="低い重要度も / low and info too.")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True)
@json_option
@pass_context
def findings_list(
    context: Context, date: dt.datetime | None, everything: bool, limit: int, as_json: bool
) -> None:
    """一日の検出を重要な順に / the findings of a day, the most urgent first."""
    from pipelines.detect.triage import findings_of, is_examined

    settings = context.settings
    day = _day(date, settings)
    found = findings_of(context.home, settings, day)
    if not found and not as_json and not is_examined(context.home, settings, day):
        click.echo(f"{day} はまだ調べていません / has not been examined; mimamori run --date {day}")
        return
    chosen = found if everything or as_json else [one for one in found if one.severity.needs_a_look]
    _print_findings([finding.as_json() for finding in chosen], as_json, limit, len(found))


@findings.command("show")
@click.argument("finding_id")
@json_option
@pass_context
def findings_show(context: Context, finding_id: str, as_json: bool) -> None:
    """一件を詳しく / one finding in full."""
    from pipelines.detect.triage import finding_by_id

    values = finding_by_id(context.home, context.settings, finding_id).as_json()
    text = "\n".join(f"{key:14} {_flat(value)}" for key, value in values.items())
    _print_result(values, as_json, text)


def _status_command(name: str, status: str, text: str) -> None:
    @findings.command(name, help=text)
    @click.argument("finding_id")
    @json_option
    @pass_context
    def command(context: Context, finding_id: str, as_json: bool) -> None:
        from pipelines.detect.triage import set_status

        changed = set_status(context.home, context.settings, finding_id, cast("Status", status))
        _print_result(changed.as_json(), as_json, f"{changed.status}: {changed.summary}")


_status_command("ack", "acknowledged", "確認中にする / somebody is looking at it.")
_status_command("close", "closed", "終わりにする / it is dealt with.")
_status_command("reopen", "new", "未対応に戻す / it is open again.")


def main() -> None:
    """Run the command line; every failure is one message and an exit code."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s"
    )
    logging.getLogger("pipelines").setLevel(os.environ.get("MIMAMORI_LOG_LEVEL", "INFO").upper())
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        cli(prog_name="mimamori")
    except MimamoriError as error:
        click.echo(f"mimamori: {error}", err=True)
        raise SystemExit(error.exit_code) from None
    except OSError as error:
        if error.errno != errno.EPIPE and "os error 32" not in str(error):  # polars' wording
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(1) from None


def _day(date: dt.datetime | None, settings: Settings) -> dt.date:
    from pipelines.nightly import yesterday

    return date.date() if date else yesterday(settings)


def _refuse_overwriting(targets: list[Path | None], sources: tuple[str, ...]) -> None:
    read = {Path(name).resolve() for name in sources if name != "-"}
    for target in targets:
        if target is None:
            continue
        if target.resolve() in read:
            raise UsageError(f"{target}: is one of the files to read; write to another")
        if not target.absolute().parent.is_dir():
            raise UsageError(f"{target}: there is no such folder to write to")


def _checked(text: str | None, option: str) -> Any:
    """The option's value, or a usage error that says what would be right."""
    from pipelines.ingest.formats import check_format
    from pipelines.settings import check_zone

    checks: dict[str, Callable[[str], str]] = {"format": check_format, "timezone": check_zone}
    try:
        return None if text is None else checks[option](text)
    except ValueError as error:
        raise UsageError(f"--{option}: {error}") from None


def _ingest_values(result: Any) -> dict[str, Any]:
    values = asdict(result)
    del values["failures"]
    values["changed_days"] = [str(day) for day in result.changed_days]
    return values


def _ingest_text(result: Any) -> str:
    if not result.lines:
        return "新しい行はありません / 0 new lines"
    return (
        f"取り込み / read: {result.files} files, {result.lines:,} lines = "
        f"{result.records:,} records + {result.rejects:,} rejects + "
        f"{result.comments:,} comments + {result.duplicates:,} duplicates"
    )


def _print_result(values: Any, as_json: bool, text: str) -> None:
    click.echo(json.dumps(values, ensure_ascii=False, indent=2, default=str) if as_json else text)


def _print_findings(
    values: list[dict[str, Any]], as_json: bool, limit: int | None = None, total: int | None = None
) -> None:
    shown = values[:limit]
    lines = [
        f"{one['severity']:8} {one['score']:5.1f}  {one['finding_id']}  {one['summary']}"
        for one in shown
    ]
    hidden = (len(values) if total is None else total) - len(shown)
    if hidden:
        lines.append(f"… ほか {hidden} 件（--all で表示） / {hidden} more (--all shows them)")
    _print_result(values, as_json, "\n".join(lines) or "検出はありません / no findings")


def _flat(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
