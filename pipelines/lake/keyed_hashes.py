"""The hash key and the lake: which hashes are made with it, and that it is the one that made them.

A hash of an address, of a customer's number or of a log line can be found by trying them all, so
the lake has keyed ones. What an earlier release hashed without the key is keyed here, once, in one
transaction with the record of it.
"""

from collections.abc import Callable

import duckdb

from pipelines.errors import MimamoriError
from pipelines.lake.former_keys import lost_keys
from pipelines.lake.statements import quoted, registered, transaction
from pipelines.paths import Home
from pipelines.privacy.key_versions import KeyVersions
from pipelines.privacy.keyed_hashes import KeyedHashes
from pipelines.privacy.pseudonym import Pseudonyms, missing_key
from pipelines.text.messages import message

_PURPOSES = ("session", "client", "first-line", "subject-bits")


def use_key(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Make the lake's hashes with the key of `home`, on this connection and its cursors.

    Only for the holder of the writers' lock, with the schema brought up to date.

    Raises:
        MimamoriError: the lake's hashes were made with a key that is missing, or with another one.
    """
    prints = con.execute("select distinct key_print from lake.keyed_hash").fetchall()
    if not home.pseudonym_key.exists() and (prints or _has_sessions(con)):
        raise missing_key(home)
    pseudonyms = _settled(home, prints)
    print_of_key = key_print(pseudonyms)
    if prints and prints != [(print_of_key,)]:
        if lost := lost_keys(home, "pseudonym"):
            at = ", ".join(str(home.keys / name) for name in lost)
            raise MimamoriError(message("lake.keyed_hashes.former_missing", at=at))
        raise MimamoriError(message("lake.keyed_hashes.another_key", at=home.pseudonym_key))
    if not prints:
        with transaction(con):
            _key_first_lines(con, pseudonyms)
            con.execute(
                "insert into lake.keyed_hash select unnest(?::varchar[]), ?, now()",
                [list(_PURPOSES), print_of_key],
            )
    use_salt(con, pseudonyms.newest)


def use_salt(con: duckdb.DuckDBPyConnection, hashes: KeyedHashes) -> None:
    """Have this connection set the bits of data subjects with a key."""
    # A macro, since a variable is one connection's own. Only writers need it, and have it.
    salt = quoted(hashes.derived("subject-bits").hex())
    con.execute(f"create or replace macro subject_salt() as {salt}")


def key_print(pseudonyms: Pseudonyms) -> str:
    """Return what tells a lake's key, with all before it, from another: it gives none away."""
    return pseudonyms.lasting("key", "")


def missing_keys(con: duckdb.DuckDBPyConnection, home: Home) -> list[str]:
    """Return the names of former keys that the lake and the records need and that are not there.

    Raises:
        MimamoriError: a key cannot be read.
    """
    prints = con.execute("select distinct key_print from lake.keyed_hash").fetchall()
    known = [Pseudonyms.of(home)]
    if begun := KeyVersions(home, home.pseudonym_key).begun():  # the next writer settles it
        known.append(known[0].changed_to(begun))
    is_whole = not prints or prints in [[(key_print(one),)] for one in known]
    return [*([] if is_whole else lost_keys(home, "pseudonym")), *lost_keys(home, "records")]


def _settled(home: Home, prints: list[tuple[str]]) -> Pseudonyms:
    """The key, after a change of it that was broken off is completed or taken back.

    What stands in the lake decides: it was changed in one transaction.
    """
    pseudonyms = Pseudonyms.made(home)
    versions = KeyVersions(home, home.pseudonym_key)
    begun = versions.begun()
    if begun is None:
        return pseudonyms
    if prints == [(key_print(pseudonyms.changed_to(begun)),)]:
        versions.complete()
        return Pseudonyms.of(home)
    if not prints or prints == [(key_print(pseudonyms),)]:  # else a key is missing: see use_key
        versions.take_back()
    return pseudonyms


def _has_sessions(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether there are hashes that a key has made: a lake may never have had one."""
    rows = con.execute("select 1 from lake.request_fact where session_id is not null limit 1")
    return bool(rows.fetchall())


def _key_first_lines(con: duckdb.DuckDBPyConnection, pseudonyms: Pseudonyms) -> None:
    """Key the digests by which the ledger finds files again, so that it goes on finding them."""
    replace_hashes(
        con,
        "ledger",
        "first_line_sha256",
        lambda text: pseudonyms.lasting_sha256("first-line", text),
    )


def replace_hashes(
    con: duckdb.DuckDBPyConnection, table: str, column: str, renewed: Callable[[str], str]
) -> None:
    """Put in the place of each text of a column what `renewed` makes of it."""
    import polars as pl  # noqa: PLC0415 - polars loads slowly, and a key is seldom changed

    former = con.execute(
        f"select distinct {column} as former from lake.{table} where {column} is not null"
    ).pl()
    if former.is_empty():
        return
    texts = pl.Series([renewed(text) for text in former.get_column("former")], dtype=pl.String)
    with registered(con, pairs=former.with_columns(renewed=texts)):
        con.execute(
            f"update lake.{table} set {column} = pairs.renewed"
            f" from pairs where pairs.former = {table}.{column}"
        )
