"""Small plugins with the names and parameters that policies use, on a host of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

import marshmallow as ma
import pluggy
from marshmallow import fields, validate

from kiaim_server.hooks.host import KINDS, PluginHost
from kiaim_server.model import bounds
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import (
    ColumnFunction,
    Detector,
    HierarchyBuilder,
    LossMeasure,
    Plugin,
    PrivacyModel,
    Transform,
)
from kiaim_server.model.hierarchy import Hierarchy

GRANULARITIES = ("exact", "day", "week", "month", "quarter", "year", "decade")


class _Unchanging(Transform):
    def fit(self, values: Any, context: Any) -> ColumnFunction:
        return lambda array: array


@dataclass(frozen=True)
class Keep(_Unchanging):
    name: ClassVar[str] = "keep"
    summary: ClassVar[str] = "Keeps."
    strictness: ClassVar[int] = 0
    action: ClassVar[str] = "keep"


@dataclass(frozen=True)
class Remove(_Unchanging):
    name: ClassVar[str] = "remove"
    summary: ClassVar[str] = "Removes."
    strictness: ClassVar[int] = 4
    removes_column: ClassVar[bool] = True
    action: ClassVar[str] = "remove"


@dataclass(frozen=True)
class Pseudonymise(_Unchanging):
    name: ClassVar[str] = "pseudonymise"
    summary: ClassVar[str] = "Pseudonymises."
    strictness: ClassVar[int] = 3
    action: ClassVar[str] = "pseudonymise"

    def subsumes(self, other: Transform) -> bool:
        return isinstance(other, TopCode) or super().subsumes(other)


class _GeneraliseParameters(ma.Schema):
    to = fields.String(required=True, validate=validate.OneOf(GRANULARITIES))


@dataclass(frozen=True)
class Generalise(_Unchanging):
    name: ClassVar[str] = "generalise"
    summary: ClassVar[str] = "Generalises dates."
    Parameters: ClassVar[type[ma.Schema]] = _GeneraliseParameters
    strictness: ClassVar[int] = 2
    action: ClassVar[str] = "generalise"
    to: str

    def merged(self, other: Transform) -> Transform | None:
        if not isinstance(other, Generalise):
            return None
        return max((self, other), key=lambda g: GRANULARITIES.index(g.to))

    def follows(self, other: Transform) -> bool:
        return isinstance(other, TopCode)

    @property
    def granularity(self) -> str | None:
        return self.to


class _RoundParameters(ma.Schema):
    to = bounds.count(required=True)


@dataclass(frozen=True)
class Round(_Unchanging):
    name: ClassVar[str] = "round"
    summary: ClassVar[str] = "Rounds."
    Parameters: ClassVar[type[ma.Schema]] = _RoundParameters
    strictness: ClassVar[int] = 1
    action: ClassVar[str] = "round"
    to: Fraction

    def merged(self, other: Transform) -> Transform | None:
        """Rounding to both is rounding to the product, as far as this test needs it."""
        return Round(self.to * other.to) if isinstance(other, Round) else None


class _TopCodeParameters(ma.Schema):
    above = bounds.Bound(required=True)


@dataclass(frozen=True)
class TopCode(_Unchanging):
    name: ClassVar[str] = "top-code"
    summary: ClassVar[str] = "Top codes."
    Parameters: ClassVar[type[ma.Schema]] = _TopCodeParameters
    strictness: ClassVar[int] = 1
    action: ClassVar[str] = "top-code"
    above: Fraction


class _Model(PrivacyModel):
    def failing(self, classes: EquivalenceClasses) -> Any:
        raise AssertionError("policies do not measure")

    def measure(self, classes: EquivalenceClasses) -> float:
        raise AssertionError("policies do not measure")


class _KParameters(ma.Schema):
    at_least = bounds.count(at_least=2, required=True)


@dataclass(frozen=True)
class K(_Model):
    name: ClassVar[str] = "k-anonymity"
    summary: ClassVar[str] = "k."
    Parameters: ClassVar[type[ma.Schema]] = _KParameters
    at_least: Fraction


class _LParameters(ma.Schema):
    variant = fields.String(
        load_default="distinct", validate=validate.OneOf(["distinct", "entropy", "recursive"])
    )
    at_least = bounds.Bound(at_least=1, required=True)
    c = bounds.Bound(above=0, load_default=None)


@dataclass(frozen=True)
class L(_Model):
    name: ClassVar[str] = "l-diversity"
    summary: ClassVar[str] = "l."
    Parameters: ClassVar[type[ma.Schema]] = _LParameters
    needs_sensitive: ClassVar[bool] = True
    at_least: Fraction
    variant: str = "distinct"
    c: Fraction | None = None


class _RiskParameters(ma.Schema):
    attacker = fields.String(
        required=True, validate=validate.OneOf(["prosecutor", "journalist", "marketer"])
    )
    statistic = fields.String(
        required=True, data_key="measure", validate=validate.OneOf(["maximum", "average"])
    )
    at_most = bounds.share(required=True)


@dataclass(frozen=True)
class Risk(_Model):
    name: ClassVar[str] = "reidentification-risk"
    summary: ClassVar[str] = "Risk."
    Parameters: ClassVar[type[ma.Schema]] = _RiskParameters
    attacker: str
    statistic: str
    at_most: Fraction


class _ShareParameters(ma.Schema):
    at_most = bounds.share()
    at_least = bounds.share()


@dataclass(frozen=True)
class Presence(_Model):
    name: ClassVar[str] = "delta-presence"
    summary: ClassVar[str] = "Presence."
    Parameters: ClassVar[type[ma.Schema]] = _ShareParameters
    at_least: Fraction | None = None
    at_most: Fraction | None = None


class _LossParameters(ma.Schema):
    weights = fields.Dict(keys=fields.String(), values=bounds.Bound())
    gs_factor = bounds.share(load_default=Fraction(1, 2))


@dataclass(frozen=True)
class Loss(LossMeasure):
    name: ClassVar[str] = "loss"
    summary: ClassVar[str] = "Loss."
    Parameters: ClassVar[type[ma.Schema]] = _LossParameters
    weights: Any = field(default_factory=dict)
    gs_factor: Fraction = Fraction(1, 2)

    def costs(self, hierarchy: Any, level: int, frequencies: Any) -> Any:
        raise AssertionError("policies do not measure")

    def score(self, totals: Any, hierarchies: Any, n_records: int) -> float:
        raise AssertionError("policies do not measure")

    def per_attribute(self, totals: Any, hierarchies: Any, n_records: int) -> Any:
        raise AssertionError("policies do not measure")


class _Builder(HierarchyBuilder):
    def build(self, attribute: str, values: Any) -> Hierarchy:
        raise AssertionError("policies do not build")


class _DatesParameters(ma.Schema):
    levels = fields.List(fields.String())


@dataclass(frozen=True)
class Dates(_Builder):
    name: ClassVar[str] = "dates"
    summary: ClassVar[str] = "Dates."
    Parameters: ClassVar[type[ma.Schema]] = _DatesParameters
    levels: Any = ()


@dataclass(frozen=True)
class Values(_Builder):
    name: ClassVar[str] = "values"
    summary: ClassVar[str] = "Values."


class Email(Detector):
    name = "email"
    summary = "E-mail addresses."

    def share(self, name: str, values: Any) -> float:
        return 0.0


ALL: tuple[tuple[str, type[Plugin]], ...] = (
    *(("transform", t) for t in (Keep, Remove, Pseudonymise, Generalise, Round, TopCode)),
    *(("privacy model", m) for m in (K, L, Risk, Presence)),
    ("loss measure", Loss),
    *(("hierarchy builder", b) for b in (Dates, Values)),
    ("detector", Email),
)


def small_host() -> PluginHost:
    """A host with these plugins and no others."""
    classes: dict[str, dict[str, type[Plugin]]] = {kind: {} for kind in KINDS}
    for kind, plugin in ALL:
        classes[kind][plugin.name] = plugin
    return PluginHost((), classes, pluggy.PluginManager("kiaim"))
