"""A release passes its audit and verifies; whatever is changed afterwards, it does not."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from kiaim_server.audit import Claims, audit_release, verify
from kiaim_server.errors import InputError, ManifestError, NotFoundError
from kiaim_server.model.manifest import MANIFEST_SCHEMA
from kiaim_server.report import sign
from kiaim_server.store.keys import KeyStore

ROWS = [f"30-39,8166*,{d}" for d in "xxyyz"] + [f"40-49,8166*,{d}" for d in "xyyzzz"] + ["*,*,x"]
TEXT = "age,zip,diagnosis\n" + "".join(f"{row}\n" for row in ROWS)


def _clause(measure, parameters, attribute, at_least, at_most, measured):
    return {
        "measure": measure,
        "parameters": parameters,
        "attribute": attribute,
        "at_least": at_least,
        "at_most": at_most,
        "rules": ["policy/rule"],
        "measured": measured,
        "met": True,
    }


def _claims(content=TEXT):
    return {
        "schema": MANIFEST_SCHEMA,
        "created": "2026-11-24T08:15:00+00:00",
        "software": "kiaim-server 0.1.0",
        "input": {"sha256": "0" * 64, "records": 12, "columns": 4},
        "output": {
            "sha256": hashlib.sha256(content.encode()).hexdigest(),
            "bytes": len(content),
            "format": "csv",
            "records": 12,
            "columns": [
                {"name": "age", "role": "quasi"},
                {"name": "zip", "role": "quasi"},
                {"name": "diagnosis", "role": "sensitive"},
            ],
            "suppressed": {"mode": "star", "records": 1},
        },
        "policies": [{"name": "policy", "version": "1.0.0", "digest": "1" * 64, "title": "P"}],
        "context_sha256": "2" * 64,
        "hierarchies": {"age": {"sha256": "3" * 64, "level_names": ["year", "decade"]}},
        "levels": {"age": 1, "zip": 1},
        "orders": {},
        "seed": 0,
        "loss": {"measure": "loss", "value": 0.25, "optimal": True, "lower_bound": 0.25},
        "class_sizes": [[5, 1], [6, 1]],
        "clauses": [
            _clause("k-anonymity", {}, None, "5", None, 5),
            _clause("l-diversity", {"variant": "distinct"}, "diagnosis", "3", None, 3),
            _clause("suppressed-records", {}, None, None, "10%", 1 / 12),
        ],
        "attestations": [],
        "plugins": [{"name": "transforms", "version": "0.1.0"}],
    }


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return KeyStore(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text(TEXT)
    return path


def _failed(verification):
    return {check.name for check in verification.checks if not check.ok}


def test_an_intact_release_verifies(data, keys):
    verification = verify(sign(_claims(), keys), data, keys.public_pem())
    assert verification.ok, verification.checks
    assert verification.authenticated
    assert verification.key_id == keys.key_id
    names = [check.name for check in verification.checks]
    assert names[:4] == ["structure", "signature", "file", "shape"]
    assert names[4] == "k-anonymity at least 5"
    assert len(names) == 7


def test_without_a_key_the_signer_is_not_authenticated(data, keys, tmp_path):
    path = tmp_path / "manifest.json"
    path.write_bytes(sign(_claims(), keys))
    verification = verify(path, data)
    assert verification.ok
    assert not verification.authenticated
    detail = next(c.detail for c in verification.checks if c.name == "signature")
    assert "not authenticated" in detail
    assert keys.key_id in detail


def test_the_manifest_may_be_laid_out_otherwise(data, keys):
    pretty = json.dumps(json.loads(sign(_claims(), keys)), indent=2).encode()
    assert verify(pretty, data, keys.public_key).ok


@pytest.mark.parametrize(
    ("mutate", "clauses_fail"),
    [
        (lambda text: text.replace("30-39,8166*,z", "30-39,8166*,x"), True),  # a sensitive cell
        (lambda text: text.replace("30-39", "35", 1), True),  # a quasi-identifier
        (lambda text: text.replace("*,*,x\n", "30-39,8166*,x\n"), False),  # a record unsuppressed
        (lambda text: text.replace("*,*,x", "40-49,*,x"), True),
        (lambda text: text[: text.rindex("40-49")], False),  # truncated
        (lambda text: text.replace("40-49,8166*,z\n", "", 1), False),  # a record dropped
        (lambda text: text + "40-49,8166*,z\n", False),  # a record added
        (
            lambda text: text.replace("\n", ",more\n"),  # a column added
            False,
        ),
        (lambda text: text.replace("age,zip", "zip,age"), False),  # names exchanged
        (lambda text: "", True),
        (lambda text: text[:-3], True),  # cut within a record
    ],
)
def test_a_changed_file_does_not_verify(data, keys, mutate, clauses_fail):
    manifest = sign(_claims(), keys)
    changed = mutate(TEXT)
    assert changed != TEXT
    data.write_text(changed)
    failed = _failed(verify(manifest, data, keys.public_key))
    assert "file" in failed
    if clauses_fail:
        assert failed & {
            "k-anonymity at least 5",
            "l-diversity(variant=distinct, diagnosis) at least 3",
        }


@pytest.mark.parametrize(
    ("mutate", "expected"),
    [
        (lambda text: text.replace("30-39", "35", 1), "k-anonymity at least 5"),
        (lambda text: text.replace("*,*,x\n", "30-39,8166*,x\n"), "shape"),
        (lambda text: text.replace("40-49,8166*,z\n", "", 1), "shape"),
        (lambda text: text.replace("\n", ",more\n"), "shape"),
        (lambda text: text.replace("age,zip", "zip,age"), "shape"),
        (lambda text: text.replace("30-39,8166*,z", "30-39,8166*,x"), "l-diversity"),
    ],
)
def test_a_false_claim_is_found_even_if_it_is_signed(data, keys, mutate, expected):
    """Whoever has the key can sign anything; the recount does not believe the manifest."""
    changed = mutate(TEXT)
    data.write_text(changed)
    failed = _failed(verify(sign(_claims(changed), keys), data, keys.public_key))
    assert not failed & {"structure", "signature", "file"}
    assert any(name.startswith(expected) for name in failed)


def _changed(**parts):
    return {**_claims(), **parts}


@pytest.mark.parametrize(
    "claims",
    [
        _changed(class_sizes=[[5, 1], [7, 1]]),
        _changed(input={"sha256": "0" * 64, "records": 13, "columns": 4}),
        _changed(output={**_claims()["output"], "records": 11}),
        _changed(output={**_claims()["output"], "suppressed": {"mode": "star", "records": 0}}),
        _changed(output={**_claims()["output"], "suppressed": {"mode": "drop", "records": 1}}),
        _changed(
            output={
                **_claims()["output"],
                "columns": [
                    *_claims()["output"]["columns"][:2],
                    {"name": "diagnosis", "role": "direct"},
                ],
            }
        ),
    ],
)
def test_a_false_shape_is_found_even_if_it_is_signed(data, keys, claims):
    assert "shape" in _failed(verify(sign(claims, keys), data, keys.public_key))


def test_a_direct_identifier_may_be_there_as_a_pseudonym_that_says_so(data, keys):
    output = _claims()["output"]
    columns = [*output["columns"][:2], {"name": "diagnosis", "role": "direct", "pseudonym": True}]
    claims = _changed(output={**output, "columns": columns})
    assert verify(sign(claims, keys), data, keys.public_key).ok


def test_a_manifest_of_before_there_were_bounds_verifies(data, keys):
    claims = _claims()
    del claims["loss"]["optimal"], claims["loss"]["lower_bound"]
    assert verify(sign(claims, keys), data).ok


@pytest.mark.parametrize("measured", [4, 6])
def test_a_measured_value_must_be_the_claimed_one(data, keys, measured):
    claims = _claims()
    claims["clauses"][0]["measured"] = measured
    assert _failed(verify(sign(claims, keys), data)) == {"k-anonymity at least 5"}


def test_a_third_partys_clause_needs_its_model(data, keys):
    claims = _claims()
    claims["clauses"].append(_clause("largest-class", {}, None, None, "6", 6))
    manifest = sign(claims, keys)
    assert _failed(verify(manifest, data)) == {"largest-class at most 6"}
    models = {"largest-class": lambda clause, classes, tree: float(classes.sizes.max())}
    assert verify(manifest, data, models=models).ok


@pytest.mark.parametrize(
    "change",
    [
        lambda m: m["clauses"][0].update(at_least="4"),
        lambda m: m["clauses"].pop(),
        lambda m: m["output"].update(sha256="f" * 64),
        lambda m: m.update(created="2026-11-25T08:15:00+00:00"),
        lambda m: m["levels"].update(age=0),
        lambda m: m["policies"][0].update(version="1.0.1"),
        lambda m: m["signature"].update(value="A" * 86 + "=="),
        lambda m: m["signature"].update(value="not base64"),
        lambda m: m["signature"].update(key_id="f" * 32),
    ],
)
def test_a_changed_manifest_does_not_verify(data, keys, change):
    manifest = json.loads(sign(_claims(), keys))
    change(manifest)
    for key in (keys.public_key, None):
        assert "signature" in _failed(verify(json.dumps(manifest).encode(), data, key))


def test_another_key_does_not_verify(data, keys, tmp_path):
    other = KeyStore(tmp_path)
    verification = verify(sign(_claims(), other), data, keys.public_pem())
    assert _failed(verification) == {"signature"}
    forged = json.loads(sign(_claims(), other))
    forged["signature"] |= json.loads(sign(_claims(), keys))["signature"] | {
        "value": forged["signature"]["value"]
    }
    assert _failed(verify(json.dumps(forged).encode(), data)) == {"signature"}


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "signature: Missing"),
        (b'{"a": 1, "a": 2}', "key twice"),
        (b'{"a": NaN}', "NaN"),
    ],
)
def test_what_is_no_manifest_is_an_error(data, manifest, said):
    with pytest.raises(ManifestError, match=said):
        verify(manifest, data)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda m: m.update(more=1), "more: Unknown"),
        (lambda m: m.pop("clauses"), "clauses: Missing"),
        (lambda m: m["clauses"][0].update(at_least=None), "neither at_least nor at_most"),
        (lambda m: m["clauses"][0].update(at_least="five"), "clauses.0.at_least"),
        (lambda m: m["output"].update(records="12"), "output.records"),
        (lambda m: m["output"]["columns"][0].update(role="quasy"), "output.columns.0.role"),
        (lambda m: m.update(schema="kiaim/manifest/v2"), "schema"),
        (lambda m: m["signature"].update(algorithm="none"), "signature.algorithm"),
        (lambda m: m["orders"].update(diagnosis="odd"), "orders.diagnosis"),
        (lambda m: m["loss"].pop("optimal"), "only one of optimal and lower_bound"),
        (lambda m: m["loss"].update(optimal=False, lower_bound=9e9), "bound is above the loss"),
        (lambda m: m["loss"].update(lower_bound=-1), "lower bound is not the loss"),
    ],
)
def test_a_manifest_of_broken_structure_is_an_error_that_names_the_key(data, keys, change, said):
    manifest = json.loads(sign(_claims(), keys))
    change(manifest)
    with pytest.raises(ManifestError, match=said):
        verify(json.dumps(manifest).encode(), data)


def test_files_that_are_not_there_are_named(data, keys, tmp_path):
    with pytest.raises(NotFoundError, match=r"nowhere\.csv"):
        verify(sign(_claims(), keys), tmp_path / "nowhere.csv")
    with pytest.raises(NotFoundError, match=r"nowhere\.json"):
        verify(tmp_path / "nowhere.json", data)


def test_a_key_that_is_no_key_is_an_error(data, keys):
    with pytest.raises(InputError, match="Ed25519"):
        verify(sign(_claims(), keys), data, b"-----BEGIN NONSENSE-----")


def test_no_check_shows_a_cell(data, keys):
    data.write_text(TEXT.replace("30-39,8166*,z", "30-39,8166*,SECRET"))
    for check in verify(sign(_claims(), keys), data).checks:
        assert "SECRET" not in check.detail
        assert "8166" not in check.detail


def test_an_audit_of_an_unreadable_file_fails_in_every_clause(data):
    claims = Claims.from_manifest(_claims())
    assert audit_release(data, claims).passed
    data.write_text("age,zip,diagnosis\n1\n")
    audit = audit_release(data, claims)
    assert not audit.passed
    assert audit.recounted is None
    assert not any(finding.met for finding in audit.findings)
    assert "could not be recounted" in audit.mismatches[0]


def test_dropped_records_are_counted_against_the_input(data):
    kept = TEXT.removesuffix("*,*,x\n")
    data.write_text(kept)
    claims = replace(Claims.from_manifest(_claims(kept)), mode="drop", records=11)
    assert audit_release(data, claims).passed
    wrong = audit_release(data, replace(claims, suppressed=0))
    assert wrong.mismatches == (
        "11 records in the file and 0 dropped ones do not make up the 12 records that were put in.",
    )
