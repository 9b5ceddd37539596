"""What our errors say: Japanese first, English beside it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.paths import PROJECT_ROOT

_TOLD = {
    "BadParameter",
    "ChannelError",
    "LakeBusyError",
    "MimamoriError",
    "SettingsError",
    "UsageError",
}
_BOTH_LANGUAGES = re.compile(r"[\u3041-\u9fff].* / \S", re.DOTALL)

# Messages with no word of their own: they put a place before what somebody else says.
_PASSED_ON = {
    # A ValueError of one of the modules below says what is wrong with the option.
    ("cli/parse.py", "--{}: {}"),
    ("cli/redact.py", "--format: {}"),
    # Each delivery that failed tells what its channel said.
    ("deliver/run.py", "\n"),
    # The same words as an error of another class.
    ("deliver/folder.py", ""),
    # `settings.errors.first_mistake` and its neighbours; see tests/test_settings.py.
    ("detect/catalogue.py", "{}: {}"),
    ("detect/web/signatures.py", "{}: {}"),
    ("quality/suites.py", "{}: {}"),
    ("settings/load.py", "\n"),
    # `said.unknown_name` words it for several options.
    ("sites/closure.py", "SITE"),
    ("detect/triage.py", "--detector"),
    ("detect/triage.py", "--site"),
}

# Modules whose ValueErrors reach people: as mistakes in a file, or as that of an option.
_JUDGES = (
    "detect/web/signatures.py",
    "formats/catalogue.py",
    "formats/layout.py",
    "formats/mapping.py",
    "formats/names.py",
    "formats/w3c.py",
    "normalise/endpoint.py",
    "normalise/time_form.py",
    "quality/suites.py",
    "settings/context.py",
    "settings/delivery.py",
    "settings/globs.py",
    "settings/model.py",
    "settings/patterns.py",
    "settings/redaction_kinds.py",
)


def _messages(path: Path, names: set[str]) -> Iterator[tuple[int, str]]:
    """Line and text of what each call of these classes is given, `{}` for what is filled in."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in names:
            given = node.args[0]
            if isinstance(given, ast.Name):
                given = constants.get(given.id, given)
            yield node.lineno, _literal(given)


def _literal(node: ast.AST) -> str:
    """The words that stand in an expression."""
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.FormattedValue):
        return "{}"
    if isinstance(node, ast.GeneratorExp):
        return ""
    return "".join(_literal(child) for child in ast.iter_child_nodes(node))


def test_every_error_is_told_in_japanese_and_english() -> None:
    """Whoever reads the terminal at night reads Japanese first; scripts look for the English."""
    root = PROJECT_ROOT / "pipelines"
    alone = {
        (path.relative_to(root).as_posix(), text)
        for path in root.rglob("*.py")
        for _, text in _messages(path, _TOLD)
        if not _BOTH_LANGUAGES.search(text)
    }
    assert alone == _PASSED_ON


@pytest.mark.parametrize("name", _JUDGES)
def test_every_refusal_of_a_value_is_told_in_both(name: str) -> None:
    """What settings, formats and suites refuse is told in the same form."""
    path = PROJECT_ROOT / "pipelines" / name
    told = dict(_messages(path, {"ValueError"}))
    assert told
    assert [
        f"{name}:{line}" for line, text in told.items() if not _BOTH_LANGUAGES.search(text)
    ] == []
