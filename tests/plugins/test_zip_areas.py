"""ZIP codes by their first three digits, against a reading of the rule in plain Python.

45 CFR 164.514(b)(2)(i)(B): the first three digits stay if the area of all ZIP codes with these
digits has more than 20,000 people by current census data; else they become 000.
"""

import csv
from importlib import resources

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.errors import DataError, ParameterError
from tests.plugins.test_transforms import apply, make

TABLE = "us-zip3-population@2022"
FILE = resources.files("kiaim_policies") / "tables" / f"{TABLE}.csv"


def census():
    lines = [line for line in FILE.read_text("utf-8").splitlines() if not line.startswith("#")]
    return {row["zip3"]: int(row["population"]) for row in csv.DictReader(lines)}


def by_the_rule(code, bound=20_000):
    """The rule for a code of five digits, each area looked up by itself."""
    area = code[:3]
    for known, people in census().items():
        if known == area:
            return area if people > bound else "000"
    return "000"


def transform(more_than=20_000):
    return make("three-digit-zip", reference=TABLE, more_than=more_than)


def test_every_area_there_can_be_is_as_the_rule_says():
    codes = [f"{area:03d}07" for area in range(1000)]
    shown = apply(transform(), codes).to_pylist()
    people = census()
    assert shown == [c[:3] if people.get(c[:3], 0) > 20_000 else "000" for c in codes]
    assert len({*shown}) == 877  # 876 areas that may be told, and 000


@given(st.lists(st.from_regex(r"\d{5}(-\d{4}|\d{4})?", fullmatch=True).filter(str.isascii)))
def test_text_of_five_or_nine_digits_is_as_the_rule_says(codes):
    assert apply(transform(), pa.array(codes, pa.string())).to_pylist() == [
        by_the_rule(code) for code in codes
    ]


@given(st.lists(st.integers(1000, 99_999)))
def test_one_lost_zero_is_restored_in_a_column_of_integers(numbers):
    column = pa.array(numbers, pa.int64())
    assert apply(transform(), column).to_pylist() == [by_the_rule(f"{n:05d}") for n in numbers]


def test_nine_digits_as_integers_are_restored_too():
    column = pa.array([21394307, 981011234], pa.int64())
    assert apply(transform(), column).to_pylist() == ["021", "981"]


@pytest.mark.parametrize("bound", [19_999, 20_000, 20_164, 20_165, 20_166])
def test_the_bound_itself_is_not_enough(bound):
    # 576 has 20,165 residents: more than 20,164, not more than 20,165.
    expected = "576" if bound < 20_165 else "000"
    assert apply(transform(bound), ["57601"]).to_pylist() == [expected]


def test_a_missing_code_stays_missing_and_spaces_around_one_do_not_count():
    assert apply(transform(), [" 02139 ", None, "02139"]).to_pylist() == ["021", None, "021"]


def test_three_digits_throughout_are_areas():
    assert apply(transform(), ["021", "036", "000"]).to_pylist() == ["021", "000", "000"]


@pytest.mark.parametrize(
    "codes",
    [
        ["02139", "601"],  # 00601 in Puerto Rico, or the area 601 in Illinois?
        ["2139", "98101-1234"],
        ["0213X"],
        ["02139-43"],
        ["K1A 0B1"],
        ["\u0661\u0662\u0663\u0664\u0665"],
        [""],
    ],
)
def test_text_that_may_have_lost_zeros_or_is_no_zip_code_is_refused_without_being_shown(codes):
    with pytest.raises(DataError, match="five digits") as error:
        apply(transform(), codes)
    assert not any(code and code in str(error.value).partition("not as")[0] for code in codes)


@pytest.mark.parametrize("numbers", [[601], [501, 2139], [0], [-2139], [123456], [1234567890]])
def test_integers_that_may_have_lost_two_zeros_or_are_no_zip_code_are_refused(numbers):
    with pytest.raises(DataError, match="lost two"):
        apply(transform(), pa.array(numbers, pa.int64()))


@pytest.mark.parametrize("values", [[2139.0], [True]])
def test_other_types_are_refused(values):
    with pytest.raises(DataError, match="text or integers"):
        apply(transform(), values)


def test_equal_tables_join_to_the_higher_bound_and_others_are_applied_in_turn():
    low, high = transform(20_000), transform(30_000)
    assert low.merged(high) == high == high.merged(low)
    again = apply(high, apply(low, ["57601", "10001", "03601"]), codes=low.codes)
    assert again.to_pylist() == ["000", "100", "000"]
    assert low.follows(high)
    assert not low.follows(make("pseudonymise"))


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ({"more_than": 20_000}, "reference"),
        ({"reference": TABLE}, "more_than"),
        ({"reference": "us-zip3-population@1990", "more_than": 20_000}, "@2022"),
        ({"reference": TABLE, "more_than": -1}, "below 0"),
        ({"reference": TABLE, "more_than": 0.5}, "whole number"),
    ],
)
def test_parameters_are_checked(parameters, fault):
    with pytest.raises(ParameterError, match=fault):
        make("three-digit-zip", **parameters)
