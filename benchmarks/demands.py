"""Privacy models from the arguments of a benchmark, spelt as in ARX result files."""

from __future__ import annotations

from dataclasses import dataclass

import click

from kiaim_server.errors import ParameterError
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.privacy import (
    BetaLikeness,
    DeltaDisclosure,
    DeltaPresence,
    KAnonymity,
    KMap,
    LDiversity,
    TCloseness,
)


@dataclass(frozen=True)
class Demand:
    """A model, its name in results (``dl=3``) and in ids (``dl3``), and its sensitive attribute."""

    model: PrivacyModel
    label: str
    tag: str
    attribute: str | None = None


def k_anonymity(k: int) -> Demand:
    """``--k 5``."""
    return Demand(_make(KAnonymity, {"at_least": k}), f"k={k}", f"k{k}")


def l_diversity(text: str) -> Demand:
    """``distinct:3:COLUMN``, ``entropy:3:COLUMN``, ``grassberger:3:COLUMN`` or
    ``recursive:3:4:COLUMN`` (l, then c)."""
    variant, *numbers, column = _parts(text, "VARIANT:L:COLUMN or recursive:L:C:COLUMN")
    expected = 2 if variant == "recursive" else 1
    if len(numbers) != expected:
        raise click.UsageError(f"--l-diversity {text}: {variant} takes {expected} number(s)")
    parameters: dict[str, object] = {"variant": variant, "at_least": numbers[0]}
    if variant == "recursive":
        parameters["c"] = numbers[1]
        label, tag = f"rcl={numbers[1]}:{numbers[0]}", f"rcl{numbers[1]}_{numbers[0]}"
    else:
        label, tag = f"{variant[0]}l={numbers[0]}", f"{variant[0]}l{numbers[0]}"
    model = _make(LDiversity, parameters).for_attribute(column)
    return Demand(model, label, tag, column)


def t_closeness(text: str) -> Demand:
    """``equal:0.2:COLUMN``, ``ordered:0.2:COLUMN`` or ``hierarchical:0.2:COLUMN``.

    The order is lexical, as ARX's for text; the hierarchy is the folder's for the column.
    """
    variant, number, column = _parts(text, "DISTANCE:T:COLUMN", 3)
    parameters: dict[str, object] = {"variant": variant, "at_most": number}
    if variant == "ordered":
        parameters["order"] = "lexical"
    elif variant == "hierarchical":
        parameters["hierarchy"] = "own"
    model = _make(TCloseness, parameters).for_attribute(column)
    return Demand(model, f"t{variant[0]}={number}", f"t{variant[0]}{number}", column)


def delta_disclosure(text: str) -> Demand:
    """``1.5:COLUMN``."""
    number, column = _parts(text, "DELTA:COLUMN", 2)
    model = _make(DeltaDisclosure, {"at_most": number}).for_attribute(column)
    return Demand(model, f"dd={number}", f"dd{number}", column)


def beta_likeness(text: str) -> Demand:
    """``basic:2:COLUMN`` or ``enhanced:2:COLUMN``."""
    variant, number, column = _parts(text, "VARIANT:BETA:COLUMN", 3)
    model = _make(BetaLikeness, {"variant": variant, "at_most": number}).for_attribute(column)
    return Demand(model, f"b{variant[0]}={number}", f"b{variant[0]}{number}", column)


def k_map(k: int) -> Demand:
    """``--k-map 5``."""
    return Demand(_make(KMap, {"at_least": k}), f"km={k}", f"km{k}")


def delta_presence(text: str) -> Demand:
    """``0.01:0.5``: the least and the largest share of a class that is in the subset."""
    least, colon, most = text.partition(":")
    if not colon:
        raise click.UsageError(f"--delta-presence: {text!r} is not of the form MIN:MAX")
    model = _make(DeltaPresence, {"at_least": least, "at_most": most})
    return Demand(model, f"dp={least}:{most}", f"dp{least}_{most}")


def _parts(text: str, form: str, count: int | None = None) -> list[str]:
    parts = text.split(":")
    if len(parts) < (count or 3) or (count is not None and len(parts) != count):
        raise click.UsageError(f"{text!r} is not of the form {form}")
    return parts


def _make(kind: type[PrivacyModel], parameters: dict[str, object]) -> PrivacyModel:
    try:
        return kind.from_parameters(parameters)
    except ParameterError as error:
        raise click.UsageError(str(error)) from None
