"""`mimamori rules`: which detectors there are, how often each was wrong, whether all are sound."""

from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.options import Context, json_option, pass_context
from pipelines.cli.printing import print_result

if TYPE_CHECKING:
    from pipelines.detect.catalogue import Detector
    from pipelines.detect.decisions import Precision


@click.group()
def rules() -> None:
    """検出器の一覧と点検 / list and check the detectors."""


@rules.command("list")
@json_option
@pass_context
def rules_list(context: Context, as_json: bool) -> None:
    """検出器と、その誤検出の実測 / the detectors and how often each was wrong.

    測定値は、正解の分かる模擬データでの一日あたりの誤検出。確度は、事実・誤検出として完了した検出の割合。

    Measured rates are false alarms a day in simulated worlds; precision is that of your own closed
    findings.
    """
    from pipelines.detect.catalogue import load_catalogue
    from pipelines.detect.triage import precision_by_detector

    turned_out = precision_by_detector(context.home, context.settings)
    detectors = load_catalogue().values()
    values = [_values(one, turned_out.get(one.id)) for one in detectors]
    print_result(values, as_json, "\n".join(_line(one) for one in values))


@rules.command("check")
@json_option
@pass_context
def rules_check(context: Context, as_json: bool) -> None:
    """検出器を点検する / check the detectors' headers, queries and examples."""
    from pipelines.detect.catalogue import load_catalogue
    from pipelines.detect.rules import faults

    found = faults(context.settings)
    values = [{"path": str(one.path), "message": one.message} for one in found]
    lines = [f"{one.path}: {one.message}" for one in found]
    if not found:
        lines = [f"{len(load_catalogue())} 件の検出器に誤りはありません / detectors are sound"]
    print_result(values, as_json, "\n".join(lines))
    if found:
        raise SystemExit(1)


def _values(detector: "Detector", turned_out: "Precision | None") -> dict[str, Any]:
    measured = detector.measured
    return {
        "id": detector.id,
        "title": {"ja": detector.title.ja, "en": detector.title.en},
        "category": detector.category,
        "severity": str(detector.severity),
        "mode": detector.mode,
        "measured": measured.model_dump() if measured else None,
        "closed": {
            "confirmed": turned_out.confirmed if turned_out else 0,
            "false_alarms": turned_out.false_alarms if turned_out else 0,
            "explained": turned_out.explained if turned_out else 0,
            "precision": turned_out.share if turned_out else None,
        },
    }


def _line(values: dict[str, Any]) -> str:
    measured, closed = values["measured"], values["closed"]
    rate = f"{measured['false_alarms_a_day']:.3f}/日" if measured else "未測定"
    rate_en = f"{measured['false_alarms_a_day']:.3f}/day" if measured else "not measured yet"
    line = (
        f"{values['id']:27} {values['mode']:7} {values['title']['ja']} / {values['title']['en']}"
        f"\n{'':35} 誤検出 {rate} / false alarms {rate_en}"
    )
    if closed["precision"] is not None:
        judged = closed["confirmed"] + closed["false_alarms"]
        share = f"{closed['confirmed']}/{judged}"
        line += f"、確度 {share} / precision {share}"
    return line
