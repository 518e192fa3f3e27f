"""One sentence on every key of a policy file, as editors show it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_SELECTING: Final = {
    "names": "Names of columns; * stands for any letters, case and separators do not count.",
    "where": "Condition that the column has to fulfil.",
}
_SHARED: Final = {
    "id": "Lower case words joined by hyphens; once per file.",
    "because": "Why, in a sentence that reports print.",
    "cite": "Names of sources, of this policy or of one that it extends.",
    "confirmed": "false marks a guess of a program; the policy does not run until it is true.",
}
_DETECTS: Final = {"detects": "Detectors that recognise the values."}

#: Schema class -> key -> sentence.
DESCRIPTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "PolicySchema": {
        "schema": "The format of the file, kiaim/policy/v1.",
        "policy": "The name, equal to the file name before .policy.yaml.",
        "version": "Three numbers in quotes; the first grows when something gets looser.",
        "title": "What the policy is, in a line.",
        "summary": "What the policy is for, in a paragraph.",
        "status": "active if left out; a draft warns, a retired policy refuses.",
        "owner": "Who answers for the policy.",
        "language": "Languages of the texts, the main one first.",
        "effective": "The days on which the policy holds.",
        "extends": "Policies that this one tightens, each with its major version: name@1.",
        "applies": "Conditions on the release; where one is false or unknown, it is refused.",
        "parameters": "Numbers and texts with a name, which extending policies may tighten.",
        "sources": "What rules rest on, and with which force.",
        "classify": "Which columns are what; a column that no entry covers blocks the release.",
        "person": "Which column says whose record it is; all measures then count persons.",
        "rules": "What is demanded, ordered or decided, when, and on whose authority.",
        "hierarchies": "Which hierarchy quasi-identifiers take.",
        "objective": "What the search makes as small as possible.",
        "output": "What becomes of suppressed records.",
        "not_covered": "Sentences on what the policy does not look at; every report prints them.",
        "waivers": "The only way to relax a rule: with scope, reason, approval and last day.",
    },
    "Parameter": {
        "type": "Kind of value; only where the parameter is declared.",
        "default": "The value, unless an extending policy sets a stricter one.",
        "at_least": "Smallest value that may be set.",
        "at_most": "Largest value that may be set.",
        "stricter": "The direction in which extending policies may change it.",
        "describe": "What the parameter means.",
        "cite": _SHARED["cite"],
    },
    "Source": {
        "cite": "The source as one quotes it.",
        "kind": "Its force.",
        "says": "What it says, in short.",
        "url": "Where it can be read.",
        "checked": "The day on which somebody last looked it up.",
    },
    "Classify": {
        **_SHARED,
        **_SELECTING,
        **_DETECTS,
        "as": "The role; if several entries match, the strictest wins.",
        "special_category": "Whether the column holds special categories (GDPR Art. 9).",
        "kind": "What the values speak of.",
    },
    "PersonEntry": {
        **{key: text for key, text in _SHARED.items() if key != "id"},
        **_SELECTING,
        **_DETECTS,
    },
    "Transform": {
        "columns": "Condition that chooses the columns.",
        "apply": "The transform; its parameters stand beside.",
    },
    "Rule": {
        **{key: text for key, text in _SHARED.items() if key != "confirmed"},
        "title": "What the rule is about, in a few words.",
        "when": "Conditions that all have to be true; unknown ones count as true.",
        "unless": "Conditions of which one is enough to silence the rule.",
        "require": "Demands: a privacy model with its parameters and a bound.",
        "transform": "Orders to change columns.",
        "decide": "block refuses, review waits for a person, warn goes into the report.",
        "advice": "What would help where the rule stands against a release.",
        "tighten_only": "Whether no waiver reaches the rule.",
    },
    "WaiverEntry": {
        "id": _SHARED["id"],
        "rule": "Full name of the rule, policy/rule: of this policy or of one that it extends.",
        "scope": "Where the waiver holds; what is false or unknown is out of scope.",
        "replaces": "What the rule says, in its words and numbers.",
        "by": "The milder thing that holds instead.",
        "reason": "Why, in a sentence that reports print.",
        "approved_by": "Two different persons or offices at least.",
        "until": "The last day; afterwards the waiver is an error, and has no effect.",
        "cite": _SHARED["cite"],
    },
    "WaiverScope": {
        "when": "Conditions on the release that all have to be true.",
        "columns": "Condition on a column, for transforms and for demands on single columns.",
    },
    "WaivedPart": {
        "require": "A demand of the rule: a privacy model with its parameters and a bound.",
        "transform": "A transform of the rule, without its columns.",
        "decide": "The decision of the rule; none leaves it out.",
    },
    "WaivedTransform": {"apply": "The transform; its parameters stand beside."},
    "Levels": {
        "min": "Least level, by number (0 is the original value) or name.",
        "max": "Greatest level, by number or name.",
    },
    "HierarchyEntry": {
        "id": _SHARED["id"],
        "confirmed": _SHARED["confirmed"],
        **_SELECTING,
        **_DETECTS,
        "kinds": "Kinds of columns that take this hierarchy.",
        "build": "A hierarchy builder with its parameters.",
        "use": "Name of a hierarchy that ships with the product.",
        "levels": "Limits of what the search may choose.",
    },
    "ObjectiveEntry": {
        "loss": "The loss measure; its parameters stand beside.",
        "recoding": "Whether all records share their levels; local recoding is a heuristic.",
        "weights": "Column or pattern -> how much detail in it is worth; 1 if left out.",
    },
    "Output": {
        "suppressed": "drop leaves suppressed records out, star keeps them with stars.",
    },
}


def description_of(schema: str, key: str) -> str:
    """The sentence on a key of a schema class, or an empty text."""
    return DESCRIPTIONS.get(schema, {}).get(key, "")
