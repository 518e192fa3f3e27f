"""Why no node is a solution, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from kiaim_server.model.bounds import format_bound
from kiaim_server.model.contract import PrivacyModel, ReleaseModel
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.evaluate import classes_at
from kiaim_server.search.persons import CountedClasses
from kiaim_server.search.rules import Rules, rules_of
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
        if model.forbids_outside_classes and classes.n_outside:
            sentences.append(f"{describe_model(model)}: {where}, {_outside(classes.n_outside)}")
            continue
        lost = _lost(problem, classes, [model])
        if lost > problem.max_suppressed or lost == n_records:
            sentences.append(
                f"{describe_model(model)}: {where}, {lost} of {n_records} records are in classes "
                f"that fail, but {limit}"
                if not isinstance(model, ReleaseModel)
                else f"{describe_model(model)}: {where}, {lost} of {n_records} records would have "
                f"to be suppressed until it holds, but {limit}"
            )
    together = _lost(problem, classes, problem.models)
    if len(sentences) != 1:
        what = "no record can be kept" if together == n_records else f"{together} records fail"
        sentences.append(f"all models together: {where}, {what}, but {limit}")
    return tuple(sentences)


def _outside(n_classes: int) -> str:
    return (
        f"{n_classes} {'class has' if n_classes == 1 else 'classes have'} no record of the "
        "research subset, and no suppression mends that"
    )


def describe_model(model: PrivacyModel, with_bounds: bool = True) -> str:
    """Name, attribute and bound of a model, e.g. ``k-anonymity at least 5``."""
    named = [getattr(model, name, None) for name in ("variant", "attacker", "statistic")]
    named += [
        f"{name}={format_bound(Fraction(number))}"
        for name in ("c", "population", "significance")
        if isinstance(number := getattr(model, name, None), (Fraction, int))
    ]
    inner = [str(part) for part in (*named, model.attribute) if part is not None]
    words = [model.name + (f" ({', '.join(inner)})" if inner else "")]
    for key, text in (("at_least", "at least"), ("at_most", "at most")):
        bound = getattr(model, key, None)
        if with_bounds and bound is not None:
            words.append(f"{text} {format_bound(bound)}")
    return " ".join(words)


def _lost(problem: SearchProblem, classes: CountedClasses, models: Sequence[PrivacyModel]) -> int:
    """Records of the classes that these models cannot keep."""
    rules = rules_of(replace(problem, models=tuple(models)))
    keep = kept_classes(classes, models, rules, problem.reference == "released")
    return int(classes.records[~keep].sum())
