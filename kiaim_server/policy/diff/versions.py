"""Which step of the version a change needs, and whether the new policy takes it.

The first number grows where anything got looser, or where that is not decided; the second one where
something else changed than words; the third one where only words did.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from kiaim_server.model.diagnostic import Diagnostic
from kiaim_server.policy.diff.clauses import Clause
from kiaim_server.policy.document import Policy
from kiaim_server.policy.source import Mark, read_source
from kiaim_server.policy.tree import value_at

Step = Literal["none", "patch", "minor", "major"]

_STEPS: Final[tuple[Step, ...]] = ("none", "patch", "minor", "major")
_REASONS: Final = {
    "patch": "words changed",
    "minor": "something changed and nothing got looser",
    "major": "something got looser, or it is not decided whether it did",
}


@dataclass(frozen=True)
class Advice:
    """The step that is needed and the one that was taken.

    `finding` is P405, at the new policy's version, where the step is too small. Two policies with
    different names have no steps between them, and neither has a file that did not change itself:
    then `taken` is None.
    """

    needed: Step
    taken: Step | None
    finding: Diagnostic | None = None


def advise(old: Policy, new: Policy, clauses: Sequence[Clause]) -> Advice:
    """Compare what the clauses need with the versions of the two policies."""
    needed = step_needed(clauses)
    if needed == "none" and old.source != new.source:
        needed = "patch"
    if old.name != new.name or old.source == new.source:
        return Advice(needed, None)
    before, after = (tuple(map(int, p.version.split("."))) for p in (old, new))
    taken = _taken(before, after)
    if after >= before and _STEPS.index(taken) >= _STEPS.index(needed):
        return Advice(needed, taken)
    return Advice(needed, taken, _finding(old, new, needed, before))


def step_needed(clauses: Sequence[Clause]) -> Step:
    """The smallest step that says what the clauses say."""
    if any(c.effect in ("looser", "undecided") for c in clauses):
        return "major"
    if any(c.status not in ("unchanged", "reworded") for c in clauses):
        return "minor"
    return "patch" if any(c.status == "reworded" for c in clauses) else "none"


def _taken(before: tuple[int, ...], after: tuple[int, ...]) -> Step:
    for place, step in enumerate(reversed(_STEPS[1:]), 1):
        if after[:place] > before[:place]:
            return step
    return "none"


def _finding(old: Policy, new: Policy, needed: Step, before: tuple[int, ...]) -> Diagnostic:
    place = value_at(read_source(new.source, new.file).root, "version")
    mark = place.mark if place is not None else Mark(1, 1)
    major, minor, patch = before
    least = {
        "major": f"{major + 1}.0.0",
        "minor": f"{major}.{minor + 1}.0",
        "patch": f"{major}.{minor}.{patch + 1}",
        "none": old.version,
    }[needed]
    reason = _REASONS.get(needed, "nothing changed")
    return Diagnostic(
        new.file,
        mark.line,
        mark.column,
        "P405",
        f"version {new.version} after {old.version}, but {reason}; write {least} at least",
    )
