"""Runs axe-core on the page that a browser shows; its script comes with axe-playwright-python."""

import importlib.util
from functools import cache
from pathlib import Path

import pytest

from tests.report_browser import Browser

LOOKS = pytest.mark.parametrize(
    ("locale", "scheme"),
    [
        ("ja", "light"),
        pytest.param("en", "dark", marks=pytest.mark.further),
        pytest.param("ja", "dark", marks=pytest.mark.full),
        pytest.param("en", "light", marks=pytest.mark.full),
    ],
    indirect=["scheme"],
)
"""Japanese and light; each other language and colour scheme among the further circumstances."""

_GRAVE = {"serious", "critical"}


@cache
def _source() -> str:
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or not found.submodule_search_locations:
        raise ModuleNotFoundError("axe-core is not installed: make test installs it")
    return Path(found.submodule_search_locations[0], "axe.min.js").read_text(encoding="utf-8")


def grave_violations(browser: Browser) -> list[str]:
    """Return serious and critical violations of the page or frame that a browser is in.

    They are those of WCAG 2.2 A and AA and of good practice.

    One line each: the rule, what it asks, and the first elements that break it.
    """
    browser.run(_source())
    found = browser.wait_for("axe.run(document, {resultTypes: ['violations']})")
    assert found["passes"], "axe-core looked at nothing"
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: "
        + "; ".join(str(node["html"])[:200] for node in one["nodes"][:3])
        for one in found["violations"]
        if one["impact"] in _GRAVE
    ]


def grave_violations_of(browser: Browser, page: Path, scheme: str) -> list[str]:
    """Open a file, unfold all that it folds, and return its grave violations.

    `scheme` is what the browser prefers, `light` or `dark` (fixture `scheme`).
    """
    browser.open(page, 1280, 800)
    assert browser.evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")
    browser.run("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    return grave_violations(browser)
