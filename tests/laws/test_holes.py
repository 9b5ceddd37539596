"""Each way to talk the watch down that was closed: put back, it breaks a law."""

from collections.abc import Callable, Iterator
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

pytestmark = [pytest.mark.further, pytest.mark.slow, pytest.mark.timeout(300)]

_Make = Callable[[Path, int], scenario.Scenario | None]
_Broken = Callable[[Found, Found], list[tuple[object, ...]]]


@dataclass(frozen=True)
class _Hole:
    """What stands in a file in place of what stood there, and the law that this breaks."""

    detector: str
    path: str
    stands: str
    stood: str
    make: _Make = beside
    broken: _Broken = less_grave


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
    "addresses that look for pages vouch for one another": _Hole(
        "forced-browsing",
        "sql/day/web/visitor.sql",
        "    where address.client_id is null\n",
        "",
    ),
    "strangers who are refused excuse a user": _Hole(
        "forbidden-probing",
        "sql/detectors/forbidden-probing/query.sql",
        "when let_in.user_id is not null or request.client_ip is null",
        "when true",
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
    path = PROJECT_ROOT / hole.path
    text = path.read_text(encoding="utf-8")
    assert hole.stands in text
    as_read = Path.read_text

    def read_text(self: Path, *arguments: object, **options: object) -> str:
        if self == path:
            return text.replace(hole.stands, hole.stood)
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
