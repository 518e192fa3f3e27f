"""What only the evidence shows is counted with it, and not claimed to be counted without it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from kiaim_server.audit import verify
from kiaim_server.errors import ManifestError, NotFoundError
from kiaim_server.model.evidence import evidence_columns
from kiaim_server.report import sign
from kiaim_server.store.keys import KeyStore
from tests.audit.test_verification import _claims, _clause

#: Two classes of three records; two persons in each, one of them in both.
TEXT = (
    "age,zip,diagnosis\n"
    + "".join(f"{row}\n" for row in ("a,1,x", "a,1,x", "a,1,y"))
    + ("b,1,x\nb,1,y\nb,1,y\n")
)
PERSONS = [0, 0, 1, 1, 2, 2]
#: Outside the file there are three more with the first class, one with the second, and others.
GROUPS = [(3, 0, "a", "1"), (1, 0, "b", "1"), (2, 1, "c", "1")]


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> KeyStore:
    return KeyStore(tmp_path_factory.mktemp("keys"))


def _evidence(path: Path, persons=PERSONS, groups=GROUPS) -> Path:
    n, m = len(persons), len(groups)
    outside, suppressed, age, zip_ = zip(*groups, strict=True) if groups else ((), (), (), ())
    columns = [
        pa.array([*persons, *[None] * m], pa.int64()),
        pa.array([*[None] * n, *outside], pa.int64()),
        pa.array([*[None] * n, *suppressed], pa.int64()),
        pa.array([*[None] * n, *age], pa.string()),
        pa.array([*[None] * n, *zip_], pa.string()),
    ]
    pq.write_table(pa.table(columns, names=list(evidence_columns(("age", "zip")))), path)
    return path


@pytest.fixture
def release(tmp_path: Path, keys: KeyStore):
    """A manifest, its data and its evidence; keyword arguments replace claims."""
    data, evidence = tmp_path / "data.csv", _evidence(tmp_path / "evidence.parquet")
    data.write_text(TEXT)

    def make(**changes) -> tuple[bytes, Path, Path]:
        claims = _claims(TEXT) | {
            "input": {"sha256": "0" * 64, "records": 20, "columns": 5},
            "persons": {"column": "patient", "in_file": 3, "class_sizes": [[2, 2]]},
            "subset": {"column": "study", "records": 7, "population": True},
            "evidence": {
                "sha256": hashlib.sha256(evidence.read_bytes()).hexdigest(),
                "bytes": evidence.stat().st_size,
            },
            "class_sizes": [[3, 2]],
            "clauses": [
                _clause("k-anonymity", {}, None, "2", None, 2),
                _clause("k-map", {}, None, "3", None, 3),
                _clause("delta-presence", {}, None, None, "2/3", 2 / 3),
                _clause("l-diversity", {"variant": "entropy"}, "diagnosis", "2", None, 2),
                _clause("suppressed-records", {}, None, None, "20%", 1 / 7),
            ],
        }
        output = claims["output"] | {"records": 6, "suppressed": {"mode": "drop", "records": 1}}
        claims |= {"output": output}
        claims = {k: v for k, v in (claims | changes).items() if v is not None}
        return sign(claims, keys), data, evidence

    return make


def _states(found) -> dict[str, tuple[bool, bool]]:
    return {c.name.split(" ")[0].split("(")[0]: (c.ok, c.counted) for c in found.checks}


def test_with_evidence_everything_is_counted(release, keys) -> None:
    manifest, data, evidence = release()
    found = verify(manifest, data, keys.public_key, evidence=evidence)
    failed = [c for c in found.checks if not c.ok]
    assert failed == []
    assert found.verdict == "verified"
    assert found.ok


def test_without_evidence_the_file_is_checked_and_the_rest_is_open(release, keys) -> None:
    manifest, data, _ = release()
    found = verify(manifest, data, keys.public_key)
    assert found.verdict == "incomplete"
    assert not found.ok
    states = _states(found)
    for name in ("signature", "file", "shape", "suppressed-records"):
        assert states[name] == (True, True)
    for name in ("evidence", "k-anonymity", "k-map", "delta-presence", "l-diversity"):
        assert states[name] == (False, False)
    details = " ".join(c.detail for c in found.checks)
    assert "whose records these are cannot be seen in the file" in details


def test_without_person_key_only_the_population_is_open(release, keys) -> None:
    manifest, data, _ = release(persons=None)
    states = _states(verify(manifest, data, keys.public_key))
    assert states["k-anonymity"][1]
    assert states["k-map"] == states["delta-presence"] == (False, False)


def test_persons_that_the_file_shows_are_counted_without_evidence(release, keys, tmp_path) -> None:
    text = "age,zip,diagnosis,who\n" + "".join(
        f"{line},{'pqr'[person]}\n"
        for line, person in zip(TEXT.splitlines()[1:], PERSONS, strict=True)
    )
    data = tmp_path / "shown.csv"
    data.write_text(text)
    output = _claims(text)["output"] | {
        "records": 6,
        "suppressed": {"mode": "drop", "records": 1},
    }
    output["columns"] = [*output["columns"], {"name": "who", "role": "direct", "pseudonym": True}]
    shown = {"column": "patient", "shown_in": "who", "in_file": 3, "class_sizes": [[2, 2]]}
    claims = {
        "output": output,
        "persons": shown,
        "subset": None,
        "evidence": None,
        "input": {"sha256": "0" * 64, "records": 7, "columns": 5},
        "clauses": [_clause("k-anonymity", {}, None, "2", None, 2)],
    }
    manifest, *_ = release(**claims)
    found = verify(manifest, data, keys.public_key)
    assert found.verdict == "verified", [c for c in found.checks if not c.ok]
    for wrong in ({"in_file": 2}, {"class_sizes": [[3, 2]]}, {"shown_in": "patient"}):
        manifest, *_ = release(**claims | {"persons": shown | wrong})
        assert _states(verify(manifest, data, keys.public_key))["shape"] == (False, True)


def test_a_broken_file_is_a_failure_even_without_evidence(release, keys) -> None:
    manifest, data, _ = release()
    data.write_text(TEXT.replace("a,1,x", "b,1,x", 1))
    assert verify(manifest, data, keys.public_key).verdict == "failed"


@pytest.mark.parametrize(
    "other",
    [
        {"persons": [0, 0, 1, 2, 3, 3]},
        {"persons": [0, 0, 0, 1, 2, 2]},
        {"persons": PERSONS[:5]},
        {"groups": [(9, 0, "a", "1"), *GROUPS[1:]]},
        {"groups": GROUPS[:2]},
    ],
    ids=["a person more", "a person less", "a record less", "more others", "a group less"],
)
def test_other_evidence_is_noticed_and_nothing_is_counted_by_it(release, keys, other) -> None:
    manifest, data, evidence = release()
    _evidence(evidence, **other)
    found = verify(manifest, data, keys.public_key, evidence=evidence)
    assert found.verdict == "failed"
    states = _states(found)
    assert states["evidence"] == (False, True)
    assert states["k-anonymity"] == states["k-map"] == (False, False)


@pytest.mark.parametrize("content", [b"", b"PAR1", TEXT.encode()])
def test_a_file_that_is_no_evidence_fails(release, keys, content) -> None:
    manifest, data, evidence = release()
    evidence.write_bytes(content)
    found = verify(manifest, data, keys.public_key, evidence=evidence)
    assert _states(found)["evidence"] == (False, True)
    assert found.verdict == "failed"


@pytest.mark.parametrize(
    ("claim", "broken"),
    [
        ({"persons": {"column": "patient", "in_file": 4, "class_sizes": [[2, 2]]}}, "evidence"),
        ({"persons": {"column": "patient", "in_file": 3, "class_sizes": [[3, 2]]}}, "evidence"),
        ({"clauses": [_clause("k-anonymity", {}, None, "3", None, 3)]}, "k-anonymity"),
        ({"clauses": [_clause("k-map", {}, None, "4", None, 4)]}, "k-map"),
        ({"clauses": [_clause("delta-presence", {}, None, None, "1/2", 0.5)]}, "delta-presence"),
        ({"clauses": [_clause("delta-presence", {}, None, "1/2", None, 0.5)]}, "delta-presence"),
        ({"subset": {"column": "study", "records": 8, "population": True}}, "shape"),
        ({"subset": {"column": "study", "records": 30, "population": True}}, "shape"),
    ],
)
def test_a_claim_that_the_evidence_does_not_bear_out_fails(release, keys, claim, broken) -> None:
    manifest, data, evidence = release(**claim)
    found = verify(manifest, data, keys.public_key, evidence=evidence)
    assert _states(found)[broken] == (False, True)
    assert found.verdict == "failed"


@pytest.mark.parametrize(("records", "verdict"), [(13, "verified"), (14, "failed")])
def test_the_population_is_all_that_was_put_in(release, keys, tmp_path, records, verdict) -> None:
    _, data, evidence = release()
    _evidence(evidence, persons=[])
    digest = hashlib.sha256(evidence.read_bytes()).hexdigest()
    manifest, *_ = release(
        persons=None,
        evidence={"sha256": digest, "bytes": evidence.stat().st_size},
        input={"sha256": "0" * 64, "records": records, "columns": 5},
        clauses=[_clause("k-map", {}, None, "4", None, 4)],
    )
    found = verify(manifest, data, keys.public_key, evidence=evidence)
    assert found.verdict == verdict, [c for c in found.checks if not c.ok]


def test_signed_evidence_that_cannot_be_counted_with_fails(release, keys) -> None:
    _, data, evidence = release()
    _evidence(evidence, persons=PERSONS[:5])
    digest = hashlib.sha256(evidence.read_bytes()).hexdigest()
    manifest, *_ = release(evidence={"sha256": digest, "bytes": evidence.stat().st_size})
    found = verify(manifest, data, keys.public_key, evidence=evidence)
    assert found.verdict == "failed"
    assert _states(found)["evidence"] == (False, True)
    assert _states(found)["k-anonymity"] == (False, False)


def test_evidence_that_the_manifest_does_not_know_fails(release, keys) -> None:
    manifest, data, evidence = release(
        persons=None,
        subset=None,
        evidence=None,
        input={"sha256": "0" * 64, "records": 7, "columns": 5},
        clauses=[_clause("k-anonymity", {}, None, "3", None, 3)],
    )
    assert verify(manifest, data, keys.public_key).verdict == "verified"
    found = verify(manifest, data, keys.public_key, evidence=evidence)
    assert _states(found)["evidence"] == (False, True)


def test_no_file_is_an_error(release, keys, tmp_path) -> None:
    manifest, data, _ = release()
    with pytest.raises(NotFoundError, match="none"):
        verify(manifest, data, keys.public_key, evidence=tmp_path / "none")


@pytest.mark.parametrize(
    "change",
    [
        {"evidence": None},
        {"persons": None, "subset": None},
        {"persons": {"column": "patient", "in_file": 3}},
        {
            "persons": {
                "column": "patient",
                "shown_in": "age",
                "in_file": 3,
                "class_sizes": [[2, 2]],
            },
            "subset": None,
        },
        {"subset": {"column": "study", "records": 7}},
        {"evidence": {"sha256": "x", "bytes": 1}},
    ],
)
def test_a_manifest_says_all_or_nothing_of_it(release, change) -> None:
    with pytest.raises(ManifestError):
        release(**change)
