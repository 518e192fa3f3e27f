"""The audit's own reading of the forms, against the words of the law."""

import hashlib
from importlib import resources

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.audit import UnknownForm, count_violations

TABLE = "us-zip3-population@2022"
FILE = resources.files("kiaim_policies") / "tables" / f"{TABLE}.csv"
SHA256 = hashlib.sha256(FILE.read_bytes()).hexdigest()
ZIP3 = {"form": "zip3", "reference": TABLE, "sha256": SHA256, "more_than": 20_000}
AGE = {"form": "age", "oldest": 89}


def violates(text, parameters):
    return count_violations([text], [1], parameters) == 1


@pytest.mark.parametrize("parameters", [{"form": "year"}, AGE, ZIP3])
def test_missing_values_and_stars_have_every_form(parameters):
    assert count_violations([None, "*"], [5, 7], parameters) == 0


def test_every_cell_counts():
    texts = ["1950", "1950-01", "1950-01-31", None]
    assert count_violations(texts, [4, 2, 3, 1], {"form": "year"}) == 5


PERIODS = {
    "decade": ["1950s"],
    "year": ["1950"],
    "quarter": ["1950-Q1"],
    "month": ["1950-01"],
}


@pytest.mark.parametrize("form", PERIODS)
def test_a_period_and_longer_ones_have_its_form_and_shorter_ones_do_not(form):
    order = list(PERIODS)
    for period, texts in PERIODS.items():
        longer = order.index(period) <= order.index(form)
        assert violates(texts[0], {"form": form}) is not longer


@pytest.mark.parametrize(
    "text", ["1950-01-01", "01.01.1950", "1950-W01", "1950-13", "50", "19500", "1950 ", "May 1950"]
)
@pytest.mark.parametrize("form", PERIODS)
def test_what_is_no_period_has_no_form(text, form):
    assert violates(text, {"form": form})


@pytest.mark.parametrize("text", ["1990-1999", "1990-1990", "1583-2020"])
def test_several_whole_years_are_longer_than_one(text):
    assert not violates(text, {"form": "year"})
    assert not violates(text, {"form": "month"})


@pytest.mark.parametrize("text", ["1999-1990", "0305-1990", "1990-0305", "1990-1231", "1582-1990"])
def test_what_may_be_a_month_and_a_day_is_no_span_of_years(text):
    assert violates(text, {"form": "year"})


def test_a_decade_is_not_a_shorter_span():
    assert not violates("1990-1999", {"form": "decade"})
    assert violates("1990-1998", {"form": "decade"})


@given(st.integers(0, 130))
def test_an_age_above_89_may_not_be_shown(age):
    assert violates(str(age), AGE) == (age > 89)


@pytest.mark.parametrize(
    "text", ["90+", ">=90", "85-89", "0-9", "80-89", "<18", "[80, 90)", "89.0"]
)
def test_the_class_of_all_older_ones_and_bands_below_it_may_be_shown(text):
    assert not violates(text, AGE)


@pytest.mark.parametrize(
    "text", ["91+", "95+", ">=91", "85-90", "90-94", "80-99", "<91", "[85, 91)", "89.5", "old", ""]
)
def test_what_shows_an_older_age_or_none_at_all_may_not(text):
    assert violates(text, AGE)


@pytest.mark.parametrize("text", ["000", "021", "576", "02*", "0**", "***"])
def test_areas_with_enough_residents_and_wider_ones_may_be_shown(text):
    assert not violates(text, ZIP3)


@pytest.mark.parametrize(
    "text", ["036", "893", "090", "999999", "02139", "0213", "02", "*21", "0*2", "MA", "02139-4307"]
)
def test_small_areas_unknown_ones_and_more_digits_may_not(text):
    assert violates(text, ZIP3)


@pytest.mark.parametrize(("bound", "bad"), [(20_164, False), (20_165, True)])
def test_as_many_residents_as_the_bound_are_too_few(bound, bad):
    assert violates("576", {**ZIP3, "more_than": bound}) is bad


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"form": "week"},
        {"form": "year", "oldest": 89},
        {"form": "age"},
        {"form": "age", "oldest": "many"},
        {**ZIP3, "sha256": "0" * 64},
        {**ZIP3, "reference": "us-zip3-population@1990"},
        {key: value for key, value in ZIP3.items() if key != "sha256"},
    ],
)
def test_what_the_audit_does_not_know_it_does_not_count(parameters):
    with pytest.raises(UnknownForm):
        count_violations(["1950"], [1], parameters)
