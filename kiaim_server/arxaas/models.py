"""Privacy models of the wire format: what they demand, and how answers describe them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Final

from kiaim_server.arxaas.values import Asked, AskedModel, AttributeType
from kiaim_server.errors import ParameterError
from kiaim_server.model.bounds import format_bound, parse_bound
from kiaim_server.model.plan import Requirement

_NO_PARAMETERS: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True)
class _Kind:
    """A model of the wire format.

    Attributes
    ----------
    measure, parameters
        Our privacy model, and what it is given besides its bound.
    bound
        The wire's parameter that bounds it: k or l from below, t from above.
    shown
        What an answer tells of it beside the bound.
    shrinks
        Whether suppressing more records never makes it fail, as ARX says.
    """

    measure: str
    bound: str
    parameters: Mapping[str, Any] = field(default_factory=lambda: _NO_PARAMETERS)
    shown: Mapping[str, Any] = field(default_factory=lambda: _NO_PARAMETERS)
    needs_c: bool = False
    shrinks: bool = False

    @property
    def about_attribute(self) -> bool:
        """Whether it is about a sensitive attribute."""
        return self.bound != "k"


_L: Final = "l-diversity"
_T: Final = "t-closeness"
_KINDS: Final[Mapping[str, _Kind]] = MappingProxyType(
    {
        "KANONYMITY": _Kind("k-anonymity", "k", shrinks=True),
        "LDIVERSITY_DISTINCT": _Kind(_L, "l", {"variant": "distinct"}, shrinks=True),
        "LDIVERSITY_SHANNONENTROPY": _Kind(
            _L, "l", {"variant": "entropy"}, {"estimator": "SHANNON"}
        ),
        "LDIVERSITY_GRASSBERGERENTROPY": _Kind(
            _L, "l", {"variant": "grassberger"}, {"estimator": "GRASSBERGER"}
        ),
        "LDIVERSITY_RECURSIVE": _Kind(_L, "l", {"variant": "recursive"}, needs_c=True),
        "TCLOSENESS_EQUAL_DISTANCE": _Kind(_T, "t", {"variant": "equal"}),
        "TCLOSENESS_ORDERED_DISTANCE": _Kind(_T, "t", {"variant": "ordered", "order": "lexical"}),
    }
)


def requirements_of(asked: Asked, name: str) -> tuple[Requirement, ...]:
    """What the models and the suppression limit of a request demand; rules are ``name/...``.

    Raises
    ------
    ParameterError
        No model; an unknown one; a parameter that is missing or out of its range; a model of a
        column that is not sensitive; a sensitive column that no model is about.
    """
    if not asked.models:
        raise ParameterError("privacyModels: expected at least one")
    found = tuple(_requirement(m, i, asked, name) for i, m in enumerate(asked.models))
    about = {attribute for requirement in found for attribute in requirement.attributes}
    for column in asked.of_type(AttributeType.SENSITIVE):
        if column not in about:
            raise ParameterError(
                f"attribute {column!r} is SENSITIVE, but no privacy model is about it; add one "
                "with column_name, or call the attribute something else"
            )
    limit = asked.suppression_limit
    rule = (f"{name}/suppressionLimit",)
    return (*found, Requirement("suppressed-records", {}, (), None, limit, rule))


def _requirement(model: AskedModel, place: int, asked: Asked, name: str) -> Requirement:
    where = f"privacyModels.{place}"
    kind = _KINDS.get(model.name)
    if kind is None:
        raise ParameterError(f"{where}.privacyModel: expected one of {', '.join(_KINDS)}")
    bound = _bound(model, kind, where)
    parameters = dict(kind.parameters)
    if kind.needs_c:
        parameters["c"] = format_bound(_number(model, "c", where, lambda c: c > 0, "above 0"))
    attributes = (_column(model, asked, where),) if kind.about_attribute else ()
    low, high = (None, bound) if kind.bound == "t" else (bound, None)
    rules = (f"{name}/{model.name}",)
    return Requirement(kind.measure, parameters, attributes, low, high, rules)


def _bound(model: AskedModel, kind: _Kind, where: str) -> Fraction:
    if kind.bound == "t":
        return _number(model, "t", where, lambda t: 0 <= t <= 1, "from 0 to 1")
    return _number(
        model,
        kind.bound,
        where,
        lambda n: n.denominator == 1 and 2 <= n < 2**31,
        "a whole number from 2 on",
    )


def _number(
    model: AskedModel, key: str, where: str, fits: Callable[[Fraction], bool], expected: str
) -> Fraction:
    """A parameter that is a number, or the text of one."""
    try:
        number = parse_bound(model.params.get(key))
    except ValueError:
        number = None
    if number is None or not fits(number):
        raise ParameterError(f"{where}.params.{key}: {model.name} needs a number, {expected}")
    return number


def _column(model: AskedModel, asked: Asked, where: str) -> str:
    column = model.params.get("column_name")
    if column not in asked.of_type(AttributeType.SENSITIVE):
        raise ParameterError(
            f"{where}.params.column_name: {model.name} needs the name of a SENSITIVE attribute"
        )
    return str(column)


def described(models: Sequence[AskedModel]) -> list[dict[str, Any]]:
    """The models as answers tell of them: those about attributes first, equal ones once."""
    found = sorted((_described(m) for m in models), key=lambda d: "k" in d)
    return [d for i, d in enumerate(found) if d not in found[:i]]


def _described(model: AskedModel) -> dict[str, Any]:
    kind = _KINDS[model.name]
    bound = parse_bound(model.params[kind.bound])
    has_size = kind.bound != "t"
    risk = 1 / float(bound) if has_size else 1.0
    return {
        "monotonicWithGeneralization": True,
        **dict(_shown_bounds(model, kind, bound)),
        **kind.shown,
        "riskThresholdJournalist": risk,
        "riskThresholdMarketer": risk,
        "riskThresholdProsecutor": risk,
        "localRecodingSupported": True,
        "minimalClassSize": math.ceil(bound) if has_size else 0,
        "requirements": 4 if kind.about_attribute else 1,
        "minimalClassSizeAvailable": has_size,
        "subset": None,
        "populationModel": None,
        "subsetAvailable": False,
        "dataSubset": None,
        "heuristicSearchSupported": True,
        "heuristicSearchWithTimeLimitSupported": True,
        "optimalSearchSupported": True,
        "monotonicWithSuppression": kind.shrinks,
        "sampleBased": False,
    }


def _shown_bounds(model: AskedModel, kind: _Kind, bound: Fraction) -> Iterator[tuple[str, Any]]:
    if not kind.about_attribute:
        yield "k", int(bound)
        return
    yield "attribute", str(model.params["column_name"])
    yield kind.bound, float(bound)
    if kind.needs_c:
        yield "c", float(parse_bound(model.params["c"]))
