"""What a question may say: one SELECT over the lake's tables, views and functions, nothing else.

DuckDB's parser says what a text means; every node of its tree is looked at, and what is not known
to be harmless is refused. Checks only ever refuse: nothing that a text can hold makes a part of the
tree be skipped.
"""

import json
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

import duckdb

from pipelines.errors import MimamoriError
from pipelines.query.functions import FUNCTIONS, TABLE_FUNCTIONS
from pipelines.text.messages import Message, message

_LAKE = "lake"
_EXPRESSIONS = frozenset(
    {
        "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION",
        "CONSTANT", "FUNCTION", "LAMBDA", "LAMBDA_REF", "OPERATOR", "PARAMETER",
        "POSITIONAL_REFERENCE", "STAR", "SUBQUERY", "TYPE", "WINDOW",
    }
)  # fmt: skip
_NODES = frozenset(
    {
        "SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE", "BASE_TABLE",
        "EMPTY", "EXPRESSION_LIST", "JOIN", "PIVOT", "SHOW_REF", "SUBQUERY", "TABLE_FUNCTION",
        "DISTINCT_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "ORDER_MODIFIER",
        "ASCENDING", "DESCENDING", "ORDER_DEFAULT",
    }
)  # fmt: skip
_TYPE_INFO = "_TYPE_INFO"
_EXPLAIN = re.compile(
    # In one way only, else its time could double with each comment.
    r"(?P<explain>(?:\s|--[^\n]*\n|/\*(?:(?!\*/|/\*).)*\*/)*"
    r"explain(?:\s+analyze)?(?:\s*\([\w\s,]*\))?)\s*(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_DESCRIBES = frozenset({"DESCRIBE", "SUMMARY"})
_DEEPEST = 900  # levels of the tree; how many Python itself bears differs by its version
_LONGEST = 200_000  # characters; the tree of each can take 2,000 bytes
# As DuckDB does it: names differ in letters of ASCII only, whatever Unicode calls the same letter.
_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


class RefusedError(MimamoriError):
    """A question that asks for what questions may not have; the message says what."""

    def __init__(self, what: Message) -> None:
        """Say what was refused."""
        super().__init__(message("query.allowed.refused", at="query", what=what))


@dataclass(frozen=True)
class Reach:
    """What a question may read of the lake: tables and views, and functions that give tables."""

    relations: frozenset[str]
    functions: frozenset[str]


@dataclass(frozen=True)
class _Scope(Container[str]):
    """The first `seen` of the `names` of one WITH, each with its place, and what is seen around it.

    The tables of one WITH share their names, so that memory grows with the text and not its square.
    """

    names: Mapping[str, int]
    seen: int
    around: Container[str]

    def __contains__(self, name: object) -> bool:
        place = self.names.get(name) if isinstance(name, str) else None
        return (place is not None and place < self.seen) or name in self.around


@dataclass(frozen=True)
class Statement:
    """One statement that was found harmless; `is_explain` tells that it cannot stand in another."""

    text: str
    is_explain: bool = False


def statements(text: str, reach: Reach) -> Iterator[Statement]:
    """Yield the statements of a text, each as soon as it was found harmless.

    Raises:
        RefusedError: a statement does, reads or calls what questions may not, or is too large.
        duckdb.Error: the text is no SQL.
    """
    if len(text) > _LONGEST:
        raise RefusedError(message("query.allowed.too_long", most=_LONGEST))
    try:
        yield from _found(text, reach)
    except MemoryError:
        raise RefusedError(message("query.allowed.too_large")) from None


def _found(text: str, reach: Reach) -> Iterator[Statement]:
    if "\0" in text:  # where the parser's text would end
        raise RefusedError(message("query.allowed.nul"))
    parser = _parser()
    try:
        # Before another one, each comes without its semicolon and what stands behind it.
        extracted = parser.extract_statements(f"{text}\n;select 1")[:-1]
    except duckdb.PermissionException:  # the parser would have read the files of a database
        raise _not_a_question("IMPORT") from None
    for found in extracted:
        if found.type == duckdb.StatementType.EXPLAIN:
            parts = _EXPLAIN.fullmatch(found.query)
            if parts is None:
                raise RefusedError(message("query.allowed.form_of_explain"))
            _check(parser, parts["rest"], reach)
            yield Statement(f"{parts['explain']} {parts['rest']}", is_explain=True)
        elif found.type == duckdb.StatementType.SELECT:
            _check(parser, found.query, reach)
            yield Statement(found.query)
        else:
            raise _not_a_question(found.type.name)


def statement(text: str, reach: Reach) -> Statement:
    """Return the only statement of a text; as `statements`, and RefusedError for more than one."""
    found = list(statements(text, reach))
    if not found:
        raise MimamoriError(message("query.allowed.no_statement", at="query"))
    if len(found) > 1:
        raise _too_many(len(found))
    return found[0]


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """A DuckDB that only parses: no extension, no lake, no file."""
    return duckdb.connect(
        ":memory:",
        config={
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "enable_external_access": "false",
            "python_enable_replacements": "false",
            "threads": "1",
        },
    )


def _too_many(count: int) -> RefusedError:
    return RefusedError(message("query.allowed.several_statements", count=count))


def _not_a_question(kind: str) -> RefusedError:
    is_pivot = kind in {"CREATE", "CREATE_TYPE", "MULTI"}
    hint = message("query.allowed.values_of_pivot") if is_pivot else ""
    return RefusedError(message("query.allowed.not_a_question", kind=kind, hint=hint))


def _check(parser: duckdb.DuckDBPyConnection, text: str, reach: Reach) -> None:
    row = parser.execute("select json_serialize_sql(?::varchar, skip_null := true)", [text])
    (tree,) = row.fetchone() or ("",)
    try:
        parsed = json.loads(tree)
    except RecursionError:
        raise RefusedError(message("query.allowed.too_deep")) from None
    if parsed["error"]:
        if parsed.get("error_type") == "parser":
            raise duckdb.ParserException(parsed["error_message"])
        raise _not_a_question("OTHER")
    if len(parsed["statements"]) != 1:
        raise _too_many(len(parsed["statements"]))
    _walk(parsed["statements"], reach)


def _walk(tree: Any, reach: Reach) -> None:
    """Look at every node, each with the names of the common table expressions that it can see."""
    waiting: list[tuple[Any, Container[str], int]] = [(tree, (), 0)]
    while waiting:
        value, scope, depth = waiting.pop()
        if depth > _DEEPEST:
            raise RefusedError(message("query.allowed.too_deep"))
        if isinstance(value, list):
            waiting += [(item, scope, depth + 1) for item in value]
        elif isinstance(value, dict):
            waiting += [(*one, depth + 1) for one in _within(value, scope, reach)]


def _within(
    node: Mapping[str, Any], scope: Container[str], reach: Reach
) -> Iterable[tuple[Any, Container[str]]]:
    """Check one node; return what stands in it, with the names that are seen there."""
    kind = node.get("type")
    if "class" in node:
        _check_expression(node)
    elif isinstance(kind, str):
        if kind not in _NODES and not kind.endswith(_TYPE_INFO):
            raise RefusedError(message("query.allowed.name", name=kind))
        if kind == "TABLE_FUNCTION":
            called = node["function"]
            _check_table_function(called, reach)
            rest = {**node, "function": called.get("children", [])}
            return [(value, scope) for value in rest.values()]
        if kind == "BASE_TABLE":
            _check_table(node, scope, reach)
        if kind == "SHOW_REF" and (
            node.get("show_type") not in _DESCRIBES or "query" not in node or node.get("table_name")
        ):
            raise RefusedError(message("query.allowed.show"))
        if kind == "RECURSIVE_CTE_NODE":
            inner = _Scope({_lower(node["cte_name"]): 0}, 1, scope)
            return [(value, inner if key == "right" else scope) for key, value in node.items()]
    return _with_tables_of(node, scope)


def _with_tables_of(
    node: Mapping[str, Any], scope: Container[str]
) -> Iterable[tuple[Any, Container[str]]]:
    """Return a node's parts: each table of WITH is seen by those after it, and by the rest."""
    tables = node.get("cte_map", {}).get("map", [])
    names: dict[str, int] = {}
    for place, table in enumerate(tables):
        names.setdefault(_lower(table["key"]), place)
    parts = [(table["value"], _Scope(names, place, scope)) for place, table in enumerate(tables)]
    inner = _Scope(names, len(tables), scope) if tables else scope
    return [*parts, *((value, inner) for key, value in node.items() if key != "cte_map")]


def _check_expression(node: Mapping[str, Any]) -> None:
    kind = node["class"]
    if kind not in _EXPRESSIONS:
        raise RefusedError(message("query.allowed.name", name=kind))
    if kind in {"FUNCTION", "WINDOW"}:
        name = node["function_name"]
        # A function of an attached database, or a method called on a column: both are named alike,
        # and the lake has no such functions.
        if _lower(name) not in FUNCTIONS or _LAKE in _place(node):
            raise RefusedError(message("query.allowed.function", name=name))


def _check_table_function(node: Mapping[str, Any], reach: Reach) -> None:
    name = node["function_name"]
    place = _place(node)
    allowed = TABLE_FUNCTIONS if not place else reach.functions if _is_lake(place) else frozenset()
    full = _full(node, name)
    if node["class"] != "FUNCTION" or _lower(name) not in allowed:
        raise RefusedError(message("query.allowed.table_function", name=full))


def _check_table(node: Mapping[str, Any], scope: Container[str], reach: Reach) -> None:
    name = node["table_name"]
    place = _place(node)
    seen = scope if not place else reach.relations if _is_lake(place) else frozenset()
    if _lower(name) in seen:
        return
    full = _full(node, name)
    if _is_lake(place):
        near = [f"lake.{one}" for one in get_close_matches(_lower(name), reach.relations)]
        hints = ", ".join(near) or ".tables"
        raise RefusedError(
            message("query.allowed.no_such_table", name=name, full=full, hints=hints)
        )
    hint = f"; lake.{name}?" if _lower(name) in reach.relations else ""
    raise RefusedError(message("query.allowed.only_the_lake", name=full, hint=hint))


def _place(node: Mapping[str, Any]) -> tuple[str, ...]:
    """Return catalog and schema of what a node names, as far as they are written."""
    keys = ("catalog", "catalog_name", "schema", "schema_name")
    return tuple(_lower(node[key]) for key in keys if node.get(key))


def _is_lake(place: tuple[str, ...]) -> bool:
    return place in {(_LAKE,), (_LAKE, "main")}


def _full(node: Mapping[str, Any], name: str) -> str:
    return ".".join((*_place(node), name))


def _lower(name: str) -> str:
    return name.translate(_LOWER)
