from fractions import Fraction

import marshmallow as ma
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.model.bounds import Bound, count, format_bound, parse_bound, share


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (5, Fraction(5)),
        (0.09, Fraction(9, 100)),
        ("9%", Fraction(9, 100)),
        ("0.1 %", Fraction(1, 1000)),
        ("1/11", Fraction(1, 11)),
        ("0.2", Fraction(1, 5)),
    ],
)
def test_each_way_to_write_a_threshold_is_exact(written, meant):
    assert parse_bound(written) == meant


@pytest.mark.parametrize(
    "written", [True, None, "eleven", "1/0", "", "nan", float("nan"), [1], "-3"]
)
def test_anything_else_is_refused(written):
    with pytest.raises(ValueError, match="not a number"):
        parse_bound(written)


@given(st.fractions(min_value=0, max_value=10**6, max_denominator=10**6))
def test_formatting_reads_back_to_the_same_fraction(value):
    assert parse_bound(format_bound(value)) == value


def test_a_percentage_without_its_sign_is_pointed_out():
    with pytest.raises(ma.ValidationError, match=r"write 9% or 0\.09"):
        share().deserialize(9)


def test_a_count_is_whole_and_not_below_its_least():
    assert count(at_least=2).deserialize(2) == 2
    with pytest.raises(ma.ValidationError, match="below 2"):
        count(at_least=2).deserialize(1)
    with pytest.raises(ma.ValidationError, match="whole"):
        count().deserialize("5/2")


def test_an_open_lower_end_excludes_the_end():
    with pytest.raises(ma.ValidationError, match="not above 0"):
        Bound(above=0).deserialize(0)
