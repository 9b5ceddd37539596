"""Where a client's address is, and whose network: what GeoIP databases know of it.

`maxminddb-polars` answers for a whole column five times as quickly as `geoip2` one by one, but only
from files whose fields are encoded just as MaxMind encodes them, and only while the path still
leads to the file that was opened. In every other case geoip2, which holds that file, answers.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

import maxminddb_polars
import polars as pl
from geoip2.database import Reader
from geoip2.errors import AddressNotFoundError
from geoip2.models import ASN, City, Country
from maxminddb import InvalidDatabaseError

from pipelines.errors import SettingsError
from pipelines.settings.model import GeoIp
from pipelines.text.messages import Message, message

GEO_SCHEMA = pl.Schema(
    {
        "client_ip": pl.String,
        "country": pl.String,
        "subdivision": pl.String,
        "city": pl.String,
        "asn": pl.UInt32,
        "as_org": pl.String,
        "domain": pl.String,
    }
)
COUNTRY_DATABASE = Path(__file__).parent / "data" / "country.mmdb"

Key = Literal["city", "asn", "domain"]
_Values = tuple[str | int | None, ...]


def _city_values(found: City) -> _Values:
    return (
        found.country.iso_code,
        found.subdivisions.most_specific.iso_code,
        found.city.names.get("en"),
    )


def _country_values(found: Country) -> _Values:
    return (found.country.iso_code,)


def _network_values(found: ASN) -> _Values:
    return (found.autonomous_system_number, found.autonomous_system_organization)


@dataclass(frozen=True)
class _Sort:
    """A sort of database: how to know it and how to read its records."""

    word: str  # in the database's type, where geoip2 looks for it
    record: pl.Struct
    columns: dict[str, pl.Expr]  # of the fields of `record`
    values: Callable[[Reader, str], _Values]  # the same columns of one address


_ISO = pl.Struct({"iso_code": pl.String})
_CITY_RECORD = pl.Struct(
    {
        "country": _ISO,
        "subdivisions": pl.List(_ISO),
        "city": pl.Struct({"names": pl.Struct({"en": pl.String})}),
    }
)
_COUNTRY_COLUMN = {"country": pl.col("country").struct.field("iso_code")}
_CITY_COLUMNS = {
    **_COUNTRY_COLUMN,
    "subdivision": pl.col("subdivisions").list.last().struct.field("iso_code"),
    "city": pl.col("city").struct.field("names").struct.field("en"),
}
_NETWORK_RECORD = pl.Struct(
    {"autonomous_system_number": pl.UInt32, "autonomous_system_organization": pl.String}
)
_NETWORK_COLUMNS = {
    "asn": pl.col("autonomous_system_number"),
    "as_org": pl.col("autonomous_system_organization"),
}
_SORTS: dict[Key, tuple[_Sort, ...]] = {
    "city": (
        _Sort("City", _CITY_RECORD, _CITY_COLUMNS, lambda db, ip: _city_values(db.city(ip))),
        _Sort(
            "Enterprise",
            _CITY_RECORD,
            _CITY_COLUMNS,
            lambda db, ip: _city_values(db.enterprise(ip)),
        ),
        _Sort(
            "Country",
            pl.Struct({"country": _ISO}),
            _COUNTRY_COLUMN,
            lambda db, ip: _country_values(db.country(ip)),
        ),
    ),
    "asn": (
        _Sort(
            "GeoLite2-ASN",
            _NETWORK_RECORD,
            _NETWORK_COLUMNS,
            lambda db, ip: _network_values(db.asn(ip)),
        ),
        _Sort(
            "GeoIP2-ISP",
            _NETWORK_RECORD,
            _NETWORK_COLUMNS,
            lambda db, ip: _network_values(db.isp(ip)),
        ),
    ),
    "domain": (
        _Sort(
            "GeoIP2-Domain",
            pl.Struct({"domain": pl.String}),
            {"domain": pl.col("domain")},
            lambda db, ip: (db.domain(ip).domain,),
        ),
    ),
}


@dataclass(frozen=True)
class GeoReader:
    """Answers from the databases of the settings; close it, or use it as a context manager."""

    databases: tuple["_Database", ...]

    @classmethod
    def open(cls, geoip: GeoIp) -> Self:
        """Return a reader of the databases that `geoip` names.

        Without `city` the shipped country database takes its place; a Country database may stand
        there too.

        Raises:
            SettingsError: a database is missing, unreadable, broken, or of another sort.
        """
        paths: dict[Key, Path | None] = {
            "city": geoip.city or COUNTRY_DATABASE,
            "asn": geoip.asn,
            "domain": geoip.domain,
        }
        with ExitStack() as opened:
            databases = []
            for key, path in paths.items():
                if path is not None:
                    databases.append(_Database.open(key, path))
                    opened.callback(databases[-1].reader.close)
            opened.pop_all()
        return cls(tuple(databases))

    def __enter__(self) -> Self:
        """Return the reader itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Let the files go."""
        for database in self.databases:
            database.reader.close()

    @property
    def source(self) -> str:
        """The databases asked, with the days they were built (UTC), for people to read."""
        return "; ".join(database.title for database in self.databases)

    @property
    def edition(self) -> str:
        """Twelve hexadecimal digits that change when a database does."""
        marks = "\n".join(database.mark for database in self.databases)
        return hashlib.blake2b(marks.encode(), digest_size=6).hexdigest()

    def lookup(self, ips: Iterable[str]) -> pl.DataFrame:
        """Return GEO_SCHEMA, a row for each of `ips` (canonical text) in order.

        Country is ISO 3166-1 alpha-2, subdivision the most specific ISO 3166-2 part without the
        country, city the English name. What the databases do not know is null: everything for
        private and reserved addresses, and for text that is no address.

        Raises:
            SettingsError: a database turns out broken.
        """
        places = pl.DataFrame({"client_ip": pl.Series(list(ips), dtype=pl.String)})
        for database in self.databases:
            places = places.hstack(database.lookup(places.get_column("client_ip")))
        absent = [name for name in GEO_SCHEMA if name not in places.columns]
        return places.with_columns(pl.lit(None).alias(name) for name in absent).select(
            pl.col(name).cast(dtype) for name, dtype in GEO_SCHEMA.items()
        )


@dataclass(frozen=True)
class _Database:
    """One opened database file."""

    key: Key
    path: Path
    sort: _Sort
    reader: Reader
    file_state: tuple[int, ...]

    @classmethod
    def open(cls, key: Key, path: Path) -> Self:
        try:
            state = _file_state(path)
            reader = Reader(path)
        except FileNotFoundError:
            raise _settings_error(key, path, message("enrich.geo.no_database")) from None
        except OSError as error:
            reason = message("enrich.geo.cannot_be_read", reason=error.strerror)
            raise _settings_error(key, path, reason) from None
        except (ValueError, InvalidDatabaseError):
            raise _settings_error(key, path, message("enrich.geo.not_a_database")) from None
        name = reader.metadata().database_type
        sort = next((sort for sort in _SORTS[key] if sort.word in name), None)
        if sort is None:
            reader.close()
            wanted = " or ".join(sort.word for sort in _SORTS[key])
            reason = message("enrich.geo.another_kind", name=name, wanted=wanted)
            raise _settings_error(key, path, reason)
        return cls(key, path, sort, reader, state)

    @property
    def title(self) -> str:
        metadata = self.reader.metadata()
        label = "country" if self.sort.word == "Country" else self.key
        built_on = dt.datetime.fromtimestamp(metadata.build_epoch, dt.UTC).date()
        return f"{label}:{metadata.database_type} {built_on}"

    @property
    def mark(self) -> str:
        metadata = self.reader.metadata()
        return (
            f"{self.key} {metadata.database_type} {metadata.build_epoch} {metadata.node_count}"
            f" {self.file_state[-1]}"
        )

    def lookup(self, addresses: pl.Series) -> pl.DataFrame:
        try:
            found = self._of_column(addresses)
            return self._one_by_one(addresses) if found is None else found
        except (InvalidDatabaseError, TypeError):
            raise _settings_error(self.key, self.path, message("enrich.geo.broken")) from None

    def _of_column(self, addresses: pl.Series) -> pl.DataFrame | None:
        """The columns by the plugin; None when it cannot answer from this file."""
        ip = pl.col("ip")
        if self.reader.metadata().ip_version == 4:  # noqa: PLR2004  the plugin fails on others
            ip = pl.when(~ip.str.contains(":", literal=True)).then(ip)
        try:
            record = maxminddb_polars.lookup(ip, self.path, dtype=self.sort.record, strict=False)
            if _file_state(self.path) != self.file_state:
                return None
            records = addresses.to_frame("ip").select(record.alias("record"))
        except (OSError, pl.exceptions.ComputeError):
            return None
        return records.unnest("record").select(**self.sort.columns)

    def _one_by_one(self, addresses: pl.Series) -> pl.DataFrame:
        unknown: _Values = (None,) * len(self.sort.columns)
        rows = []
        for address in addresses:
            try:
                rows.append(self.sort.values(self.reader, address))
            except (AddressNotFoundError, ValueError):
                rows.append(unknown)
        schema = {name: GEO_SCHEMA[name] for name in self.sort.columns}
        return pl.DataFrame(rows, schema=schema, orient="row")


def _file_state(path: Path) -> tuple[int, ...]:
    """What tells whether `path` still leads to the same, unchanged file; its size is last."""
    state = path.stat()
    return state.st_dev, state.st_ino, state.st_mtime_ns, state.st_size


def _settings_error(key: Key, path: Path, problem: Message) -> SettingsError:
    return SettingsError(message("enrich.geo.mistake", at=f"geoip.{key}: {path}", problem=problem))
