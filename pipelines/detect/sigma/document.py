"""Reads a Sigma file: YAML as data only, within bounds, each key with its line.

A rule file comes from elsewhere, so that it may be huge or made to hurt: its size is bounded
before it is parsed, merge keys (which multiply) are refused, and nothing in it is ever run.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from pipelines.detect.sigma.problem import Problem, brief
from pipelines.text.yaml_text import UniqueKeyLoader, locate

LARGEST_FILE = 256 << 10
"""SigmaHQ's largest rule has some 40 kB; YAML costs a hundred times its size in memory."""

_MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True)
class Document:
    """One YAML document of a file: its values, and its nodes, which know their lines."""

    values: dict[str, Any]
    root: yaml.Node

    def line_of(self, *keys: str | int) -> int:
        """Return the line of a place by its keys, or of the nearest place above it that exists."""
        line, _ = locate(self.root, keys)
        return line

    def line_of_field(self, field: str) -> int:
        """Return the first line whose key is `field`, with or without modifiers."""
        names = (
            key.start_mark.line + 1
            for key in _keys(self.root)
            if key.value.partition("|")[0] == field
        )
        return next(names, self.root.start_mark.line + 1)


class _RuleLoader(UniqueKeyLoader):
    """YAML without merge keys: a chain of them doubles a mapping with every link."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        for key, _ in node.value:
            if key.tag == _MERGE:
                raise yaml.constructor.ConstructorError(
                    None, None, "merge keys (<<) are not read in rules", key.start_mark
                )


def read_content(path: Path) -> bytes | Problem:
    """Return the content of a rule file, no more than tells that it is too large, or why not."""
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except OSError as error:
        return Problem(path, None, f"cannot be read: {error.strerror or error}")


def parse_documents(path: Path, content: bytes) -> tuple[Document, ...] | Problem:
    """Return the documents that the content of a rule file holds, or what is wrong with it."""
    if len(content) > LARGEST_FILE:
        return Problem(path, None, f"is larger than {LARGEST_FILE >> 10} KiB: that is no rule")
    try:
        documents = tuple(_documents(content.decode("utf-8-sig")))
    except (yaml.YAMLError, ValueError, TypeError, OverflowError, RecursionError) as error:
        return _unreadable(path, content, error)
    if not documents:
        return Problem(path, None, "is empty: a rule is a YAML mapping with title and detection")
    return documents


class _NoMappingError(ValueError):
    """A document is a list or a text."""


def _documents(text: str) -> Iterator[Document]:
    loader = _RuleLoader(text)
    try:
        while loader.check_node():
            root = loader.get_node()
            values = loader.construct_document(root) if root is not None else None
            if root is None or values is None:
                continue
            if not isinstance(values, dict):
                raise _NoMappingError(root.start_mark.line + 1)
            yield Document(values, root)
    finally:
        loader.dispose()


def _unreadable(path: Path, content: bytes, error: Exception) -> Problem:
    line, reason = None, f"not valid YAML: {brief(error)}"
    match error:
        case UnicodeDecodeError():
            reason = "is not UTF-8"
        case _NoMappingError():
            line, reason = error.args[0], "a rule is a YAML mapping, such as 'title: …'"
        case yaml.MarkedYAMLError():
            line = error.problem_mark.line + 1 if error.problem_mark else None
            reason = f"not valid YAML: {brief(error.problem)}"
        case yaml.reader.ReaderError():
            line = content.count(b"\n", 0, error.position) + 1
            reason = f"not valid YAML: {error.reason}"
        case RecursionError():
            reason = "not valid YAML: nested too deeply"
    return Problem(path, line, reason)


def _keys(root: yaml.Node) -> Iterator[yaml.ScalarNode]:
    """All keys below a node, each once, however often an alias names its mapping."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop(0)
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                yield key
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
