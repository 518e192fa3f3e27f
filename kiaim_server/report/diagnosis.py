"""A diagnosis in sentences, and as JSON values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from kiaim_server.language import has_phrase, say
from kiaim_server.model.bounds import format_bound
from kiaim_server.model.diagnosis import Diagnosis, LeastSuppression, Relaxation, Witness
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.prose import Prose
from kiaim_server.report.plain import plain


def facts_of(diagnosis: Diagnosis, n_records: int) -> tuple[str, ...]:
    """What was found out, as facts. None of them says that a policy should be changed."""
    found = [*_conflicts(diagnosis), _suppression(diagnosis.least, n_records)]
    found += [_relaxation(relaxation) for relaxation in diagnosis.relaxations]
    if not diagnosis.complete:
        found.append(say("diagnosis.incomplete"))
    found.append(say("diagnosis.facts"))
    return tuple(found)


def _conflicts(diagnosis: Diagnosis) -> Iterator[Prose]:
    for conflict in diagnosis.conflicts:
        if len(conflict) == 1:
            yield say("diagnosis.alone", model=conflict[0])
        else:
            which = say("diagnosis.either" if len(conflict) == 2 else "diagnosis.any")
            models = say("diagnosis.models", first=conflict[0], other=conflict[1])
            for model in conflict[2:]:
                models = say("diagnosis.models", first=models, other=model)
            yield say("diagnosis.together", models=models, which=which)


def _suppression(least: LeastSuppression, n_records: int) -> Prose:
    if least.witness is None:
        return say("diagnosis.never" if least.exact else "diagnosis.unproven")
    last = say("diagnosis.no_fewer")
    if not least.exact:
        last = say("diagnosis.at_least", n=least.at_least)
    return say(
        "diagnosis.suppressed",
        records=least.witness.n_suppressed,
        total=n_records,
        share=least.witness.n_suppressed / n_records,
        last=last,
    )


def _relaxation(found: Relaxation) -> Prose:
    key = say(f"bound.{found.key}") if has_phrase(f"bound.{found.key}") else found.key
    asked = say("diagnosis.asked", key=key, bound=found.required)
    rest = say("diagnosis.rest_alone" if found.alone else "diagnosis.rest")
    if found.bound is None:
        none = "diagnosis.no_bound" if found.exact else "diagnosis.no_bound_found"
        return say(none, model=found.model, asked=asked, rest=rest)
    return say(
        "diagnosis.bound",
        model=found.model,
        asked_as=say("diagnosis.asked", key=key, bound=found.bound),
        rest=rest,
        asked=asked,
        nearer=say("diagnosis.exact" if found.exact else "diagnosis.inexact"),
    )


def diagnosis_as_json(
    diagnosis: Diagnosis, hierarchies: Sequence[Hierarchy], n_records: int
) -> dict[str, Any]:
    """The diagnosis with levels by the name of their columns."""
    least = diagnosis.least
    return {
        "complete": diagnosis.complete,
        "least_suppression": {
            **_attained(least.witness, hierarchies, n_records),
            "at_least": least.at_least,
            "exact": least.exact,
        },
        "conflicts": [list(conflict) for conflict in diagnosis.conflicts],
        "conflicts_complete": diagnosis.conflicts_complete,
        "relaxations": [
            {
                "model": found.model,
                "key": found.key,
                "required": plain(found.required),
                "bound": _bound(found.bound),
                "infeasible": plain(found.infeasible),
                "step": plain(found.step),
                "exact": found.exact,
                "alone": found.alone,
                **_attained(found.witness, hierarchies, n_records),
            }
            for found in diagnosis.relaxations
        ],
        "searches": diagnosis.n_searches,
        "seconds": diagnosis.seconds,
    }


def _bound(bound: Fraction | None) -> str | None:
    return None if bound is None else format_bound(bound)


def _attained(
    witness: Witness | None, hierarchies: Sequence[Hierarchy], n_records: int
) -> dict[str, Any]:
    if witness is None:
        return {"suppressed": None, "share": None, "levels": None}
    names = (hierarchy.attribute for hierarchy in hierarchies)
    return {
        "suppressed": witness.n_suppressed,
        "share": witness.n_suppressed / n_records,
        "levels": dict(zip(names, map(int, witness.levels), strict=True)),
    }
