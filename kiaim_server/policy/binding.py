"""Binds a policy to plugins: names that exist, parameters that fit the plugin's own schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any

import marshmallow as ma

from kiaim_server.errors import ParameterError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.bounds import format_bound
from kiaim_server.model.contract import Plugin
from kiaim_server.policy import source
from kiaim_server.policy.findings import Findings
from kiaim_server.policy.source import Node, Scalar, plain
from kiaim_server.policy.spelling import did_you_mean
from kiaim_server.policy.tokens import ExpressionError

_BOUNDS = ("at_least", "at_most")
#: Code of a field that policies and plugins share; the place of use has its own.
_CODE = re.compile(r"\AP\d{3} ")
_REFERENCE = "reference"


@dataclass(frozen=True)
class Bound:
    """A plugin with parameters: the instance, and the parameters in plain, canonical form.

    Defaults of the schema are written out, so that two spellings of the same thing are equal.
    """

    plugin: Plugin
    parameters: Mapping[str, Any]
    loaded: Mapping[str, Any]


@dataclass(frozen=True)
class Binder:
    """Looks plugins up for one file and reports what is wrong there.

    `values` are the parameters of the policy, which ``params.x`` stands for.
    """

    host: PluginHost
    values: Mapping[str, Fraction | str]
    findings: Findings
    used: set[str]

    def find(self, kind: str, name: str, place: Any, code: str) -> type[Plugin] | None:
        """The plugin class, or None after a finding that says why it cannot be used."""
        found = self.host.classes[kind].get(name)
        if found is None:
            hint = did_you_mean(name, self.host.classes[kind])
            self.findings.add(place, code, self.host.why_missing(kind, name) + hint)
        return found

    def bind(
        self, plugin: type[Plugin], given: Mapping[str, Node], place: Any, code: str
    ) -> Bound | None:
        """Check parameters against the plugin's schema and construct it.

        `given` are the parameters as they stand in the file, `place` where the plugin is named,
        `code` the linter's code for a parameter that does not fit.
        """
        raw = {key: self.resolve(node) for key, node in given.items()}
        if any(value is _UNKNOWN for value in raw.values()):
            return None
        schema = plugin.Parameters()
        try:
            loaded = dict(schema.load(raw))
        except ma.ValidationError as error:
            self._report(plugin, schema, error, given, place, code)
            return None
        try:
            instance = plugin.from_parameters(raw)
        except ParameterError as error:
            self.findings.add(place, code, str(error))
            return None
        return Bound(instance, canonical(schema, loaded, raw), loaded)

    def resolve(self, node: Node) -> Any:
        """A parameter's value, with ``params.x`` replaced by what it stands for."""
        value = plain(node)
        if not (
            isinstance(node, Scalar) and isinstance(value, str) and value.startswith("params.")
        ):
            return value
        name = value.removeprefix("params.")
        if name not in self.values:
            hint = did_you_mean(name, self.values) or "; declare it under 'parameters'"
            self.findings.add_expression(
                node, ExpressionError(7, f"unknown parameter {name!r}{hint}", "P302")
            )
            return _UNKNOWN
        self.used.add(name)
        return _plain(self.values[name])

    def _report(
        self,
        plugin: type[Plugin],
        schema: ma.Schema,
        error: ma.ValidationError,
        given: Mapping[str, Node],
        place: Any,
        code: str,
    ) -> None:
        keys = [field.data_key or name for name, field in schema.fields.items()]
        for key, messages in error.messages_dict.items():
            where: Any = given.get(key, place)
            text = " ".join(_CODE.sub("", text) for text in _texts(messages))
            if key in given and key not in keys:
                hint = did_you_mean(key, keys) or f"; it takes {', '.join(keys) or 'none'}"
                self.findings.add(where, code, f"{plugin.name} has no parameter {key!r}{hint}")
            elif key not in given and key in keys:
                missing = "P119" if key in _BOUNDS else code
                self.findings.add(where, missing, f"{plugin.name} needs the parameter {key!r}")
            elif key == _REFERENCE and key in given:
                self.findings.add(where, "P207", f"{plugin.name}: {text}")
            elif key in _BOUNDS:
                self.findings.add(where, "P121", f"{plugin.name}: {key} {text}")
            else:
                prefix = "" if key == "_schema" else f"{key}: "
                self.findings.add(where, code, f"{plugin.name}: {prefix}{text}")


_UNKNOWN = object()


def _texts(messages: Any) -> list[str]:
    if isinstance(messages, dict):
        return [text for inner in messages.values() for text in _texts(inner)]
    if isinstance(messages, list):
        return [text for inner in messages for text in _texts(inner)]
    return [str(messages)]


def canonical(
    schema: ma.Schema, loaded: Mapping[str, Any], raw: Mapping[str, Any]
) -> dict[str, Any]:
    """Parameters in plain types under their keys in files, sorted, without those that are None."""
    result: dict[str, Any] = {}
    keys = {f.attribute or name: f.data_key or name for name, f in schema.fields.items()}
    for name, value in loaded.items():
        key = keys.get(name, name)
        spelt = _plain(value)
        if spelt is not None:
            result[key] = raw.get(key) if spelt is _UNKNOWN else spelt
    return dict(sorted(result.items()))


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else format_bound(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if value is None or isinstance(value, str | bool | int | float):
        return value
    return _UNKNOWN


def parameters_of(node: source.Mapping, without: tuple[str, ...] = ()) -> dict[str, Node]:
    """The entries of a mapping as parameters, some keys left out."""
    return {k: e.value for k, e in node.entries.items() if k not in without}
