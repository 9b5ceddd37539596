"""The `format` of a site in the settings file."""

from pathlib import Path

import pytest

from pipelines.errors import SettingsError
from pipelines.formats.names import format_of
from pipelines.settings.load import load

_SITE = "sites:\n  - {id: a, group: main, domains: [a.example], logs: [a.log], format: %s}\n"


@pytest.mark.parametrize(
    "form",
    [
        "auto",
        "traefik_json",
        "'$remote_addr [$time_local] \"$request\" $status'",
        "{json: {time: ts, client_ip: request.remote_ip, status: status}}",
        "{json: {time: [ts, at], host: ip}, time_form: epoch_ms, timezone: UTC}",
    ],
)
def test_format_of_a_site_is_text_that_names_it(tmp_path: Path, form: str) -> None:
    """A name, a string or a mapping: what the settings hold then is the title of the format."""
    path = tmp_path / "mimamori.yaml"
    path.write_text(_SITE % form)
    (site,) = load(path).sites
    assert site.format == "auto" or format_of(site.format).title == site.format


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ("nothing", "unknown format 'nothing'"),
        ("{json: {time: ts}}", "no client address"),
        ("{yaml: {time: ts}}", "unknown key 'yaml'"),
        ("[combined]", "valid string"),
        ("7", "valid string"),
    ],
)
def test_format_that_cannot_work_is_a_mistake_of_its_line(
    tmp_path: Path, form: str, reason: str
) -> None:
    """The message names file, line and key."""
    path = tmp_path / "mimamori.yaml"
    path.write_text(_SITE % form)
    with pytest.raises(SettingsError, match=reason) as error:
        load(path)
    assert f"{path}:2: sites[0].format: " in str(error.value)
