"""Settings proposed from sample logs: what they find, and that they can be copied as they are."""

import json
from pathlib import Path

import pytest
import yaml

from pipelines.errors import MimamoriError
from pipelines.ingest.convert import ParseOptions
from pipelines.paths import DEFAULT_SETTINGS
from pipelines.settings.load import load
from pipelines.settings.model import Resource, Site
from pipelines.suggest.fragment import fragment, resource_of
from pipelines.suggest.resources import Proposal, proposed
from pipelines.suggest.sample import Sample, read_sample
from tests import command_line

_LINE = (
    '192.0.2.1 - {user} [20/Nov/2026:09:00:00 +0900] "{method} {path} HTTP/1.1" {status} 512'
    ' "-" "-"\n'
)


def _written(path: Path, *requests: tuple[str, str, int]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join(
            _LINE.format(user="st-1", method=method, path=target, status=status)
            for method, target, status in requests
        ),
        encoding="utf-8",
    )
    return path


def _sample(*paths: Path) -> Sample:
    return read_sample([str(path) for path in paths], load(DEFAULT_SETTINGS), ParseOptions())


def _found(path: Path) -> dict[str, Proposal]:
    return {f"{one.kind} {one.path}": one for one in proposed(_sample(path).records)}


@pytest.fixture
def portal(tmp_path: Path) -> Path:
    """A site of customers: seven of them are read, two log-ins fail, some files are exported."""
    customers = [("GET", f"/customers/10{number}", 200) for number in range(7)]
    claims = [("GET", f"/claims/view?no=A-10{number}&page={number}", 200) for number in range(6)]
    return _written(
        tmp_path / "portal" / "access.log-20261120",
        *customers,
        *claims,
        *[("POST", "/login", status) for status in (302, 302, 401, 401)],
        ("GET", "/login", 200),
        ("GET", "/logout", 302),
        ("GET", "/customers", 200),
        ("GET", "/export/2026-11.csv", 200),
        ("GET", "/export/2026-10.csv", 200),
        ("GET", "/reports/all.xlsx", 404),
        ("GET", "/admin/users", 200),
        ("GET", "/wp-admin/setup.php", 404),
        *[("GET", f"/img/{number}.png", 200) for number in range(9)],
        *[("GET", f"/news?year=20{number}", 200) for number in range(10, 20)],
        *[("GET", f"/probe/10{number}", 404) for number in range(9)],
        ("GET", "/pages/7", 200),
    )


def test_addresses_of_personal_data_are_found_and_others_left_out(portal: Path) -> None:
    """Ids that vary and are answered; no pictures, years, probes, and no page that stands alone."""
    found = _found(portal)
    assert {name: one.requests for name, one in found.items()} == {
        "login /login": 5,
        "logout /logout": 1,
        "record /customers/{subject}": 7,
        "record /claims/view?no={subject}": 6,
        "list /customers": 1,
        "export /export/*": 2,
        "admin /admin/*": 1,
    }
    record = found["record /customers/{subject}"]
    assert (record.subjects, record.examples) == (7, [f"{portal}:{line}" for line in (1, 2, 3)])
    login = resource_of(found["login /login"])
    assert (login["methods"], login["success"], login["failure"]) == (["POST"], [302], [401])
    ids = [one.id for one in found.values()]
    assert len(ids) == len(set(ids))


def test_the_fragment_is_settings_as_it_stands(portal: Path) -> None:
    """Every resource is a valid one; with the site it loads, and its glob claims the file."""
    sample = _sample(portal)
    text = fragment(sample, proposed(sample.records), "main")
    values = yaml.safe_load(text)
    for entry in values["resources"]["portal"]:
        Resource.model_validate(entry)
    path = portal.parent.parent / "mimamori.yaml"
    path.write_text(text, encoding="utf-8")
    (site,) = load(path).sites
    assert (site.id, site.logs, site.resources) == ("portal", ("portal/access.log*",), "portal")
    assert "# " in text
    assert f"{portal}:1" in text


def test_a_site_without_users_or_resources_is_told(tmp_path: Path) -> None:
    """What detectors cannot do there stands in the fragment."""
    path = tmp_path / "www" / "access.log"
    path.parent.mkdir()
    path.write_text(_LINE.format(user="-", method="GET", path="/", status=200))
    sample = _sample(path)
    text = fragment(sample, proposed(sample.records), "main")
    assert "detectors about persons find nothing" in text
    assert "the detectors of personal data find nothing" in text
    assert "resources" not in yaml.safe_load(text)


@pytest.mark.parametrize(
    "target",
    ["/a%0Ab: c/101", "/{subject}/102", '/"]}/103', "/#x/104", "/'/105?{q}=1", "/&a/*b/106"],
)
def test_what_strangers_ask_for_does_not_break_out_of_the_fragment(
    tmp_path: Path, target: str
) -> None:
    """Whatever an address or a file's name holds, the fragment is the YAML of one site."""
    requests = [("GET", f"{target}{number}", 200) for number in range(8)]
    path = _written(tmp_path / "portal" / "x\nsites: [].log", *requests)
    sample = _sample(path)
    values = yaml.safe_load(fragment(sample, proposed(sample.records), "main"))
    assert [site["id"] for site in values["sites"]] == ["portal"]
    for entry in values.get("resources", {}).get("portal", []):
        Resource.model_validate(entry)


def test_files_without_a_request_are_an_error(tmp_path: Path) -> None:
    """Nothing can be said of them."""
    path = tmp_path / "empty.log"
    path.write_text("no log line\n" * 3)
    with pytest.raises(MimamoriError, match="3"):
        _sample(path)


def test_the_command_prints_json_and_nothing_else(portal: Path, tmp_path: Path) -> None:
    """What is proposed, by keys of the settings file, with its grounds."""
    env = {"MIMAMORI_HOME": str(tmp_path / "var"), "MIMAMORI_CONFIG": str(DEFAULT_SETTINGS)}
    done = command_line.run("sites", "suggest", portal, "--group", "benry", "--json", env=env)
    assert done.returncode == 0, done.stderr
    values = json.loads(done.stdout)
    assert values["site"]["group"] == "benry"
    assert {one["kind"] for one in values["resources"]} == {
        *("login", "logout", "record", "list", "export", "admin")
    }


_HEAD = '192.0.2.{n} - {own} [20/Nov/2026:09:{n:02}:00 +0900] "GET /a?id={n} HTTP/1.1" 200 5'
_FORM = '%h %l %u %t "%r" %>s %b "%{X-Request-Id}i" "%{X-Remote-User}i" "%{Cookie}i"'


def _users_of(path: Path, lines: list[str], form: str = "auto") -> list[tuple[str, int]]:
    path.write_text("\n".join(lines) + "\n")
    sample = read_sample([str(path)], load(DEFAULT_SETTINGS), ParseOptions(form))
    site = yaml.safe_load(fragment(sample, [], "main"))["sites"][0]
    assert Site.model_validate(site).user_from == tuple(one.name for one in sample.users)
    return [(one.name, one.lines) for one in sample.users]


def test_what_seems_to_name_the_user_is_proposed(tmp_path: Path) -> None:
    """A header, a cookie, then the own user; no agent, no session, no number of a request."""
    lines = [
        _HEAD.format(n=n, own="bob" if n == 3 else "-")
        + f' "user-{n}" "{"ann" if n % 2 else "-"}" "lang=ja; login_user=ben{n % 3}; sid={n}"'
        for n in range(30)
    ]
    form = _FORM.replace("X-Request-Id", "X-User-Request")
    found = _users_of(tmp_path / "a.log", lines, form)
    assert found == [("cookie:login_user", 30), ("%{x-remote-user}i", 15), ("%u", 1)]


@pytest.mark.further
def test_likely_keys_of_objects_and_fields_are_proposed(tmp_path: Path) -> None:
    """Keys within keys; a field of the directive. The own user alone needs no setting."""
    record = {"time": "2026-11-20T00:00:00Z", "remote_addr": "192.0.2.1", "status": 200}
    record |= {"request": "GET /a HTTP/1.1", "remote_user": "bob", "http_user_agent": "curl/8"}
    more = {"user": {"id": 7, "name": {"first": "x"}}, "jwt": {"sub": "ann"}}
    del record["remote_user"]
    names = [name for name, _ in _users_of(tmp_path / "j.log", [json.dumps(record | more)] * 3)]
    assert {"jwt.sub", "user.id"} <= set(names)
    w3c = ["#Fields: date time c-ip cs-method cs-uri-stem sc-status cs-username cs(X-Login)"]
    w3c += ["2026-11-20 00:00:00 192.0.2.1 GET /a 200 bob ann"] * 3
    assert _users_of(tmp_path / "w.log", w3c) == [("cs(x-login)", 3), ("cs-username", 3)]
    plain = [_HEAD.format(n=n, own="bob") for n in range(3)]
    assert _users_of(tmp_path / "c.log", plain) == []
