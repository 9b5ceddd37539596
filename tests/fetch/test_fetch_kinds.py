"""What holds for every kind of source, tried against a real server of each."""

import gzip
import hashlib
import resource
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from pipelines.fetch import plan
from tests.fetch.remotes import REMOTES, Place, lines

ALL = pytest.mark.parametrize(
    "place", [pytest.param(kind, marks=pytest.mark.servers) for kind in REMOTES], indirect=True
)
REMOTE = pytest.mark.parametrize(
    "place",
    [pytest.param(kind, marks=pytest.mark.servers) for kind in REMOTES if kind != "folder"],
    indirect=True,
)
_BIG = lines(12_000)  # about a megabyte
_MOMENTS = (  # bytes of the server's, its greeting first
    *(60, 500_000),
    *(pytest.param(moment, marks=pytest.mark.full) for moment in (9_000, 200_000, 900_000)),
)
_WITHIN_THE_FIRST_PAGE = 300


@ALL
def test_new_files_come_whole_and_once(place: Place) -> None:
    """Into the folders of the sites that claim them; a folder that can be no site's is told."""
    packed = gzip.compress(lines(500), mtime=0)
    place.remote.put("012/access.log", lines(20))
    place.remote.put("012/access.log.1.gz", packed)
    place.remote.put("店/access.log", lines(2))
    place.remote.put("013/access.log", b"")
    place.remote.put("013/error.log", b"no access")
    expected = {
        "shops/012/access.log": lines(20),
        "shops/012/access.log.1.gz": packed,
        "shops/013/access.log": b"",
    }
    tried = place.fetch(dry_run=True)
    assert not place.logs.exists()
    result = place.fetch()
    assert place.landed() == expected
    assert tried.sources[0].brought == result.sources[0].brought == tuple(sorted(expected))
    assert sum(result.sources[0].bytes.values()) == sum(map(len, expected.values()))
    assert [one.path for one in result.sources[0].problems] == ["店/"]
    assert {(place.logs / path).stat().st_mode & 0o777 for path in expected} == {0o600}
    again = place.fetch()
    assert (again.sources[0].brought, again.sources[0].unchanged) == ((), 3)
    assert len(again.failures) == 1
    assert place.parts() == []


@ALL
def test_only_the_growth_of_a_log_is_fetched(place: Place) -> None:
    """And a log that was begun anew is fetched whole, once ingest has read the old one or not."""
    place.remote.put("012/access.log", _BIG)
    place.fetch()
    place.remote.put("012/access.log", _BIG + lines(10, start=50_000), age_seconds=60)
    grown = place.fetch()
    assert place.landed() == {"shops/012/access.log": _BIG + lines(10, start=50_000)}
    assert sum(grown.sources[0].bytes.values()) == len(lines(10, start=50_000))
    place.remote.put("012/access.log", lines(30, start=90_000), age_seconds=30)
    begun_anew = place.fetch()
    assert place.landed()["shops/012/access.log"] == lines(30, start=90_000)
    # Nothing of the old one was read yet, so it is kept under a name that the site claims too.
    (kept,) = begun_anew.sources[0].kept
    assert place.landed()[kept] == _BIG + lines(10, start=50_000)


@pytest.mark.further
@REMOTE
@pytest.mark.parametrize("moment", _MOMENTS)
def test_a_broken_transfer_goes_on_where_it_stopped(place: Place, moment: int) -> None:
    """Whatever came is kept aside, nothing half there lands, and the failure names the source."""
    assert place.remote.proxy is not None
    place.remote.put("012/access.log", _BIG)
    place.remote.proxy.passes = moment
    broken = place.fetch()
    (failure,) = broken.failures
    assert "shop-{franchise}" in failure
    assert place.landed() == {}
    come = sum(path.stat().st_size for path in place.parts())
    assert come <= moment
    place.remote.proxy.heal()
    healed = place.fetch()
    assert healed.failures == ()
    assert place.landed() == {"shops/012/access.log": _BIG}
    assert sum(healed.sources[0].bytes.values()) == len(_BIG) - come
    if moment > 400_000:
        assert come > 100_000
    assert place.parts() == []


@REMOTE
def test_a_transfer_is_tried_again_within_a_fetch(place: Place) -> None:
    """Waiting longer each time; what was broken off is whole in the end."""
    proxy = place.remote.proxy
    assert proxy is not None
    place.more = {"landing": {"attempts": 3}}
    place.remote.put("012/access.log", _BIG)

    def wait(seconds: float) -> None:
        del seconds
        proxy.heal()

    place.waited = _Waiting(wait)
    proxy.passes = 500_000
    result = place.fetch()
    assert place.waited == [2.0]
    assert result.failures == ()
    assert place.landed() == {"shops/012/access.log": _BIG}


class _Waiting(list[float]):
    def __init__(self, then: object) -> None:
        super().__init__()
        self._then = then

    def append(self, seconds: float) -> None:
        super().append(seconds)
        assert callable(self._then)
        self._then(seconds)


@ALL
def test_a_file_with_another_digest_than_its_manifest_is_refused(place: Place) -> None:
    """Those beside it come; once the manifest is right it comes too."""
    content, other = lines(20), lines(5, start=700)
    right = hashlib.sha256(other).hexdigest()
    place.remote.put("012/access.log", content)
    place.remote.put("012/access.log.1", other)
    place.remote.put("012/SHA256SUMS", f"{'0' * 64}  access.log\n{right} *access.log.1\n".encode())
    result = place.fetch()
    (problem,) = result.sources[0].problems
    assert problem.path == "012/access.log"
    assert "SHA256SUMS" in problem.reason
    assert place.landed() == {"shops/012/access.log.1": other}
    assert place.parts() == []
    sums = f"{hashlib.sha256(content).hexdigest()}  access.log\n".encode()
    place.remote.put("012/SHA256SUMS", sums, age_seconds=1)
    assert place.fetch().failures == ()
    assert place.landed()["shops/012/access.log"] == content


@REMOTE
def test_a_file_that_is_spoilt_on_its_way_does_not_land(place: Place) -> None:
    """SSH finds it itself; else the manifest, or the MD5 that a store has as ETag."""
    assert place.remote.proxy is not None
    place.remote.put("012/access.log", _BIG)
    if place.remote.kind == "http":
        digest = hashlib.sha256(_BIG).hexdigest()
        place.remote.put("012/SHA256SUMS", f"{digest}  access.log\n".encode())
    place.remote.proxy.passed, place.remote.proxy.spoils = 0, 600_000
    (failure,) = place.fetch().failures
    said = {"sftp": "broke off", "http": "SHA256SUMS", "s3": "MD5 differs from the ETag"}
    assert said[place.remote.kind] in failure
    assert place.landed() == {}
    place.remote.proxy.heal()
    assert place.fetch().failures == ()
    assert place.landed() == {"shops/012/access.log": _BIG}


@REMOTE
def test_a_source_that_is_gone_is_named_and_changes_nothing(place: Place) -> None:
    """After as many attempts as settings say."""
    assert place.remote.proxy is not None
    place.more = {"landing": {"attempts": 3}}
    place.remote.put("012/access.log", lines(5))
    place.fetch()
    place.remote.proxy.is_gone = True
    (failure,) = place.fetch().failures
    assert "source shop-{franchise}: it cannot be reached" in failure
    assert place.waited == [2.0, 4.0]
    assert place.landed() == {"shops/012/access.log": lines(5)}


@pytest.mark.further
@REMOTE
@pytest.mark.parametrize(
    "moment",
    [
        _WITHIN_THE_FIRST_PAGE,
        500_000,
        *(pytest.param(moment, marks=pytest.mark.further) for moment in (0, 60, 9_000)),
    ],
)
def test_a_source_that_drips_is_given_up_and_others_come(place: Place, moment: int) -> None:
    """A byte now and then is an answer to no end: in a greeting, a list, a header or a file."""
    proxy = place.remote.proxy
    assert proxy is not None
    place.remote.put("012/access.log", _BIG)
    other = place.folder / "other"
    other.mkdir()
    (other / "access.log").write_bytes(lines(5))
    beside = {
        "id": "beside",
        "group": "main",
        "domains": ["beside.example"],
        "logs": ["beside/access.log*"],
        "source": {"kind": "folder", "path": str(other)},
    }
    place.more = {
        "sites": [beside],
        "limits": {"fetch_source_seconds": 2},
        "landing": {"timeout_seconds": 3},  # less than a greeting of OpenSSH takes to drip
    }
    proxy.passes, proxy.drips = moment, True
    given_up = place.fetch()
    (failure,) = given_up.failures
    assert "source shop-{franchise}: " in failure
    # A log-in over SSH that takes longer than `landing.timeout_seconds` is one that broke off.
    is_log_in = place.remote.kind == "sftp" and moment <= _WITHIN_THE_FIRST_PAGE
    assert ("TimeoutError" if is_log_in else "limits.fetch_source_seconds (2 s)") in failure
    assert place.landed() == {"beside/access.log": lines(5)}
    proxy.heal()
    place.more["limits"] = {}
    assert place.fetch().failures == ()
    assert place.landed() == {
        "beside/access.log": lines(5),
        "shops/012/access.log": _BIG,
    }


@ALL
def test_one_shop_of_many_is_fetched_alone(place: Place) -> None:
    """By its id; nobody else's file is touched."""
    place.remote.put("012/access.log", lines(5))
    place.remote.put("013/access.log", lines(6))
    result = place.fetch("shop-013")
    assert place.landed() == {"shops/013/access.log": lines(6)}
    assert result.failures == ()


@ALL
def test_names_that_lead_elsewhere_or_cannot_be_seen_are_refused(place: Place) -> None:
    """They are told, and other files come all the same."""
    place.remote.put("012/access.log", lines(5))
    hostile = ["012/access.log\u202egz"]
    if place.remote.s3 is not None:
        hostile += ["../012/access.log", "012//access.log", "/012/access.log"]
    else:
        hostile += ["012/access.log\n.gz", "012/access.log\\..\\x"]
    if place.remote.kind in {"folder", "sftp"}:  # a web server decides by itself about links
        hostile += ["012/access.log.7", "014"]
        (place.remote.root / "012" / "access.log.7").symlink_to("/etc/passwd")
        (place.remote.root / "014").symlink_to("/etc")
    for name in hostile:
        if not (place.remote.root / name).is_symlink():
            place.remote.put(name, b"evil")
    result = place.fetch()
    assert place.landed() == {"shops/012/access.log": lines(5)}
    told = [one.path for one in result.sources[0].problems]
    assert len(told) >= len(hostile)
    assert all(path is not None and path.isprintable() for path in told)


@pytest.mark.servers
@pytest.mark.parametrize(
    ("place", "count"),
    [
        ("sftp", 300),
        ("http", 300),
        *(pytest.param(kind, 3000, marks=pytest.mark.further) for kind in REMOTES),
    ],
    indirect=["place"],
)
def test_many_small_files(place: Place, count: int) -> None:
    """Each comes once, of each shop a hundred; memory stays bounded."""
    place.remote = place.remote.without_proxy()
    for number in range(count):
        shop, file = divmod(number, 100)
        place.remote.put(f"{shop:03}/access.log.{file}", lines(10, start=number))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = place.fetch()
    most = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
    assert len(result.sources[0].brought) == count
    assert result.failures == ()
    assert most < 100 * 1024 * 1024
    last = place.logs / f"shops/{count // 100 - 1:03}/access.log.99"
    assert last.read_bytes() == lines(10, start=count - 1)


@pytest.mark.further
@pytest.mark.servers
@pytest.mark.parametrize("place", ["sftp", "http"], indirect=True)
@pytest.mark.parametrize("change", ["grows", "is rotated", "is emptied"])
def test_a_log_that_changes_while_it_is_read(place: Place, change: str) -> None:
    """What lands is what the log was or is, never a mixture; the next fetch has the rest."""
    proxy = place.remote.proxy
    assert proxy is not None
    place.remote.put("012/access.log", _BIG)
    proxy.passes, proxy.stalls = 500_000, True
    log = place.remote.root / "012" / "access.log"
    with ThreadPoolExecutor(1) as pool:
        fetching = pool.submit(place.fetch)
        while not any(part.stat().st_size > 100_000 for part in place.parts()):
            time.sleep(0.02)
        if change == "grows":
            with log.open("ab") as grown:
                grown.write(lines(9, start=60_000))
            now = _BIG + lines(9, start=60_000)
        elif change == "is rotated":
            log.rename(log.with_name("access.log.1"))
            now = lines(20_000, start=60_000)
            log.write_bytes(now)
        else:
            now = lines(3, start=60_000)
            log.write_bytes(now)  # the same file, as copytruncate leaves it
        proxy.heal()
        fetching.result()
    landed = place.landed().get("shops/012/access.log", b"")
    assert landed in {b"", _BIG, now}
    again = place.fetch()
    assert again.failures == ()
    assert place.landed()["shops/012/access.log"] == now
    if change == "is rotated":
        assert _BIG in place.landed().values()


def test_samples_cover_beginning_and_end() -> None:
    """Of a short file all of it, once."""
    most = plan.SAMPLE_BYTES
    assert plan.sample_ranges(10) == [(0, 10), (10, 10)]
    assert plan.sample_ranges(3 * most) == [(0, most), (2 * most, 3 * most)]
    assert plan.sample_ranges(most + 5) == [(0, most), (most, most + 5)]
