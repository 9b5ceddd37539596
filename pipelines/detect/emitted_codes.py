"""Which codes a query can put into its evidence, read from the query and not from what it found.

A value of evidence is followed to where it is made: through the branches of `case`, through columns
of the query's own tables and through functions that hand on one of their values. A column is looked
for by its name in the whole query, so that what is found may be more than can come, and never less.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Any

import duckdb

from pipelines.paths import SQL_DIR

_CALL = r"from ([a-z_]+)\([^()]*\)"
_CALL_ALONE = re.compile(rf"select \* {_CALL}\s*")


def written_out(query: str) -> str:
    """Return the query with the query of each macro of the day in place of its call."""
    alone = _CALL_ALONE.fullmatch(query)
    if alone is not None:
        return _query_of(alone[1]) or query

    def written(call: re.Match[str]) -> str:
        macro = _query_of(call[1])
        return call[0] if macro is None else f"from ({macro})"

    return re.sub(_CALL, written, query)


@cache
def _query_of(name: str) -> str | None:
    """The query of a macro of the day; None where there is none of that name."""
    begins = f"create or replace macro {name}("
    for path in sorted((SQL_DIR / "day").rglob("*.sql")):
        _, found, after = path.read_text(encoding="utf-8").partition(begins)
        if found:
            return after.partition(" as table")[2].partition(";")[0]
    return None


_HANDED_ON = {
    *("ARRAY_EXTRACT", "ARRAY_SLICE", "any_value", "arg_max", "arg_min", "first", "last", "list"),
    *("first_ten", "list_distinct", "list_sort", "max", "min", "mode", "nullif"),
}
"""Functions whose value is the first of their arguments, or one or some of its items."""
_OF_ANY = {"list_append", "list_concat", "list_value", "OPERATOR_COALESCE"}
"""Those whose value may come from any argument."""
_QUERIES = ("SELECT_NODE", "SET_OPERATION_NODE")
_TABLES = ("BASE_TABLE", "SUBQUERY", "TABLE_FUNCTION", "EXPRESSION_LIST")

_Node = Mapping[str, Any]


@dataclass(frozen=True)
class Emitted:
    """The texts that a key of evidence can hold.

    `is_open` where others may come, which the query does not spell out.
    """

    codes: frozenset[str] = frozenset()
    is_open: bool = False


@dataclass(frozen=True)
class _Query:
    """The result's select nodes, and by name what every column in the query is made from.

    `outside` has the references (by identity) to what tables bring that the query does not make.
    """

    results: list[_Node]
    made_from: dict[str, list[_Node]] = field(default_factory=dict)
    outside: set[int] = field(default_factory=set)


def emitted(query: str) -> dict[str, Emitted]:
    """Return by key what the evidence of a detector's query (SQL) can hold.

    Raises:
        duckdb.Error: the query cannot be parsed.
    """
    root = _parsed(written_out(query))
    read = _read(root)
    found: dict[str, Emitted] = {}
    for value in _evidence(root):
        key = _name(value)
        found[key] = _joined(found.get(key, Emitted()), _followed(read, value))
    return found


def column(query: str, name: str) -> Emitted:
    """Return what a column of a query's rows can hold; nothing where no row has it."""
    read = _read(_parsed(written_out(query)))
    return _any_of(read, [one for one in _items(read) if _name(one) == name], frozenset())


def columns(query: str) -> set[str]:
    """Return the names of the columns that a query's rows have; those of a `*` are not known."""
    return {_name(item) for item in _items(_read(_parsed(written_out(query))))}


def columns_read(expression: str) -> set[str]:
    """Return the names of the columns that an SQL expression rests on."""
    refs = _found(_parsed(f"select {expression}"), lambda one: one.get("class") == "COLUMN_REF")
    return {str(ref["column_names"][-1]) for ref in refs}


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    """A connection that only parses: to open one takes longer than to parse a query."""
    return duckdb.connect()


@lru_cache(maxsize=64)  # a detector is asked for keys, columns and actors in turn
def _parsed(query: str) -> _Node:
    row = _parser().execute("select json_serialize_sql(?)", [query]).fetchone()
    tree = json.loads(row[0]) if row else {}
    if tree.get("error"):
        raise duckdb.ParserException(str(tree.get("error_message")))
    node: _Node = tree["statements"][0]["node"]
    return node


def _evidence(root: _Node) -> Iterator[_Node]:
    """The values of each struct of that name in the query, and what is added to it later."""
    for struct in _found(root, lambda one: one.get("function_name") == "struct_pack"):
        if struct["alias"] == "evidence":
            yield from struct["children"]
    for added in _found(root, lambda one: one.get("function_name") == "struct_insert"):
        struct, *values = added["children"]
        if _name(struct) == "evidence":
            yield from values


def _items(read: _Query) -> Iterator[_Node]:
    """What the rows of a query are made of, each part of a union with its own."""
    for result in read.results:
        yield from result["select_list"]


def _read(root: _Node) -> _Query:
    read = _Query(list(_selects(root)))
    named = {
        str(entry["key"])
        for node in _found(root, lambda one: "cte_map" in one)
        for entry in node["cte_map"]["map"]
    }
    for node in _found(root, lambda one: str(one.get("type")) in _QUERIES):
        names: list[str] = []
        for select in _selects(node):
            items = select["select_list"]
            # Columns of a union have the names of its first part, unless they are joined by name.
            if node.get("setop_type") != "UNION_BY_NAME":
                names = names or [_name(item) for item in items]
            for place, item in enumerate(items):
                for name in {_name(item), *names[place : place + 1]}:
                    read.made_from.setdefault(name, []).append(item)
        if node["type"] == "SELECT_NODE":
            _mark_outside(read, node, named)
    for struct in _found(root, lambda one: one.get("function_name") == "struct_pack"):
        for item in () if struct["alias"] == "evidence" else struct["children"]:
            read.made_from.setdefault(_name(item), []).append(item)
    return read


def _mark_outside(read: _Query, select: _Node, named: set[str]) -> None:
    """Tell the references of a select node to tables of its own from all others."""
    tables = list(_found(select["from_table"], lambda one: str(one.get("type")) in _TABLES))
    outside = {
        table["alias"] or table["table_name"]
        for table in tables
        if table["type"] == "BASE_TABLE" and table["table_name"] not in named
    }
    own = {table["alias"] or table.get("table_name") for table in tables}
    for ref in _found(select["select_list"], lambda one: one.get("class") == "COLUMN_REF"):
        *above, _ = ref["column_names"]
        if not above or above[0] in own:
            # Those of a query within this one are judged again by its own tables.
            read.outside.discard(id(ref))
            if above[0] in outside if above else outside:
                read.outside.add(id(ref))


def _found(node: object, is_wanted: Callable[[_Node], bool]) -> Iterator[_Node]:
    """Every object within a tree that is wanted, the outer ones first."""
    if isinstance(node, dict):
        if is_wanted(node):
            yield node
        for value in node.values():
            yield from _found(value, is_wanted)
    elif isinstance(node, list):
        for value in node:
            yield from _found(value, is_wanted)


def _selects(node: _Node) -> Iterator[_Node]:
    """The select nodes that a query is united of, in order."""
    if node["type"] == "SELECT_NODE":
        yield node
    else:
        for side in ("left", "right"):
            yield from _selects(node[side])


def _name(item: _Node) -> str:
    return str(item["alias"] or (item.get("column_names") or [""])[-1])


def _followed(read: _Query, node: _Node, seen: frozenset[str] = frozenset()) -> Emitted:
    if node["class"] == "CONSTANT":
        value = node["value"]
        if value["is_null"]:
            return Emitted()
        is_text = value["type"]["id"] == "VARCHAR"
        return Emitted(frozenset({value["value"]})) if is_text else Emitted(is_open=True)
    if node["class"] == "COLUMN_REF":
        return _column(read, node, seen)
    if node["class"] == "CAST" and node["cast_type"]["id"] != "VARCHAR":
        # No text, unless of a type that is a list of them.
        value = _followed(read, node["child"], seen)
        is_list = node["cast_type"]["id"] == "LIST"
        return value if is_list else Emitted(is_open=value.is_open or bool(value.codes))
    parts = _parts(node)
    return _any_of(read, parts, seen) if parts else Emitted(is_open=True)


def _column(read: _Query, ref: _Node, seen: frozenset[str]) -> Emitted:
    *above, name = ref["column_names"]
    is_outside = id(ref) in read.outside
    if name in seen or (above and is_outside):
        return Emitted(is_open=is_outside)
    made = [
        one
        for one in read.made_from.get(name, ())
        if one["class"] != "COLUMN_REF"
        or one["column_names"][-1] != name
        or id(one) in read.outside
    ]
    if not made:
        return Emitted(is_open=True)
    found = _any_of(read, [one for one in made if one is not ref], seen | {name})
    return Emitted(found.codes, found.is_open or is_outside)


def _parts(node: _Node) -> list[_Node]:
    """The nodes of which one is the value of this one; none where it is made otherwise."""
    if node["class"] == "CASE":
        return [*(one["then_expr"] for one in node["case_checks"]), node["else_expr"]]
    if node["class"] == "CAST":
        return [node["child"]]
    if node["class"] == "SUBQUERY":
        return [select["select_list"][0] for select in _selects(node["subquery"]["node"])]
    name = str(node.get("function_name") or node["type"])
    children: list[_Node] = node.get("children") or []
    if name in _OF_ANY:
        return children
    return children[:1] if name in _HANDED_ON else []


def _any_of(read: _Query, nodes: list[_Node], seen: frozenset[str]) -> Emitted:
    found = Emitted()
    for node in nodes:
        found = _joined(found, _followed(read, node, seen))
    return found


def _joined(one: Emitted, other: Emitted) -> Emitted:
    return Emitted(one.codes | other.codes, one.is_open or other.is_open)
