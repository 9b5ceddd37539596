"""Messages stand in a file a language; the code names them by literal keys and gives the values."""

import ast
import json
import pickle
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

from pipelines.paths import PROJECT_ROOT
from pipelines.text import messages
from pipelines.text.messages import Message, command_help, message

_JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")
# Modules that hold Japanese which is no message, each with its reason.
_JAPANESE_DATA = {
    "pipelines/context/entry.py": "dates of people's files are written with 年月日",
    "pipelines/demo/pages.py": "searches and places of the demo's visitors",
    "pipelines/detect/web/units.py": "words by which a search for help is told from an attack",
    "pipelines/privacy/decode.py": "signs that stand for a hyphen",
    "pipelines/privacy/prefilter.py": "names of a My Number in a log",
    "pipelines/privacy/forms.py": "the letters of number plates and of names",
    "pipelines/privacy/numbers.py": "names of a My Number in a log",
    "pipelines/privacy/persons.py": "the letters of names",
    "pipelines/privacy/values.py": "dates of birth are written with 年月日 and eras",
    "pipelines/report/text_layout.py": "signs that begin no line",
}
_IN_TEMPLATE = re.compile(r"\bmessage\((?:\"([\w.]+)\"\))?")
_ASKED_FOR = re.compile(r"\b(?:message|command_help)\(")
_ANY = re.compile(r"")
_OR_ESCAPED = re.compile(_JAPANESE.pattern + r"|\\[xuUN]")
_OPTION = re.compile(r"--[a-z-]+")
_OWN = {"at", "between"}  # what `message` takes beside the values of the text


def _file(language: str) -> Path:
    return messages.LOCALES / f"messages.{language}.json"


def _texts(language: str) -> dict[str, str]:
    found: dict[str, str] = json.loads(_file(language).read_text(encoding="utf-8"))
    return found


def _languages() -> list[str]:
    return sorted(path.name.split(".")[1] for path in messages.LOCALES.glob("messages.*.json"))


def _places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _modules(with_text: re.Pattern[str]) -> Iterator[tuple[str, ast.Module]]:
    """The modules in whose text something is found: to read a tree takes longer than to look."""
    for folder in ("pipelines", "scripts", "dags"):
        for path in sorted((PROJECT_ROOT / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            if with_text.search(text):
                yield path.relative_to(PROJECT_ROOT).as_posix(), ast.parse(text)


def _called(node: ast.Call) -> str:
    """The last part of the name of what is called."""
    match node.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _templates() -> Iterator[tuple[str, str]]:
    for path in sorted((PROJECT_ROOT / "pipelines").rglob("*.j2")):
        yield path.relative_to(PROJECT_ROOT).as_posix(), path.read_text(encoding="utf-8")


def _uses() -> Iterator[tuple[str, str | None, set[str]]]:
    """Place, key and names of the values of each message that the code asks for.

    The key is None where it does not stand there as a text.
    """
    for name, tree in _modules(_ASKED_FOR):
        if name == "pipelines/text/messages.py":
            continue
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            called = node.func.id
            if called not in {"message", "command_help"}:
                continue
            given = {str(one.arg) for one in node.keywords} - _OWN
            keys: list[ast.expr] = list(node.args)
            if called == "command_help":
                keys += [one.value for one in node.keywords if one.arg == "details"]
                given.discard("details")
            for key in keys:
                text = key.value if isinstance(key, ast.Constant) else None
                yield f"{name}:{node.lineno}", text if isinstance(text, str) else None, given
    for name, template in _templates():
        for call in _IN_TEMPLATE.finditer(template):
            yield name, call[1], set()


def _literals(tree: ast.Module) -> Iterator[ast.Constant]:
    """The constants in a module, but for docstrings."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docstrings:
            yield node


def test_japanese_stands_in_the_files_of_messages_and_not_in_the_code() -> None:
    """What a person reads is translated in one place; data that is Japanese has its reason here."""
    found = {
        name: node.lineno
        for name, tree in _modules(_OR_ESCAPED)
        if not name.startswith("scripts/")
        for node in _literals(tree)
        if isinstance(node.value, str) and _JAPANESE.search(node.value)
    }
    assert found.keys() == _JAPANESE_DATA.keys(), found
    assert [name for name, text in _templates() if _JAPANESE.search(text)] == []


def _errors(trees: dict[str, ast.Module]) -> set[str]:
    """Names of the errors whose first argument is what a person reads.

    Ours, click's, and ValueError, by which a value in a file or of an option is refused.
    """
    classes = [
        node for tree in trees.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)
    ]
    found = {"MimamoriError", "BadParameter", "ValueError"}
    before = 0
    while len(found) > before:
        before = len(found)
        found |= {one.name for one in classes if found & {ast.unparse(base) for base in one.bases}}
    return found


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """What the names at the top of a module stand for."""
    return {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def _words_in(node: ast.AST) -> str:
    """The words that stand in an expression; what a call or a variable gives has its own place."""
    match node:
        case ast.Constant():
            return str(node.value)
        case ast.JoinedStr():
            return "".join(map(_words_in, node.values))
        case ast.BinOp(op=ast.Add()):
            return _words_in(node.left) + _words_in(node.right)
        case ast.IfExp():
            return _words_in(node.body) + _words_in(node.orelse)
    return ""


def test_every_error_is_a_message() -> None:
    """Whoever reads the terminal at night reads Japanese first; scripts look for the English."""
    trees = {name: tree for name, tree in _modules(_ANY) if name.startswith("pipelines/")}
    names = _errors(trees)
    assert {"ValueError", "UsageError", "ChannelError"} <= names
    given = [
        (f"{name}:{node.lineno}", constants.get(ast.unparse(node.args[0]), node.args[0]))
        for name, tree in trees.items()
        for constants in [_constants(tree)]
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and node.args and _called(node) in names
    ]
    assert len(given) > 200
    spelled = [(place, _OPTION.sub("", _words_in(one))) for place, one in given]
    assert [one for one in spelled if any(sign.isalpha() for sign in one[1])] == []


@pytest.mark.parametrize("language", _languages())
def test_every_language_has_every_message_once_and_in_order(language: str) -> None:
    """A translator works through the file from top to bottom."""

    def keys(pairs: list[tuple[str, Any]]) -> list[str]:
        return [key for key, _ in pairs]

    written = json.loads(_file(language).read_text(encoding="utf-8"), object_pairs_hook=keys)
    assert written == sorted(set(written))
    assert set(written) == _texts("ja").keys()


@pytest.mark.parametrize("language", _languages())
def test_a_file_of_messages_speaks_its_language(language: str) -> None:
    """Japanese stands in the Japanese file alone, and what needs no words in every one."""
    texts = _texts(language)
    if language == "ja":
        wordless = {key for key, text in texts.items() if not _JAPANESE.search(text)}
        assert all(
            not re.search("[A-Za-z]{4}", re.sub(r"\{.*?\}", "", texts[key])) for key in wordless
        )
    else:
        assert [key for key, text in texts.items() if _JAPANESE.search(text)] == []


def test_keys_stand_in_the_code_as_texts_and_each_is_used() -> None:
    """A key is found by searching for it, and a message that nobody shows is removed."""
    uses = list(_uses())
    assert [place for place, key, _ in uses if key is None] == []
    used = {key for _, key, _ in uses}
    assert used == _texts("ja").keys()


def test_the_code_gives_what_the_languages_have_places_for() -> None:
    """A place without a value would raise KeyError where a person waits for the message."""
    wanted: dict[str, set[str]] = {}
    for language in _languages():
        for key, text in _texts(language).items():
            wanted.setdefault(key, set()).update(_places(text))
    wrong = [(place, key, given) for place, key, given in _uses() if key and given != wanted[key]]
    assert wrong == []


def test_a_message_is_told_in_all_languages_and_in_one() -> None:
    """What it is about stands once before all, and in each where one is shown alone."""
    told = message("settings.load.cannot_be_read", at="a.yaml", reason="gone")
    assert told == "a.yaml: 読めません / cannot be read: gone"
    assert told.texts == {"ja": "a.yaml: 読めません", "en": "a.yaml: cannot be read: gone"}


def test_a_message_within_a_message_follows_its_language() -> None:
    """A hint is put in language by language."""
    hint = message("text.validate.did_you_mean", near="x")
    told = message("text.validate.unknown_name", hint=hint)
    assert told.texts["ja"] == "その名前のものはありません。もしや x？"
    assert told.texts["en"] == "nothing of that name is known; did you mean x?"


def test_a_message_travels_between_processes() -> None:
    """Ingest works in several processes; an error of one is told by another."""
    told = message("settings.load.cannot_be_read", at="a.yaml", reason="gone")
    copy = pickle.loads(pickle.dumps(told))  # noqa: S301 - our own bytes
    assert isinstance(copy, Message)
    assert (copy, copy.texts) == (told, told.texts)


def test_an_unknown_key_is_a_mistake_of_the_program() -> None:
    """Nothing is shown in place of a message that does not exist."""
    with pytest.raises(KeyError):
        message("no.such.message")


def test_a_third_language_is_one_more_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is found by its name and stands behind Japanese and English; nothing else is touched."""
    for language in ("ja", "en"):
        (tmp_path / _file(language).name).write_bytes(_file(language).read_bytes())
    german = {"settings.load.cannot_be_read": "nicht lesbar: {reason}"}
    (tmp_path / "messages.de.json").write_text(json.dumps(german), encoding="utf-8")
    monkeypatch.setattr(messages, "LOCALES", tmp_path)
    messages._messages.cache_clear()
    try:
        told = message("settings.load.cannot_be_read", reason="x")
        assert told == "読めません / cannot be read: x / nicht lesbar: x"
        assert list(told.texts) == ["ja", "en", "de"]
        assert message("settings.load.no_mapping").texts.keys() == {"ja", "en"}
    finally:
        messages._messages.cache_clear()


def test_details_of_a_command_are_paragraphs_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Click takes the first line as the short help, in all languages."""
    for language, line, details in (("ja", "読む", "詳しく"), ("en", "read", "in full")):
        texts = {"a.help": line, "a.details": details}
        (tmp_path / f"messages.{language}.json").write_text(json.dumps(texts), encoding="utf-8")
    monkeypatch.setattr(messages, "LOCALES", tmp_path)
    messages._messages.cache_clear()
    try:
        assert command_help("a.help") == "読む / read"
        assert command_help("a.help", "a.details") == "読む / read\n\n詳しく\n\nin full"
    finally:
        messages._messages.cache_clear()
