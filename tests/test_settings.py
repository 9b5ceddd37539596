"""Settings: what is right is taken, what is wrong is named with file, line and key."""

import re
from pathlib import Path

import pytest

from pipelines.errors import SettingsError
from pipelines.ingest.discover import discover
from pipelines.paths import DEFAULT_SETTINGS
from pipelines.settings.load import load
from pipelines.settings.model import Settings

_SITE = 'sites:\n  - {id: a, group: main, domains: [a.example], logs: ["a/*"]}\n'
_MAIL = """deliver:
  email:
    from: mimamori@prime.example
    to: [TO]
    smtp: {host: smtp.prime.example}
"""
_JAPANESE = re.compile(r"(?<=: )[^:]*?[ぁ-ん][^:]*? / ")


def _load(tmp_path: Path, text: str) -> Settings:
    path = tmp_path / "mimamori.yaml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_shipped_settings_are_valid() -> None:
    """The example that users edit loads as it stands."""
    settings = load(DEFAULT_SETTINGS)
    assert settings.timezone == "Asia/Tokyo"
    assert {site.group for site in settings.sites} == {"main", "benry"}


def test_only_sites_are_required(tmp_path: Path) -> None:
    """Everything else has its default; user types and resources may be empty."""
    settings = _load(tmp_path, "user_types: []\nresources: {}\n" + _SITE)
    assert settings.locale == "ja"
    assert settings.retention.access_log_days == 400
    assert settings.dormant_days == 30


def test_relative_paths_start_at_the_settings_file(tmp_path: Path) -> None:
    """A database named beside the settings file is found from any folder."""
    settings = _load(tmp_path, "geoip: {city: geo/city.mmdb}\nrules: [extra]\n" + _SITE)
    assert settings.geoip.city == tmp_path / "geo" / "city.mmdb"
    assert settings.rules == (tmp_path / "extra",)


def test_context_names_files_and_tables(tmp_path: Path) -> None:
    """A text is a path, or a table where it begins with `lake.`; what is left out is not named."""
    settings = _load(
        tmp_path,
        "context: {trips: in/trips.csv, teams: lake.teams, exports: {table: approved},"
        " rosters: /srv/rosters.csv, absences: null}\n" + _SITE,
    )
    assert {name: str(source) for name, source in settings.context.sources().items()} == {
        "trips": str(tmp_path / "in" / "trips.csv"),
        "teams": "lake.teams",
        "exports": "lake.approved",
        "rosters": "/srv/rosters.csv",
    }


def test_deliver_has_defaults_and_resolves_its_folder(tmp_path: Path) -> None:
    """Alerts from `high` up, a weekly digest, STARTTLS; a folder beside the settings file."""
    text = _MAIL.replace("TO", "a@b.example") + "  folder: {path: out}\n" + _SITE
    deliver = _load(tmp_path, text).deliver
    assert deliver is not None
    assert deliver.email is not None
    assert deliver.email.smtp is not None
    assert deliver.folder is not None
    assert (deliver.threshold, deliver.digest, deliver.attempts) == ("high", "weekly", 3)
    assert (deliver.email.smtp.port, deliver.email.smtp.security) == (587, "starttls")
    assert deliver.folder.path == tmp_path / "out"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("timezon: UTC\n" + _SITE, ":1: timezon: unknown key"),
        ("timezone: Asia/Tokio\n" + _SITE, ":1: timezone: no such time zone: 'Asia/Tokio'"),
        (_SITE.replace("group: main, ", ""), ":2: sites[0].group: this key is required"),
        (_SITE + "    colour: red\n", ":3: not valid YAML"),
        (_SITE.replace("a/*", "/etc/*"), ":2: sites[0].logs: '/etc/*' must be a path below"),
        (_SITE.replace("a/*", "../*"), "must be a path below the landing folder"),
        (
            _SITE.replace("}", ", format: combind}"),
            ":2: sites[0].format: unknown format 'combind'",
        ),
        (_SITE.replace("}", ", resources: x}"), "no resources named 'x' (there are: none)"),
        (_SITE.replace("id: a", "id: 'a-{shop}'"), "placeholder {shop} is not in every"),
        (_SITE + _SITE[7:], ":3: sites[1].id: site 'a' is already in line 2"),
        ("user_types:\n  - {pattern: '(', type: staff}\n" + _SITE, "not a regular expression"),
        (
            "user_types:\n  - {pattern: '^(?!st-)', type: customer}\n" + _SITE,
            ":2: user_types[0].pattern: cannot be searched in linear time",
        ),
        (
            "redaction:\n  patterns:\n    - {kind: x, pattern: 'a\\Z'}\n" + _SITE,
            ":3: redaction.patterns[0].pattern: cannot be searched in linear time",
        ),
        (
            "user_types:\n  - {pattern: a, type: boss}\n" + _SITE,
            ":2: user_types[0].type: Input should be 'customer'",
        ),
        (
            "resources:\n  r:\n    - {id: x, kind: record, path: customers}\n" + _SITE,
            ":3: resources.r[0].path: must start with '/'",
        ),
        (
            "resources:\n  r:\n    - {id: x, kind: record, path: '/{who}'}\n" + _SITE,
            "unknown placeholder {who}",
        ),
        ("locale: ja\nlocale: en\n" + _SITE, ":2: not valid YAML: key 'locale' is given twice"),
        ("business_hours: {from: '20:00', to: '08:00'}\n" + _SITE, "'from' must come before 'to'"),
        (
            "business_hours: {holidays: XX}\n" + _SITE,
            ":1: business_hours.holidays: no public holidays known for 'XX'",
        ),
        (
            "retention: {access_log_days: 60}\n" + _SITE,
            ":1: retention.access_log_days: 90 days until pseudonymising, but",
        ),
        (
            "retention:\n  country_groups:\n    eea: {access_log_days: 30}\n" + _SITE,
            ":3: retention.country_groups.eea.access_log_days: 90 days",
        ),
        (
            "retention:\n  country_groups:\n    eea: {pseudonymise_after_days: 500}\n" + _SITE,
            ":3: retention.country_groups.eea.pseudonymise_after_days: 500 days",
        ),
        (
            "retention:\n  country_groups:\n    eea: {pseudonymise_after_days: 30}\n" + _SITE,
            ":3: retention.country_groups.eea.pseudonymise_after_days: 30 days are too few",
        ),
        ("dormant_days: 120\n" + _SITE, ":1: dormant_days: 90 days are too few"),
        (
            "retention: {site_groups: {shops: {quarantine_days: 30}}}\n" + _SITE,
            ":1: retention.site_groups.shops: no site has that group",
        ),
        ("context: {trip: a.csv}\n" + _SITE, ":1: context.trip: unknown key"),
        ("context: {trips: 3}\n" + _SITE, ":1: context.trips: must name a CSV file, or a table"),
        ("context: {trips: {}}\n" + _SITE, ":1: context.trips: must name a CSV file, or a table"),
        (
            "context:\n  trips: {table: a, path: b}\n" + _SITE,
            ":2: context.trips: must name a CSV file, or a table",
        ),
        (
            "context:\n  trips: lake.a-b\n" + _SITE,
            ":2: context.trips.table: must be the name of a table in the lake",
        ),
        ("deliver: {}\n" + _SITE, ":1: deliver: needs 'email', 'webhook' or 'folder'"),
        ("deliver:\n  fax: {}\n" + _SITE, ":2: deliver.fax: unknown key"),
        (
            "deliver:\n  webhook:\n    url_env: https://hooks.example/T0/s3\n" + _SITE,
            ":3: deliver.webhook.url_env: must be the name of an environment variable",
        ),
        ("deliver: {webhook: {}}\n" + _SITE, "deliver.webhook: needs 'url_env' or 'connection'"),
        (
            _MAIL.replace("TO", '"a@b.example\\r\\nBcc: x@y.example"') + _SITE,
            ":4: deliver.email.to[0]",
        ),
        (_MAIL.replace("TO", "a@b.example, Bob <b@b.example>") + _SITE, ":4: deliver.email.to[1]"),
        (
            _MAIL.replace("TO", "a@b.example").replace("}", ", user: u}") + _SITE,
            ":5: deliver.email.smtp: 'user' and 'password_env' go together",
        ),
        (
            _MAIL.replace("TO", "a@b.example").replace(
                "}", ", user: u, password_env: P, security: none}"
            )
            + _SITE,
            ":5: deliver.email.smtp: security 'none' would send everything in clear",
        ),
        (
            _MAIL.replace("TO", "a@b.example") + "    report: link\n" + _SITE,
            ":1: deliver: 'email.report: link' needs 'link'",
        ),
        (
            "deliver:\n  link: 'javascript:alert(1)'\n  folder: {path: out}\n" + _SITE,
            ":2: deliver.link: must be an address",
        ),
        (
            "deliver: {threshold: grave, folder: {path: out}}\n" + _SITE,
            ":1: deliver.threshold: Input should be 'critical'",
        ),
        ("sites: []\n", ":1: sites: "),
        ("- a\n", ":1: expected a mapping of settings"),
        ("", ":1: expected a mapping of settings"),
    ],
)
def test_mistake_names_file_line_and_key(tmp_path: Path, text: str, message: str) -> None:
    """The message says where the mistake is and what it is, Japanese first."""
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, text)
    assert str(tmp_path / "mimamori.yaml") in str(caught.value)
    english, japanese = _JAPANESE.subn("", str(caught.value))
    assert japanese == len(str(caught.value).splitlines())
    assert message in english
    assert caught.value.exit_code == 2


def test_all_mistakes_are_named_at_once(tmp_path: Path) -> None:
    """A person should not have to run it once for each mistake."""
    with pytest.raises(SettingsError) as caught:
        _load(tmp_path, "locale: fr\ncolour: red\n" + _SITE)
    assert len(str(caught.value).splitlines()) == 2


def test_missing_settings_file_says_how_to_name_one(tmp_path: Path) -> None:
    """The message names the option and the variable."""
    with pytest.raises(SettingsError, match="--config or MIMAMORI_CONFIG"):
        load(tmp_path / "none.yaml")


def test_unquoted_clock_is_a_clock(tmp_path: Path) -> None:
    """YAML reads an unquoted 20:00 as a number; people mean the time of day."""
    settings = _load(tmp_path, "business_hours: {from: 9:00, to: 20:30}\n" + _SITE)
    assert (settings.business_hours.from_.hour, settings.business_hours.to.minute) == (9, 30)


def test_template_stands_for_every_matching_folder(tmp_path: Path) -> None:
    """Placeholders are filled from the path, wherever they stand."""
    text = (
        'sites:\n  - {id: "shop-{f}", group: b, domains: ["{f}.b.example"], franchise: "{f}",\n'
        '     logs: ["b/{f}/access.log*", "c/**/{f}-*.log"]}\n'
    )
    settings = _load(tmp_path, text)
    for name in ("b/001/access.log", "b/002/access.log.gz", "b/x", "c/d/e/003-1.log"):
        path = tmp_path / "logs" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    found = discover(settings, tmp_path / "logs")
    assert [(file.site.id, file.site.franchise, file.site.domains[0]) for file in found] == [
        ("shop-001", "001", "001.b.example"),
        ("shop-002", "002", "002.b.example"),
        ("shop-003", "003", "003.b.example"),
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("main/*", "main/access.log"),
        ("main/access.log*", "main/access.log*"),
        ("**/access.log", "main/access.log"),
        ("main/{shop}/access.log*", "main/head/access.log*"),
    ],
)
def test_two_sites_claiming_one_file_is_a_mistake(tmp_path: Path, one: str, other: str) -> None:
    """The message has the line and the key, and names both sites."""
    name = "a-{shop}" if "{shop}" in one else "a"
    text = (
        f"sites:\n  - {{id: '{name}', group: g, domains: [a.example], logs: ['x/*', '{one}']}}\n"
        f"  - {{id: b, group: g, domains: [b.example], logs: ['{other}']}}\n"
    ).replace("'x/*', ", "" if "{shop}" in one else "'x/*', ")
    with pytest.raises(SettingsError) as raised:
        _load(tmp_path, text)
    assert re.search(r":3: sites\[1\]\.logs\[0\]: ", str(raised.value))
    assert f"sites 'b' and '{name}' both claim" in str(raised.value)


def test_patterns_with_some_names_in_common_are_no_mistake(tmp_path: Path) -> None:
    """Which of them has a file is seen when there is one."""
    text = (
        "sites:\n  - {id: a, group: g, domains: [a.example], logs: ['main/a*']}\n"
        "  - {id: b, group: g, domains: [b.example], logs: ['main/*z']}\n"
    )
    assert len(_load(tmp_path, text).sites) == 2


def test_wrong_tunings_of_detectors_are_named(tmp_path: Path) -> None:
    """Each detector, parameter, value and site that is none, at its line; off is a word here."""
    text = """detectors:
  mass-export:
    mode: off
    parameters: {min_exports: 20, min_ratio: 2, rare_share: 2}
    sites: {a: {parameters: {min_exports: 2.5, min_export: 3}}, b: {mode: shadow}}
  mas-export: {}
  off-hours-access: {parameters: {night_from: 24, grace_minutes: true}}
  'sigma:11111111-1111-4111-8111-111111111111': {mode: off}
  'sigma:ABCDEFAB-1111-4111-8111-111111111111': {mode: off}
  unauthenticated-access: {parameters: {crawler_names: '(?=x)'}}
  record-enumeration: {parameters: {max_gaps: 3, max_log_chance: 4}}
"""
    folder = tmp_path / "rules" / "sigma"
    folder.mkdir(parents=True)
    (folder / "one.yml").write_text("title: One\nid: abcdefab-1111-4111-8111-111111111111\n")
    with pytest.raises(SettingsError) as refused:
        _load(tmp_path, text + _SITE)
    said = [line.partition("mimamori.yaml:")[2] for line in str(refused.value).splitlines()]
    assert [": ".join(one.split(": ")[:2]) for one in said] == [
        "4: detectors.mass-export.parameters.rare_share",
        "5: detectors.mass-export.sites.a.parameters.min_exports",
        "5: detectors.mass-export.sites.a.parameters.min_export",
        "5: detectors.mass-export.sites.b",
        "6: detectors.mas-export",
        "7: detectors.off-hours-access.parameters.night_from",
        "7: detectors.off-hours-access.parameters.grace_minutes",
        "8: detectors.sigma:11111111-1111-4111-8111-111111111111",
        "9: detectors.sigma:ABCDEFAB-1111-4111-8111-111111111111",
        "10: detectors.unauthenticated-access.parameters.crawler_names",
        "11: detectors.record-enumeration.parameters.max_gaps",
        "11: detectors.record-enumeration.parameters.max_log_chance",
    ]
    assert "did you mean min_exports" in said[2]
    rule = "'sigma:abcdefab-1111-4111-8111-111111111111': {mode: shadow}"
    right = (
        f"detectors: {{{rule}, mass-export: {{mode: off, parameters: {{min_ratio: 2}},"
        " sites: {a: {}}}}\n"
    )
    settings = _load(tmp_path, right + _SITE)
    assert settings.detectors["mass-export"].mode == "off"


def test_teams_of_sites_and_groups_that_there_are_none_of_are_named(tmp_path: Path) -> None:
    """A mistyped one would have its team hear of nothing; a template stands for its sites."""
    deliver = """deliver:
  email: {from: m@prime.example, to: [s@prime.example], smtp: {host: localhost, security: none}}
  teams:
    - {name: a, to: [a@prime.example], sites: [a, b], groups: [main, mian]}
"""
    with pytest.raises(SettingsError) as refused:
        _load(tmp_path, deliver + _SITE)
    said = [line.partition("mimamori.yaml:")[2] for line in str(refused.value).splitlines()]
    assert [": ".join(one.split(": ")[:2]) for one in said] == [
        "4: deliver.teams[0].sites[1]",
        "4: deliver.teams[0].groups[1]",
    ]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("timezone: Asia/Tokyo\n".encode("utf-16"), "wrong.yaml: UTF-8"),
        ("locale: ja  # 日本語\n".encode("shift_jis"), "wrong.yaml: UTF-8"),
        (b"sites:\n\t- id: a\n", "wrong.yaml:2: .*use spaces"),
    ],
    ids=["utf-16", "shift_jis", "tab"],
)
def test_what_an_editor_does_to_a_file_is_named(tmp_path: Path, content: bytes, says: str) -> None:
    """With what to do, not in the words of a decoder."""
    path = tmp_path / "wrong.yaml"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=says):
        load(path)


def test_a_byte_order_mark_is_no_part_of_the_settings(tmp_path: Path) -> None:
    """Editors of Windows write one."""
    path = tmp_path / "mark.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + DEFAULT_SETTINGS.read_bytes())
    assert load(path).timezone == load(DEFAULT_SETTINGS).timezone
