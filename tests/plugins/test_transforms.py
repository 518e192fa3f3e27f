import math
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kiaim_plugins.hierarchy_builders import kiaim_register_hierarchy_builders
from kiaim_plugins.transforms import kiaim_register_transforms

from kiaim_server.errors import DataError, ParameterError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import Attribute, Role
from kiaim_server.model.contract import ColumnContext, Transform
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.table import value_type

TRANSFORMS = {kind.name: kind for kind in kiaim_register_transforms()}
BUILDERS = {kind.name: kind for kind in kiaim_register_hierarchy_builders()}


def make(name, **parameters):
    return TRANSFORMS[name].from_parameters(parameters)


def apply(transform, values, *, hierarchy=None, secret=b"secret", batch=3, codes=()):
    """Fit on the column, map its batches as the server does, return the column."""
    array = values if isinstance(values, pa.Array) else pa.array(values)
    column = pa.chunked_array([array[:2], array[2:]])
    attribute = Attribute("column", Role.SENSITIVE, "other", False, ())
    context = ColumnContext(
        attribute,
        value_type(array.type),
        hierarchy,
        0,
        lambda purpose: secret + purpose.encode(),
        codes,
    )
    function = transform.fit(column, context)
    chunks = [
        function(array[start : start + batch]) for start in range(0, max(len(array), 1), batch)
    ]
    return pa.chunked_array(chunks).combine_chunks()


def test_the_host_finds_all_transforms_by_the_entry_point():
    host = PluginHost.load()
    for name, kind in TRANSFORMS.items():
        assert host.get("transform", name, Transform) is kind


def test_strictness_is_the_order_of_the_contract():
    places = {name: kind.strictness for name, kind in TRANSFORMS.items()}
    assert places == {
        "keep": 0,
        "mask": 1,
        "round": 1,
        "top-code": 1,
        "bottom-code": 1,
        "micro-aggregate": 1,
        "generalise": 2,
        "three-digit-zip": 2,
        "pseudonymise": 3,
        "remove": 4,
    }


ON_NUMBERS = [
    make("keep"),
    make("mask", keep_first=1),
    make("round", to=5),
    make("top-code", above=3),
    make("top-code", above=3, label="3+"),
    make("bottom-code", below=3),
    make("micro-aggregate", size=2),
    make("micro-aggregate", size=2, function="median"),
    make("generalise", to="bands", unit=5),
    make("pseudonymise"),
]


@pytest.mark.parametrize("transform", ON_NUMBERS, ids=lambda t: t.name)
@given(values=st.lists(st.none() | st.integers(-1000, 1000), max_size=12))
def test_length_and_missing_values_are_preserved(transform, values):
    values = [1, 2, *values]
    result = apply(transform, pa.array(values, pa.int64()))
    assert len(result) == len(values)
    assert [v is None for v in result.to_pylist()] == [v is None for v in values]


@pytest.mark.parametrize("transform", ON_NUMBERS, ids=lambda t: t.name)
def test_equal_values_get_equal_results_in_a_dictionary_column_too(transform):
    plain = apply(transform, [3, 4, 3, None, 9, 4])
    encoded = apply(transform, pa.array([3, 4, 3, None, 9, 4]).dictionary_encode())
    assert encoded.to_pylist() == plain.to_pylist()
    assert plain[0] == plain[2]


@pytest.mark.parametrize("transform", ON_NUMBERS, ids=lambda t: t.name)
def test_a_value_that_was_not_there_before_is_not_passed_through(transform):
    if transform.name == "keep":
        return
    attribute = Attribute("column", Role.SENSITIVE, "other", False, ())
    context = ColumnContext(attribute, "integer", None, 0, lambda purpose: b"secret")
    function = transform.fit(pa.chunked_array([[1, 2]]), context)
    with pytest.raises(LookupError):
        function(pa.array([3]))


def test_remove_takes_the_column_away():
    assert TRANSFORMS["remove"].removes_column
    assert apply(make("remove"), [1, 2, 3]).null_count == 3


# --- generalise -------------------------------------------------------------------------------

DAYS = [date(2024, 3, 5), date(2019, 12, 31), None, date(2025, 1, 1)]


@pytest.mark.parametrize(
    ("to", "labels"),
    [
        ("day", ["2024-03-05", "2019-12-31", None, "2025-01-01"]),
        ("week", ["2024-W10", "2020-W01", None, "2025-W01"]),
        ("month", ["2024-03", "2019-12", None, "2025-01"]),
        ("quarter", ["2024-Q1", "2019-Q4", None, "2025-Q1"]),
        ("year", ["2024", "2019", None, "2025"]),
        ("decade", ["2020s", "2010s", None, "2020s"]),
    ],
)
def test_dates_become_periods_however_they_are_held(to, labels):
    text = [None if d is None else d.isoformat() for d in DAYS]
    stated = [None if d is None else d.strftime("%m/%d/%Y") for d in DAYS]
    german = [None if d is None else f"{d.day}.{d.month:02}.{d.year}" for d in DAYS]
    moments = [None if d is None else datetime(d.year, d.month, d.day, 23, 59) for d in DAYS]
    transform = make("generalise", to=to)
    assert apply(transform, DAYS).to_pylist() == labels
    assert apply(transform, moments).to_pylist() == labels
    assert apply(transform, text).to_pylist() == labels
    assert apply(transform, german).to_pylist() == labels
    assert apply(make("generalise", to=to, format="%m/%d/%Y"), stated).to_pylist() == labels
    assert (transform.level_name, transform.granularity) == (to, to)


@given(st.lists(st.dates(date(1, 1, 1), date(9999, 12, 31)), min_size=2, unique=True), st.data())
def test_periods_are_the_levels_of_the_builder(days, data):
    to = data.draw(st.sampled_from(["day", "week", "month", "quarter", "year", "decade"]))
    built = BUILDERS["dates"].from_parameters({"levels": [to]}).build("column", pa.array(days))
    level = built.level_of(to)
    labels = [built.labels[level][code] for code in built.maps[level]]
    assert apply(make("generalise", to=to), days).to_pylist() == labels


@given(
    st.lists(st.integers(-(10**6), 10**6), min_size=2, unique=True)
    | st.lists(
        st.floats(-1e6, 1e6, allow_nan=False, allow_infinity=False), min_size=2, unique=True
    ),
    st.sampled_from(["5", "0.1", "100"]),
)
def test_bands_are_the_levels_of_the_builder(values, unit):
    array = pa.array(values)
    built = BUILDERS["intervals"].from_parameters({"width": unit}).build("column", array)
    transform = make("generalise", to="bands", unit=unit)
    level = built.level_of(transform.level_name)
    labels = [built.labels[level][code] for code in built.maps[level]]
    assert apply(transform, array).to_pylist() == labels
    assert transform.granularity is None


@given(
    st.lists(st.dates(date(1, 1, 1), date(9999, 12, 31)), min_size=2),
    st.sampled_from(list(pairwise(["day", "month", "quarter", "year", "decade"]))),
)
def test_generalising_in_two_steps_is_generalising_once(days, steps):
    finer, coarser = (make("generalise", to=to) for to in steps)
    assert apply(coarser, apply(finer, days)).equals(apply(coarser, days))


def test_what_is_coarser_already_stays():
    assert apply(make("generalise", to="month"), ["2024", "2023"]).to_pylist() == ["2024", "2023"]
    with pytest.raises(DataError, match="it holds weeks"):
        apply(make("generalise", to="month"), ["2024-W10", "2024-W11"])


TREE = Hierarchy.from_columns(
    "column",
    [["1", "2", "3", None], ["low", "low", "high", None], ["*", "*", "*", "*"]],
    ["value", "grade", "all"],
)


def test_years_may_be_integers():
    assert apply(make("generalise", to="decade"), [1950, 1961, None]).to_pylist() == [
        "1950s",
        "1960s",
        None,
    ]
    assert apply(make("generalise", to="month"), [1950]).to_pylist() == ["1950"]


def test_dates_with_slashes_need_a_format():
    with pytest.raises(
        DataError, match=r"2 distinct values .* slashes .* give 'format', e\.g\. %d/"
    ):
        apply(make("generalise", to="month"), ["03/04/2024", "04/04/2024"])


def test_a_level_of_the_columns_hierarchy():
    transform = make("generalise", to="grade")
    assert transform.level_name == "grade"
    expected = ["low", "high", None]
    assert apply(transform, ["1", "3", None], hierarchy=TREE).to_pylist() == expected
    assert apply(transform, [1, 3, None], hierarchy=TREE).to_pylist() == expected
    assert apply(transform, [1.0, 3.0, None], hierarchy=TREE).to_pylist() == expected


@pytest.mark.parametrize(
    ("values", "hierarchy", "message"),
    [
        (["1", "2"], None, "'generalise' to 'continent' needs a hierarchy .* it has no hierarchy"),
        (["1", "2"], TREE, "its hierarchy has the levels value, grade, all; give it one"),
    ],
)
def test_a_level_that_is_not_there_is_refused(values, hierarchy, message):
    with pytest.raises(DataError, match=message) as caught:
        apply(make("generalise", to="continent"), values, hierarchy=hierarchy)
    assert caught.value.column == "column"


@pytest.mark.parametrize(
    ("parameters", "values", "hierarchy"),
    [
        ({"to": "month"}, ["2024-03-05", "secret", "secret", "2024-02-30"], None),
        ({"to": "bands", "unit": 5}, ["4", "secret", "secret", "1/2"], None),
        ({"to": "grade"}, ["1", "secret", "secret", "17"], TREE),
    ],
)
def test_values_that_cannot_be_read_are_counted_and_never_shown(parameters, values, hierarchy):
    with pytest.raises(DataError) as caught:
        apply(make("generalise", **parameters), values, hierarchy=hierarchy)
    assert "'column': 2 distinct values in 3 records are not as expected" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("parameters", "values", "type_"),
    [
        ({"to": "month"}, [1.5, 2], "number"),
        ({"to": "year"}, [True, False], "boolean"),
        ({"to": "bands", "unit": 5}, DAYS, "date"),
    ],
)
def test_columns_of_another_type_are_refused(parameters, values, type_):
    with pytest.raises(DataError, match=f"'column': 'generalise' .* values of type {type_}"):
        apply(make("generalise", **parameters), values)


# --- merging ----------------------------------------------------------------------------------


def generalise(to, unit=None, format=None):
    return make("generalise", to=to, unit=unit, format=format)


@pytest.mark.parametrize(
    ("first", "second", "merged"),
    [
        (generalise("month"), generalise("year"), generalise("year")),
        (generalise("day"), generalise("week"), generalise("week")),
        (generalise("week"), generalise("month"), None),
        (generalise("week"), generalise("decade"), None),
        (
            generalise("month", format="%d.%m.%Y"),
            generalise("year"),
            generalise("year", format="%d.%m.%Y"),
        ),
        (
            generalise("month", format="%d.%m.%Y"),
            generalise("year", format="%m/%d/%Y"),
            None,
        ),
        (generalise("bands", 5), generalise("bands", 10), generalise("bands", 10)),
        (generalise("bands", 5), generalise("bands", 7), None),
        (generalise("bands", 5), generalise("year"), None),
        (generalise("continent"), generalise("continent"), generalise("continent")),
        (generalise("continent"), generalise("country"), None),
        (make("round", to=5), make("round", to=10), make("round", to=10)),
        (make("round", to=5), make("round", to=7), None),
        (make("round", to=5), make("mask"), None),
        (make("top-code", above=84), make("top-code", above=89), make("top-code", above=84)),
        (
            make("top-code", above=84, label="85+"),
            make("top-code", above=89, label="90+"),
            make("top-code", above=84, label="85+"),
        ),
        (
            make("top-code", above=84, label="85+"),
            make("top-code", above=84),
            make("top-code", above=84, label="85+"),
        ),
        (
            make("top-code", above=84, label="85+"),
            make("top-code", above=84, label="old"),
            None,
        ),
        (
            make("bottom-code", below=18),
            make("bottom-code", below=3),
            make("bottom-code", below=18),
        ),
        (make("top-code", above=84), make("bottom-code", below=3), None),
        (make("mask", keep_first=2), make("mask"), make("mask")),
        (make("mask", keep_first=2), make("mask", keep_first=4), None),
        (make("mask", character="#"), make("mask"), make("mask", character="#")),
        (
            make("micro-aggregate", size=3),
            make("micro-aggregate", size=5),
            make("micro-aggregate", size=5),
        ),
        (
            make("micro-aggregate", size=3),
            make("micro-aggregate", size=5, function="median"),
            None,
        ),
        (make("pseudonymise"), make("pseudonymise", length=20), make("pseudonymise", length=20)),
        (make("keep"), make("keep"), make("keep")),
        (make("remove"), make("remove"), make("remove")),
    ],
)
def test_two_of_a_kind_merge_into_the_stricter_in_either_order(first, second, merged):
    assert first.merged(second) == merged
    assert second.merged(first) == merged


# --- parameters -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("generalise", {}, "to: Missing data"),
        ("generalise", {"to": "bands"}, "unit: is the width of bands"),
        ("generalise", {"to": "year", "unit": 5}, "unit: is the width of bands"),
        ("generalise", {"to": "bands", "unit": 0}, "unit: 0 is not above 0"),
        ("generalise", {"to": "region", "format": "%d.%m.%Y"}, "format: says how dates"),
        ("generalise", {"to": "year", "format": "%Y"}, "format: '%Y' does not say"),
        ("mask", {"keep_first": -1}, "keep_first: -1 "),
        ("mask", {"character": ""}, "character: "),
        ("round", {}, "to: Missing data"),
        ("round", {"to": -5}, "to: -5 is not above 0"),
        ("top-code", {"above": "old"}, "above: 'old' is not a number"),
        ("top-code", {"above": 5, "label": ""}, "label: "),
        ("bottom-code", {"above": 5}, "above: Unknown field"),
        ("micro-aggregate", {"size": 1}, "size: 1 is below 2"),
        ("micro-aggregate", {"size": 3, "function": "mode"}, "function: "),
        ("pseudonymise", {"scope": "per-project"}, "scope: must be per-release"),
        ("pseudonymise", {"key": "published"}, "key: must be held-by-trustee"),
        ("pseudonymise", {"length": 8}, "length: 8 is below 16"),
        ("keep", {"to": 1}, "to: Unknown field"),
    ],
)
def test_parameters_are_refused_by_name(name, parameters, message):
    with pytest.raises(ParameterError) as caught:
        make(name, **parameters)
    assert str(caught.value).startswith(f"{name}: ")
    assert message in str(caught.value)


# --- mask and pseudonymise --------------------------------------------------------------------


def test_mask_keeps_the_ends_and_never_shows_a_short_value():
    values = ["12345", "123", "12", "1", None]
    masked = apply(make("mask", keep_first=2, keep_last=1), values).to_pylist()
    assert masked == ["12**5", "***", "**", "*", None]
    assert apply(make("mask", character="x"), [1234, 5]).to_pylist() == ["xxxx", "x"]


@given(st.lists(st.text(min_size=1), min_size=2))
def test_pseudonyms_are_equal_exactly_where_values_are(values):
    result = apply(make("pseudonymise"), values).to_pylist()
    assert dict(zip(values, result, strict=True)) == dict(
        zip(values, apply(make("pseudonymise"), values).to_pylist(), strict=True)
    )
    assert len(set(result)) == len(set(values))
    assert all(len(p) == 26 and p == p.lower() and p.isalnum() for p in result)


def test_pseudonyms_depend_on_the_key_and_do_not_hold_the_value():
    values = [f"patient-{i}" for i in range(1000)]
    first = apply(make("pseudonymise"), values, secret=b"one").to_pylist()
    second = apply(make("pseudonymise"), values, secret=b"two").to_pylist()
    assert not set(first) & set(second)
    assert not any("patient" in p for p in first)


def test_a_pseudonym_is_the_hmac_that_is_documented():
    # printf P-1 | openssl dgst -sha256 -hmac kpseudonymise -binary | base32 | cut -c1-26
    assert apply(make("pseudonymise"), ["P-1", "P-1"], secret=b"k").to_pylist() == [EXPECTED] * 2


EXPECTED = "gfiascb6lqywgjl6wxev43qzw4"


# --- rounding and coding ----------------------------------------------------------------------


def test_rounding_is_exact_and_half_to_even():
    assert apply(make("round", to=10), [5, 15, 25, -5, -15]).to_pylist() == [0, 20, 20, 0, -20]
    assert apply(make("round", to="0.1"), [0.25, 0.35, 1.04]).to_pylist() == [0.2, 0.4, 1.0]
    decimals = pa.array([Decimal("1.25"), Decimal("7.10")], pa.decimal128(6, 2))
    assert apply(make("round", to="0.5"), decimals).to_pylist() == [Decimal("1.00"), Decimal(7)]


@pytest.mark.parametrize("type_", [pa.int8(), pa.int64(), pa.uint16(), pa.float32(), pa.float64()])
def test_rounding_keeps_the_type(type_):
    result = apply(make("round", to=5), pa.array([3, 11, None], type_))
    assert result.type == type_
    assert result.to_pylist() == [5, 10, None]


def test_integers_that_leave_their_type_get_a_wider_one():
    result = apply(make("round", to=50), pa.array([127, 3], pa.int8()))
    assert (result.type, result.to_pylist()) == (pa.int64(), [150, 0])


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=2),
    st.integers(1, 1000),
)
def test_rounded_integers_are_the_nearest_multiples(values, step):
    for value, rounded in zip(
        values, apply(make("round", to=step), values).to_pylist(), strict=True
    ):
        assert rounded % step == 0
        assert abs(rounded - value) * 2 <= step


def test_integers_are_never_rounded_into_fractions():
    assert apply(make("round", to="0.5"), [1, 2]).to_pylist() == [1, 2]
    with pytest.raises(DataError, match=r"holds integers, which rounding to 1.5 would turn"):
        apply(make("round", to="1.5"), [1, 2])


def test_coding_keeps_numbers_numbers_and_makes_text_with_a_label():
    ages = [17, 85, 90, None, 89]
    top = apply(make("top-code", above=89), ages)
    assert (top.type, top.to_pylist()) == (pa.int64(), [17, 85, 89, None, 89])
    label = apply(make("top-code", above=89, label="90+"), ages)
    assert label.to_pylist() == ["17", "85", "90+", None, "89"]
    bottom = apply(make("bottom-code", below=18.5), [17.0, 18.5, 20.25])
    assert bottom.to_pylist() == [18.5, 18.5, 20.25]
    assert apply(make("bottom-code", below=-1, label="neg"), [-2, 0]).to_pylist() == ["neg", "0"]


def test_integers_are_not_coded_to_a_fraction():
    with pytest.raises(DataError, match=r"cannot code them to 89.5; take a whole number, or"):
        apply(make("top-code", above=89.5), [1, 99])
    assert apply(make("top-code", above=89.5, label="90+"), [1, 99]).to_pylist() == ["1", "90+"]


@pytest.mark.parametrize(
    "transform",
    [
        make("round", to=5),
        make("top-code", above=3),
        make("bottom-code", below=3),
        make("micro-aggregate", size=2),
    ],
    ids=lambda t: t.name,
)
def test_transforms_of_numbers_refuse_text_and_what_is_not_finite(transform):
    with pytest.raises(DataError, match=f"'{transform.name}' cannot work on values of type text"):
        apply(transform, ["1", "2"])
    with pytest.raises(DataError, match=r"2 distinct values in 3 records .* finite numbers"):
        apply(transform, [1.0, math.nan, math.inf, math.inf])


# --- microaggregation -------------------------------------------------------------------------


def groups_of(values, result):
    """Values by what they became, ascending."""
    found = {}
    for value, new in sorted(zip(values, result, strict=True)):
        found.setdefault(new, []).append(value)
    return list(found.values())


def least_squares(values, size):
    """The least sum of squares of all groupings of neighbours that keep equal values together."""
    runs = [[v] * values.count(v) for v in sorted(set(values))]
    best = math.inf
    for cut in range(2 ** (len(runs) - 1)):
        groups = [list(runs[0])]
        for i, run in enumerate(runs[1:]):
            if cut >> i & 1:
                groups.append(list(run))
            else:
                groups[-1] += run
        if all(len(group) >= size for group in groups):
            best = min(best, sum(map(squares, groups)))
    return best


def squares(group):
    mean = Fraction(sum(group), len(group))
    return sum((value - mean) ** 2 for value in group)


@given(st.integers(2, 4), st.lists(st.integers(-30, 30), min_size=4, max_size=11))
def test_groups_are_large_enough_and_the_best_there_are(size, values):
    result = apply(make("micro-aggregate", size=size, function="median"), values).to_pylist()
    means = apply(make("micro-aggregate", size=size), values).to_pylist()
    groups = groups_of(values, means)
    assert all(len(group) >= size for group in groups)
    assert float(sum(map(squares, groups))) == pytest.approx(
        float(least_squares(values, size)), rel=1e-9
    )
    assert math.fsum(means) == pytest.approx(sum(values), rel=1e-9, abs=1e-9)
    for group in groups:
        places = [result[values.index(value)] for value in group]
        assert set(places) == {sorted(group)[(len(group) - 1) // 2]}


def test_the_example_of_neighbours():
    values = [1, 2, 10, 11, 12, None, 30, 31]
    mean = apply(make("micro-aggregate", size=2), values)
    assert mean.type == pa.float64()
    assert mean.to_pylist() == [1.5, 1.5, 11.0, 11.0, 11.0, None, 30.5, 30.5]
    median = apply(make("micro-aggregate", size=2, function="median"), values)
    assert median.type == pa.int64()
    assert median.to_pylist() == [1, 1, 11, 11, 11, None, 30, 30]


def test_values_far_from_zero_lose_no_accuracy():
    values = [1e15 + v for v in (0, 1, 10, 11)]
    result = apply(make("micro-aggregate", size=2), values).to_pylist()
    assert result == [1e15 + 0.5, 1e15 + 0.5, 1e15 + 10.5, 1e15 + 10.5]
    assert apply(make("micro-aggregate", size=2), [7, 7, 7]).to_pylist() == [7.0, 7.0, 7.0]
    assert apply(make("micro-aggregate", size=2), [1e308, -1e308]).to_pylist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("values", "mean"),
    [
        ([1, 2, 3], 2.0),
        ([0.1, 0.2, 0.3], 0.2),
        ([2**53 + 1, 2**53 + 3], float(2**53 + 2)),
        ([0, 0, 1], 1 / 3),
    ],
)
def test_means_are_exact(values, mean):
    result = apply(make("micro-aggregate", size=len(values)), values).to_pylist()
    assert result == [mean] * len(values)


def test_fewer_values_than_a_group_needs_are_refused():
    with pytest.raises(DataError, match=r"values in 2 records, .* groups of at least 3; take"):
        apply(make("micro-aggregate", size=3), [1, None, 2])
    with pytest.raises(DataError, match="values in 0 records"):
        apply(make("micro-aggregate", size=2), pa.nulls(3, pa.int64()))
