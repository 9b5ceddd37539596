"""The hash key and the lake: which hashes are made with it, and that it is the one that made them.

A hash of an address, of a customer's number or of a log line can be found by trying them all, so
the lake has keyed ones. What an earlier release hashed without the key is keyed here, once, in one
transaction with the record of it.
"""

import duckdb
import polars as pl

from pipelines.errors import MimamoriError
from pipelines.lake.statements import quoted, registered, transaction
from pipelines.paths import Home
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
    pseudonyms = Pseudonyms.made(home)
    print_of_key = pseudonyms("key", "")
    if prints and prints != [(print_of_key,)]:
        raise MimamoriError(message("lake.keyed_hashes.another_key", at=home.pseudonym_key))
    if not prints:
        with transaction(con):
            _key_first_lines(con, pseudonyms)
            con.execute(
                "insert into lake.keyed_hash select unnest(?::varchar[]), ?, now()",
                [list(_PURPOSES), print_of_key],
            )
    # A macro, since a variable is one connection's own. Only writers need it, and have it.
    salt = quoted(pseudonyms.derived("subject-bits").hex())
    con.execute(f"create or replace macro subject_salt() as {salt}")


def _has_sessions(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether there are hashes that a key has made: a lake may never have had one."""
    rows = con.execute("select 1 from lake.request_fact where session_id is not null limit 1")
    return bool(rows.fetchall())


def _key_first_lines(con: duckdb.DuckDBPyConnection, pseudonyms: Pseudonyms) -> None:
    """Key the digests by which the ledger finds files again, so that it goes on finding them."""
    plain = con.execute(
        "select distinct first_line_sha256 as plain from lake.ledger"
        " where first_line_sha256 is not null"
    ).pl()
    if plain.is_empty():
        return
    digests = [pseudonyms.keyed_sha256("first-line", text) for text in plain.get_column("plain")]
    pairs = plain.with_columns(keyed=pl.Series(digests))
    with registered(con, pairs=pairs):
        con.execute(
            "update lake.ledger set first_line_sha256 = pairs.keyed"
            " from pairs where pairs.plain = ledger.first_line_sha256"
        )
