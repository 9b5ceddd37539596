"""The hash key and the lake: which hashes are made with it, and that it is the one that made them.

A hash of an address, of a customer's number or of a log line can be found by trying them all, so
the lake has keyed ones. What an earlier release hashed without the key is keyed here, once, in one
transaction with the record of it.
"""

from collections.abc import Callable

import duckdb

from pipelines.errors import MimamoriError
from pipelines.lake.former_keys import lost_keys
from pipelines.lake.keyed_ids import ID_COLUMNS, KeyedIds
from pipelines.lake.statements import quoted, registered, transaction
from pipelines.paths import Home
from pipelines.privacy.key_versions import KeyVersions
from pipelines.privacy.pseudonym import Pseudonyms, missing_key
from pipelines.text.messages import message

_PURPOSES = ("session", "client", "first-line", "subject-bits", "ids", "content")
_DIGESTS = {
    "ledger": "content_sha256",
    "context_read": "sha256",
    "service_read": "sha256",
}
"""Where the lake has digests of files and tables that it read."""


def use_key(con: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Make the lake's hashes with the key of `home`, on this connection and its cursors.

    Only for the holder of the writers' lock, with the schema brought up to date.

    Raises:
        MimamoriError: the lake's hashes were made with a key that is missing, or with another one.
    """
    purposes = con.execute("select purpose, key_print from lake.keyed_hash").fetchall()
    prints = sorted({(key_print,) for _, key_print in purposes})
    if not home.pseudonym_key.exists() and (prints or _has_sessions(con)):
        raise missing_key(home)
    pseudonyms = _settled(home, prints)
    print_of_key = key_print(pseudonyms)
    if prints and prints != [(print_of_key,)]:
        if lost := lost_keys(home, "pseudonym"):
            at = ", ".join(str(home.keys / name) for name in lost)
            raise MimamoriError(message("lake.keyed_hashes.former_missing", at=at))
        raise MimamoriError(message("lake.keyed_hashes.another_key", at=home.pseudonym_key))
    if new := [one for one in _PURPOSES if one not in {purpose for purpose, _ in purposes}]:
        with transaction(con):
            ids = KeyedIds.made_with(pseudonyms)
            if not prints:
                _key_first_lines(con, pseudonyms)
            if "ids" in new:
                _key_ids(con, ids)
            for table, column in _DIGESTS.items():
                replace_hashes(con, table, column, ids.of_content)
            con.execute(
                "insert into lake.keyed_hash select unnest(?::varchar[]), ?, now()",
                [new, print_of_key],
            )
    use_salts(con, pseudonyms)


def use_salts(con: duckdb.DuckDBPyConnection, pseudonyms: Pseudonyms) -> None:
    """Have this connection set the bits of data subjects, and make ids, with the keys."""
    # Macros, since a variable is one connection's own. Only who writes or examines a day has them.
    subjects, ids = pseudonyms.newest.derived("subject-bits"), KeyedIds.made_with(pseudonyms).key
    for name, salt in (("subject_salt", subjects), ("id_salt", ids)):
        con.execute(f"create or replace macro {name}() as {quoted(salt.hex())}")


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


def _key_ids(con: duckdb.DuckDBPyConnection, ids: KeyedIds) -> None:
    """Key the ids that an earlier release made, and keep decisions and signatures with them."""
    con.execute(
        "create or replace temp table signed as select review.date, review.version"
        " from lake.review as review inner join lake.report_version as report"
        " on report.log_date = review.date and report.version = review.version"
    )
    for table, columns in ID_COLUMNS.items():
        for column in columns:
            replace_hashes(con, table, column, ids.of_former)
    # An incident's id is made of its day and of the case of whom it names.
    con.execute(
        """
        update lake.incident
        set incident_id = left(
            sha256(concat_ws(chr(31), 'incident', named.date, named.case_id)), 16
        )
        from (
            select incident.date, incident.incident_id, min(finding.case_id) as case_id
            from lake.incident as incident
            inner join lake.findings as finding
                on finding.date = incident.date and finding.actor_kind = incident.actor_kind
                and finding.actor = incident.actor
                and (
                    incident.actor_kind <> 'site'
                    or list_contains(incident.finding_ids, finding.finding_id)
                )
            group by incident.date, incident.incident_id
        ) as named
        where named.date = incident.date and named.incident_id = incident.incident_id
        """
    )
    con.execute(
        "update lake.review set version = report.version from lake.report_version as report"
        " where report.log_date = review.date and (review.date, review.version) in (from signed)"
    )
    con.execute("drop table temp.signed")


def replace_hashes(
    con: duckdb.DuckDBPyConnection, table: str, column: str, renewed: Callable[[str], str]
) -> None:
    """Put in the place of each text of a column, or in a list there, what `renewed` makes of it."""
    import polars as pl  # noqa: PLC0415 - polars loads slowly, and a key is seldom changed

    former = con.execute(
        f"select distinct {column} as former from lake.{table} where {column} is not null"
    ).pl()
    if former.is_empty():
        return
    own = former.get_column("former")
    texts = pl.Series(
        [renewed(one) if isinstance(one, str) else [*map(renewed, one)] for one in own.to_list()],
        dtype=own.dtype,
    )
    with registered(con, pairs=former.with_columns(renewed=texts)):
        con.execute(
            f"update lake.{table} set {column} = pairs.renewed"
            f" from pairs where pairs.former = {table}.{column}"
        )
