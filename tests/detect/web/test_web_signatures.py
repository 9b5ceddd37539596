"""Every signature: its example matches and passes the prefilter, its near miss does not."""

from pathlib import Path

import polars as pl
import pytest
import yaml

from pipelines.detect.catalogue import load_catalogue
from pipelines.detect.web.match import hits_in
from pipelines.detect.web.prefilter import suspicious
from pipelines.detect.web.signatures import Family, Place, Signature, example_uri, load_families
from pipelines.errors import MimamoriError

_SIGNATURES = [
    pytest.param(family.targets_of(one), one, family.family, id=f"{family.family}-{one.id}")
    for family in load_families().values()
    for one in family.signatures
    if one.example
]

_FAMILY = {"family": "x", "checked_on": "2026-11-24", "about": "x", "targets": ["query"]}
_SIGNATURE = {"id": "a", "weight": 5, "why": "x", "example": "b", "near_miss": "c"}


def _texts(targets: tuple[Place, ...], text: str) -> list[tuple[Place, str]]:
    """Where the parts of an example stand."""
    if not {Place.PATH, Place.QUERY} & set(targets):
        return [(targets[0], text)]
    path, _, query = example_uri(text, targets).partition("?")
    return [(Place.PATH, path), *([(Place.QUERY, query)] if query else [])]


def _matched(targets: tuple[Place, ...], text: str, family: str, signature: Signature) -> bool:
    return any(
        (hit.family, hit.signature) == (family, signature.id)
        for place, part in _texts(targets, text)
        for hit in hits_in(place, part)
    )


@pytest.mark.parametrize(("targets", "signature", "family"), _SIGNATURES)
def test_a_signature_matches_its_example_and_not_its_near_miss(
    targets: tuple[Place, ...], signature: Signature, family: str
) -> None:
    """The two texts that explain a signature are true."""
    assert _matched(targets, signature.example, family, signature)
    assert not _matched(targets, signature.near_miss, family, signature)


@pytest.mark.parametrize(("targets", "signature", "family"), _SIGNATURES)
def test_the_prefilter_passes_what_a_signature_matches(
    targets: tuple[Place, ...], signature: Signature, family: str
) -> None:
    """As the example has it, percent-encoded throughout, and in upper case, which base64 is not."""

    def hits(place: Place, part: str) -> bool:
        found = {(hit.family, hit.signature) for hit in hits_in(place, part)}
        return (family, signature.id) in found

    matched = [
        (place, part) for place, part in _texts(targets, signature.example) if hits(place, part)
    ]
    assert matched
    for place, part in matched:
        encoded = "".join(f"%{byte:02X}" for byte in part.encode())
        upper = part.upper().replace("%5CX", "%5Cx")
        logged = [part, encoded, *([upper] if hits(place, upper) else [])]
        assert suspicious(place, pl.Series(logged)).all()


def test_every_family_is_a_detector() -> None:
    """Each family of signatures has a detector of its name among the web attacks."""
    detectors = load_catalogue()
    assert {detectors[name].category for name in load_families()} == {"web_attack"}


def test_words_of_a_list_stand_for_its_name_in_patterns_and_literals() -> None:
    """Each word is taken as it is written: its points are no wildcards."""
    family = Family.model_validate(
        {**_FAMILY, "words": {"names": ["a.b", "cd"]},
         "signatures": [{**_SIGNATURE, "pattern": "^<<names>>$", "literals": ["<<names>>"]}]}
    )  # fmt: skip
    assert family.signatures[0].pattern == r"^(?:a\.b|cd)$"
    assert family.signatures[0].literals == ("a.b", "cd")


def test_a_list_of_words_that_does_not_exist_is_named() -> None:
    """The message says which."""
    with pytest.raises(ValueError, match="no list of words 'names'"):
        Family.model_validate({**_FAMILY, "signatures": [{**_SIGNATURE, "pattern": "<<names>>"}]})


def test_a_wrong_signature_is_named_with_its_file_and_key(tmp_path: Path) -> None:
    """A pattern that needs look-ahead is none of RE2's, and the message says where it stands."""
    values = {**_FAMILY, "signatures": [{**_SIGNATURE, "pattern": "(?=a)b"}]}
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "signatures.yaml").write_text(yaml.safe_dump(values), encoding="utf-8")
    with pytest.raises(
        MimamoriError, match=r"x/signatures\.yaml: signatures\.0\.pattern: .*no pattern of RE2"
    ):
        load_families(tmp_path)
