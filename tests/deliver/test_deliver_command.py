"""`mimamori deliver` as a user meets it: what it prints, its exit codes, and no secret."""

import json
import os
from pathlib import Path

import pytest

from tests import command_line, hook_server
from tests.deliver import reported

SITES = "sites:\n  - {id: a, group: main, domains: [a.example], logs: ['a/*']}\n"
HOOK = "deliver: {digest: never, attempts: 1, webhook: {url_env: CHAT_URL}}\n"


def _run(
    folder: Path, settings: str, *arguments: str, forked: bool = True, **variables: str
) -> tuple[int, str, str]:
    (folder / "mimamori.yaml").write_text(settings + SITES, encoding="utf-8")
    (folder / "home" / "keys").mkdir(parents=True, exist_ok=True)  # of the lake, for the records
    done = command_line.run(
        "deliver",
        *arguments,
        env={
            "PATH": os.environ["PATH"],
            "MIMAMORI_CONFIG": str(folder / "mimamori.yaml"),
            "MIMAMORI_HOME": str(folder / "home"),
            **variables,
        },
        forked=forked,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def test_json_says_what_became_of_each(
    reports: Path, hook: hook_server.Hook, tmp_path: Path
) -> None:
    """Sent, then not again; JSON and nothing else on standard output."""
    reported.report(reports, [reported.finding(1, "critical")])
    url = f"http://127.0.0.1:{hook.port}/s3cret"
    arguments = ("--date", "2026-11-20", "--json")
    dry = _run(tmp_path, HOOK, *arguments, "--dry-run", CHAT_URL=url)
    assert json.loads(dry[1])["deliveries"][0]["status"] == "would_send"
    code, out, err = _run(tmp_path, HOOK, *arguments, CHAT_URL=url)
    assert (code, err) == (0, "")
    assert json.loads(out) == {
        "date": "2026-11-20",
        "dry_run": False,
        "failed": 0,
        "deliveries": [
            {"channel": "webhook", "kind": "alert", "period": "2026-11-20", "status": "sent",
             "message": ""}
        ],
    }  # fmt: skip
    code, out, _ = _run(tmp_path, HOOK, *arguments[:2], CHAT_URL=url)
    assert (code, "already sent" in out) == (0, True)
    assert len(hook.bodies) == 1
    _, out, _ = _run(tmp_path, HOOK, "--list-sent", "--json")
    (receipt,) = json.loads(out)
    assert receipt["recipients"] == [url.removesuffix("/s3cret")]
    _, out, _ = _run(tmp_path, HOOK, "--list-sent")
    assert f"2026-11-20  {receipt['recipients'][0]}  {receipt['sha256']}\n" in out
    body = tmp_path / "body.json"
    body.write_text(json.dumps(hook.bodies[0], ensure_ascii=False), encoding="utf-8")
    assert _run(tmp_path, HOOK, "--file", str(body)) == (0, out, "")
    body.write_text("{}", encoding="utf-8")
    assert "no delivery sent exactly that" in _run(tmp_path, HOOK, "--file", str(body))[1]


@pytest.mark.further
@pytest.mark.airflow
def test_connections_of_airflow_work_without_its_scheduler(
    reports: Path, hook: hook_server.Hook, tmp_path: Path
) -> None:
    """From the environment; a missing one is a failure like others. Airflow logs elsewhere."""
    reported.report(reports, [reported.finding(1, "critical")])
    settings = (
        "deliver: {digest: never, attempts: 1, webhook: {connection: chat}, email:"
        " {from: a@b.example, to: [c@d.example], connection: missing}}\n"
    )
    chat = {"conn_type": "http", "host": "127.0.0.1", "schema": "http", "password": "T0/s3cret"}
    code, out, err = _run(
        tmp_path,
        settings,
        *("--date", "2026-11-20", "--json"),
        AIRFLOW_HOME=str(tmp_path / "airflow"),
        AIRFLOW_CONN_CHAT=json.dumps(chat | {"port": hook.port}),
    )
    assert code == 1
    assert [one["status"] for one in json.loads(out)["deliveries"]] == ["failed", "sent"]
    assert "'missing' is missing" in err
    assert hook.paths == ["/T0/s3cret"]
    assert "s3cret" not in out + err


def test_without_airflow_its_connections_end_with_2(
    reports: Path, hook: hook_server.Hook, tmp_path: Path
) -> None:
    """The last line names the extra; a channel that needs no Airflow is served all the same."""
    reported.report(reports, [reported.finding(1, "critical")])
    settings = (
        "deliver: {digest: never, attempts: 1, webhook: {url_env: CHAT_URL}, email:"
        " {from: a@b.example, to: [c@d.example], connection: box}}\n"
    )
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['airflow'] = None\n", encoding="utf-8"
    )
    code, out, err = _run(
        tmp_path,
        settings,
        *("--date", "2026-11-20", "--json"),
        forked=False,  # sitecustomize is read at the start
        PYTHONPATH=str(tmp_path),
        CHAT_URL=f"http://127.0.0.1:{hook.port}/s3cret",
    )
    assert code == 2
    assert [one["status"] for one in json.loads(out)["deliveries"]] == ["failed", "sent"]
    last = err.splitlines()[-1]
    assert last.startswith("mimamori: deliver.email.connection: ")
    assert "pip install 'mimamori-accesslog[airflow]'" in last
    assert "Traceback" not in err


@pytest.mark.airflow
@pytest.mark.parametrize(
    "extra",
    [
        {"disable_ssl": True, "disable_tls": True},
        pytest.param({"ssl_context": "none"}, marks=pytest.mark.full),
    ],
)
def test_a_connection_of_airflow_must_encrypt(
    reports: Path, tmp_path: Path, extra: dict[str, object]
) -> None:
    """Nothing is sent in clear, nor to a server that nobody vouches for; no name is looked up."""
    reported.report(reports, [reported.finding(1, "critical")])
    settings = (
        "deliver: {digest: never, attempts: 1, email:"
        " {from: a@b.example, to: [c@d.example], connection: box}}\n"
    )
    box = {"conn_type": "smtp", "host": "192.0.2.25", "login": "u", "password": "s3cret"}
    code, _, err = _run(
        tmp_path,
        settings,
        *("--date", "2026-11-20", "--json"),
        AIRFLOW_HOME=str(tmp_path / "airflow"),
        AIRFLOW_CONN_BOX=json.dumps(box | {"extra": extra}),
    )
    assert code == 1
    assert "would send in clear or check no certificate" in err


def test_a_failure_ends_with_1(reports: Path, hook: hook_server.Hook, tmp_path: Path) -> None:
    """The JSON is whole, the reason stands on standard error, the address nowhere."""
    reported.report(reports, [reported.finding(1, "critical")])
    hook.answers = [(500, {})]
    url = f"http://127.0.0.1:{hook.port}/s3cret"
    code, out, err = _run(tmp_path, HOOK, "--date", "2026-11-20", "--json", CHAT_URL=url)
    assert code == 1
    assert json.loads(out)["failed"] == 1
    assert "mimamori: deliver 2026-11-20: webhook: " in err
    assert "declined (500)" in err
    assert "s3cret" not in out + err


def test_a_day_without_a_report_ends_with_1(reports: Path, tmp_path: Path) -> None:
    """And says how to make one."""
    assert reports.is_dir()
    code, _, err = _run(tmp_path, HOOK, "--date", "2026-11-20")
    assert (code, "run 'mimamori report --date 2026-11-20' first" in err) == (1, True)


def test_nobody_to_deliver_to_is_wrong_usage(tmp_path: Path) -> None:
    """Exit code 2, naming the file and the key."""
    code, _, err = _run(tmp_path, "")
    assert code == 2
    assert f"{tmp_path / 'mimamori.yaml'}: deliver: " in err
