"""Names, pages and manifests that anybody may have written: nothing leads elsewhere."""

import posixpath
import string
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.fetch.index_page import names_in_page
from pipelines.fetch.manifest import digests_in
from pipelines.fetch.source import SourceError
from pipelines.fetch.wanted import Claim, Wanted, refusal
from pipelines.ingest.discover import shown
from pipelines.settings.load import load
from pipelines.settings.source_places import SourcePlace, source_places
from tests.fetch.remotes import Place, Remote

_HOSTILE = st.text(alphabet=f"ab./\\%{{}}*?[]\n\0 {string.digits}店é\u202e\udcff", max_size=40)

_PAGE_LIKE = st.text(alphabet='<a href="./%2f>[]{}:,', max_size=200)


@given(_HOSTILE)
def test_a_name_that_is_not_refused_stays_where_it_belongs(path: str) -> None:
    """However it is written."""
    if refusal(path) is None:
        assert posixpath.normpath(path) == path
        assert not path.startswith(("/", ".."))
        assert path.isprintable()
        assert path.encode("utf-8")


@given(st.binary(max_size=300) | _PAGE_LIKE.map(str.encode))
def test_any_page_gives_names_or_none(page: bytes) -> None:
    """Of one part each, never the folder itself."""
    for one in names_in_page(page, "http://127.0.0.1:80/logs/"):
        assert one.name
        assert one.kind in {"file", "folder"}


@given(st.binary(max_size=300))
def test_any_manifest_is_read_or_refused(content: bytes) -> None:
    """With the line that is none."""
    digests = {}
    with suppress(SourceError):
        digests = digests_in(content, "SHA256SUMS")
    assert all(len(digest) == 64 for digest in digests.values())


def test_manifests_as_sha256sum_writes_them() -> None:
    """For text and binary files, with CR LF too; a name written with escapes is nobody's."""
    digest = "AB" * 32
    content = f"{digest}  a.log\r\n{digest} *./b.log\n\\{digest}  c\\nd\n\n".encode()
    assert digests_in(content, "SHA256SUMS") == {"a.log": "ab" * 32, "b.log": "ab" * 32}
    with pytest.raises(SourceError, match="SHA256SUMS:2: "):
        digests_in(b"\nrubbish\n", "SHA256SUMS")


def _wanted(tmp_path: Path, **site: object) -> tuple[Wanted, SourcePlace]:
    place = Place(Remote("folder", {"kind": "folder", "path": "x"}, tmp_path), tmp_path, site=site)
    settings = place.settings()
    (found,) = source_places(settings)
    return Wanted(settings, found, frozenset()), found


def test_files_go_below_the_fixed_folders_of_their_site(tmp_path: Path) -> None:
    """Or where `into` says."""
    wanted, place = _wanted(tmp_path)
    assert place.into == ("shops",)
    claim = wanted.claim("012/access.log")
    assert claim == Claim("shops/012/access.log", "shop-012", "shop-{franchise}")
    assert wanted.claim("012/error.log") is None
    assert wanted.claim("012/SHA256SUMS") is None
    assert wanted.folders_with_manifest == {"012"}
    deep, place = _wanted(tmp_path, source={"kind": "folder", "path": "x", "into": "shops/012"})
    assert deep.claim("access.log") == claim
    assert place.into == ("shops", "012")


def test_names_that_differ_in_case_are_two_files(tmp_path: Path) -> None:
    """Each with its own name below the landing folder, which tells them apart."""
    source = {"kind": "folder", "path": "source"}
    place = Place(Remote("folder", source, tmp_path / "source"), tmp_path)
    place.site = {"logs": ["shops/{franchise}/*"]}
    place.remote.put("012/access.log", b"one\n")
    place.remote.put("012/ACCESS.LOG", b"other\n")
    assert place.fetch().failures == ()
    assert place.landed() == {"shops/012/ACCESS.LOG": b"other\n", "shops/012/access.log": b"one\n"}


def test_folders_that_can_be_no_site_are_told_once(tmp_path: Path) -> None:
    """Where a pattern leads, however they are misnamed; what no pattern means is left alone."""
    source = {"kind": "folder", "path": "source"}
    place = Place(Remote("folder", source, tmp_path / "source"), tmp_path)
    odd = ("00\uff11", "0 1", "<img src=x>", "0\u202e1")
    for folder in ("001", *odd):
        for name in ("access.log", "access.log.1"):
            place.remote.put(f"{folder}/{name}", name.encode())
    (result,) = place.fetch().sources
    assert set(place.landed()) == {"shops/001/access.log", "shops/001/access.log.1"}
    told = [one.path for one in result.problems]
    assert told == [f"{shown(folder)}/" for folder in sorted(odd)]
    wanted, _ = _wanted(tmp_path)
    for folder in odd[:3]:  # as a source that lists names without their folders asks
        assert wanted.claim(f"{folder}/a") == wanted.claim(f"{folder}/b/c") is not None


def test_settings_name_each_source_once(tmp_path: Path) -> None:
    """Sites with a source of their own are not served by that of all."""
    (tmp_path / "s.yaml").write_text(
        "landing: {source: {kind: folder, path: a}}\n"
        "sites:\n"
        '  - {id: one, group: m, domains: [a.example], logs: ["one/*", "one/sub/*"]}\n'
        '  - {id: two, group: m, domains: [b.example], logs: ["x/two/*", "x/2/*"],\n'
        "     source: {kind: folder, path: /srv}}\n"
    )
    shared, own = source_places(load(tmp_path / "s.yaml"))
    assert (shared.name, shared.into, shared.sites) == ("landing", (), frozenset({"one"}))
    assert (own.name, own.into, own.sites) == ("two", ("x",), frozenset({"two"}))
