"""The JSON Schemas of policy files and case files, with what an installation offers to choose."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

import marshmallow as ma

from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.contract import Plugin, PrivacyModel
from kiaim_server.policy.casefile import CaseFile
from kiaim_server.policy.document import FORM_VIOLATIONS, OWN_HIERARCHY, POLICY_HIERARCHY
from kiaim_server.policy.facts import COLUMN_FACTS, CONTEXT_FACTS
from kiaim_server.policy.json_schema import CONDITION, Generator, Json, definitions
from kiaim_server.policy.measures import OWN_MEASURES
from kiaim_server.policy.schema import (
    ObjectiveEntry,
    PolicySchema,
    Transform,
    WaivedTransform,
)

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
_MANY: Final[Json] = {
    "anyOf": [CONDITION, {"type": "array", "items": CONDITION, "minItems": 1}],
}
_CONDITIONS: Final = (
    ("Rule", "when"),
    ("Rule", "unless"),
    ("PolicySchema", "applies"),
    ("WaiverScope", "when"),
)
_CONDITION: Final = (
    ("Classify", "where"),
    ("PersonEntry", "where"),
    ("HierarchyEntry", "where"),
    ("Transform", "columns"),
    ("WaiverScope", "columns"),
)


def policy_schema(host: PluginHost, hierarchies: Sequence[str]) -> Json:
    """JSON Schema of policy files: every key, and what `host` and `hierarchies` offer.

    What the linter accepts in an installation with these plugins, the schema accepts.
    """
    plain = Generator()
    names = sorted(host.classes["detector"])
    detectors: Json = {"type": "array", "items": {"enum": names}, "minItems": 1}
    generator = Generator(
        {
            **dict.fromkeys(_CONDITIONS, _MANY),
            **dict.fromkeys(_CONDITION, CONDITION),
            ("Rule", "require"): {"type": "array", "items": _demands(plain, host)},
            ("Rule", "transform"): {"type": "array", "items": _orders(Transform(), host)},
            ("WaivedPart", "require"): _demands(plain, host, with_columns=False),
            ("WaivedPart", "transform"): _orders(WaivedTransform(), host),
            ("HierarchyEntry", "build"): _one_key(
                {
                    name: _parameters(plain, builder)
                    for name, builder in host.classes["hierarchy builder"].items()
                }
            ),
            ("HierarchyEntry", "use"): {"type": "string", "enum": sorted(hierarchies)},
            ("PolicySchema", "objective"): _objective(plain, host),
            ("Classify", "detects"): detectors,
            ("PersonEntry", "detects"): detectors,
            ("HierarchyEntry", "detects"): detectors,
        }
    )
    return _whole("Policy of the KI-AIM anonymization server", generator.object_of(PolicySchema()))


def cases_schema(host: PluginHost) -> Json:
    """JSON Schema of case files."""
    measures = {**host.classes["privacy model"], **OWN_MEASURES}
    generator = Generator(
        {
            ("Case", "given"): _facts(),
            ("CaseFile", "given"): _facts(),
            ("Expect", "require"): {
                "type": "array",
                "items": _one_key(
                    {
                        name: {"type": "object", "description": model.summary}
                        for name, model in measures.items()
                    }
                ),
            },
        }
    )
    return _whole("Cases of a policy", generator.object_of(CaseFile()))


def as_text(schema: Json) -> str:
    """The schema as a file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def _whole(title: str, content: Json) -> Json:
    facts = ", ".join([*CONTEXT_FACTS, *COLUMN_FACTS])
    text = (
        "A condition, e.g. release.access = 'public' and data.subjects < 1000. "
        f"Facts: {facts}. Facts of a column need 'any column where ...'."
    )
    return {"$schema": _DRAFT, "title": title, **content, "definitions": definitions(text)}


def _facts() -> Json:
    """Facts of the release context by their full names; nested ones are taken as well."""
    return {
        "type": "object",
        "properties": {name: {"description": f.describe} for name, f in CONTEXT_FACTS.items()},
    }


def _one_key(choices: Mapping[str, Json]) -> Json:
    return {
        "type": "object",
        "properties": dict(sorted(choices.items())),
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 1,
    }


def _parameters(generator: Generator, plugin: type[Plugin], *without: str) -> Json:
    found = generator.parameters_of(plugin.Parameters())
    for key in without:
        found["properties"].pop(key, None)
    return {"description": plugin.summary, **found}


def _demands(generator: Generator, host: PluginHost, *, with_columns: bool = True) -> Json:
    choices = {}
    for name, model in {**host.classes["privacy model"], **OWN_MEASURES}.items():
        parameters = choices[name] = _parameters(generator, model)
        attribute_wise = issubclass(model, PrivacyModel) and model.needs_sensitive
        if attribute_wise or name == FORM_VIOLATIONS:
            text = "Condition that chooses the columns that it is demanded of."
            if with_columns:
                parameters["properties"]["columns"] = {"allOf": [CONDITION], "description": text}
            if "hierarchy" in parameters["properties"]:
                words = f"{POLICY_HIERARCHY}, {OWN_HIERARCHY}, or the name of a shipped one."
                parameters["properties"]["hierarchy"].setdefault("description", words)
    return _one_key(choices)


def _orders(schema: ma.Schema, host: PluginHost) -> Json:
    """An order: which transform, with its parameters, and for a rule of which columns."""
    generator = Generator({("Transform", "columns"): CONDITION})
    own = generator.object_of(schema)
    names = sorted(host.classes["transform"])
    own["properties"]["apply"]["enum"] = names
    return _with_parameters(own, "apply", {n: host.classes["transform"][n] for n in names})


def _objective(generator: Generator, host: PluginHost) -> Json:
    own = generator.object_of(ObjectiveEntry())
    measures = dict(sorted(host.classes["loss measure"].items()))
    own["properties"]["loss"].update({"enum": list(measures), "default": "loss"})
    return _with_parameters(own, "loss", measures, default="loss")


def _with_parameters(
    own: Json, key: str, plugins: Mapping[str, type[Plugin]], default: str | None = None
) -> Json:
    """`own` keys with those of the plugin that `key` names, and no others."""
    generator = Generator()
    branches = []
    every: Json = {}
    for name, plugin in plugins.items():
        parameters = generator.parameters_of(plugin.Parameters())
        parameters["properties"] = {**parameters["properties"], **own["properties"]}
        every.update(parameters["properties"])
        required = [] if name == default else [key]
        condition: Json = {"properties": {key: {"const": name}}}
        if required:
            condition["required"] = required
        branches.append({"if": condition, "then": {"description": plugin.summary, **parameters}})
    # The keys of all plugins stand above as well: editors complete only what they find there.
    completed = {k: v if k in own["properties"] else {} for k, v in every.items()}
    return {**own, "properties": {**completed, **own["properties"]}, "allOf": branches}
