"""Each way to talk the watch down that was closed: put back, it breaks a law."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.detect import catalogue
from pipelines.paths import PROJECT_ROOT
from tests.detect import scenario
from tests.laws.examples import (
    Found,
    beside,
    disguised,
    found_in_each,
    less_grave,
    newly_named,
)
from tests.laws.spreading import hidden, in_one_slash64, is_nameless, spread

pytestmark = [pytest.mark.further, pytest.mark.slow, pytest.mark.timeout(300)]

_Make = Callable[[Path, int], scenario.Scenario | None]
_Broken = Callable[[Found, Found], Sequence[tuple[object, ...]]]


@dataclass(frozen=True)
class _Hole:
    """The present text of a file, the former one, and the law that the former one breaks."""

    detector: str
    path: str
    present: str
    former: str
    make: _Make = beside
    broken: _Broken = less_grave
    also: tuple[tuple[str, str, str], ...] = ()

    @property
    def texts(self) -> tuple[tuple[str, str, str], ...]:
        """The paths of all files, each with its present and its former text."""
        return ((self.path, self.present, self.former), *self.also)


_HOLES = {
    "a refused request owns the session that it carries": _Hole(
        "unauthenticated-access",
        "sql/detectors/unauthenticated-access/anonymous.sql",
        "where is_named and (is_access or login_result = 'success')",
        "where is_named",
    ),
    "a made-up cookie is a session": _Hole(
        "unauthenticated-access",
        "sql/detectors/unauthenticated-access/sessionless.sql",
        "    and (request.session_id is null or proving_site.site_id is not null)\n",
        "    and request.session_id is null\n",
        disguised,
    ),
    "what others miss on the day is the site's own fault": _Hole(
        "forced-browsing",
        "sql/day/web/visitor.sql",
        "        and request.status < 400\n",
        "        and request.status < 400\n    union\n"
        "    select site_id, url_path from missed group by all having count(*) >= 3\n",
    ),
    "whoever comes from a page of the site has met a broken link": _Hole(
        "forced-browsing",
        "sql/day/web/visitor.sql",
        "where status in (404, 410) and not is_picture(url_path)",
        "where status in (404, 410) and not is_picture(url_path) and referrer is null",
        disguised,
    ),
    "the addresses of a /64 have nothing to do with each other": _Hole(
        "account-enumeration",
        "sql/day/client.sql",
        "having count(distinct client_ip) > 1",
        "having false",
        spread(in_one_slash64, is_nameless),
        hidden,
    ),
    "strangers who are refused excuse a user": _Hole(
        "forbidden-probing",
        "sql/detectors/forbidden-probing/query.sql",
        "when request.is_access or let_in.user_id is not null or request.client_ip is null",
        "when true",
    ),
    "whose account many addresses try is whom it is about": _Hole(
        "brute-force",
        "sql/detectors/brute-force/query.sql",
        "'site' as actor_kind, site_id as actor,",
        "'user' as actor_kind, any_value(account) as actor,",
        broken=newly_named,
        also=(
            (
                "sql/detectors/brute-force/query.sql",
                "on candidate.actor_kind = 'site'",
                "on candidate.actor_kind = 'user'",
            ),
        ),
    ),
    "whoever is refused at a decoy is whom it names": _Hole(
        "decoy-record-access",
        "sql/detectors/decoy-record-access/query.sql",
        "or let_in.user_id is not null or watched.client_ip is null",
        "or true",
        broken=newly_named,
    ),
}


@contextmanager
def _put_back(hole: _Hole) -> Iterator[None]:
    """Have a file read as it stood while the block runs."""
    as_read = Path.read_text
    texts: dict[Path, str] = {}
    for name, present, former in hole.texts:
        path = PROJECT_ROOT / name
        text = texts.get(path) or path.read_text(encoding="utf-8")
        assert present in text
        texts[path] = text.replace(present, former)

    def read_text(self: Path, *arguments: object, **options: object) -> str:
        if self in texts:
            return texts[self]
        return as_read(self, *arguments, **options)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "read_text", read_text)
        catalogue.load_catalogue.cache_clear()
        yield
    catalogue.load_catalogue.cache_clear()


@pytest.mark.parametrize("name", list(_HOLES))
def test_each_hole_breaks_a_law(tmp_path: Path, name: str) -> None:
    """The law holds, and with the hole it does not."""
    hole = _HOLES[name]
    before = found_in_each(tmp_path / "before", scenario.load, {hole.detector})
    after = found_in_each(tmp_path / "after", hole.make, {hole.detector})
    assert hole.broken(before, after) == []
    with _put_back(hole):
        opened = found_in_each(tmp_path / "opened", hole.make, {hole.detector})
    assert hole.broken(before, opened) != []
