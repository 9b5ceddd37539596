"""Every command that a page, a README or a report names can be given as it is written there."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pipelines.cli import cli
from pipelines.paths import PROJECT_ROOT
from pipelines.query.saved import saved_queries

_PAGES = [
    PROJECT_ROOT / "README.md",
    PROJECT_ROOT / "README.ja.md",
    *(PROJECT_ROOT / "docs").rglob("*.md"),
]
_LOCALES = PROJECT_ROOT / "pipelines" / "text" / "locales"
_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(mimamori [a-z][^`\n]*)`")
_SAID = re.compile(r"mimamori [a-z]+(?: [-\w={}./:]+)*", re.ASCII)
_QUOTED = re.compile(r"'(mimamori [a-z]+[^'…]*)'")
# What stands for a value in writing, and such a value.
_STANDS_FOR = {"D": "2026-11-20", "N": "1"}


def _commands(text: str) -> Iterator[str]:
    for block in _BLOCK.findall(text):
        for line in block.splitlines():
            command = line.strip().removeprefix("$ ").removeprefix(".venv/bin/")
            if command.startswith("mimamori "):
                yield command


def _in_blocks() -> Iterator[tuple[str, str]]:
    for page in _PAGES:
        for command in _commands(page.read_text(encoding="utf-8")):
            yield page.name, command


def _named() -> Iterator[tuple[str, str]]:
    for page in _PAGES:
        for command in _INLINE.findall(_BLOCK.sub("", page.read_text(encoding="utf-8"))):
            yield page.name, command
    for path in _LOCALES.glob("*.*"):
        # English sentences go on about the program itself.
        form = _QUOTED if path.name == "messages.en.json" else _SAID
        for command in form.findall(path.read_text(encoding="utf-8")):
            yield path.name, command


def _words(command: str) -> list[str]:
    text = re.split(r"\s#\s|\s[|>]", command)[0].replace("…", "")
    words = shlex.split(text.replace("[", "").replace("]", ""))[1:]
    return [_STANDS_FOR.get(word, word) for word in words]


def made_context(words: list[str], **how: bool) -> click.Context:
    """Return the context of the command itself, made as for a run, which does not begin."""
    context = cli.make_context("mimamori", list(words), None, **how)
    while isinstance(context.command, click.Group):
        rest = [*context._protected_args, *context.args]
        name, command, rest = context.command.resolve_command(context, rest)
        assert command is not None, name
        context = command.make_context(name, rest, parent=context, **how)
    return context


@pytest.mark.parametrize(("page", "command"), sorted(set(_in_blocks())))
def test_command_in_a_block_can_be_given_as_it_stands(page: str, command: str) -> None:
    """Its options are there, its values of their kind, nothing is missing."""
    assert made_context(_words(command)).command.callback is not None, page


@pytest.mark.parametrize(("page", "command"), sorted(set(_named())))
def test_command_that_is_named_is_one(page: str, command: str) -> None:
    """The command, its options and the saved query that it names are there."""
    words = _words(command)
    context = made_context(words, resilient_parsing=True)
    known = {one for option in context.command.params for one in option.opts}
    assert {word for word in words if word.startswith("--")} <= known, page
    saved = words[words.index("--saved") + 1] if "--saved" in words else None
    assert saved is None or saved in {*saved_queries(), "NAME", "名前"}


def test_there_are_commands_to_look_at() -> None:
    """Of pages and of reports, so that a change of their form cannot hide them all."""
    assert len(set(_in_blocks())) >= 25
    named = [Path(where).suffix for where, _ in set(_named())]
    assert named.count(".md") >= 20
    assert named.count(".yaml") >= 8
    assert named.count(".json") >= 12
