"""Data Docs that open without a network: Great Expectations' pages in templates of our own.

Its own templates load styles, scripts and pictures from other hosts. Ours hold their style, run
no script and forbid the browser to fetch anything. The index is ours too: it keeps the days of
earlier runs, of which Great Expectations knows nothing any more.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from great_expectations import ExpectationSuite
from great_expectations.render.renderer.page_renderer import (
    ExpectationSuitePageRenderer,
    ValidationResultsPageRenderer,
)
from great_expectations.render.view.view import DefaultJinjaPageView
from jinja2 import ChoiceLoader, Environment, PackageLoader

from pipelines.errors import MimamoriError
from pipelines.quality.engine import Validation
from pipelines.quality.result import CheckResult
from pipelines.quality.suites import Suite
from pipelines.text.compiled_templates import CompiledTemplates
from pipelines.text.messages import message

_TEMPLATES = PackageLoader("pipelines.quality")
_COMPILED = CompiledTemplates(Path(__file__).parent / "templates")
_SUITE_LINK = "../../../../expectations/"  # where Great Expectations' page looks for its suite


@dataclass(frozen=True)
class _Verdict:
    """A cell of the index: how many checks of a suite there were on a day, how many failed."""

    checks: int
    failed: int


def write_docs(
    suites: Sequence[Suite],
    validations: Sequence[Validation],
    results: Sequence[CheckResult],
    folder: Path,
) -> None:
    """Write a page for each suite and each validation, and the index of all days.

    A validation's page begins with those of its `results` that failed, in words.

    Pages are `DATE/SUITE.html` and `expectations/SUITE.html` below `folder`; a page replaces the
    one of an earlier run. Beside each page of a day lies `SUITE.json`, its cell of the index.

    Raises:
        MimamoriError: a file cannot be written.
    """
    view = _OfflineView()
    suite_pages: Any = ExpectationSuitePageRenderer()
    day_pages: Any = ValidationResultsPageRenderer()
    for suite in suites:
        document = suite_pages.render(ExpectationSuite(**suite.for_great_expectations()))
        path = folder / "expectations" / f"{suite.name}.html"
        _write(path, view.page(document, suite.meta.title.both))
    for validation in validations:
        suite, day = validation.suite, validation.day.isoformat()
        failures = [
            result
            for result in results
            if (result.log_date, result.suite, result.success)
            == (validation.day, suite.name, False)
        ]
        document = day_pages.render(validation.raw)
        path = folder / day / f"{suite.name}.html"
        _write(path, view.page(document, f"{day} {suite.meta.title.both}", failures))
        failed = sum(not outcome.success for outcome in validation.outcomes)
        verdict = _Verdict(len(validation.outcomes), failed)
        _write(path.with_suffix(".json"), json.dumps(asdict(verdict)))
    _write(folder / "index.html", _index(suites, folder))


class _OfflineView(DefaultJinjaPageView):
    """Great Expectations' page view with our templates before its own."""

    def __init__(self) -> None:
        super().__init__()
        self.env.globals["message"] = message
        self.env.bytecode_cache = _COMPILED
        self.env.loader = ChoiceLoader([_TEMPLATES, *filter(None, [self.env.loader])])

    def page(self, document: Any, title: str, failures: Sequence[CheckResult] = ()) -> str:
        """Return the HTML of a page that lies in a folder beside the index."""
        render: Any = self.render
        html = render(document, title=title, failures=failures)
        return str(html).replace(_SUITE_LINK, "../expectations/")


def _index(suites: Sequence[Suite], folder: Path) -> str:
    days: dict[str, dict[str, _Verdict]] = defaultdict(dict)
    for path in folder.glob("[0-9]*/*.json"):
        days[path.parent.name][path.stem] = _Verdict(**json.loads(path.read_bytes()))
    environment = Environment(loader=_TEMPLATES, autoescape=True, bytecode_cache=_COMPILED)
    environment.globals["message"] = message
    return environment.get_template("index.html.j2").render(
        days=sorted(days.items(), reverse=True),
        suites=[{"name": suite.name, "title": suite.meta.title.both} for suite in suites],
        title=message("quality.docs.data_quality"),
    )


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
