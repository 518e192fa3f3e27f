"""Small random search problems."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from kiaim_server.encode import count_tuples, encode_table, value_tree
from kiaim_server.loss import (
    Ambiguity,
    AverageClassSize,
    Discernibility,
    Height,
    Loss,
    NonUniformEntropy,
    Precision,
)
from kiaim_server.model.contract import LossMeasure, PrivacyModel
from kiaim_server.model.encoded import EncodedTable
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.solution import SearchProblem
from kiaim_server.model.table import Table
from kiaim_server.privacy import (
    BetaLikeness,
    DeltaDisclosure,
    DeltaPresence,
    EstimatedKMap,
    KAnonymity,
    KMap,
    LDiversity,
    TCloseness,
)
from kiaim_server.privacy.l_diversity import GrassbergerLDiversity
from kiaim_server.risk import (
    AverageReidentificationRisk,
    EstimatedPopulationUniqueness,
    SampleUniqueness,
)

SENSITIVE = ("s0", "s1")


@dataclass(frozen=True, eq=False)
class Case:
    """A problem, and the encoded records that it was made from."""

    encoded: EncodedTable
    problem: SearchProblem


@st.composite
def hierarchies(draw: st.DrawFn, name: str) -> Hierarchy:
    """A random tree over two to five leaves, with one to four levels, maybe without a root."""
    n_leaves = draw(st.integers(2, 5))
    return Hierarchy.from_columns(name, draw(levels_over([f"{name}{i}" for i in range(n_leaves)])))


@st.composite
def rooted(draw: st.DrawFn, name: str) -> Hierarchy:
    """A random tree over the sensitive values, which ends in one value."""
    levels = draw(levels_over(["a", "b", "c", None]))
    return Hierarchy.from_columns(name, [*levels, ["*"] * 4])


@st.composite
def levels_over(draw: st.DrawFn, leaves: list[str | None]) -> list[list[str | None]]:
    """One to four levels, each merging groups of the one before it."""
    levels = [leaves]
    groups = list(range(len(leaves)))
    for level in range(1, draw(st.integers(1, 4))):
        n_groups = len(set(groups))
        merged = draw(st.lists(st.integers(0, 2), min_size=n_groups, max_size=n_groups))
        names = {group: merged[i] for i, group in enumerate(sorted(set(groups)))}
        groups = [names[group] for group in groups]
        levels.append([f"level {level} group {group}" for group in groups])
    return levels


def population_models() -> st.SearchStrategy[PrivacyModel]:
    """One model of those that need a research subset."""
    least = st.sampled_from([None, Fraction(0), Fraction(1, 5), Fraction(1, 2)])
    most = st.sampled_from([None, Fraction(1, 2), Fraction(2, 3), Fraction(3, 4)])
    return st.one_of(
        st.builds(KMap, st.integers(2, 6).map(Fraction)), st.builds(DeltaPresence, least, most)
    )


def models(trees: dict[str, Hierarchy]) -> st.SearchStrategy[PrivacyModel]:
    """One model of any kind that needs no research subset.

    `trees` are the hierarchies of the sensitive attributes.
    """
    attribute = st.sampled_from(SENSITIVE)
    distinct = st.builds(LDiversity, st.just("distinct"), st.integers(2, 3).map(Fraction))
    entropy = st.builds(
        LDiversity, st.just("entropy"), st.sampled_from([Fraction(3, 2), Fraction(2), Fraction(3)])
    )
    grassberger = st.builds(
        GrassbergerLDiversity,
        st.just("grassberger"),
        st.sampled_from([Fraction(3, 2), Fraction(2), Fraction(3)]),
    )
    recursive = st.builds(
        LDiversity,
        st.just("recursive"),
        st.integers(2, 3).map(Fraction),
        st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(5, 2), Fraction(4)]),
    )
    share = st.sampled_from([Fraction(0), Fraction(1, 5), Fraction(1, 3), Fraction(1, 2)])
    equal = st.builds(TCloseness, st.just("equal"), share)
    ordered = st.builds(TCloseness, st.just("ordered"), share, st.just("lexical"))
    bounds = st.sampled_from([Fraction(1, 2), Fraction(1), Fraction(4, 3), Fraction(2)])
    delta = st.builds(DeltaDisclosure, bounds)
    beta = st.builds(BetaLikeness, st.sampled_from(["basic", "enhanced"]), bounds)
    about = st.one_of(distinct, entropy, grassberger, recursive, equal, ordered, delta, beta)
    return st.one_of(
        st.builds(KAnonymity, st.integers(2, 5).map(Fraction)),
        st.builds(
            EstimatedKMap,
            st.integers(2, 6).map(Fraction),
            st.sampled_from([Fraction(1, 20), Fraction(1, 2)]),
            st.just(Fraction(1, 20)),
            st.sampled_from(["poisson", "zero-truncated-poisson"]),
        ),
        st.builds(lambda model, name: model.for_attribute(name), about, attribute),
        st.builds(
            lambda most, name: (
                TCloseness("hierarchical", most, hierarchy="own")
                .for_attribute(name)
                .for_tree(trees[name])
            ),
            share,
            attribute,
        ),
        st.builds(
            SampleUniqueness, st.sampled_from([Fraction(0), Fraction(1, 10), Fraction(1, 3)])
        ),
        st.builds(
            AverageReidentificationRisk,
            st.just("prosecutor"),
            st.just("average"),
            st.sampled_from([Fraction(1, 4), Fraction(1, 2)]),
        ),
        st.builds(  # bounds that no estimate hits; populations that are smaller than some samples
            EstimatedPopulationUniqueness,
            st.sampled_from([Fraction(0), Fraction(497, 10_000), Fraction(2031, 10_000)]),
            st.sampled_from(["zayatz", "pitman", "snb", "dankar"]),
            st.sampled_from([10, 25, 60, 5_000]),
        ),
    )


def losses() -> st.SearchStrategy[LossMeasure]:
    """Every measure in its variants."""
    factor = st.sampled_from([Fraction(n, 4) for n in range(5)])
    weights = st.one_of(
        st.just({}),
        st.fixed_dictionaries({"q0": st.sampled_from([Fraction(0), Fraction(2), Fraction(1, 3)])}),
    )
    aggregate = st.sampled_from(["geometric-mean", "arithmetic-mean"])
    return st.one_of(
        st.builds(Loss, aggregate, factor, weights),
        st.builds(NonUniformEntropy, factor, weights),
        st.builds(Precision, factor.filter(lambda gs: gs >= Fraction(1, 2)), weights),
        st.sampled_from([Ambiguity(), AverageClassSize(), Discernibility(), Height()]),
    )


@st.composite
def cases(
    draw: st.DrawFn,
    measures: st.SearchStrategy[LossMeasure] | None = None,
    with_persons: bool = False,
    with_subset: bool = False,
) -> Case:
    """A table of up to 24 records, its hierarchies, models, limits and measure."""
    n_quasi = draw(st.integers(0, 3))
    trees = [draw(hierarchies(f"q{i}")) for i in range(n_quasi)]
    n_records = draw(st.integers(1, 24))

    def column(values: st.SearchStrategy[Any]) -> Any:
        return draw(st.lists(values, min_size=n_records, max_size=n_records))

    columns = {
        tree.attribute: column(st.sampled_from([*tree.labels[0], tree.labels[0][0], None]))
        for tree in trees
    }
    columns |= {name: column(st.sampled_from(["a", "b", "c", None])) for name in SENSITIVE}
    if with_persons:
        n_persons = draw(st.sampled_from([2, n_records, 2 * n_records]))
        columns["who"] = [f"p{i}" for i in column(st.integers(0, n_persons))]
    subset = np.array(column(st.booleans())) if with_subset else None
    if subset is not None and not subset.any():
        subset[0] = True
    n_released = n_records if subset is None else int(subset.sum())
    table = Table("random.csv", pa.table({k: pa.array(v, pa.string()) for k, v in columns.items()}))
    encoded = encode_table(
        table,
        trees,
        dict.fromkeys(SENSITIVE, "lexical"),
        person="who" if with_persons else None,
        subset=subset,
    )
    own = {
        c.name: value_tree(table, c.name, c.labels, draw(rooted(c.name))) for c in encoded.sensitive
    }
    kinds = st.one_of(population_models(), models(own)) if with_subset else models(own)
    limits = []
    for column_ in encoded.quasi:
        high = draw(st.integers(0, column_.hierarchy.n_levels - 1))
        top = draw(st.sampled_from([column_.hierarchy.n_levels - 1, high]))
        limits.append((draw(st.integers(0, top)) if draw(st.booleans()) else 0, top))
    problem = SearchProblem(
        tuples=count_tuples(encoded),
        hierarchies=tuple(c.hierarchy for c in encoded.quasi),
        levels=tuple(limits),
        models=tuple(draw(st.lists(kinds, min_size=1, max_size=3))),
        max_suppressed=draw(st.one_of(st.integers(0, n_released), st.just(n_released))),
        loss=draw(losses() if measures is None else measures),
        reference=draw(st.sampled_from(["input", "released"])),
    )
    return Case(encoded, problem)
