"""Logs of JSON objects, one a line, with a mapping from raw fields to keys.

Lines are decoded in bulk on a schema of the mapped keys. Where one of a batch cannot be decoded,
the lines of that batch are read one by one with care, as is one where a key may stand twice.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import polars as pl

from pipelines.formats.format import because
from pipelines.formats.unescape import NUL, whole_text
from pipelines.formats.user_names import OF_SERVERS, OWN, field_of
from pipelines.normalise.columns import rejoined

_OF_REQUESTS = ("request", "target", "path", "method")
_CLIENTS = ("host", "forwarded_for", "forwarded", "real_ip")
_NEEDED = (("time",), ("status",), ("host", "forwarded_for"), ("request", "target", "path"))
_PARTS_OF_REQUEST = ("method", "target", "path", "query", "protocol")
_BATCH = 20_000  # lines
_MOST_BRACKETS = 500  # in a line that is decoded in bulk
_DOT = re.compile(r"(?<!\\)[.]")
_LIST = "[]"  # ends the path of a key whose values are lists
_SURROGATE = r"\\u[dD][89a-fA-F]"  # half a character, for which the decoder is no judge
_MONTHS = {
    f"/{month}/": f"/{number:02}/"
    for number, month in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)  # noqa: SIM905
}
_CLF = r"^([0-9]{2})/([0-9]{2})/([0-9]{4}):([0-9:]{8}(?:[.][0-9]+)?)(?: ([+-][0-9]{4}))?$"
_HALF_LETTER = re.compile(r"(\\x[0-9a-f]{2})\\")
_SLASHES = "^([0-9]{4})/([0-9]{2})/([0-9]{2}) "
_NUMBER = r"^([0-9]{9,10})([0-9]{3}|[0-9]{6}|[0-9]{9})?(?:[.]([0-9]+))?$"


@dataclass(frozen=True)
class JsonSplitter:
    r"""Takes JSON objects apart: `keys` are raw fields with the paths that may hold them.

    The first path of a field that a line has counts, an empty text only where no path has another.
    A path is keys joined by dots (`\.` stands for one within a key); `[]` at its end says that the
    value is a list. `is_time_free` says that times are written in any form. A line with a key that
    matches the expression in `refused` is none about a request. `vhost_in_target` finds the host
    in an absolute target, where no key has it.
    """

    title: str
    keys: tuple[tuple[str, tuple[str, ...]], ...]
    is_time_free: bool = True
    refused: tuple[tuple[str, str], ...] = ()
    vhost_in_target: str | None = None

    @cached_property
    def fields(self) -> tuple[str, ...]:
        """Names of the raw fields: a request line stands for its parts where both may be given."""
        names = tuple(name for name, _ in self.keys)
        merged = _PARTS_OF_REQUEST if "request" in names else ("query",)
        has_whole = "request" in names or "target" in names
        found = tuple(name for name in names if not (has_whole and name in merged))
        return (*found, *(("vhost",) if self.vhost_in_target else ()))

    def with_users(self, names: Sequence[str]) -> tuple["JsonSplitter", dict[str, tuple[str, ...]]]:
        """Return the same with keys that stand for the user, and the raw field of each name.

        A dot stands between keys or in one. A key that holds other fields of the request has no
        value: such a name is left out.
        """
        keys = [(name, paths) for name, paths in self.keys if name != OWN]
        found: dict[str, tuple[str, ...]] = {}
        for number, name in enumerate(names):
            taken = [path for _, paths in keys for path in paths]
            paths = tuple(
                path for path in _readings(name) if not any(_clash(path, other) for other in taken)
            )
            if paths:
                found[name] = (field_of(number),)
                keys.append((field_of(number), paths))
        return replace(self, keys=tuple(keys)), found

    @property
    def own_users(self) -> tuple[str, ...]:
        """The keys that name the user by themselves."""
        return tuple(path for name, paths in self.keys if name == OWN for path in paths)

    @cached_property
    def _paths(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(path for _, paths in self.keys for path in paths)) + tuple(
            key for key, _ in self.refused
        )

    @cached_property
    def _all_keys(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        return self.keys + tuple((f"refused {key}", (key,)) for key, _ in self.refused)

    @cached_property
    def _schema(self) -> pl.Struct:
        tree: dict[str, Any] = {}
        for path in self._paths:
            *parents, leaf = _steps(path)
            node = tree
            for parent in parents:
                node = node.setdefault(parent, {})
            node[leaf] = pl.List(pl.String) if path.endswith(_LIST) else pl.String
        return _struct(tree)

    @cached_property
    def _outer(self) -> tuple[str, ...]:
        """The mapped keys of the object itself."""
        return tuple(dict.fromkeys(_steps(path)[0] for path in self._paths))

    @cached_property
    def _outer_key(self) -> str:
        """Expression for one of them in the text of a line."""
        return '"(?:' + "|".join(map(re.escape, self._outer)) + r')"\s*:'

    def split(self, lines: pl.Series) -> pl.DataFrame:
        """Return the fields of each line and the reason where it does not fit."""
        frames = [
            self._split(lines.slice(start, _BATCH))
            for start in range(0, max(1, len(lines)), _BATCH)
        ]
        frame = pl.concat(frames)
        if lines.str.contains("\\u0000", literal=True).any():
            frame = frame.with_columns(pl.col(pl.String).str.replace_all("\0", NUL, literal=True))
        frame = self._with_requests(self._judged(frame, lines))
        if not self.is_time_free or "time" not in frame.columns:
            return frame
        return frame.with_columns(as_iso(frame.get_column("time")).alias("time"))

    def looks(self, line: pl.Expr) -> pl.Expr:
        """Return an expression for whether a line is an object with the keys of a request."""
        checks = [line.str.starts_with("{") & line.str.ends_with("}")]
        for key, text in self.refused:
            value = text.removeprefix("^")
            checks.append(~line.str.contains(f'"{re.escape(key)}"\\s*:\\s*"{value}'))
        for group in _NEEDED:
            paths = [path for name, paths in self.keys if name in group for path in paths]
            checks.append(line.str.contains(self._keys_of(group)))
            plain = "|".join(re.escape(path) for path in paths if "." not in path)
            if plain:
                checks.append(~line.str.contains(rf'"(?:{plain})"\s*:\s*\{{'))
        return pl.all_horizontal(checks)

    def _keys_of(self, fields: tuple[str, ...]) -> str:
        """Expression for the keys, in the text of a line, that may hold one of the fields."""
        paths = [path for name, paths in self.keys if name in fields for path in paths]
        return "(?:" + "|".join(map(_key_expression, paths)) + ")" if paths else "[^\\s\\S]"

    def _with_requests(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with queries joined to targets, and parts of a request to request lines."""
        if "target" in frame.columns and "query" in frame.columns:
            is_apart = _is_given("query") & ~pl.col("target").str.contains("?", literal=True)
            whole = pl.col("target") + "?" + pl.col("query").str.strip_prefix("?")
            frame = frame.with_columns(target=pl.when(is_apart).then(whole).otherwise("target"))
        if "request" in frame.columns:
            names = [name for name in ("method", "target", "path", "protocol") if name in frame]
            parts = [pl.when(_is_given(name)).then(name) for name in names]
            joined = pl.concat_str(*parts, separator=" ", ignore_nulls=True) if parts else None
            frame = frame.with_columns(pl.coalesce("request", joined).alias("request"))
        if self.vhost_in_target:
            frame = frame.with_columns(vhost=pl.col("target").str.extract(self.vhost_in_target))
        return frame.select(*self.fields, "reason")

    def _judged(self, frame: pl.DataFrame, lines: pl.Series) -> pl.DataFrame:
        """The frame without refused keys, with a reason for lines that tell of no request.

        A line that names a request and a status is about one, also where both are empty or null.
        """
        is_refused = [pl.col(f"refused {key}").str.contains(text) for key, text in self.refused]
        asked, answered, clients = (
            pl.any_horizontal(pl.lit(value=False), *(_is_given(n) for n in names if n in frame))
            for names in (_OF_REQUESTS, ("status",), _CLIENTS)
        )
        is_request = asked.fill_null(value=False) | (answered & clients).fill_null(value=False)
        if not frame.select(is_request.all()).item():
            line = pl.lit(lines)
            keys = [
                line.str.contains(self._keys_of(names)) for names in (_OF_REQUESTS, ("status",))
            ]
            is_request |= (pl.all_horizontal(keys) & clients).fill_null(value=False)
        return frame.with_columns(
            reason=pl.when(pl.col("reason").is_not_null())
            .then("reason")
            .when(pl.any_horizontal(pl.lit(value=False), *is_refused).fill_null(value=False))
            .then(pl.lit(because("json_message")))
            .when(~is_request)
            .then(pl.lit(because("json_no_request")))
        ).drop(f"refused {key}" for key, _ in self.refused)

    def _split(self, lines: pl.Series) -> pl.DataFrame:
        is_object = (
            lines.str.contains(r"^\s*\{.*\}\s*$")
            & (lines.str.count_matches(r"[\[{]") <= _MOST_BRACKETS)
            & ~lines.str.contains(_SURROGATE)
        )
        plain = lines.filter(is_object)
        try:
            decoded = plain.str.json_decode(self._schema)
        except pl.exceptions.ComputeError:
            return self._carefully(lines)
        objects = decoded.to_frame("line")
        frame = pl.DataFrame([_first(objects, name, paths) for name, paths in self._all_keys])
        frame = frame.with_columns(reason=pl.lit(None, pl.String))
        given = objects.select(
            pl.sum_horizontal(
                pl.col("line").struct.field(name).is_not_null().cast(pl.UInt32)
                for name in self._outer
            )
        )
        may_be_twice = plain.str.count_matches(self._outer_key) > given.to_series()
        if may_be_twice.any():
            rows = may_be_twice.arg_true()
            may_be_twice = may_be_twice.scatter(rows, self._names_twice(plain.gather(rows)))
        if may_be_twice.any():
            irregular = self._carefully(plain.filter(may_be_twice))
            frame = rejoined(frame.filter(~may_be_twice), irregular, may_be_twice)
        if is_object.all():
            return frame
        return rejoined(frame, self._carefully(lines.filter(~is_object)), ~is_object)

    def _names_twice(self, lines: pl.Series) -> pl.Series:
        """Where a mapped key stands twice, rather than once with null; escapes may hide a key."""
        line = pl.col("line")
        counts = (line.str.count_matches(f'"{re.escape(key)}"\\s*:') > 1 for key in self._outer)
        has_escape = line.str.contains("\\", literal=True)
        return lines.to_frame("line").select(pl.any_horizontal(has_escape, *counts)).to_series()

    def _carefully(self, lines: pl.Series) -> pl.DataFrame:
        columns: dict[str, list[str | None]] = {
            name: [] for name in (*(name for name, _ in self._all_keys), "reason")
        }
        for line in lines:
            reason, found = _object(line)
            for name, paths in self._all_keys:
                values = [_value(found, path) for path in paths]
                given = [text for text in values if text is not None]
                columns[name].append(next(filter(None, given), given[0] if given else None))
            columns["reason"].append(reason)
        return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def as_iso(times: pl.Series) -> pl.Series:
    """Return times in ISO 8601 whether they are so, as in a common log, or counted since 1970.

    A count of 9 or 10 digits is of seconds, of three, six or nine more of smaller units. What is
    none of these stays as it is.
    """
    if times.str.contains("/", literal=True).any():
        times = times.str.replace(_SLASHES, "$1-$2-$3 ")
    times = times.rechunk()  # Polars 2.0 panics where `when` meets a struct in several chunks
    is_other = ~times.str.contains("^[0-9]{4}-").fill_null(value=True)
    if not is_other.any():
        return times
    text = pl.col("time")
    number = text.str.extract_groups(_NUMBER)
    second = pl.from_epoch(number.struct[0].cast(pl.Int64), time_unit="s")
    fraction = pl.concat_str(number.struct[1], number.struct[2], ignore_nulls=True)
    counted = second.dt.to_string("%Y-%m-%dT%H:%M:%S") + "." + fraction + "Z"
    whole = second.dt.to_string("%Y-%m-%dT%H:%M:%SZ")
    parts = text.str.replace_many(_MONTHS).str.extract_groups(_CLF)
    year, month, day, clock = (parts.struct[index] for index in (2, 1, 0, 3))
    common = year + "-" + month + "-" + day + "T" + clock + parts.struct[4].fill_null("")
    return times.to_frame("time").select(
        pl.when(is_other)
        .then(pl.coalesce(pl.when(fraction != "").then(counted), whole, common, text))
        .otherwise(text)
        .alias("time")
    ).to_series()  # fmt: skip


def _steps(path: str) -> list[str]:
    steps = _DOT.split(path.removesuffix(_LIST))
    return [step.replace("\\.", ".") for step in steps]


def _readings(name: str) -> Iterator[str]:
    """The paths that a name with dots may mean: key within key, or one key."""
    if name.startswith(OF_SERVERS):  # a directive or a variable of another format
        return
    if all(name.removesuffix(_LIST).split(".")):
        yield name
    if "." in name:
        yield name.replace(".", "\\.")


def _clash(one: str, other: str) -> bool:
    """Whether a value of one path would be an object or a list of the other."""
    shorter, longer = sorted((_steps(one), _steps(other)), key=len)
    if shorter == longer:
        return one.endswith(_LIST) != other.endswith(_LIST)
    return longer[: len(shorter)] == shorter


def _key_expression(path: str) -> str:
    """Expression for a key in the text of a line, or for the object that holds it."""
    outer, *inner = _steps(path)
    return f'"{re.escape(outer)}"\\s*:' + (r"\s*\{" if inner else "")


def _struct(tree: Mapping[str, Any]) -> pl.Struct:
    return pl.Struct(
        {name: _struct(node) if isinstance(node, dict) else node for name, node in tree.items()}
    )


def _found(path: str) -> pl.Expr:
    value = pl.col("line")
    for step in _steps(path):
        value = value.struct.field(step)
    return value.list.join(", ", ignore_nulls=True) if path.endswith(_LIST) else value


def _first(frame: pl.DataFrame, name: str, paths: tuple[str, ...]) -> pl.Series:
    """The first value that is not empty, else the first that there is."""
    values = [_found(path) for path in paths]
    found = frame.select(pl.coalesce(values).alias(name)).to_series()
    if len(values) == 1 or not (found == "").any():
        return found
    given = (pl.when(value != "").then(value) for value in values)
    return frame.select(pl.coalesce(*given, pl.lit(found)).alias(name)).to_series()


def _is_given(name: str) -> pl.Expr:
    return pl.col(name).is_not_null() & ~pl.col(name).is_in(["", "-"])


def _object(line: str) -> tuple[str | None, dict[str, Any]]:
    """The reason why a line is no JSON object with each key once (else None), and the object."""
    try:
        found = _loaded(line)
    except RecursionError:
        return because("json_too_deep"), {}
    except _KeyGivenTwiceError:
        return because("json_key_twice"), {}
    except ValueError:
        return because("json_wrong"), {}
    if not isinstance(found, dict):
        return because("json_no_object"), {}
    return None, found


def _loaded(line: str) -> Any:
    r"""What a line of JSON holds; numbers stay text.

    A byte that is no UTF-8 may be followed by a backslash that escapes nothing: it is the other
    half of a letter of Big5 or Shift_JIS. Only where the line is no JSON else.
    """
    try:
        return _once_loaded(line)
    except json.JSONDecodeError:
        whole = _HALF_LETTER.sub(r"\1\\\\", line)
        if whole == line:
            raise
        return _once_loaded(whole)


def _once_loaded(line: str) -> Any:
    return json.loads(
        _with_raw_bytes(line), object_pairs_hook=_once, parse_int=str, parse_float=str
    )


def _with_raw_bytes(line: str) -> str:
    r"""The line with `\xhh` (a byte that is no UTF-8) made text that JSON can hold."""
    if "\\x" not in line:
        return line
    return re.sub(
        r"\\(?:(x)|(.))", lambda match: "\\\\x" if match[1] else match[0], line, flags=re.DOTALL
    )


class _KeyGivenTwiceError(ValueError):
    """An object with a key twice: which of the values is meant nobody can say."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _KeyGivenTwiceError
    return found


def _value(found: Any, path: str) -> str | None:
    for step in _steps(path):
        if not isinstance(found, dict):
            return None
        found = found.get(step)
    if isinstance(found, list):
        texts = [_text(item) for item in found]
        return ", ".join(text for text in texts if text is not None)
    return _text(found)


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return whole_text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return None
