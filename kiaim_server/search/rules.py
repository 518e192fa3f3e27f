"""What makes a class of a prefix fail whatever follows: the models' necessary conditions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kiaim_server.errors import ParameterError
from kiaim_server.model.solution import SearchProblem


@dataclass(frozen=True, eq=False)
class Rules:
    """Necessary conditions of all models together. Refining a class never mends one of them.

    Attributes
    ----------
    attributes
        Sensitive attributes that some model looks at, sorted by name.
    minimum_size
        Records that every kept class has at least.
    minimum_distinct
        int64[:], per attribute: distinct values that every kept class has at least.
    minimum_mass
        int64[:], per attribute: records of the input that have one of the values of a kept class,
        at least. 0 where distributions are compared with the released records alone: then the
        reference is not known before the end.
    """

    attributes: tuple[str, ...]
    minimum_size: int
    minimum_distinct: np.ndarray
    minimum_mass: np.ndarray


def rules_of(problem: SearchProblem) -> Rules:
    """Gather the rules of all models.

    Raises
    ------
    ParameterError
        If a model is about an attribute that was not counted, or a population that is not given.
    """
    by_attribute: dict[str, list[tuple[int, float]]] = {}
    size = 1
    for model in problem.models:
        size = max(size, model.minimum_size)
        if model.needs_population and problem.tuples.population is None:
            raise ParameterError(
                f"{model.name}: needs a population: state which records are the research subset"
            )
        if model.attribute is None:
            if model.needs_sensitive:
                raise ParameterError(f"{model.name}: needs a sensitive attribute")
            continue
        if model.attribute not in problem.tuples.sensitive:
            raise ParameterError(
                f"{model.name}: {model.attribute!r} is not among the sensitive attributes"
            )
        rule = (model.minimum_distinct, model.minimum_mass)
        by_attribute.setdefault(model.attribute, []).append(rule)
    attributes = tuple(sorted(by_attribute))
    n_records = problem.tuples.n_records if problem.reference == "input" else 0
    return Rules(
        attributes,
        size,
        np.array([max(d for d, _ in by_attribute[a]) for a in attributes], dtype=np.int64),
        np.array(
            [_records(max(m for _, m in by_attribute[a]), n_records) for a in attributes],
            dtype=np.int64,
        ),
    )


def _records(share: float, n_records: int) -> int:
    """Least number of records that make up a share; rounding must not make it too large."""
    return max(0, math.ceil(share * n_records * (1 - 1e-12) - 1e-6))
