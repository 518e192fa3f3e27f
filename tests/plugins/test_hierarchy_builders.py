from datetime import date, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kiaim_plugins.hierarchy_builders import kiaim_register_hierarchy_builders

from kiaim_server.errors import HierarchyError, ParameterError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.contract import HierarchyBuilder
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.table import as_text

BUILDERS = {kind.name: kind for kind in kiaim_register_hierarchy_builders()}


def build(name, values, **parameters):
    array = values if isinstance(values, pa.Array) else pa.array(values)
    return BUILDERS[name].from_parameters(parameters).build("column", array)


def rows(hierarchy):
    levels = range(hierarchy.n_levels)
    return [
        [hierarchy.labels[level][hierarchy.maps[level][leaf]] for level in levels]
        for leaf in range(hierarchy.n_leaves)
    ]


def assert_tree_over(hierarchy, values):
    """Every value is a leaf, levels nest (the constructor checks it), one root on top."""
    occurring = as_text(values.drop_null()).to_pylist()
    assert set(occurring) <= set(hierarchy.labels[0].tolist())
    columns = list(zip(*rows(hierarchy), strict=True))
    again = Hierarchy.from_columns("column", columns, hierarchy.level_names)
    assert again.digest == hierarchy.digest
    assert hierarchy.labels[-1].tolist() == ["*"]
    assert hierarchy.level_names[-1] == "all"


def test_the_host_finds_all_builders_by_the_entry_point():
    host = PluginHost.load()
    assert {"intervals", "redaction", "dates", "order", "values"} <= set(
        host.classes["hierarchy builder"]
    )
    assert host.get("hierarchy builder", "dates", HierarchyBuilder) is BUILDERS["dates"]


# --- intervals --------------------------------------------------------------------------------


def test_intervals_of_integers():
    found = build("intervals", [23, 24, 25, 41, None], widths=[5, 10, 20])
    assert found.level_names == ("value", "width 5", "width 10", "width 20", "all")
    assert rows(found) == [
        ["23", "20-24", "20-29", "20-39", "*"],
        ["24", "20-24", "20-29", "20-39", "*"],
        ["25", "25-29", "20-29", "20-39", "*"],
        ["41", "40-44", "40-49", "40-59", "*"],
    ]


def test_intervals_of_numbers_are_half_open_and_exact():
    found = build("intervals", [0.3, 1.75, -0.05], widths=[0.1, "0.5"])
    assert found.labels[1].tolist() == ["[0.3, 0.4)", "[1.7, 1.8)", "[-0.1, 0)"]
    assert found.labels[2].tolist() == ["[0, 0.5)", "[1.5, 2)", "[-0.5, 0)"]


def test_intervals_of_text_that_spells_numbers_keep_its_leaves():
    found = build("intervals", ["007", "7", "12"], width=10)
    assert rows(found) == [["007", "0-9", "*"], ["7", "0-9", "*"], ["12", "10-19", "*"]]
    assert build("intervals", ["7", "12.5"], width=10).labels[1].tolist() == ["[0, 10)", "[10, 20)"]


def test_limits_make_one_class_each_and_cut_bands():
    found = build("intervals", [3, 18, 89, 90, 130], widths=[5, 20], bottom=18, top=90)
    assert rows(found) == [
        ["3", "<18", "<18", "*"],
        ["18", "18-19", "18-19", "*"],
        ["89", "85-89", "80-89", "*"],
        ["90", ">=90", ">=90", "*"],
        ["130", ">=90", ">=90", "*"],
    ]


def test_an_origin_shifts_bands_and_negative_ones_are_legible():
    found = build("intervals", [-3, 0, 2], width=5, origin=-2)
    assert found.labels[1].tolist() == ["-7 to -3", "-2 to 2"]
    assert build("intervals", [4], width=1).labels[1].tolist() == ["4"]


def test_stated_bounds_leave_the_outer_bands_open():
    found = build("intervals", [3, 18, 40, 70], bounds=[[18, 40, 65], [18, 65]])
    assert found.level_names == ("value", "bounds 1", "bounds 2", "all")
    assert found.labels[1].tolist() == ["<18", "18-39", "40-64", ">=65"]
    assert found.labels[2].tolist() == ["<18", "18-64", ">=65"]


finite = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(
    st.lists(st.integers(-(2**62), 2**62) | st.none(), min_size=1, unique=True),
    st.integers(1, 1000),
    st.lists(st.integers(2, 5), max_size=3),
    st.integers(-50, 50),
    st.none() | st.integers(-100, 100),
)
def test_intervals_cover_integers_and_nest(values, width, factors, origin, bottom):
    widths = [width]
    for factor in factors:
        widths.append(widths[-1] * factor)
    array = pa.array(values, pa.int64())
    top = None if bottom is None else bottom + 200
    found = build("intervals", array, widths=widths, origin=origin, bottom=bottom, top=top)
    assert_tree_over(found, array)


@given(st.lists(finite, min_size=1, unique=True), st.sampled_from(["0.1", "1/3", "2.5", "7"]))
def test_intervals_cover_numbers_and_each_lies_in_its_band(values, width):
    array = pa.array(values, pa.float64())
    found = build("intervals", array, width=width)
    assert_tree_over(found, array)


@given(st.lists(st.integers(-100, 100), min_size=1, unique=True), st.data())
def test_bounds_nest(values, data):
    fine = sorted(data.draw(st.sets(st.integers(-120, 120), min_size=2, max_size=8)))
    coarse = sorted(data.draw(st.sets(st.sampled_from(fine), min_size=1, max_size=len(fine) - 1)))
    array = pa.array(values)
    assert_tree_over(build("intervals", array, bounds=[fine, coarse]), array)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "give exactly one of width, widths and bounds"),
        ({"width": 5, "widths": [5]}, "give exactly one"),
        ({"width": 0}, "width: 0 is not above 0"),
        ({"widths": []}, "widths: "),
        ({"widths": [5, 12]}, "12 is no multiple of 5"),
        ({"widths": [5, 5]}, "5 is no multiple of 5"),
        ({"width": 5, "bottom": 3, "top": 3}, "top: 3 is not above bottom, 3"),
        ({"bounds": [[1, 1]]}, "ascending"),
        ({"bounds": [[1, 5], [1, 4]]}, "would not nest"),
        ({"bounds": [[1, 5], [1, 5]]}, "would not nest"),
        ({"bounds": [[1]], "top": 3}, "not with bounds"),
        ({"width": "many"}, "width: 'many' is not a number"),
        ({"widht": 5}, "widht: Unknown field"),
    ],
)
def test_intervals_refuse_parameters(parameters, message):
    with pytest.raises(ParameterError) as caught:
        BUILDERS["intervals"].from_parameters(parameters)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["1", "x", "1/2", "1_0"], r"3 values cannot be placed: 'x', '1/2', '1_0'; expected"),
        ([str(i) + "x" for i in range(9)], r"9 values .*'4x' and 4 more; expected finite"),
        ([1.0, float("nan")], r"1 value cannot be placed: 'nan'"),
        ([date(2024, 1, 1)], r"intervals cannot place values of type date; .* 'dates'"),
        ([True], r"values of type boolean"),
    ],
)
def test_intervals_refuse_what_is_no_number(values, message):
    with pytest.raises(HierarchyError, match=message):
        build("intervals", values, width=5)


# --- redaction --------------------------------------------------------------------------------


def test_redaction_hides_from_the_right_as_zip_codes_are():
    assert rows(build("redaction", ["00501", "12345"])) == [
        ["00501", "0050*", "005**", "00***", "0****", "*"],
        ["12345", "1234*", "123**", "12***", "1****", "*"],
    ]


def test_redaction_fills_shorter_codes_up_to_the_longest():
    assert rows(build("redaction", ["12", "12345"], step=2)) == [
        ["12", "12***", "1****", "*"],
        ["12345", "123**", "1****", "*"],
    ]
    left = build("redaction", ["12", "345"], side="left", character="#")
    assert rows(left) == [["12", "#12", "##2", "*"], ["345", "#45", "##5", "*"]]
    assert left.level_names == ("value", "redacted 1", "redacted 2", "all")


@given(
    st.lists(st.text("ab*0", max_size=6).filter(bool), min_size=1, unique=True),
    st.sampled_from(["left", "right"]),
    st.integers(1, 4),
)
def test_redaction_covers_and_nests(values, side, step):
    array = pa.array(values)
    found = build("redaction", array, side=side, step=step)
    assert_tree_over(found, array)
    longest = max(map(len, values))
    assert all(len(label) == longest for level in found.labels[1:-1] for label in level)


def test_redaction_refuses_other_types_and_free_text():
    with pytest.raises(HierarchyError, match="redaction cannot place values of type number"):
        build("redaction", [1.5])
    with pytest.raises(HierarchyError, match=r"500 characters, which makes 499 levels"):
        build("redaction", ["x" * 500])
    with pytest.raises(ParameterError, match="redaction: character"):
        BUILDERS["redaction"].from_parameters({"character": "**"})
    with pytest.raises(ParameterError, match="redaction: side"):
        BUILDERS["redaction"].from_parameters({"side": "both"})


# --- dates ------------------------------------------------------------------------------------


def test_dates_fall_into_periods():
    found = build("dates", [date(2024, 3, 5), date(2019, 12, 31)], levels=["month", "quarter"])
    assert found.level_names == ("day", "month", "quarter", "all")
    assert rows(found) == [
        ["2024-03-05", "2024-03", "2024-Q1", "*"],
        ["2019-12-31", "2019-12", "2019-Q4", "*"],
    ]
    assert build("dates", [date(2024, 3, 5)], levels=["year", "decade"]).labels[1:3] == (
        ["2024"],
        ["2020s"],
    )


def test_weeks_are_those_of_iso_8601():
    found = build("dates", [date(2024, 12, 29), date(2024, 12, 30)], levels=["week"])
    assert found.labels[1].tolist() == ["2024-W52", "2025-W01"]


def test_timestamps_are_exact_and_local():
    moments = pa.array([datetime(2024, 3, 5, 23, 30)], pa.timestamp("us", "Europe/Berlin"))
    found = build("dates", moments, levels=["day"])
    assert found.level_names == ("exact", "day", "all")
    assert found.labels[1].tolist() == ["2024-03-06"]


def test_dates_as_text():
    assert build("dates", ["2024-03-05"], levels=["day", "year"]).level_names == (
        "day",
        "year",
        "all",
    )
    stated = build("dates", ["05.03.2024"], levels=["day", "year"], format="%d.%m.%Y")
    assert rows(stated) == [["05.03.2024", "2024-03-05", "2024", "*"]]
    assert stated.level_names == ("exact", "day", "year", "all")
    timed = build("dates", ["2024-03-05T10:00:00Z", "2024-03-05"], levels=["day"])
    assert timed.level_names[0] == "exact"
    assert timed.labels[1].tolist() == ["2024-03-05"]


def test_dates_with_points_are_day_month_year():
    found = build("dates", ["29.07.1926", "5.3.2024"], levels=["day", "month", "year"])
    assert found.level_names == ("exact", "day", "month", "year", "all")
    assert rows(found) == [
        ["29.07.1926", "1926-07-29", "1926-07", "1926", "*"],
        ["5.3.2024", "2024-03-05", "2024-03", "2024", "*"],
    ]
    timed = build("dates", ["29.07.1926 10:30", "05.03.2024 9:05:59"], levels=["month"])
    assert timed.labels[1].tolist() == ["1926-07", "2024-03"]
    with pytest.raises(HierarchyError, match="1 value cannot be placed"):
        build("dates", ["29.07.1926", "07.29.1926", "30.07.1926"], levels=["month"])


def test_years_may_be_integers():
    found = build("dates", [1950, 1959, None], levels=["month", "year", "decade"])
    assert found.level_names == ("year", "decade", "all")
    assert rows(found) == [["1950", "1950s", "*"], ["1959", "1950s", "*"]]


def test_periods_as_text_take_the_coarser_levels():
    found = build("dates", ["2024-03", "2024-11"], levels=["day", "month", "quarter", "year"])
    assert found.level_names == ("month", "quarter", "year", "all")
    assert rows(found)[1] == ["2024-11", "2024-Q4", "2024", "*"]
    assert build("dates", ["2024-Q4"], levels=["year"]).level_names == ("quarter", "year", "all")
    assert build("dates", ["2024"], levels=["decade"]).labels[1].tolist() == ["2020s"]
    with pytest.raises(HierarchyError, match="it holds weeks, and a week does not lie in one year"):
        build("dates", ["2024-W10"], levels=["year"])


days = st.dates(date(1, 1, 1), date(9999, 12, 31))


@given(
    st.lists(days, min_size=1, unique=True),
    st.sampled_from([["day", "week"], ["month", "quarter", "year", "decade"], ["year"]]),
    st.booleans(),
)
def test_dates_cover_and_nest(values, levels, as_text_column):
    array = pa.array(values)
    array = as_text(array) if as_text_column else array
    assert_tree_over(build("dates", array, levels=levels), array)


@given(st.lists(days, min_size=1, unique=True))
def test_a_period_holds_exactly_the_days_between_its_ends(values):
    found = build("dates", pa.array(values), levels=["week"])
    mondays = {day: day.toordinal() - day.weekday() for day in values}
    label_of = dict(zip(values, (row[1] for row in rows(found)), strict=True))
    for first in values:
        for second in values:
            same = mondays[first] == mondays[second]
            assert same == (label_of[first] == label_of[second])


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "levels: Missing data"),
        ({"levels": []}, "levels: "),
        ({"levels": ["week", "month"]}, "a week does not lie in one month"),
        ({"levels": ["year", "month"]}, "month is not coarser than year"),
        ({"levels": ["month", "month"]}, "month is not coarser than month"),
        ({"levels": ["hour"]}, "levels: "),
        ({"levels": ["year"], "format": "%Y"}, "does not say day, month and year"),
        ({"levels": ["year"], "format": "%d.%m.%K"}, "is no date format"),
    ],
)
def test_dates_refuse_parameters(parameters, message):
    with pytest.raises(ParameterError) as caught:
        BUILDERS["dates"].from_parameters(parameters)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["2024-02-30", "2024-02-29"], r"1 value cannot be placed: '2024-02-30'; expected dates"),
        (["2024-03-05", "05.03.2024"], r"'05.03.2024'; expected dates such as .* give 'format'"),
        ([7, 2024], r"1 value cannot be placed: '7'; expected years such as 1950"),
        ([1.5], r"dates cannot place values of type number; it takes dates, .* years as integers"),
        (
            ["03/04/2024", "03/05/2024"],
            r"with slashes .* give 'format', e\.g\. %d/%m/%Y or %m/%d/%Y",
        ),
        (["29.07.26", "05.03.2024"], r"expected dates such as 2024-03-05 or 05\.03\.2024"),
    ],
)
def test_dates_refuse_what_is_no_date(values, message):
    with pytest.raises(HierarchyError, match=message):
        build("dates", values, levels=["year"])


def test_dates_beyond_the_calendar_are_refused():
    far = pa.array([4_000_000], pa.int32()).cast(pa.date32())
    with pytest.raises(HierarchyError, match="1 value cannot be placed"):
        build("dates", far, levels=["year"])
    assert date.max - date.min < timedelta(days=4_000_000)


# --- order and values -------------------------------------------------------------------------

SEVERITY = [
    [{"label": "low", "values": [1, 2]}, {"label": "high", "values": ["3", 4]}],
    [{"label": "known", "values": ["low", "high"]}],
]


def test_an_order_is_built_as_written_whether_values_occur_or_not():
    found = build("order", [1, 3], groups=SEVERITY, names=["grade", "any"])
    assert found.level_names == ("value", "grade", "any", "all")
    assert rows(found) == [
        ["1", "low", "known", "*"],
        ["2", "low", "known", "*"],
        ["3", "high", "known", "*"],
        ["4", "high", "known", "*"],
    ]
    assert build("order", [1], groups=SEVERITY).level_names == (
        "value",
        "group 1",
        "group 2",
        "all",
    )


def test_an_order_refuses_values_that_it_lacks():
    with pytest.raises(HierarchyError, match=r"2 values cannot be placed: '5', '6'; add each"):
        build("order", [1, 5, 6], groups=SEVERITY)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "groups: Missing data"),
        ({"groups": [[{"label": "a", "values": []}]]}, "groups: "),
        ({"groups": [[{"label": "a", "values": [True]}]]}, "write the value in quotes"),
        ({"groups": [[{"label": "a", "values": [1, "1"]}]]}, "level 1 has the value '1' twice"),
        (
            {"groups": [[{"label": "a", "values": [1]}, {"label": "a", "values": [2]}]]},
            "level 1 has the label 'a' twice",
        ),
        (
            {"groups": [SEVERITY[0], [{"label": "x", "values": ["low"]}]]},
            "level 2: 'high' is in no group, but a label of level 1",
        ),
        (
            {"groups": [SEVERITY[0], [{"label": "x", "values": ["low", "high", "odd"]}]]},
            "level 2: 'odd' is no label of level 1",
        ),
        ({"groups": SEVERITY, "names": ["one"]}, "names: give 2 distinct names"),
        ({"groups": SEVERITY, "names": ["one", "all"]}, "names: give 2 distinct names"),
    ],
)
def test_an_order_refuses_parameters(parameters, message):
    with pytest.raises(ParameterError) as caught:
        BUILDERS["order"].from_parameters(parameters)
    assert message in str(caught.value)


def test_values_have_one_level_above():
    found = build("values", [True, False, None])
    assert rows(found) == [["true", "*"], ["false", "*"]]
    assert found.level_names == ("value", "all")


@pytest.mark.parametrize(
    ("name", "parameters", "type_"),
    [
        ("intervals", {"width": 5}, pa.int64()),
        ("redaction", {}, pa.string()),
        ("dates", {"levels": ["year"]}, pa.date32()),
        ("values", {}, pa.string()),
    ],
)
def test_a_column_of_missing_values_gets_a_row_for_them(name, parameters, type_):
    found = build(name, pa.nulls(1, type_), **parameters).with_missing()
    assert found.labels[0].tolist() == [None]
    assert found.labels[-1].tolist() == ["*"]
