"""Which small faults there could be, and the sample of them that a seed draws."""

import ast
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator

from mutants.sql_changes import of_detector, of_sql

PACKAGES = ("privacy", "records", "retention", "subject", "lake", "triage", "quality", "detect")
SQL = "sql"
PLACES = (*PACKAGES, SQL)

# Operators of cosmic-ray: neighbours only, as far-off replacements (`+` by `>>`) are noticed by
# anything that runs the line.
_OPERATORS = tuple(
    f"core/{name}"
    for name in (
        *("NumberReplacer", "AddNot", "ReplaceTrueWithFalse", "ReplaceFalseWithTrue"),
        *("ReplaceAndWithOr", "ReplaceOrWithAnd", "ReplaceUnaryOperator_Delete_Not"),
        *("ReplaceBreakWithContinue", "ReplaceContinueWithBreak", "ZeroIterationForLoop"),
        "ReplaceUnaryOperator_USub_UAdd",
        *(
            f"ReplaceComparisonOperator_{pair}"
            for pair in (
                *("Lt_LtE", "LtE_Lt", "Gt_GtE", "GtE_Gt"),
                *("Eq_NotEq", "NotEq_Eq", "Is_IsNot", "IsNot_Is"),
            )
        ),
        *(
            f"ReplaceBinaryOperator_{pair}"
            for pair in ("Add_Sub", "Sub_Add", "Mul_Div", "FloorDiv_Mul", "BitOr_BitAnd")
        ),
    )
)

# Migrations that were applied are never changed, and tests/upgrade holds them.
_LEFT_OUT = ("sql/schema/",)


@dataclass(frozen=True)
class Mutant:
    """A file with one small fault: what the line was and became, and the whole new text."""

    place: str
    path: str
    line: int
    change: str
    was: str
    became: str
    text: str
    statement: tuple[int, int] = (0, 0)
    """The first and last line of the statement of Python that it changes."""

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is known by when lines above it move."""
        return self.path, self.was, self.became


def sample(root: Path, seed: int, count: int) -> list[Mutant]:
    """Return `count` faults drawn by `seed`, the same number from each place as far as it goes.

    A fault of Python code that no line of code differs by (cosmic-ray changes nothing) is drawn
    anew, as is one that stands in the sample already.
    """
    drawn: list[Mutant] = []
    for number, place in enumerate(PLACES):
        dice = random.Random(f"{seed} {place}")  # noqa: S311 - a sample, no secret
        wanted = count * (number + 1) // len(PLACES) - count * number // len(PLACES)
        found = list(_sites(root, place))
        dice.shuffle(found)
        seen: set[tuple[str, str, str]] = set()
        for site in found:
            if len(seen) == wanted:
                break
            made = site.make(place)
            if made is not None and made.key not in seen:
                seen.add(made.key)
                drawn.append(made)
    return drawn


@dataclass(frozen=True)
class _Site:
    """A place in a file where a change could be made, and which change."""

    path: str
    source: str
    change: str
    at: int
    """The number of the occurrence (Python), or where in the text it begins (SQL)."""
    end: int = 0
    put: str = ""

    def make(self, place: str) -> Mutant | None:
        if self.path.endswith(".py"):
            text = mutate_code(self.source, get_operator(self.change)(), self.at)
        else:
            text = self.source[: self.at] + self.put + self.source[self.end :]
        if text is None or text == self.source or text.count("[ -1]") > self.source.count("[ -1]"):
            return None  # the first of what has one element is its last too
        old, new = self.source.splitlines(), text.splitlines()
        pairs = enumerate(zip(old, new, strict=False), 1)
        line = next((number for number, (was, became) in pairs if was != became), len(new))
        change = self.change.removeprefix("core/")
        was, became = old[line - 1].strip(), new[line - 1].strip()
        statement = _statement(self.source, line) if self.path.endswith(".py") else (line, line)
        return Mutant(place, self.path, line, change, was, became, text, statement)


def _statement(source: str, line: int) -> tuple[int, int]:
    """Return the first and last line of the innermost statement that holds a line.

    Of a statement over several lines coverage counts the first alone.
    """
    spans = [
        (one.lineno, one.end_lineno or one.lineno)
        for one in ast.walk(ast.parse(source))
        if isinstance(one, ast.stmt)
    ]
    around = [(first, last) for first, last in spans if first <= line <= last]
    return min(around, key=lambda span: span[1] - span[0], default=(line, line))


def _sites(root: Path, place: str) -> Iterator[_Site]:
    folder = root / place if place == SQL else root / "pipelines" / place
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.startswith(_LEFT_OUT) or not path.is_file():
            continue
        if path.suffix == ".py" and place != SQL:
            yield from _python_sites(name, path.read_text(encoding="utf-8"))
        elif path.suffix == ".sql" or path.name == "detector.yaml":
            source = path.read_text(encoding="utf-8")
            changes = of_sql(source) if path.suffix == ".sql" else of_detector(source)
            for one in changes:
                yield _Site(name, source, one.name, one.begin, one.end, one.put)


def _python_sites(name: str, source: str) -> Iterator[_Site]:
    idle = _idle(source)
    nodes = list(ast_nodes(get_ast(source)))
    for operator_name in _OPERATORS:
        operator = get_operator(operator_name)()
        positions: Iterable[tuple[tuple[int, int], tuple[int, int]]] = (
            position for node in nodes for position in operator.mutation_positions(node)
        )
        for number, (begin, _) in enumerate(positions):
            if not any(first <= begin < last for first, last in idle):
                yield _Site(name, source, operator_name, number)


def _idle(source: str) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return where nothing is computed: in types and in the `*` that parameters stand behind."""
    lines = source.splitlines()
    stars = [
        ((number, found.start()), (number, found.end()))
        for number, line in enumerate(lines, 1)
        for found in re.finditer(r"(?<![\w)\]] )\*, ", line + " ")
    ]
    found: list[ast.expr | None] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AnnAssign | ast.arg):
            found.append(node.annotation)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            found.append(node.returns)
    return stars + [
        ((one.lineno, one.col_offset), (one.end_lineno or 0, one.end_col_offset or 0))
        for one in found
        if one is not None
    ]
