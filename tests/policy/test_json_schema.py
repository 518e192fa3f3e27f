# ruff: noqa: E501 - a table of texts
"""The JSON Schemas: current, complete, and never stricter than the linter."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import marshmallow as ma
import pytest
from marshmallow import fields, validate

from kiaim_server.hierarchy.shipped import shipped_names
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model import bounds
from kiaim_server.policy import PolicyLibrary, lint_text
from kiaim_server.policy.editing import as_text, cases_schema, policy_schema
from kiaim_server.policy.json_schema import Generator
from kiaim_server.policy.measures import OWN_MEASURES
from kiaim_server.policy.source import plain, read_file, read_source
from tests.policy.conftest import HEAD

FOLDER = Path(str(resources.files("kiaim_policies")))
GUIDE = (Path(__file__).parents[2] / "docs" / "policies.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL)

Json = dict[str, Any]


@pytest.fixture(scope="module")
def installed() -> PolicyLibrary:
    return PolicyLibrary.load(PluginHost.load())


@pytest.fixture(scope="module")
def schemas(installed: PolicyLibrary) -> dict[str, Json]:
    return {
        "policy-v1": policy_schema(installed.host, shipped_names()),
        "policy-test-v1": cases_schema(installed.host),
    }


def faults(schema: Json, text: str) -> list[str]:
    """Where a text departs from a schema."""
    root = read_source(text, "own.policy.yaml").root
    assert root is not None
    found = jsonschema.Draft7Validator(schema).iter_errors(plain(root))
    return ["/".join(map(str, error.absolute_path)) for error in found]


@pytest.mark.parametrize("name", ["policy-v1", "policy-test-v1"])
def test_the_shipped_schemas_are_current(name: str, schemas: dict[str, Json]) -> None:
    """Make them anew with ``kiaim policy schema [--cases] -o policies/NAME.schema.json``."""
    shipped = (FOLDER / f"{name}.schema.json").read_text(encoding="utf-8")
    assert shipped == as_text(schemas[name]), f"policies/{name}.schema.json is not current"
    jsonschema.Draft7Validator.check_schema(json.loads(shipped))


def properties(node: Any, path: str = "") -> Iterator[tuple[str, Json]]:
    if isinstance(node, dict):
        for key, value in node.get("properties", {}).items():
            yield f"{path}/{key}", value
        for key, value in node.items():
            yield from properties(value, f"{path}/{key}")
    elif isinstance(node, list):
        for i, value in enumerate(node):
            yield from properties(value, f"{path}/{i}")


@pytest.mark.parametrize("name", ["policy-v1", "policy-test-v1"])
def test_every_key_is_described(name: str, schemas: dict[str, Json]) -> None:
    # Empty and constant ones only repeat, for editors, what is described elsewhere.
    silent = [
        path
        for path, value in properties(schemas[name])
        if value and "const" not in value and not value.get("description")
    ]
    assert silent == []


def test_every_shipped_file_and_every_example_fits(schemas: dict[str, Json]) -> None:
    for path in sorted(FOLDER.glob("*.yaml")):
        name = "policy-test-v1" if path.name.endswith(".test.yaml") else "policy-v1"
        root = read_file(path).root
        assert root is not None
        jsonschema.validate(plain(root), schemas[name], jsonschema.Draft7Validator)
    assert faults(schemas["policy-v1"], BLOCKS[0]) == []


def test_editors_are_offered_what_is_installed(
    installed: PolicyLibrary, schemas: dict[str, Json]
) -> None:
    rule = schemas["policy-v1"]["properties"]["rules"]["items"]["properties"]
    models = rule["require"]["items"]["properties"]
    assert set(models) == {*installed.host.classes["privacy model"], *OWN_MEASURES}
    assert set(models["reidentification-risk"]["properties"]) == {"attacker", "measure", "at_most"}
    assert "columns" in models["l-diversity"]["properties"]
    apply = rule["transform"]["items"]["properties"]["apply"]
    assert apply["enum"] == sorted(installed.host.classes["transform"])
    classify = schemas["policy-v1"]["properties"]["classify"]["items"]["properties"]
    detectors = classify["detects"]["items"]["enum"]
    assert detectors == sorted(installed.host.classes["detector"])
    hierarchies = schemas["policy-v1"]["properties"]["hierarchies"]["items"]["properties"]
    assert set(hierarchies["build"]["properties"]) == set(
        installed.host.classes["hierarchy builder"]
    )
    assert hierarchies["use"]["enum"] == sorted(shipped_names())
    objective = schemas["policy-v1"]["properties"]["objective"]
    assert set(objective["properties"]["loss"]["enum"]) == set(
        installed.host.classes["loss measure"]
    )


RULE = "rules:\n  - id: r\n    because: x\n    cite: src\n"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("rulez: []\n", ""),
        ("summary: 3\n", "summary"),
        ("summary: {fr: x}\n", "summary"),
        ("language: fr\n", "language"),
        ("extends: [parent]\n", "extends/0"),
        ('effective: {from: "2026-13-01"}\n', "effective/from"),
        ("applies: []\n", "applies"),
        ("parameters: {k: {type: int, default: 3}}\n", "parameters/k/type"),
        ("classify:\n  - {id: c, names: ['*'], as: direct, because: x}\n", "classify/0/names/0"),
        ("classify:\n  - {id: c, names: [a], as: directt, because: x}\n", "classify/0/as"),
        ("classify:\n  - {id: c, detects: [emial], as: direct, because: x}\n", "classify/0/detects/0"),
        (RULE + "    decide: deny\n", "rules/0/decide"),
        (RULE + "    wen: x\n", "rules/0"),
        (RULE + "    require: [{k-anonimity: {at_least: 5}}]\n", "rules/0/require/0"),
        (RULE + "    require: [{k-anonymity: {at_least: 1}}]\n", "rules/0/require/0/k-anonymity/at_least"),
        (RULE + "    require: [{k-anonymity: {at_least: 5.5}}]\n", "rules/0/require/0/k-anonymity/at_least"),
        (RULE + "    require: [{k-anonymity: {}}]\n", "rules/0/require/0/k-anonymity"),
        (RULE + "    require: [{k-anonymity: {at_least: 5}, k-map: {at_least: 5}}]\n", "rules/0/require/0"),
        (RULE + "    require: [{reidentification-risk: {attacker: thief, measure: maximum, at_most: 9%}}]\n", "rules/0/require/0/reidentification-risk/attacker"),
        (RULE + "    transform: [{columns: column.special_category, apply: remov}]\n", "rules/0/transform/0/apply"),
        (RULE + "    transform: [{columns: column.special_category, apply: generalise}]\n", "rules/0/transform/0"),
        (RULE + "    transform: [{columns: column.special_category, apply: remove, to: 3}]\n", "rules/0/transform/0"),
        ("hierarchies:\n  - {id: h, build: {datez: {}}}\n", "hierarchies/0/build"),
        ("hierarchies:\n  - {id: h, use: nowhere}\n", "hierarchies/0/use"),
        ("objective: {loss: losss}\n", "objective/loss"),
        ("objective: {gs_facter: 1}\n", "objective"),
        ("objective: {loss: height, gs_factor: 1}\n", "objective"),
        ("objective: {weights: {'[a]': 1}}\n", "objective/weights"),
    ],
)  # fmt: skip
def test_structural_faults_are_seen_while_one_types(
    body: str, where: str, schemas: dict[str, Json], installed: PolicyLibrary
) -> None:
    assert where in faults(schemas["policy-v1"], HEAD + body)
    assert any(d.severity == "error" for d in lint_text(HEAD + body, "own.policy.yaml", installed))


@pytest.mark.parametrize(
    "body",
    [
        "owner: x\n",
        "summary: {en: A, de: B}\nlanguage: [en, de]\n",
        "parameters: {k: {type: integer, default: 3, stricter: higher}}\n"
        + RULE
        + "    require:\n      - k-anonymity: {at_least: params.k}\n"
        "      - reidentification-risk: {attacker: prosecutor, measure: maximum, at_most: 1/11}\n",
        RULE + "    require: [{t-closeness: {variant: ordered, at_most: 20%, order: [a, b]}}]\n",
        RULE + "    require: [{t-closeness: {variant: ordered, at_most: 0.2, order: numeric}}]\n",
        RULE + "    transform: [{columns: column.name = 'age', apply: top-code, above: 89, label: 90+}]\n",
        RULE + "    transform: [{columns: column.name = 'age', apply: generalise, to: bands, unit: 5}]\n",
        "hierarchies:\n  - {id: h, build: {intervals: {bounds: [[18, 40], [18]]}}}\n",
        "hierarchies:\n  - {id: h, build: {order: {groups: [[{label: a, values: [1, x]}]]}}}\n",
        "objective: {gs_factor: 1/2, weights: {age: 2, '*_date': 1/2}, recoding: local}\n",
    ],
)  # fmt: skip
def test_what_the_linter_accepts_fits(
    body: str, schemas: dict[str, Json], installed: PolicyLibrary
) -> None:
    found = lint_text(HEAD + body, "own.policy.yaml", installed)
    assert [d for d in found if d.severity == "error"] == []
    assert faults(schemas["policy-v1"], HEAD + body) == []


class _Odd(fields.Field[Any]):
    """A field of a plugin that the generator knows nothing of."""


class _Sample(ma.Schema):
    flag = fields.Boolean(load_default=True)
    count = fields.Integer(required=True)
    share = fields.Float(allow_none=True)
    two = fields.List(fields.String(), validate=validate.Length(equal=2))
    odd = _Odd()
    bound = bounds.Bound(above=0, at_most=1)
    free = fields.Dict(keys=fields.String(validate=validate.Length(max=3)), values=fields.Integer())


def test_fields_of_plugins_say_what_they_take() -> None:
    made = Generator().object_of(_Sample())
    assert made["required"] == ["count"]
    assert made["additionalProperties"] is False
    found = made["properties"]
    assert found["flag"] == {"type": "boolean", "default": True}
    assert found["share"] == {"anyOf": [{"type": "number"}, {"type": "null"}]}
    assert (found["two"]["minItems"], found["two"]["maxItems"]) == (2, 2)
    assert found["odd"] == {}
    number = found["bound"]["anyOf"][0]
    assert number == {"type": "number", "exclusiveMinimum": 0, "maximum": 1}
    assert found["free"]["additionalProperties"] == {"type": "integer"}
    assert found["free"]["propertyNames"]["maxLength"] == 3
