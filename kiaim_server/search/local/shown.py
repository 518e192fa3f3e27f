"""Classes as a reader of the file sees them: by the text of their cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kiaim_server.kernels.grouping import number_keys
from kiaim_server.model.hierarchy import STAR
from kiaim_server.model.solution import SearchProblem
from kiaim_server.search.evaluate import count_classes
from kiaim_server.search.persons import CountedClasses

_LARGEST_KEY = 2**62


@dataclass(frozen=True, eq=False)
class ShownText:
    """The text of every label of one hierarchy as a number, equal where texts are equal.

    The same text can stand on several levels, or be another value's own; in the file nobody can
    tell them apart, so they are one.

    Attributes
    ----------
    numbers
        Per level int64[:], shape (codes at level,).
    n_texts
        Distinct texts.
    star
        Number of the star; -1 if no label is one.
    """

    numbers: tuple[np.ndarray, ...]
    n_texts: int
    star: int


def shown_texts(problem: SearchProblem) -> tuple[ShownText, ...]:
    """Number the labels of all hierarchies."""
    found = []
    for hierarchy in problem.hierarchies:
        known: dict[str | None, int] = {}
        numbers = tuple(
            np.array([known.setdefault(text, len(known)) for text in labels], dtype=np.int64)
            for labels in hierarchy.labels
        )
        found.append(ShownText(numbers, len(known), known.get(STAR, -1)))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class ShownClasses:
    """Tuples by what they show.

    Attributes
    ----------
    of_tuple
        int32[:], shape (n_tuples,): class of each tuple, in the order of their first tuple.
    classes
        With the counts of the attributes that models look at.
    starred
        bool[:], shape (n_classes,): shows a star in every quasi-identifier.
    """

    of_tuple: np.ndarray
    classes: CountedClasses
    starred: np.ndarray


def classes_shown(
    problem: SearchProblem,
    texts: tuple[ShownText, ...],
    levels: np.ndarray,
    attributes: tuple[str, ...],
) -> ShownClasses:
    """Group all tuples by the texts that they show at their levels (int8[n_quasi, n_tuples])."""
    tuples = problem.tuples
    keys = np.zeros(tuples.n_tuples, dtype=np.int64)
    stars = np.full(tuples.n_tuples, bool(problem.hierarchies))
    n_keys = 1
    for codes, hierarchy, text, chosen in zip(
        tuples.codes, problem.hierarchies, texts, levels, strict=True
    ):
        shown = np.empty(tuples.n_tuples, dtype=np.int64)
        for level in np.unique(chosen).tolist():
            at = chosen == level
            shown[at] = text.numbers[level][hierarchy.maps[level][codes[at]]]
        if n_keys * text.n_texts > _LARGEST_KEY:
            ids, first = number_keys(keys)
            keys, n_keys = ids.astype(np.int64), len(first)
        keys = keys * text.n_texts + shown
        n_keys *= text.n_texts
        stars &= shown == text.star
    of_tuple, first = number_keys(keys)
    classes = count_classes(tuples, of_tuple, len(first), attributes)
    return ShownClasses(of_tuple, classes, stars[first])
