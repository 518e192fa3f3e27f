"""What detectors recognised, and whom few columns single out, as JSON values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from kiaim_server.model.attribute import (
    DETECTED,
    ROLES_BY_STRICTNESS,
    Attribute,
    ColumnProfile,
    Recognition,
)
from kiaim_server.model.plan import Plan
from kiaim_server.model.prose import LANGUAGES
from kiaim_server.model.singling import ColumnSet, SinglingOut
from kiaim_server.policy import Draft
from kiaim_server.report.foreseen import doubt_told, proposal_told
from kiaim_server.report.plain import plain


def draft_as_json(draft: Draft) -> dict[str, Any]:
    """A draft with its text and the guess of every column; counts only, no cell values."""
    return {
        "policy": draft.name,
        "text": draft.text,
        "columns": [
            {
                **profile_as_json(guess.profile),
                "standing": guess.standing,
                "said": None if guess.said is None else plain(guess.said),
                "proposal": None if guess.proposal is None else plain(guess.proposal),
            }
            for guess in draft.guesses
        ],
        "singling_out": singling_as_json(draft.singling_out),
    }


def proposals_as_json(plan: Plan, profiles: Mapping[str, ColumnProfile]) -> list[dict[str, Any]]:
    """The columns that no rule covers, with what they seem to be; `told` is it in a sentence."""
    found = [profile_as_json(profiles[name]) for name in plan.unclassified if name in profiles]
    return [{**column, "told": proposal_told(column, LANGUAGES[0])} for column in found]


def doubts_as_json(plan: Plan, profiles: Mapping[str, ColumnProfile]) -> list[dict[str, Any]]:
    """Columns whose role is milder than what a detector is sure of."""
    found = []
    for column in plan.columns:
        profile = profiles.get(column.name)
        doubted = (
            None if profile is None else next(_doubts(column.attribute, profile.recognitions), None)
        )
        if profile is None or doubted is None:
            continue
        doubt = {
            "name": column.name,
            "role": column.attribute.role.value,
            "rules": list(column.attribute.rules),
            "sampled": profile.n_sampled,
            "recognised": recognitions_as_json((doubted,), profile.n_sampled)[0],
        }
        found.append({**doubt, "told": doubt_told(doubt, LANGUAGES[0])})
    return found


def _doubts(attribute: Attribute, found: Sequence[Recognition]) -> Iterator[Recognition]:
    """Recognitions that are sure of a stricter role."""
    order = ROLES_BY_STRICTNESS.index
    for recognition in found:
        proposal = recognition.proposal
        if proposal is None or recognition.confidence < DETECTED:
            continue
        if order(proposal.role) < order(attribute.role):
            yield recognition


def profile_as_json(profile: ColumnProfile) -> dict[str, Any]:
    """A column in counts, with what detectors say of it."""
    return {
        "name": profile.name,
        "type": profile.type,
        "records": profile.n_records,
        "missing": profile.n_missing,
        "distinct": profile.n_distinct,
        "sampled": profile.n_sampled,
        "recognised": recognitions_as_json(profile.recognitions, profile.n_sampled),
    }


def recognitions_as_json(found: Sequence[Recognition], n_sampled: int) -> list[dict[str, Any]]:
    """Recognitions, most confident first, each with its reason in words."""
    return [{**plain(r), "reason": r.reason(n_sampled)} for r in found]


def singling_as_json(found: SinglingOut | None) -> dict[str, Any] | None:
    """Sets of columns per size, minimal keys, and what was not looked at."""
    if found is None:
        return None
    return {
        "records": found.n_records,
        "of_records": found.n_table,
        "by_person": found.by_person,
        "columns": list(found.columns),
        "left_out": list(found.left_out),
        "largest": found.largest,
        "complete": found.complete,
        "not_looked_at": list(found.not_looked_at()),
        "sizes": [
            {
                "size": size.size,
                "columns_combined": size.among,
                "sets": size.n_sets,
                "sets_that_hold_a_key": size.n_known,
                "best": [_set(best, found) for best in size.best],
            }
            for size in found.sizes
        ],
        "keys": [list(key.columns) for key in found.keys],
    }


def _set(column_set: ColumnSet, found: SinglingOut) -> dict[str, Any]:
    return {
        "columns": list(column_set.columns),
        "singled_out": column_set.singled_out,
        "share": column_set.singled_out / found.n_records,
        "distinction": column_set.distinction,
        "separation": column_set.separation,
    }
