"""Where clients are: real databases, made here for the documentation ranges."""

import shutil
from pathlib import Path

import polars as pl
import pytest
from geoip2.database import Reader
from mmdb_writer import MmdbU32, MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]

from pipelines.enrich.build_country import build, differences, main
from pipelines.enrich.geo import COUNTRY_DATABASE, GEO_SCHEMA, GeoReader
from pipelines.errors import MimamoriError, SettingsError
from pipelines.settings.model import GeoIp

OSAKA = {
    "country": {"iso_code": "JP", "names": {"en": "Japan", "ja": "日本"}},
    "subdivisions": [{"iso_code": "27", "names": {"en": "Osaka"}}],
    "city": {"names": {"en": "Osaka", "ja": "大阪市"}},
}
LONDON = {
    "country": {"iso_code": "GB"},
    "subdivisions": [{"iso_code": "ENG"}, {"iso_code": "LND"}],
    "city": {"names": {"ja": "ロンドン"}},
}
SOMEWHERE = {"country": {"iso_code": "FR"}}


def network(number, organisation, encode=MmdbU32):
    """A record of an ASN database, the number encoded as MaxMind's or otherwise."""
    return {
        "autonomous_system_number": encode(number),
        "autonomous_system_organization": organisation,
    }


def database(path, kind, records, ip_version=6):
    """Write a database of `records` by network, and return its path."""
    writer = MMDBWriter(
        ip_version,
        kind,
        languages=["en"],
        description="test",
        ipv4_compatible=ip_version == 6,
    )
    for block, record in records.items():
        writer.insert_network(IPSet([block]), record)
    writer.to_db_file(str(path))
    return path


@pytest.fixture
def geoip(tmp_path):
    """City, ASN and Domain databases of the documentation ranges."""
    return GeoIp(
        city=database(
            tmp_path / "city.mmdb",
            "GeoLite2-City",
            {"203.0.113.0/24": OSAKA, "198.51.100.0/25": LONDON, "2001:db8::/32": SOMEWHERE},
        ),
        asn=database(
            tmp_path / "asn.mmdb",
            "GeoLite2-ASN",
            {
                "203.0.113.0/24": network(64_500, "Prime Net"),
                "2001:db8::/32": network(4_200_000_000, "Wide Net"),
            },
        ),
        domain=database(
            tmp_path / "domain.mmdb", "GeoIP2-Domain", {"203.0.113.0/25": {"domain": "ocn.example"}}
        ),
    )


ADDRESSES = ["203.0.113.5", "198.51.100.9", "2001:db8::9", "203.0.113.200", "192.168.0.1", "::1"]
PLACES = [
    ("203.0.113.5", "JP", "27", "Osaka", 64_500, "Prime Net", "ocn.example"),
    ("198.51.100.9", "GB", "LND", None, None, None, None),
    ("2001:db8::9", "FR", None, None, 4_200_000_000, "Wide Net", None),
    ("203.0.113.200", "JP", "27", "Osaka", 64_500, "Prime Net", None),
    ("192.168.0.1", None, None, None, None, None, None),
    ("::1", None, None, None, None, None, None),
]


def test_every_database_gives_its_columns(geoip):
    """The most specific subdivision, the English city, numbers of 32 bits; unknown is null."""
    with GeoReader.open(geoip) as geo:
        places = geo.lookup(ADDRESSES)
    assert places.rows() == PLACES
    assert places.schema == GEO_SCHEMA


def test_rows_stand_in_the_order_of_the_addresses(geoip):
    """A row for each, repetitions and noise included."""
    with GeoReader.open(geoip) as geo:
        again = geo.lookup(["203.0.113.5", "no address", "203.0.113.5", "198.51.100.9"])
        none = geo.lookup([])
    assert again.get_column("country").to_list() == ["JP", None, "JP", "GB"]
    assert none.equals(pl.DataFrame(schema=GEO_SCHEMA))


def test_a_database_replaced_meanwhile_changes_nothing(geoip, tmp_path):
    """The reader goes on with the files it opened, and another one sees the new."""
    with GeoReader.open(geoip) as geo:
        newer = database(tmp_path / "new.mmdb", "GeoLite2-City", {"203.0.113.0/24": SOMEWHERE})
        newer.replace(geoip.city)
        geoip.asn.unlink()
        assert geo.lookup(ADDRESSES).rows() == PLACES
    with GeoReader.open(GeoIp(city=geoip.city)) as geo:
        assert geo.lookup(ADDRESSES[:1]).item(0, "country") == "FR"


def test_the_reader_of_one_address_answers_as_that_of_a_column(tmp_path):
    """The shipped kind of database too is read on after it was replaced."""
    path = database(tmp_path / "country.mmdb", "IPtoASN-Country", {"203.0.113.0/24": SOMEWHERE})
    with GeoReader.open(GeoIp(city=path)) as geo:
        column = geo.lookup(ADDRESSES)
        path.unlink()
        assert geo.lookup(ADDRESSES).equals(column)
    assert column.get_column("country").to_list() == ["FR", None, None, "FR", None, None]


def test_numbers_encoded_otherwise_are_read_all_the_same(tmp_path):
    """A database of one's own may write a small number in 16 bits."""
    own = database(
        tmp_path / "own.mmdb",
        "GeoLite2-ASN",
        {
            "203.0.113.0/24": network(7, "Own", int),
            "198.51.100.0/24": network(70_000, "Other", int),
        },
    )
    with GeoReader.open(GeoIp(asn=own)) as geo:
        found = geo.lookup(["203.0.113.5", "x", "2001:db8::1", "198.51.100.9"])
    assert found.get_column("asn").to_list() == [7, None, None, 70_000]
    assert found.get_column("as_org").to_list() == ["Own", None, None, "Other"]


def test_a_database_of_ipv4_alone_knows_no_ipv6(tmp_path):
    """Addresses of the other family are unknown, not an error."""
    own = database(tmp_path / "v4.mmdb", "DBIP-City-Lite", {"203.0.113.0/24": OSAKA}, ip_version=4)
    with GeoReader.open(GeoIp(city=own)) as geo:
        found = geo.lookup(["203.0.113.5", "2001:db8::1"])
    assert found.get_column("city").to_list() == ["Osaka", None]


@pytest.mark.parametrize(
    ("key", "kind", "record", "column", "value"),
    [
        ("city", "GeoLite2-Country", SOMEWHERE, "country", "FR"),
        ("city", "GeoIP2-Enterprise", OSAKA, "subdivision", "27"),
        ("asn", "GeoIP2-ISP", {**network(64_501, "Isp Net"), "isp": "Isp"}, "asn", 64_501),
    ],
)
def test_kindred_databases_fit_their_key(tmp_path, key, kind, record, column, value):
    """Country and Enterprise for City, ISP for ASN."""
    own = database(tmp_path / "own.mmdb", kind, {"203.0.113.0/24": record})
    with GeoReader.open(GeoIp(**{key: own})) as geo:
        assert geo.lookup(["203.0.113.5"]).item(0, column) == value


def test_the_shipped_database_answers_without_settings():
    """Countries of well-known networks; nothing of private and reserved ones."""
    with GeoReader.open(GeoIp()) as geo:
        places = geo.lookup(
            ["133.1.1.1", "8.8.8.8", "2001:240::1", "2002:808:808::1", "10.0.0.1", "203.0.113.5"]
        )
        source = geo.source
    assert places.get_column("country").to_list() == ["JP", "US", "JP", "US", None, None]
    assert places.drop("client_ip", "country").null_count().row(0) == (6,) * 5
    assert source == "country:IPtoASN-Country 2026-06-17"


def test_the_shipped_database_is_one_that_geoip2_reads():
    """With source, licence and date in it, and countries of two capital letters."""
    with Reader(COUNTRY_DATABASE) as reader:
        assert reader.country("133.1.1.1").country.iso_code == "JP"
        assert reader.country("::ffff:133.1.1.1").country.iso_code == "JP"
        description = reader.metadata().description["en"]
    assert "IPtoASN" in description
    assert "2026-06-17" in description
    assert "PDDL-1.0" in description
    assert COUNTRY_DATABASE.stat().st_size < 8_000_000


def test_the_source_names_every_database_with_its_date(geoip):
    """What the rows rest on, for people."""
    with GeoReader.open(geoip) as geo:
        kinds = [part.rpartition(" ")[0] for part in geo.source.split("; ")]
    assert kinds == ["city:GeoLite2-City", "asn:GeoLite2-ASN", "domain:GeoIP2-Domain"]


def test_the_edition_changes_with_the_databases_only(geoip, tmp_path):
    """The same files give the same id wherever they lie; another file gives another."""
    moved = tmp_path / "moved.mmdb"
    shutil.copyfile(geoip.city, moved)
    other = database(tmp_path / "other.mmdb", "GeoLite2-City", {"203.0.113.0/26": OSAKA})
    editions = []
    for settings in (
        geoip,
        geoip.model_copy(update={"city": moved}),
        geoip.model_copy(update={"city": other}),
        geoip.model_copy(update={"domain": None}),
    ):
        with GeoReader.open(settings) as geo:
            editions.append(geo.edition)
    assert editions[0] == editions[1]
    assert len(set(editions)) == 3
    assert all(len(edition) == 12 for edition in editions)


def spoiled(kind, path):
    """A path at which no usable database lies."""
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "noise":
        path.write_bytes(bytes(range(256)) * 20)
    elif kind == "cut short":
        whole = database(path, "GeoLite2-City", {"203.0.113.0/24": OSAKA}).read_bytes()
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "below a file":
        path.write_bytes(b"")
        return path / "city.mmdb"
    elif kind == "folder":
        path.mkdir()
    elif kind == "of another sort":
        database(
            path, "GeoIP2-Connection-Type", {"203.0.113.0/24": {"connection_type": "Cellular"}}
        )
    return path


@pytest.mark.parametrize("key", ["city", "asn", "domain"])
@pytest.mark.parametrize(
    "kind", ["missing", "empty", "noise", "cut short", "below a file", "folder", "of another sort"]
)
def test_an_unusable_database_is_a_mistake_of_the_settings(tmp_path, key, kind):
    """The message names the key and the path, and says what to do."""
    path = spoiled(kind, tmp_path / "x.mmdb")
    with pytest.raises(SettingsError) as raised:
        GeoReader.open(GeoIp(**{key: path}))
    message = str(raised.value)
    assert message.startswith(f"geoip.{key}: {path}: ")
    assert "download" in message


def test_a_database_broken_inside_is_a_mistake_of_the_settings(geoip):
    """What opens well may still be unreadable further on."""
    content = bytearray(geoip.asn.read_bytes())
    data = content.index(bytes(16)) + 16
    end = content.index(b"\xab\xcd\xefMaxMind.com")
    content[data:end] = b"\xff" * (end - data)
    geoip.asn.write_bytes(content)
    with GeoReader.open(geoip) as geo, pytest.raises(SettingsError, match=r"geoip\.asn: .*broken"):
        geo.lookup(ADDRESSES)


@pytest.mark.parametrize("field", ["country", "city"])
def test_records_of_another_shape_are_a_mistake_of_the_settings(tmp_path, field):
    """A type of MaxMind's promises MaxMind's fields."""
    own = database(tmp_path / "own.mmdb", "GeoIP2-City", {"203.0.113.0/24": {field: "JP"}})
    with GeoReader.open(GeoIp(city=own)) as geo, pytest.raises(SettingsError, match="broken"):
        geo.lookup(["203.0.113.5"])


def test_a_failed_opening_leaves_no_file_open(geoip, tmp_path):
    """The databases opened before the bad one are let go again."""
    mapped = Path("/proc/self/maps")
    with GeoReader.open(geoip):
        assert str(geoip.city) in mapped.read_text()
    with pytest.raises(SettingsError) as raised:
        GeoReader.open(geoip.model_copy(update={"domain": tmp_path / "none.mmdb"}))
    assert str(geoip.city) not in mapped.read_text()
    assert "geoip.domain" in str(raised.value)


@pytest.fixture
def iptoasn(tmp_path):
    """A database in the shape of the shipped one's source."""
    return database(
        tmp_path / "source.mmdb",
        "country ipvAll",
        {
            "198.51.100.0/24": {"country_code": "JP"},
            "203.0.113.0/25": {"country_code": "GB"},
            "192.0.2.0/24": {"country_code": "AP"},
            "2001:db8::/33": {"country_code": "FR"},
        },
    )


def test_the_conversion_keeps_every_answer(iptoasn, tmp_path):
    """Countries stay, regions that are no country go, carriers of IPv4 lead to it."""
    target = tmp_path / "country.mmdb"
    assert build(iptoasn, target) == 3
    assert differences(iptoasn, target, samples=400, seed=7) == 0
    with GeoReader.open(GeoIp(city=target)) as geo:
        found = geo.lookup(
            ["198.51.100.1", "203.0.113.1", "192.0.2.1", "2001:db8::1", "2002:c633:6401::1"]
        )
    assert found.get_column("country").to_list() == ["JP", "GB", None, "FR", "JP"]


def test_the_command_says_what_it_made(iptoasn, tmp_path, monkeypatch, capsys):
    """How many networks, how many bytes, how many answers differ."""
    target = tmp_path / "country.mmdb"
    monkeypatch.setattr("pipelines.enrich.build_country.SAMPLES", 40)
    monkeypatch.setattr("sys.argv", ["build_country", str(iptoasn), str(target)])
    assert main() == 0
    size = f"{target.stat().st_size:,}"
    assert capsys.readouterr().out == (
        f"{target}: 3 networks, {size} bytes; 0 of 40 random addresses differ from the source\n"
    )


def test_the_comparison_sees_a_difference(iptoasn, tmp_path):
    """An answer that changed is counted."""
    target = tmp_path / "other.mmdb"
    database(target, "IPtoASN-Country", {"2001:db8::/33": {"country": {"iso_code": "DE"}}})
    assert differences(iptoasn, target, samples=400, seed=7) == 100


def test_the_conversion_is_dated_as_its_source(tmp_path, monkeypatch):
    """The date in it is the data's, not today's, so the same source gives the same bytes."""
    with monkeypatch.context() as patch:
        patch.setattr("mmdb_writer.time.time", lambda: 1_767_225_600)
        source = database(
            tmp_path / "source.mmdb", "country ipvAll", {"192.0.2.0/24": {"country_code": "JP"}}
        )
    target = tmp_path / "country.mmdb"
    build(source, target)
    with GeoReader.open(GeoIp(city=target)) as geo:
        assert geo.source == "country:IPtoASN-Country 2026-01-01"
    with Reader(target) as reader:
        assert reader.metadata().build_epoch == 1_767_225_600
        assert "2026-01-01" in reader.metadata().description["en"]


@pytest.mark.parametrize("block", ["2002::/20", "2002::/12"])
def test_a_country_where_only_ipv4_is_carried_stops_the_conversion(tmp_path, block):
    """Nothing of the source is overwritten in silence."""
    source = database(
        tmp_path / "odd.mmdb",
        "country ipvAll",
        {block: {"country_code": "JP"}, "198.51.100.0/24": {"country_code": "JP"}},
    )
    target = tmp_path / "country.mmdb"
    with pytest.raises(MimamoriError, match="only carries IPv4"):
        build(source, target)
    assert not target.exists()
