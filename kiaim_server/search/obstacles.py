"""Why no node is a solution, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kiaim_server.model.bounds import format_bound
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import PrivacyModel, ReleaseModel
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.evaluate import classes_at
from kiaim_server.search.rules import Rules
from kiaim_server.search.suppression import kept_classes


def describe_obstacles(problem: SearchProblem, rules: Rules) -> tuple[str, ...]:
    """One sentence per model that fails on the most general node by itself, or one for all."""
    top = [high for _, high in problem.levels]
    _, classes = classes_at(problem, top, rules.attributes)
    n_records = problem.tuples.n_records
    where = "on the most general node allowed"
    limit = f"{problem.max_suppressed} of {n_records} records may be suppressed"
    sentences = []
    for model in problem.models:
        lost = _lost(classes, [model], rules, problem.reference == "released")
        if lost > problem.max_suppressed or lost == n_records:
            sentences.append(
                f"{describe_model(model)}: {where}, {lost} of {n_records} records are in classes "
                f"that fail, but {limit}"
                if not isinstance(model, ReleaseModel)
                else f"{describe_model(model)}: {where}, {lost} of {n_records} records would have "
                f"to be suppressed until it holds, but {limit}"
            )
    together = _lost(classes, problem.models, rules, problem.reference == "released")
    if len(sentences) != 1:
        what = "no record can be kept" if together == n_records else f"{together} records fail"
        sentences.append(f"all models together: {where}, {what}, but {limit}")
    return tuple(sentences)


def describe_model(model: PrivacyModel, with_bounds: bool = True) -> str:
    """Name, attribute and bound of a model, e.g. ``k-anonymity at least 5``."""
    variant = getattr(model, "variant", None)
    inner = [str(part) for part in (variant, model.attribute) if part is not None]
    words = [model.name + (f" ({', '.join(inner)})" if inner else "")]
    for key, text in (("at_least", "at least"), ("at_most", "at most")):
        bound = getattr(model, key, None)
        if with_bounds and bound is not None:
            words.append(f"{text} {format_bound(bound)}")
    return " ".join(words)


def _lost(
    classes: EquivalenceClasses, models: Sequence[PrivacyModel], rules: Rules, restrict: bool
) -> int:
    """Records of the classes that these models cannot keep."""
    least = max(model.minimum_size for model in models) if models else 1
    distinct = [
        max((m.minimum_distinct for m in models if m.attribute == a), default=1)
        for a in rules.attributes
    ]
    own = Rules(rules.attributes, least, np.array(distinct, dtype=np.int64), rules.minimum_mass)
    keep = kept_classes(classes, models, own, restrict)
    return int(classes.sizes[~keep].sum())
