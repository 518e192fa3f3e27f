"""Claims say what happened, in canonical JSON, signed by the key that they name."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import date
from fractions import Fraction

import numpy as np
import pytest
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kiaim_server.errors import ManifestError
from kiaim_server.model.attribute import Role
from kiaim_server.model.manifest import signed_bytes
from kiaim_server.report import build_claims, read_manifest, sign
from kiaim_server.report.plain import plain
from kiaim_server.store.keys import KeyStore
from tests.report.sample import (
    PLAN,
    SIZES_AFTER,
    blocked_facts,
    refused_facts,
    released_facts,
    unproven_facts,
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return KeyStore(tmp_path_factory.mktemp("keys"))


def test_claims_repeat_the_facts():
    claims = build_claims(released_facts())
    assert claims["levels"] == {"age": 1, "zip": 1, "sex": 0}
    loss = 0.3137130352819242
    assert claims["loss"] == {
        "measure": "loss",
        "value": loss,
        "optimal": True,
        "lower_bound": loss,
    }
    unproven = build_claims(unproven_facts())["loss"]
    assert (unproven["value"], unproven["optimal"], unproven["lower_bound"]) == (loss, False, 0.25)
    assert claims["hierarchies"]["age"]["level_names"] == ["year", "decade", "all"]
    assert claims["orders"] == {"diagnosis": ["mild", "severe"]}
    assert claims["output"]["suppressed"] == {"mode": "star", "records": 40}
    assert sum(size * n for size, n in claims["class_sizes"]) == SIZES_AFTER.sum()
    assert claims["clauses"][1] == {
        "measure": "reidentification-risk",
        "parameters": {"attacker": "prosecutor", "measure": "maximum"},
        "attribute": None,
        "at_least": None,
        "at_most": "0.2",
        "rules": ["gdpr-health-controlled-access/download"],
        "measured": 0.2,
        "met": True,
    }


def test_a_manifest_is_canonical_and_its_signature_covers_everything_else(keys):
    manifest = sign(build_claims(released_facts()), keys)
    document = read_manifest(manifest)
    assert rfc8785.dumps(json.loads(manifest)) == manifest
    assert document["signature"]["key_id"] == keys.key_id
    public = Ed25519PublicKey.from_public_bytes(
        base64.b64decode(document["signature"]["public_key"])
    )
    value = base64.b64decode(document["signature"]["value"])
    public.verify(value, signed_bytes(document))
    for key, other in (("created", "x"), ("seed", 8), ("clauses", []), ("attestations", [])):
        with pytest.raises(InvalidSignature):
            public.verify(value, signed_bytes({**document, key: other}))
    renamed = {**document["signature"], "key_id": "0" * 32}
    with pytest.raises(InvalidSignature):
        public.verify(value, signed_bytes({**document, "signature": renamed}))


def test_equal_facts_give_equal_manifests_apart_from_time_and_signature(keys):
    first = build_claims(released_facts())
    later = build_claims(replace(released_facts(), created="2026-12-01T00:00:00+00:00"))
    assert sign(first, keys) == sign(build_claims(released_facts()), keys)
    assert {**later, "created": first["created"]} == first


def test_the_context_is_claimed_by_digest_alone(keys):
    manifest = sign(build_claims(released_facts()), keys)
    assert b"sampling_fraction" not in manifest
    context = {**PLAN.context, "recipient.country": "FR"}
    other = replace(released_facts(), plan=replace(PLAN, context=context))
    first = build_claims(released_facts())["context_sha256"]
    assert build_claims(other)["context_sha256"] != first


def test_a_pseudonym_says_that_it_is_one():
    facts = released_facts()
    column = replace(facts.released.columns[0], role=Role.DIRECT, pseudonym=True)
    claims = build_claims(replace(facts, released=replace(facts.released, columns=(column,))))
    assert claims["output"]["columns"] == [{"name": "age", "role": "direct", "pseudonym": True}]


@pytest.mark.parametrize("facts", [refused_facts(), blocked_facts()])
def test_nothing_is_claimed_of_what_was_not_released(facts):
    with pytest.raises(ManifestError, match="nothing was released"):
        build_claims(facts)


def test_an_unmeasured_clause_cannot_be_claimed():
    facts = released_facts()
    finding = replace(facts.findings[0], measured=None, met=False)
    with pytest.raises(ManifestError, match=r"clauses\.0\.measured"):
        build_claims(replace(facts, findings=(finding,)))


def test_values_become_plain_and_exact():
    value = {
        "third": Fraction(1, 3),
        "day": date(2026, 11, 24),
        "set": {"b", "a"},
        "pair": (1, None, True),
        "role": Role.QUASI,
        "count": np.int64(3),
    }
    assert plain(value) == {
        "third": "1/3",
        "day": "2026-11-24",
        "set": ["a", "b"],
        "pair": [1, None, True],
        "role": "quasi",
        "count": 3,
    }
    with pytest.raises(TypeError, match="no form in JSON"):
        plain({"key": b"secret"})
