"""Several transforms for one column: in the order that they state, every demand is met."""

from __future__ import annotations

import itertools

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from .test_transforms import TRANSFORMS, apply, make

ONE_OF_EACH = {
    "keep": make("keep"),
    "mask": make("mask"),
    "round": make("round", to=5),
    "top-code": make("top-code", above=89, label="90+"),
    "bottom-code": make("bottom-code", below=18, label="<18"),
    "micro-aggregate": make("micro-aggregate", size=3),
    "generalise": make("generalise", to="bands", unit=5),
    "three-digit-zip": make(
        "three-digit-zip", reference="us-zip3-population@2022", more_than=20_000
    ),
    "pseudonymise": make("pseudonymise"),
    "remove": make("remove"),
}
#: What may be left out beside what; everything else is applied, or a conflict.
SUBSUMED = {
    *(("keep", other) for other in TRANSFORMS if other != "keep"),
    *((other, "remove") for other in TRANSFORMS),
    *((other, "pseudonymise") for other in ("mask", "round", "top-code", "bottom-code")),
}


def chain(steps, values):
    """Apply the transforms one after the other, as the server does."""
    column, codes = pa.array(values), ()
    for step in steps:
        column = apply(step, column, codes=codes)
        codes += step.codes
    return column.to_pylist()


@pytest.mark.parametrize("milder", TRANSFORMS)
@pytest.mark.parametrize("stricter", TRANSFORMS)
def test_a_transform_replaces_only_what_it_does_itself(milder, stricter):
    expected = (milder, stricter) in SUBSUMED
    assert ONE_OF_EACH[stricter].subsumes(ONE_OF_EACH[milder]) is expected


def test_bands_do_not_show_what_top_coding_hides():
    top, bands = ONE_OF_EACH["top-code"], ONE_OF_EACH["generalise"]
    assert bands.follows(top)
    assert not top.follows(bands)
    assert chain([top, bands], [84, 85, 89, 90, 94, None]) == [
        "80-84",
        "85-89",
        "85-89",
        "90+",
        "90+",
        None,
    ]
    assert chain([make("top-code", above=89), bands], [85, 90, 94]) == ["85-89"] * 3


def test_both_ends_are_coded():
    low, high = ONE_OF_EACH["bottom-code"], ONE_OF_EACH["top-code"]
    for steps in ((low, high), (high, low)):
        assert steps[1].follows(steps[0])
        assert chain(steps, [17, 18, 89, 90, None]) == ["<18", "18", "89", "90+", None]
    bands = ONE_OF_EACH["generalise"]
    assert chain([low, high, bands], [17, 18, 89, 90]) == ["<18", "15-19", "85-89", "90+"]


def test_a_coding_with_label_is_the_last_of_two():
    plain, labelled = make("bottom-code", below=18), ONE_OF_EACH["top-code"]
    assert labelled.follows(plain)
    assert not plain.follows(labelled)
    assert chain([plain, labelled], [17, 89, 90]) == ["18", "89", "90+"]


def test_codings_that_leave_nothing_between_them_are_a_conflict():
    low, high = make("bottom-code", below=20), make("top-code", above=10)
    assert not low.follows(high)
    assert not high.follows(low)


def test_text_beside_a_label_is_refused_if_it_is_no_number():
    with pytest.raises(Exception, match="1 distinct values in 1 records are not as expected"):
        apply(ONE_OF_EACH["top-code"], ["17", "x", "<18"], codes=("<18",))


@pytest.mark.parametrize("label", ["90", " 90 ", "9e1", "*", ""])
def test_a_label_that_could_be_taken_for_something_else_is_refused(label):
    with pytest.raises(Exception, match="top-code: label"):
        make("top-code", above=89, label=label)


VALUES = st.lists(st.integers(-20, 130), min_size=3, max_size=30)
NUMERIC = ["round", "top-code", "bottom-code", "micro-aggregate"]


@given(VALUES, st.permutations(NUMERIC), st.integers(1, 4), st.booleans())
def test_in_the_stated_order_every_demand_is_met(values, names, n, labelled):
    steps = {
        "round": ONE_OF_EACH["round"],
        "top-code": make("top-code", above=88, label="high" if labelled else None),
        "bottom-code": make("bottom-code", below=18),
        "micro-aggregate": ONE_OF_EACH["micro-aggregate"],
    }
    chosen = [steps[name] for name in names[:n]]
    orders = [
        order
        for order in itertools.permutations(chosen)
        if all(b.follows(a) for a, b in itertools.combinations(order, 2))
    ]
    assert orders
    shown = chain(orders[0], values)
    for step in chosen:
        others = [float(value) for value in shown if value not in step.codes and value != "high"]
        if step.name == "top-code":
            assert max(others, default=88) <= 88
        elif step.name == "bottom-code":
            assert min(others, default=18) >= 18
        elif step.name == "round":
            assert all(value % 5 == 0 or value in (18, 88) for value in others)
        else:
            assert all(shown.count(value) >= 3 for value in shown)
