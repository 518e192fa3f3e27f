"""Bounds of models that can be turned: what a looser or stricter demand would be."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal

from kiaim_server.hooks.guard import attempt
from kiaim_server.model.bounds import TOLERANCE, Bound
from kiaim_server.model.contract import PrivacyModel, ReleaseModel
from kiaim_server.model.solution import SearchProblem

#: Bounds that are no counts are looked at in steps of this size.
FINE: Final = Fraction(1, 10**6)

Key = Literal["at_least", "at_most"]


@dataclass(frozen=True)
class Dial:
    """One bound of one model, turned in whole steps.

    A *notch* is a bound as a multiple of `step`. `sign` is +1 where larger bounds are looser.
    `loosest` is the notch of the loosest bound that the model's schema allows, None if it allows
    any.
    """

    model: PrivacyModel
    key: Key
    required: Fraction
    step: Fraction
    sign: int
    loosest: int | None

    @property
    def start(self) -> int:
        """The loosest notch that is not looser than the demanded bound."""
        exact = self.required / self.step
        return math.floor(exact) if self.sign > 0 else math.ceil(exact)

    def bound(self, notch: int) -> Fraction:
        """The bound at a notch."""
        return notch * self.step

    def notch_of(self, measured: float) -> int:
        """The strictest notch that a measured value keeps."""
        exact = Fraction(measured) / self.step
        slack = Fraction(TOLERANCE) / self.step
        return math.ceil(exact - slack) if self.sign > 0 else math.floor(exact + slack)

    def looser(self, notch: int, other: int) -> bool:
        """Whether a notch is looser than another one."""
        return self.sign * (notch - other) > 0

    def allows(self, bound: Fraction) -> bool:
        """Whether the model's schema takes the bound."""
        return _valid(self.model, self.key, bound)

    def turned(self, bound: Fraction) -> PrivacyModel:
        """The model with another bound."""
        return _with_bound(self.model, self.key, bound)


def dials(model: PrivacyModel) -> Iterator[Dial]:
    """The bounds of a model that can be turned: those of a dataclass whose schema knows them.

    Others cannot be varied without guessing what else depends on them, and are left out.

    Raises
    ------
    PluginError
        If the model's schema fails; so may a dial's methods.
    """
    fields = type(model).Parameters().fields
    keys: tuple[tuple[Key, int], ...] = (("at_least", -1), ("at_most", 1))
    for key, sign in keys:
        required, field = getattr(model, key, None), fields.get(key)
        if (
            not isinstance(required, Fraction)
            or not isinstance(field, Bound)
            or not dataclasses.is_dataclass(type(model))
            or not _valid(model, key, required)
        ):
            continue
        whole = required.denominator == 1 and not any(
            _valid(model, key, required + half) for half in (Fraction(1, 2), Fraction(-1, 2))
        )
        step = Fraction(1) if whole else FINE
        yield Dial(model, key, required, step, sign, _loosest(field, step, sign))


def looser_keeps_more(
    problem: SearchProblem, models: Sequence[PrivacyModel], turned: PrivacyModel
) -> bool:
    """Whether a solution stays one, and suppresses no more, under a looser bound of `turned`.

    By class each model judges for itself, so a looser bound keeps all that was kept. That breaks
    where distributions are compared with the kept records, which change; and where demands on the
    release come after a demand on classes, as more small classes may have to go until an average
    holds, or may fail again once they hold. Where nothing may be suppressed, none of that occurs.
    """
    if problem.max_suppressed == 0:
        return True
    moves = problem.reference == "released" and any(
        m.attribute is not None and m.compares_with_reference for m in models
    )
    of_release = [m for m in models if isinstance(m, ReleaseModel)]
    follows = bool(of_release) and not isinstance(turned, ReleaseModel)
    jumps = not all(m.holds_without_smallest for m in of_release)
    return not (moves or follows or jumps)


def _loosest(field: Bound, step: Fraction, sign: int) -> int | None:
    if sign > 0:
        return None if field.at_most is None else math.floor(Fraction(field.at_most) / step)
    if field.at_least is not None:
        return math.ceil(Fraction(field.at_least) / step)
    return None if field.above is None else math.floor(Fraction(field.above) / step) + 1


def _parameters(model: PrivacyModel) -> Mapping[str, Any]:
    """The parameters that a model was made of, as its schema spells them."""
    given = {
        name: getattr(model, field.attribute or name, None)
        for name, field in type(model).Parameters().fields.items()
    }
    return {name: value for name, value in given.items() if value is not None}


def _valid(model: PrivacyModel, key: Key, bound: Fraction) -> bool:
    given = {**_parameters(model), key: bound}
    return not attempt(
        model.name, "check a bound", lambda: type(model).Parameters().validate(given)
    )


def _with_bound(model: PrivacyModel, key: Key, bound: Fraction) -> PrivacyModel:
    """A copy with another bound; whatever was set on the model beside its fields is kept.

    Cached properties are not: they may depend on the bound.
    """
    turned: PrivacyModel = attempt(
        model.name,
        "take another bound",
        lambda: dataclasses.replace(model, **{key: bound}),  # type: ignore[type-var]
    )
    for name, value in vars(model).items():
        cached = isinstance(getattr(type(model), name, None), functools.cached_property)
        if name not in vars(turned) and not cached:
            object.__setattr__(turned, name, value)  # models are frozen
    return turned
