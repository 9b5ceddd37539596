"""The pages of the detectors, `docs/detectors/*.md`, written from their headers and examples.

`make docs` writes them; a test compares them with the files.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from pipelines.detect.catalogue import Detector, load_catalogue
from pipelines.detect.emitted_codes import Emitted, emitted
from pipelines.detect.evidence_types import EvidenceType
from pipelines.detect.judgement import HIGHEST_STRENGTH, StrengthPart
from pipelines.detect.prerequisites import Need, alternatives
from pipelines.detect.rules import KINDS, examples_of
from pipelines.findings import Severity
from pipelines.paths import SQL_DIR
from pipelines.text.bilingual import Text
from pipelines.text.words import sentences

FOLDER = SQL_DIR.parent / "docs" / "detectors"
_HEAD = """# 検出器 / Detectors

このフォルダーのページは `sql/detectors/` の見出しと例から作られています。
These pages are written from the headers and examples in `sql/detectors/`:
`make docs`.

点数・インシデント・一晩の枠・対応の記録は[検出の項目](../findings.md)にあります。
Score, incidents, the night's budget and triage: [fields of a finding](../findings.md).

誤検出は、正解の分かる模擬データ（`make evaluate`）での一日あたりの件数（全サイト合計）です。
`shadow` の検出器の検出は、報告せずに別に残します（[検出器の調整](../tuning.md)）。

根拠の理由などはコードで、言葉は見出しの `codes` に日本語と英語で書きます。`{名前}` には
同じ根拠の値が入ります。クエリが出しうるコードに言葉がないと `mimamori rules check` が知らせます。
複数の検出器が出すコードの言葉は `pipelines/text/locales/` の `reason` にあります。
根拠のキーはどれも型とともに宣言します。一つの検出器だけのものは見出しの `evidence` に型と名前を、
ほかは `sql/evidence.yaml` に型を、`pipelines/text/locales/` の `figure` に名前を書きます。
Reasons and the like in evidence are codes. Their words stand in the header under `codes`, in
Japanese and English; `{name}` takes a value of the same evidence. `mimamori rules check` tells of a
code that the query can give and that has no words, and of words whose code never comes. Words of
codes that several detectors give stand under `reason` in `pipelines/text/locales/`. What a person
wrote into the context goes into `reason_on_record`. Each key of evidence is declared with its type:
a key of one detector in the header, under `evidence`, with what it is called; of the others the
types stand in `sql/evidence.yaml`, what they are called under `figure` in the locales.

```yaml
evidence:
  minutes: {type: minutes, ja: 続いた分数, en: Minutes it lasted}
codes:
  reason:
    over_within_minutes: {ja: "{minutes} 分で収まった", en: "over within {minutes} minutes"}
```

False alarms are those a day over all sites in simulated worlds whose truth is known
(`make evaluate`). Findings of a detector in `shadow` are not reported but kept apart
([tuning](../tuning.md)).

"""
_TYPES = {
    EvidenceType.COUNT: ("0 以上の整数", "whole number from 0 on"),
    EvidenceType.NUMBER: ("数", "number"),
    EvidenceType.RATIO: ("倍率・割合", "one amount in relation to another"),
    EvidenceType.PROBABILITY: ("確率、0〜1", "probability, 0 to 1"),
    EvidenceType.LEVEL: ("データの管理レベル、0〜3", "level of the data, 0 to 3"),
    EvidenceType.MINUTES: ("分", "minutes"),
    EvidenceType.SECONDS: ("秒", "seconds"),
    EvidenceType.BYTES: ("バイト", "bytes"),
    EvidenceType.HOUR: ("時、0〜23", "hour of the day, 0 to 23"),
    EvidenceType.TIME: ("時刻", "time of day"),
    EvidenceType.RECORD_NUMBER: (
        "記録の番号。桁区切りなしで示す",
        "number of a record, shown without separators",
    ),
    EvidenceType.FLAG: ("はい・いいえ", "yes or no"),
    EvidenceType.TEXT: ("記録されたままの値", "value as logged"),
    EvidenceType.TEXTS: ("記録されたままの値の配列", "list of values as logged"),
    EvidenceType.CODE: ("コード。言葉で示す", "code, shown in words"),
    EvidenceType.CODES: ("コードの配列", "list of codes"),
    EvidenceType.COUNTRIES: ("国（ISO 3166-1）の配列", "list of countries (ISO 3166-1)"),
    EvidenceType.SERIES: ("日ごと・時間ごとの値", "values by day or by hour"),
    EvidenceType.STATUSES: ("応答の状態と件数", "statuses of answers with their counts"),
    EvidenceType.REJECTS: ("行が拒否された理由", "reasons why lines were rejected"),
}
_COLUMNS = (
    "検出器 / detector",
    "内容 / what",
    "区分 / category",
    "当事者 / actor",
    "`mode`",
    "誤検出/日 / false alarms a day",
)
_TECHNIQUE = "https://attack.mitre.org/techniques/"
_ELSE = "それ以外 / all that are left"
_ALWAYS = "いつも / always"
_MARKS = "①②③④⑤⑥⑦"
_LONGEST_VALUE = 400


def pages() -> dict[str, str]:
    """Return the text of each page (Markdown) by its file name."""
    catalogue = load_catalogue()
    found = {f"{detector.id}.md": detector_page(detector) for detector in catalogue.values()}
    rows = "".join(_index_row(detector) for detector in catalogue.values())
    columns = "| " + " | ".join(_COLUMNS) + " |\n" + "| --- " * len(_COLUMNS) + "|\n"
    return {"README.md": _HEAD + columns + rows + _types(), **found}


def detector_page(detector: Detector) -> str:
    """Return the page of a detector, Japanese first."""
    steps = "".join(
        f"{number}. {step.ja.strip()}\n   {step.en.strip()}\n"
        for number, step in enumerate(detector.playbook, start=1)
    )
    parts = [
        f"# {detector.title.ja} / {detector.title.en}\n",
        _facts(detector),
        "## 何を見るか / What it sees\n",
        _both(detector.description),
        _severities(detector),
        _strength(detector),
        _parameters(detector),
        _labels(detector),
        _codes(detector),
        "## 誤検出となりうる場合 / When this is a false alarm\n",
        _both(detector.false_positives),
        _exceptions(detector),
        "## 対応手順 / What to do\n",
        steps,
        _measured(detector),
        _evaded(detector),
        _examples(detector),
        "## 続きを調べる SQL / SQL to go on with\n",
        f"```sql\n{detector.evidence_query.strip()}\n```\n",
    ]
    return "\n".join(part for part in parts if part)


_LAWS = {
    "outsider": (
        "外から送られるもので検出が弱まる", "What anybody may send makes a finding less",
    ),
    "disguise": ("ヘッダーで検出が弱まる", "A header makes a finding less"),
    "spreading": (
        "多くのアドレスに分けると見つからない", "Spread over many addresses it is not found",
    ),
}  # fmt: skip


def _exceptions(detector: Detector) -> str:
    if not detector.exceptions:
        return ""
    told = "".join(
        f"- {_LAWS[one.law][0]}。{one.reason.ja.strip()}\n"
        f"  {_LAWS[one.law][1]}. {one.reason.en.strip()}\n"
        for one in detector.exceptions
    )
    return f"## 避けられる場合 / What escapes it\n\n{told}"


def _evaded(detector: Detector) -> str:
    if not detector.evaded:
        return ""
    rows = "".join(
        f"| {_cell(f'{one.act.ja} / {one.act.en}')} | {one.least} | {one.median} | {one.most} |\n"
        for one in detector.evaded
    )
    return (
        "## 気づかれずにできる量 / How much stays unnoticed\n\n"
        "`make evade` が、くじで作った会社で探した量です"
        "（どの検出器も「中」以上で示さなかった最大の n。450 は探した上限）。\n"
        "Sought by `make evade` in companies drawn by chance: the largest n that no detector"
        " reported at medium or above (450 is the most that was tried).\n\n"
        "| 行い / act | 最小の会社 / least | 中央 / median | 最大の会社 / most |\n"
        f"| --- | --- | --- | --- |\n{rows}"
    )


def _types() -> str:
    rows = "".join(f"| `{one}` | {' | '.join(_TYPES[one])} |\n" for one in EvidenceType)
    return (
        "\n## 根拠の型 / Types of evidence\n\n| 型 / type | 値 | value |\n| --- | --- | --- |\n"
        + rows
    )


def write(folder: Path = FOLDER) -> None:
    """Write the pages, and remove those of detectors that are gone."""
    folder.mkdir(parents=True, exist_ok=True)
    made = pages()
    for path in folder.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, text in made.items():
        (folder / name).write_text(text, encoding="utf-8")


def _both(text: Text) -> str:
    return f"{text.ja.strip()}\n\n{text.en.strip()}\n"


def _facts(detector: Detector) -> str:
    measures = "、".join(_MARKS[number - 1] for number in detector.measures)
    rows = [
        ("ID", f"`{detector.id}`"),
        ("区分 / category", _word("category", detector.category)),
        ("当事者 / actor", _actors(detector)),
        ("ふだんの重要度 / usual severity", _word("severity", detector.severity)),
        ("動作 / mode", f"`{detector.mode}`"),
        ("[安全管理措置](../findings.md) / security measures", measures),
    ]
    if detector.attack_ids:
        rows.append(("ATT&CK", ", ".join(_technique(one) for one in detector.attack_ids)))
    rests = detector.rests_on
    if rests.requires:
        rows.append(("[なくては働かない](../coverage.md) / blind without", _needs(rests.requires)))
    if rests.better_with:
        rows.append(
            ("[ないと一部だけ](../coverage.md) / finds less without", _needs(rests.better_with))
        )
    if detector.model:
        rows.append(("式 / formulas", f"[{detector.model}](../{detector.model})"))
    rows.append(("ファイル / files", f"[sql/detectors/{detector.id}]({_link(detector)})"))
    return "| | |\n| --- | --- |\n" + "".join(f"| {name} | {text} |\n" for name, text in rows)


def _needs(needs: Iterable[Need]) -> str:
    return ", ".join(" / ".join(f"`{one}`" for one in alternatives(need)) for need in needs)


_WITHOUT = (
    " 軽くする理由を除いたものが、見つけたときの重要度（`severity_found`）です。"
    " Without those that lower it, it is what was found (`severity_found`)."
)
_LOWERS = "*軽くする理由 / lowers:* "


def _severities(detector: Detector) -> str:
    rows = "".join(
        f"| {_word('severity', rule.severity)} | {_code(rule.when) if rule.when else _ELSE}"
        f" | {_LOWERS if rule.lowers else ''}{_cell(rule.reason.both) if rule.reason else ''} |\n"
        for rule in detector.severities
    )
    given = {rule.severity for rule in detector.severities}
    means = "".join(
        f"- {_word('severity', severity)}: {_word('severity_means', severity)}\n"
        for severity in Severity
        if severity in given
    )
    return (
        "## 重要度 / Severity\n\n上から見て、最初に当てはまるもの。The first that holds."
        f"{_WITHOUT if any(rule.lowers for rule in detector.severities) else ''}\n\n"
        "| 重要度 / severity | 条件 / when | 理由 / reason |\n| --- | --- | --- |\n"
        f"{rows}\n{means}"
    )


def _strength(detector: Detector) -> str:
    rows = "".join(
        f"| {_points(part)} | {_code(part.when) if part.when else _ALWAYS}"
        f" | {_cell(part.reason.both)} |\n"
        for part in detector.strength
    )
    return (
        "## 証拠の強さ / Strength of the evidence\n\n"
        f"足し合わせて {HIGHEST_STRENGTH} 点まで。Added up, {HIGHEST_STRENGTH} at most.\n\n"
        "| 点 / points | 条件 / when | 理由 / reason |\n| --- | --- | --- |\n" + rows
    )


def _points(part: StrengthPart) -> str:
    times = f" × {_code(part.times)}" if part.times else ""
    at_most = f" (≤ {part.at_most})" if part.at_most is not None else ""
    return f"{part.points}{times}{at_most}"


def _parameters(detector: Detector) -> str:
    if not detector.parameters:
        return ""
    rows = "".join(
        f"| `{name}` | {_value(one.value)} | {_cell(one.reason.both)} |\n"
        for name, one in detector.parameters.items()
    )
    return (
        "## 値とその理由 / Parameters and their reasons\n\n"
        "| 名前 / name | 値 / value | 理由 / reason |\n| --- | --- | --- |\n" + rows
    )


def _labels(detector: Detector) -> str:
    if not detector.evidence:
        return ""
    rows = "".join(
        f"| `{key}` | `{one.type}` | {_cell(one.ja)} | {_cell(one.en)} |\n"
        for key, one in sorted(detector.evidence.items())
    )
    return (
        "## この検出器だけの根拠 / Evidence of this detector alone\n\n"
        "| キー / key | 型 / type | 意味 | meaning |\n| --- | --- | --- | --- |\n" + rows
    )


def _codes(detector: Detector) -> str:
    given = emitted(detector.query)
    rows = "".join(
        f"| `{key}` | `{code}` | {_cell(ja)} | {_cell(en)} |\n"
        for key in sorted({"reason", *detector.codes})
        for code in sorted(detector.codes.get(key, {}).keys() | given.get(key, Emitted()).codes)
        for ja, en in [_words_of(detector, key, code)]
    )
    if not rows:
        return ""
    return (
        "## コードと言葉 / Codes and their words\n\n"
        "| 根拠 / evidence | コード / code | | |\n| --- | --- | --- | --- |\n" + rows
    )


def _words_of(detector: Detector, key: str, code: str) -> tuple[str, str]:
    text = detector.codes.get(key, {}).get(code)
    if text is not None:
        return text.ja, text.en
    ja, en = (str(sentences(language)[f"{key}.{code}"]) for language in ("ja", "en"))
    return ja, en


def _measured(detector: Detector) -> str:
    measured = detector.measured
    head = "## 実測 / Measured\n\n"
    if measured is None:
        return (
            f"{head}測定していません。評価に、この検出器のためのインシデントがないか、少なすぎるためです。\n"
            "Not measured: the evaluation has no incident made for it, or too few.\n"
        )
    recall = "".join(
        f"| 再現率 / recall, {level} | {share:.0%} |\n" for level, share in measured.recall.items()
    )
    precision = "–" if measured.precision is None else f"{measured.precision:.0%}"
    return (
        head + "| | |\n| --- | --- |\n"
        f"| 誤検出/日 / false alarms a day | {measured.false_alarms_a_day:.3f} |\n"
        f"| 適合率 / precision | {precision} |\n{recall}"
        f"| サイト・日数 / sites, days | {measured.sites}, {measured.days} |\n"
    )


def _examples(detector: Detector) -> str:
    titles = dict(zip(KINDS, ("鳴る / fires", "鳴らない / stays silent"), strict=True))
    rows = "".join(
        f"| {titles[kind]} | [`{path.name}`]({_link(detector)}/{path.name}) |"
        f" {_cell(_about(path))} |\n"
        for kind in KINDS
        for path in examples_of(detector, kind)
    )
    return (
        "## 例 / Examples\n\nテストはこれらを行の文字列から検出まで通します。"
        "Tests replay them from log text to finding.\n\n"
        "| | ファイル / file | 内容 / what |\n| --- | --- | --- |\n" + rows
    )


def _about(path: Path) -> str:
    """The comment that an example begins with."""
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("# "))
    return " ".join(lines)


def _index_row(detector: Detector) -> str:
    measured = detector.measured
    rate = f"{measured.false_alarms_a_day:.3f}" if measured else "測定なし / not measured"
    return (
        f"| [`{detector.id}`]({detector.id}.md) | {detector.title.ja} / {detector.title.en}"
        f" | {_word('category', detector.category)} | {_actors(detector)}"
        f" | `{detector.mode}` | {rate} |\n"
    )


def _actors(detector: Detector) -> str:
    return "、".join(_word("actor_kind", kind) for kind in detector.actors)


def _word(group: str, name: str) -> str:
    key = f"{group}.{name}"
    return f"{sentences('ja')[key]} / {sentences('en')[key]}"


def _technique(technique: str) -> str:
    return f"[{technique}]({_TECHNIQUE}{technique.replace('.', '/')}/)"


def _link(detector: Detector) -> str:
    return f"../../sql/detectors/{detector.id}"


def _value(value: Any) -> str:
    if isinstance(value, list | dict):
        text = yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10**6)
        return _code(text.strip())
    return _code(str(value))


def _code(text: str) -> str:
    shown = text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
    # Within a table a bar would end the cell even between code marks.
    shown = shown.replace("|", "\\|")
    return f"`` {shown} ``" if "`" in shown else f"`{shown}`"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
