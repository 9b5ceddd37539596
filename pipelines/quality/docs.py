"""Data Docs that open without a network: Great Expectations' pages in templates of our own.

Its own templates load styles, scripts and pictures from other hosts. Ours hold their style, run
no script and forbid the browser to fetch anything. The index is ours too: it keeps the days of
earlier runs, of which Great Expectations knows nothing any more. So are the pages of the rows
behind a failed check.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
from great_expectations import ExpectationSuite
from great_expectations.render.renderer.page_renderer import (
    ExpectationSuitePageRenderer,
    ValidationResultsPageRenderer,
)
from great_expectations.render.view.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader

from pipelines.errors import MimamoriError
from pipelines.quality.engine import Validation
from pipelines.quality.offending import Offending, offending_rows
from pipelines.quality.owners import FILES, PREFIX
from pipelines.quality.result import CheckResult
from pipelines.quality.suites import Suite
from pipelines.text.compiled_templates import CompiledTemplates
from pipelines.text.messages import message

# Their colours, tables and cards are those of the reports.
_REPORTS = PrefixLoader({"report": PackageLoader("pipelines.report")})
_TEMPLATES = ChoiceLoader([PackageLoader("pipelines.quality"), _REPORTS])
_FOLDER = Path(__file__).parent / "templates"
_COMPILED = CompiledTemplates(_FOLDER)
_SUITE_LINK = "../../../../expectations/"  # where Great Expectations' page looks for its suite


@dataclass(frozen=True)
class _Verdict:
    """A cell of the index: how many checks of a suite there were on a day, how many failed.

    `day` is that of the page, which is an earlier one where results were carried over.
    """

    checks: int
    failed: int
    day: str


def write_docs(
    con: duckdb.DuckDBPyConnection,
    suites: Sequence[Suite],
    validations: Sequence[Validation],
    results: Sequence[CheckResult],
    folder: Path,
) -> None:
    """Write a page for each suite and each validation, and the index of all days.

    A validation's page begins with those of its `results` that failed, in words, each with a link
    to the rows behind it, as far as `con` has them.

    Pages are `DATE/SUITE.html`, `DATE/SUITE.CHECK.html` and `expectations/SUITE.html` below
    `folder`; those of an earlier run are replaced, or deleted where there is nothing to show any
    more. Beside each page of a day lies `SUITE.json`, its cell of the index; results that were
    carried over have only that.

    Raises:
        MimamoriError: a file cannot be written.
    """
    view = _OfflineView()
    for suite in suites:
        _write_suite(view, suite, folder / "expectations" / f"{suite.name}.html")
    failed: dict[tuple[str, str], list[CheckResult]] = defaultdict(list)
    for result in results:
        if not result.success:
            failed[str(result.log_date), result.suite].append(result)
    for validation in validations:
        failures = failed[str(validation.day), validation.suite.name]
        _write_day(con, view, validation, failures, folder)
    judged = {(str(one.day), one.suite.name) for one in validations}
    _write_carried([one for one in results if _place(one) not in judged and one.basis], folder)
    about_files = [one for one in results if one.suite == FILES]
    _write_owner_files(about_files, folder)
    there = judged | {_place(one) for one in about_files}
    _delete_others({str(one.log_date) for one in results}, there, folder)
    _write(folder / "index.html", _index(suites, folder))


def _write_suite(view: "_OfflineView", suite: Suite, path: Path) -> None:
    """Write its page, which takes a while, unless it stands as it would be written."""
    content = f"{_digest_of_templates()} {suite.model_dump_json()}"
    digest = hashlib.sha256(content.encode()).hexdigest()
    mark = path.with_suffix(".digest")
    if path.is_file() and mark.is_file() and mark.read_text(encoding="utf-8") == digest:
        return
    pages: Any = ExpectationSuitePageRenderer()
    document = pages.render(ExpectationSuite(**suite.for_great_expectations()))
    _write(path, view.page(document, suite.meta.title.both))
    _write(mark, digest)


@cache
def _digest_of_templates() -> str:
    style, _, _ = _REPORTS.get_source(Environment(autoescape=True), "report/style.css")
    parts = [style.encode(), *(path.read_bytes() for path in sorted(_FOLDER.glob("*.*")))]
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _write_day(
    con: duckdb.DuckDBPyConnection,
    view: "_OfflineView",
    validation: Validation,
    failures: Sequence[CheckResult],
    folder: Path,
) -> None:
    suite, day = validation.suite, validation.day.isoformat()
    title = f"{day} {suite.meta.title.both}"
    path = folder / day / f"{suite.name}.html"
    checks = {check.meta.id: check for check in suite.expectations}
    links: dict[str, str] = {}
    for check_id, found in groupby(failures, key=lambda one: one.check_id):
        shown = offending_rows(con, checks[check_id], list(found))
        if shown:
            links[check_id] = f"{suite.name}.{check_id}.html"
            page = view.rows(title, checks[check_id].title("ja"), path.name, shown)
            _write(path.with_name(links[check_id]), page)
    for old in path.parent.glob(f"{suite.name}.*.html"):
        if old.name not in links.values():
            _delete(old)
    pages: Any = ValidationResultsPageRenderer()
    _write(path, view.page(pages.render(validation.raw), title, failures, links))
    broken = sum(not outcome.success for outcome in validation.outcomes)
    _write_cell(path, _Verdict(len(validation.outcomes), broken, day))


def _write_carried(results: Sequence[CheckResult], folder: Path) -> None:
    """The cells of results that an earlier day has the page of."""
    ordered = sorted(results, key=_place)
    for (day, suite), found in groupby(ordered, key=_place):
        checks: dict[str, bool] = {}
        for one in found:
            checks[one.check_id] = checks.get(one.check_id, True) and one.success
        page = max(folder.glob(f"[0-9]*/{suite}.html"), default=None)
        if page is not None:
            failed = sum(not passed for passed in checks.values())
            _write_cell(
                folder / day / f"{suite}.html", _Verdict(len(checks), failed, page.parent.name)
            )


def _write_owner_files(results: Sequence[CheckResult], folder: Path) -> None:
    """A page for each day that names the files of owners that cannot be used, and its cell."""
    for day, found in groupby(results, key=lambda one: str(one.log_date)):
        of_day = list(found)
        failures = [one for one in of_day if not one.success]
        path = folder / day / f"{FILES}.html"
        title = f"{day} {message('quality.docs.owner_files')}"
        page = _own_pages().get_template("page.j2")
        _write(path, page.render(title=title, failures=failures, links={}, sections=()))
        _write_cell(path, _Verdict(len(of_day), len(failures), day))


def _delete_others(days: Collection[str], there: Collection[tuple[str, str]], folder: Path) -> None:
    """Delete pages of owners' suites that judge these days no more."""
    for day in days:
        for path in (folder / day).glob("*.*"):
            suite = path.name.partition(".")[0]
            if suite.startswith((PREFIX, FILES)) and (day, suite) not in there:
                _delete(path)


def _place(result: CheckResult) -> tuple[str, str]:
    return str(result.log_date), result.suite


def _write_cell(page: Path, verdict: _Verdict) -> None:
    _write(page.with_suffix(".json"), json.dumps(asdict(verdict)))


class _OfflineView(DefaultJinjaPageView):
    """Great Expectations' page view with our templates before its own."""

    def __init__(self) -> None:
        super().__init__()
        self.env.globals["message"] = message
        self.env.bytecode_cache = _COMPILED
        self.env.loader = ChoiceLoader([_TEMPLATES, *filter(None, [self.env.loader])])

    def page(
        self,
        document: Any,
        title: str,
        failures: Sequence[CheckResult] = (),
        links: Mapping[str, str] | None = None,
    ) -> str:
        """Return the HTML of a page that lies in a folder beside the index."""
        render: Any = self.render
        html = render(document, title=title, failures=failures, links=links or {})
        return str(html).replace(_SUITE_LINK, "../expectations/")

    def rows(self, title: str, check: str, page: str, shown: Sequence[Offending]) -> str:
        """Return the HTML of the rows behind a failed check, whose page is `page`."""
        template = _own_pages().get_template("rows.html.j2")
        return template.render(title=title, check=check, page=page, shown=shown)


@cache
def _own_pages() -> Environment:
    environment = Environment(loader=_TEMPLATES, autoescape=True, bytecode_cache=_COMPILED)
    environment.globals["message"] = message
    return environment


def _index(suites: Sequence[Suite], folder: Path) -> str:
    days: dict[str, dict[str, _Verdict]] = defaultdict(dict)
    for path in folder.glob("[0-9]*/*.json"):
        cell = {"day": path.parent.name} | json.loads(path.read_bytes())
        days[path.parent.name][path.stem] = _Verdict(**cell)
    return (
        _own_pages()
        .get_template("index.html.j2")
        .render(
            days=sorted(days.items(), reverse=True),
            suites=[{"name": suite.name, "title": suite.meta.title.both} for suite in suites],
            others=[{"name": FILES, "title": message("quality.docs.owner_files")}]
            if any(FILES in cells for cells in days.values())
            else [],
            title=message("quality.docs.data_quality"),
        )
    )


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise MimamoriError(
            message("quality.docs.cannot_be_written", at=path, reason=error.strerror)
        ) from None


def _write(path: Path, content: str) -> None:
    """Put a file in place in one step; nobody reads half a page."""
    aside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside.write_text(content, encoding="utf-8")
        aside.replace(path)
    except OSError as error:
        raise MimamoriError(
            message("quality.docs.cannot_be_written", at=path, reason=error.strerror)
        ) from None
