"""A diagnosis in sentences, and as JSON values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from kiaim_server.model.bounds import format_bound
from kiaim_server.model.diagnosis import Diagnosis, LeastSuppression, Relaxation, Witness
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.report.plain import plain
from kiaim_server.report.words import percent


def facts_of(diagnosis: Diagnosis, n_records: int) -> tuple[str, ...]:
    """What was found out, as facts. None of them says that a policy should be changed."""
    found = [*_conflicts(diagnosis), _suppression(diagnosis.least, n_records)]
    found += [_relaxation(relaxation) for relaxation in diagnosis.relaxations]
    if not diagnosis.complete:
        found.append(
            "Not everything could be proven in the time that this search has; what is proven is "
            "said so."
        )
    found.append(
        "These are facts found by search, no permissions: whether a bound may be another one is "
        "for the owner of the policy to decide."
    )
    return tuple(found)


def _conflicts(diagnosis: Diagnosis) -> Iterator[str]:
    for conflict in diagnosis.conflicts:
        if len(conflict) == 1:
            yield f"No table keeps {conflict[0]} within the suppression limit, even by itself."
        else:
            yield (
                f"No table keeps {' and '.join(conflict)} together within the suppression limit; "
                f"without {'either' if len(conflict) == 2 else 'any'} of them one does."
            )


def _suppression(least: LeastSuppression, n_records: int) -> str:
    if least.witness is None:
        return (
            "No table keeps every model, however many records are suppressed."
            if least.exact
            else "Whether any suppression suffices is not proven."
        )
    records = least.witness.n_suppressed
    last = (
        "no table suppresses fewer"
        if least.exact
        else f"it is proven only that at least {least.at_least:,} have to be"
    )
    return (
        f"With {records:,} of {n_records:,} records suppressed ({percent(records / n_records)}) "
        f"every model would hold; {last}."
    )


def _relaxation(found: Relaxation) -> str:
    key = found.key.replace("_", " ")
    asked = f"{key} {format_bound(found.required)}"
    rest = "if no other model were demanded" if found.alone else "with all else as demanded"
    if found.bound is None:
        return (
            f"No bound of {found.model} (demanded: {asked}) is feasible {rest}."
            if found.exact
            else f"No bound of {found.model} (demanded: {asked}) was found feasible {rest}; that "
            "there is none is not proven."
        )
    nearer = (
        "no bound nearer to it is"
        if found.exact
        else "that no bound nearer to it is feasible is not proven"
    )
    return (
        f"{found.model} {key} {format_bound(found.bound)} would be feasible {rest} "
        f"(demanded: {asked}); {nearer}."
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
