"""Request lines to method, path, query and protocol; referrers to their host.

A request that is no HTTP (TLS bytes, `-`, an empty string) is a row of nulls: attackers send
them, and the line is a record all the same.
"""

import posixpath
import re
from urllib.parse import unquote_to_bytes

import polars as pl

from pipelines.normalise.columns import patched
from pipelines.normalise.site import canonical_domain

REQUEST_COLUMNS = ("method", "url_path", "url_query", "protocol")

# Requests of these forms are split in bulk, all others by the patterns below.
_METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS")
_PROTOCOLS = ("HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/2", "HTTP/3.0", "HTTP/3")
# RFC 9110: a method is a token; RFC 9112: one space apart, but spaces in a target do occur, and
# servers take several spaces or a tab for one.
_REQUEST = r"^([A-Za-z][A-Za-z0-9!#$%&'*+.^_`|~-]*)[ \t]+(\S.*?)[ \t]+(HTTP/\S+)$"
_REQUEST_09 = r"^([A-Z]+)[ \t]+(/\S*)$"
_ABSOLUTE = r"^[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*"
_REFERRER_HOST = r"^[A-Za-z][A-Za-z0-9+.-]*://(?:[^/?#@]*@)?([^/?#\s]+)"
_UNRESOLVED_PATH = re.compile(r"%|//|/\.|;|./$")


def split_requests(requests: pl.Series) -> pl.DataFrame:
    """Return the REQUEST_COLUMNS for request lines such as `GET /a?b HTTP/1.1`.

    The path is as logged, without scheme and host of an absolute form; the query stands without
    its question mark; `*` and the `host:port` of CONNECT are paths. Empty parts are null.
    """
    parts = requests.str.split_exact(" ", 3).struct.unnest()
    parts.columns = ["method", "target", "protocol", "more"]
    is_irregular = ~parts.select(
        pl.col("more").is_null()
        & pl.col("method").is_in(_METHODS)
        & pl.col("protocol").is_in(_PROTOCOLS)
        & (pl.col("target") != "")
    ).to_series().fill_null(value=False)
    parts = parts.drop("more")
    if is_irregular.any():
        parts = patched(parts, _split_irregular(requests.filter(is_irregular)), is_irregular)
    return pl.DataFrame(
        [
            parts.get_column("method"),
            *split_targets(parts.get_column("target")),
            parts.get_column("protocol"),
        ]
    )


def _split_irregular(requests: pl.Series) -> pl.DataFrame:
    text = pl.col("request")
    full, old = text.str.extract_groups(_REQUEST), text.str.extract_groups(_REQUEST_09)
    return requests.to_frame("request").select(
        method=pl.coalesce(full.struct[0], old.struct[0]),
        target=pl.coalesce(full.struct[1], old.struct[1]),
        protocol=full.struct[2],
    )


def split_targets(targets: pl.Series) -> pl.DataFrame:
    """Return `url_path` and `url_query` for request targets."""
    is_absolute = ~targets.str.starts_with("/").fill_null(value=True)
    if is_absolute.any():
        origins = targets.filter(is_absolute).str.replace(_ABSOLUTE, "")
        targets = targets.scatter(is_absolute.arg_true(), origins)
    halves = targets.str.splitn("?", 2).struct.unnest()
    halves.columns = ["url_path", "url_query"]
    path, query = halves.get_columns()
    if is_absolute.any():
        path = path.set(path == "", "/")
    return pl.DataFrame([path, query.set(query == "", None)])


def referrer_domains(referrers: pl.Series) -> pl.Series:
    """Return the host of each referrer in canonical spelling; null where it names none."""
    hosts = referrers.str.extract(_REFERRER_HOST)
    distinct = hosts.unique().drop_nulls().to_list()
    known = pl.DataFrame(
        {"host": distinct, "domain": [canonical_domain(host) for host in distinct]},
        schema={"host": pl.String, "domain": pl.String},
    )
    return (
        hosts.to_frame("host")
        .join(known, on="host", how="left", maintain_order="left")
        .get_column("domain")
    )


def effective_path(path: str) -> str:
    """Return the path that a server would look up: decoded, dots and doubled slashes resolved.

    `/a/../%63ustomers//7/` is `/customers/7`. Path parameters (`;v=1`) are cut off.
    """
    if not _UNRESOLVED_PATH.search(path):
        return path
    decoded = unquote_to_bytes(path).decode("utf-8", "replace")
    plain = re.sub(r";[^/]*", "", decoded)
    return posixpath.normpath("/" + plain.lstrip("/")) if plain.startswith("/") else plain
