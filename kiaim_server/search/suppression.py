"""Which classes of a node have to be suppressed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from kiaim_server.model.classes import EquivalenceClasses, ValueCounts, population_of
from kiaim_server.model.contract import PrivacyModel, ReleaseModel
from kiaim_server.search.persons import CountedClasses
from kiaim_server.search.rules import Rules

#: Steps within the classes of one size where a demand may fail again once it holds.
_STEPS: Final = 32


def kept_classes(
    classes: EquivalenceClasses,
    models: Sequence[PrivacyModel],
    rules: Rules,
    restrict_reference: bool,
    with_release_models: bool = True,
    rules_hold: bool = False,
) -> np.ndarray:
    """Mark the classes that are kept.

    None is kept where a class of outsiders makes the node fail. Else first go the classes that
    fail for certain by size, population or number of distinct values; then, until nothing changes,
    those that a model marks, and after them the shortest prefix (see `_shortest_prefix`) of the
    classes in ascending order of (size, place) that makes every demand on the release as a whole
    hold.

    Parameters
    ----------
    restrict_reference
        Whether models compare with the kept records alone; then every change is followed by
        another round.
    with_release_models
        False leaves the demands on the release as a whole out.
    rules_hold
        True if all classes are known to keep the rules.

    Returns
    -------
    bool[:], shape (n_classes,)
    """
    if rules.forbids_outside and classes.n_outside:
        return np.zeros(classes.n_classes, dtype=np.bool_)
    by_class = [m for m in models if not isinstance(m, ReleaseModel)]
    by_release = [m for m in models if isinstance(m, ReleaseModel)] if with_release_models else []
    keep = np.ones(classes.n_classes, np.bool_) if rules_hold else _surely_possible(classes, rules)
    while keep.any():
        current = select(classes, keep, restrict_reference)
        failing = np.zeros(current.n_classes, dtype=np.bool_)
        for model in by_class:
            failing |= np.asarray(model.failing(current), dtype=np.bool_)
        if failing.any():
            keep[np.flatnonzero(keep)[failing]] = False
            if restrict_reference or not by_release:
                if restrict_reference:
                    continue
                break
        dropped = _shortest_prefix(classes.sizes, keep, by_release) if by_release else 0
        if not (dropped and restrict_reference):
            break
    return keep


def _surely_possible(classes: EquivalenceClasses, rules: Rules) -> np.ndarray:
    keep = records_of(classes) >= rules.minimum_size
    keep &= classes.sizes >= rules.minimum_persons
    if rules.minimum_population > 1:
        keep &= population_of(classes) >= rules.minimum_population
    for attribute, least in zip(rules.attributes, rules.minimum_distinct, strict=True):
        keep &= np.diff(classes.sensitive[attribute].indptr) >= least
    return np.asarray(keep)


def _shortest_prefix(sizes: np.ndarray, keep: np.ndarray, models: Sequence[ReleaseModel]) -> int:
    """Drop the smallest kept classes until all models hold, in place; how many were dropped.

    Where every demand that holds still holds without the smallest class, bisection finds the
    shortest prefix. Otherwise `_stops` are tried in turn, and bisection goes on between the first
    at which all hold and the one before; the prefix is the shortest where no size has more than
    `_STEPS` classes. Either way all models were seen to hold on what is kept.
    """
    kept = np.flatnonzero(keep)
    order = kept[np.argsort(sizes[kept], kind="stable")]
    ascending = sizes[order]

    def hold_without(n_dropped: int) -> bool:
        return all(model.holds(ascending[n_dropped:]) for model in models)

    low, high = 0, len(order)
    if high and not all(model.holds_without_smallest for model in models):
        for stop in _stops(ascending):
            if hold_without(stop):
                high = stop
                break
            low = stop + 1
    while low < high:
        middle = (low + high) // 2
        if hold_without(middle):
            high = middle
        else:
            low = middle + 1
    keep[order[:high]] = False
    return high


def _stops(ascending: np.ndarray) -> Iterator[int]:
    """Numbers of classes to drop: none, then for each size evenly spaced ones up to all of it."""
    yield 0
    distinct_ends = np.flatnonzero(np.append(np.diff(ascending), 1)) + 1
    start = 0
    for end in distinct_ends.tolist():
        n_steps = min(_STEPS, end - start)
        last = end if end < len(ascending) else end - 1  # nothing kept is not for models to judge
        stops = (start + (end - start) * step // n_steps for step in range(1, n_steps + 1))
        yield from (stop for stop in stops if stop <= last)
        start = end


def records_of(classes: EquivalenceClasses) -> np.ndarray:
    """Records per class, where sizes may count persons: int64[:], shape (n_classes,)."""
    return classes.records if isinstance(classes, CountedClasses) else classes.sizes


def select(
    classes: EquivalenceClasses, keep: np.ndarray, restrict_reference: bool = False
) -> EquivalenceClasses:
    """The marked classes; with `restrict_reference` their values become the reference."""
    if keep.all() and not restrict_reference:
        return classes
    groups = classes.groups if isinstance(classes, CountedClasses) else {}
    chosen = {attribute: rows.select(keep) for attribute, rows in groups.items()}
    sensitive = {}
    for attribute, values in classes.sensitive.items():
        rows = chosen.get(attribute) if restrict_reference else None
        reference = None if rows is None else rows.reference(len(values.reference))
        sensitive[attribute] = _select_values(values, keep, restrict_reference, reference)
    return CountedClasses(
        classes.sizes[keep],
        sensitive,
        None if classes.population is None else classes.population[keep],
        classes.n_outside,
        records=records_of(classes)[keep],
        groups=chosen,
    )


def _select_values(
    values: ValueCounts, keep: np.ndarray, restrict: bool, persons: np.ndarray | None
) -> ValueCounts:
    """The rows of the marked classes; `persons` is their reference where persons count."""
    lengths = np.diff(values.indptr)
    chosen = np.repeat(keep, lengths)
    codes, counts = values.values[chosen], values.counts[chosen]
    reference = values.reference if persons is None else persons
    if restrict and persons is None:
        reference = np.bincount(codes, weights=counts, minlength=len(reference)).astype(np.int64)
    indptr = np.concatenate([[0], np.cumsum(lengths[keep])]).astype(np.int64)
    return ValueCounts(indptr, codes, counts, reference)
