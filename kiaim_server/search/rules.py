"""What makes a class of a prefix fail whatever follows: the models' necessary conditions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from kiaim_server.errors import ParameterError
from kiaim_server.model.encoded import TupleTable
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
    minimum_persons
        The same of `EquivalenceClasses.sizes`; 1 where these count records.
    minimum_distinct
        int64[:], per attribute: distinct values that every kept class has at least.
    minimum_mass
        int64[:], per attribute: how much of the reference has one of the values of a kept class,
        at least. 0 where distributions are compared with the released records alone: then the
        reference is not known before the end.
    minimum_population
        Population that every kept class has at least.
    needs_population
        Whether any model looks at the population.
    forbids_outside
        Whether a class of outsiders only makes the whole node fail.
    """

    attributes: tuple[str, ...]
    minimum_size: int
    minimum_distinct: np.ndarray
    minimum_mass: np.ndarray
    minimum_persons: int = 1
    minimum_population: int = 1
    needs_population: bool = False
    forbids_outside: bool = False


def rules_of(problem: SearchProblem) -> Rules:
    """Gather the rules of all models.

    Raises
    ------
    ParameterError
        If a model is about an attribute that was not counted, lacks its hierarchy, or is about a
        population that is not given.
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
        if model.needs_tree and model.tree is None:
            raise ParameterError(f"{model.name}: needs the hierarchy of {model.attribute!r}")
        rule = (model.minimum_distinct, model.minimum_mass)
        by_attribute.setdefault(model.attribute, []).append(rule)
    attributes = tuple(sorted(by_attribute))
    known = problem.reference == "input"
    return Rules(
        attributes,
        size,
        np.array([max(d for d, _ in by_attribute[a]) for a in attributes], dtype=np.int64),
        np.array(
            [
                _records(max(m for _, m in by_attribute[a]), known * _total(problem.tuples, a))
                for a in attributes
            ],
            dtype=np.int64,
        ),
        # A model of values may count the records of one person: its least size is of records.
        minimum_persons=1
        if problem.tuples.persons is None
        else max((m.minimum_size for m in problem.models if m.attribute is None), default=1),
        minimum_population=max((m.minimum_population for m in problem.models), default=1),
        needs_population=any(m.needs_population for m in problem.models),
        forbids_outside=any(m.forbids_outside_classes for m in problem.models),
    )


def _total(tuples: TupleTable, attribute: str) -> int:
    """How much the whole reference of an attribute is."""
    if tuples.persons is not None:
        return int(tuples.persons.sensitive[attribute].sizes.sum())
    return tuples.n_records


def _records(share: float, n_records: int) -> int:
    """Least whole number that makes up a share; rounding must not make it too large."""
    return max(0, math.ceil(share * n_records * (1 - 1e-12) - 1e-6))
