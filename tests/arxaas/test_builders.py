"""Hierarchies that are built for clients: examples of ARXaaS, and what holds for any values."""

from __future__ import annotations

import calendar
import datetime
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.arxaas import Face, build_hierarchy
from kiaim_server.arxaas.building import builder_of
from kiaim_server.arxaas.building.contract import BuilderError
from kiaim_server.arxaas.building.dates import GRANULARITIES
from kiaim_server.arxaas.building.numbers import Decimal
from kiaim_server.errors import InputError, TooLargeError
from kiaim_server.hierarchy import hierarchy_of_rows


def built(column: list[str], kind: str, **parameters: Any) -> list[list[str]]:
    return builder_of({"type": kind, **parameters}).rows(column)


def level(number: int, *groups: int | tuple[int, str]) -> dict[str, Any]:
    """A level of the wire format; a group is a size, or a size and a label."""
    described = [g if isinstance(g, tuple) else (g, None) for g in groups]
    return {"level": number, "groups": [{"grouping": n, "label": t} for n, t in described]}


def interval(low: float, high: float, label: str | None = None) -> dict[str, Any]:
    return {"from": low, "to": high, "label": label}


# redaction


def test_redaction_pads_in_front_and_redacts_from_the_end_by_default() -> None:
    assert built(["81667", "816", ""], "redactionBased") == [
        ["81667", "8166*", "816**", "81***", "8****", "*****"],
        ["816", "  81*", "  8**", "  ***", " ****", "*****"],
        ["", "    *", "   **", "  ***", " ****", "*****"],
    ]


@pytest.mark.parametrize(
    ("padding", "redaction", "levels"),
    [
        ("LEFT_TO_RIGHT", "LEFT_TO_RIGHT", ["xb#", "xx#", "xxx"]),
        ("LEFT_TO_RIGHT", "RIGHT_TO_LEFT", ["abx", "axx", "xxx"]),
        ("RIGHT_TO_LEFT", "LEFT_TO_RIGHT", ["xab", "xxb", "xxx"]),
        ("RIGHT_TO_LEFT", "RIGHT_TO_LEFT", ["#ax", "#xx", "xxx"]),
    ],
)
def test_redaction_from_either_end(padding: str, redaction: str, levels: list[str]) -> None:
    rows = built(
        ["ab", "cde"],
        "redactionBased",
        paddingCharacter="#",
        redactionCharacter="x",
        paddingOrder=padding,
        redactionOrder=redaction,
    )
    assert rows[0] == ["ab", *levels]


@given(st.lists(st.text("ab1", min_size=1, max_size=6), min_size=1, unique=True))
def test_redaction_is_a_tree(column: list[str]) -> None:
    rows = built(column, "redactionBased")
    assert hierarchy_of_rows(rows, "x", "x").n_levels == max(map(len, column)) + 1
    assert len({row[-1] for row in rows}) == 1


# order


def test_order_groups_neighbours() -> None:
    cities = ["Oslo", "Bergen", "Stockholm", "London", "Paris"]
    levels = [level(0, (3, "nordic-city")), level(0, (2, "mid-european-city"))]
    assert built(cities, "orderBased", levels=levels) == [
        ["Oslo", "nordic-city", "*"],
        ["Bergen", "nordic-city", "*"],
        ["Stockholm", "nordic-city", "*"],
        ["London", "mid-european-city", "*"],
        ["Paris", "mid-european-city", "*"],
    ]


def test_order_repeats_groups_and_names_them_apart() -> None:
    """Groups without a label are called by their values, equal labels get a number."""
    rows = built(list("abcdefg"), "orderBased", levels=[level(0, (2, "two"), 1), level(1, 2)])
    assert [row[1] for row in rows] == ["two", "two", "{c}", "two-1", "two-1", "{f}", "two-2"]
    assert [row[2] for row in rows] == [
        *["{a, b, c}"] * 3,
        *["{d, e, f}"] * 3,
        "{g}",
    ]
    assert {row[3] for row in rows} == {"*"}


def test_order_ends_where_one_group_is_left() -> None:
    rows = built(list("ab"), "orderBased", levels=[level(0, (2, "both")), level(1, 5)])
    assert rows == [["a", "both"], ["b", "both"]]
    assert built(list("ab"), "orderBased", levels=[]) == [["a", "*"], ["b", "*"]]
    assert built(["a"], "orderBased", levels=[]) == [["a"]]


@given(
    st.lists(st.text("abc", min_size=1), min_size=1, unique=True),
    st.lists(st.lists(st.integers(1, 4), min_size=1, max_size=3), max_size=3),
)
def test_order_is_a_tree(column: list[str], sizes: list[list[int]]) -> None:
    levels = [level(n, *groups) for n, groups in enumerate(sizes)]
    rows = built(column, "orderBased", levels=levels)
    hierarchy = hierarchy_of_rows(rows, "x", "x")
    assert len(hierarchy.labels[-1]) == 1
    for below, above in zip(hierarchy.labels, hierarchy.labels[1:], strict=False):
        assert len(above) <= len(below)


# intervals


def test_intervals_repeat_between_the_ranges() -> None:
    rows = built(
        [str(n) for n in range(10)],
        "intervalBased",
        dataType="LONG",
        intervals=[interval(0, 2), interval(2, 4), interval(4, 8)],
        levels=[],
        lowerRange={"snapFrom": 0, "bottomTopCodingFrom": 0, "minMaxValue": -(2**61)},
        upperRange={"snapFrom": 81, "bottomTopCodingFrom": 100, "minMaxValue": 2**61},
    )
    assert [row[1] for row in rows] == [
        *["[0, 2["] * 2,
        *["[2, 4["] * 2,
        *["[4, 8["] * 4,
        *["[8, 10["] * 2,
    ]
    assert {row[2] for row in rows} == {"*"}


def test_labels_of_intervals_and_groups() -> None:
    rows = built(
        ["3", "4", "5", "6", "7", "8"],
        "intervalBased",
        dataType="LONG",
        intervals=[interval(0, 2, "young"), interval(2, 4, "adult"), interval(4, 9, "old")],
        levels=[level(0, 2)],
    )
    assert rows == [
        ["3", "adult", "[0, 4[", "*"],
        *[[n, "old", "[4, 9[", "*"] for n in "45678"],
    ]


def test_a_last_interval_without_end() -> None:
    top = 2**63 - 1
    rows = built(
        ["1", "4", "8", "9"],
        "intervalBased",
        dataType="LONG",
        intervals=[
            interval(0, 2, "young"),
            interval(2, 4, "adult"),
            interval(4, 8, "old"),
            interval(8, top, "very-old"),
        ],
        levels=[level(0, 2)],
    )
    assert [row[1] for row in rows] == ["young", "old", "very-old", "very-old"]
    assert [row[2] for row in rows] == ["[0, 4[", *[f"[4, {top}["] * 3]


def test_intervals_of_decimals() -> None:
    rows = built(
        ["3.3", "4.1", "5", "6.2", "1e1"],
        "intervalBased",
        dataType="DOUBLE",
        intervals=[interval(0.0, 3.5), interval(3.5, 6.1), interval(6.1, 900)],
        levels=[level(0, 2)],
    )
    assert [row[1] for row in rows] == ["[0.0, 3.5[", *["[3.5, 6.1["] * 2, *["[6.1, 900.0["] * 2]
    assert [row[2] for row in rows] == [*["[0.0, 6.1["] * 3, *["[6.1, 900.0["] * 2]


def test_numbers_beyond_the_ranges_are_coded() -> None:
    """And missing values are a group of their own."""
    rows = built(
        ["-5", "0", "3", "24", "29", "30", "", "NULL"],
        "intervalBased",
        dataType="LONG",
        intervals=[interval(0, 10)],
        levels=[],
        lowerRange={"snapFrom": 5, "bottomTopCodingFrom": 0, "minMaxValue": -10},
        upperRange={"snapFrom": 20, "bottomTopCodingFrom": 30, "minMaxValue": 99},
    )
    assert [row[1] for row in rows] == [
        "<0",
        "[0, 10[",
        "[0, 10[",
        *["[10, 30["] * 2,
        ">=30",
        "NULL",
        "NULL",
    ]


@given(
    st.integers(-5, 5),
    st.lists(st.integers(1, 6), min_size=1, max_size=4),
    st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=3), max_size=3),
    st.lists(st.integers(-40, 40), min_size=1, unique=True),
    st.booleans(),
)
def test_intervals_hold_their_numbers(
    begin: int, widths: list[int], sizes: list[list[int]], numbers: list[int], decimal: bool
) -> None:
    """Whatever repeats, and on every level."""
    ends = list(itertools.accumulate(widths, initial=begin))
    rows = built(
        [str(n) for n in numbers],
        "intervalBased",
        dataType="DOUBLE" if decimal else "LONG",
        intervals=[interval(a, b) for a, b in itertools.pairwise(ends)],
        levels=[level(n, *groups) for n, groups in enumerate(sizes)],
        lowerRange={"snapFrom": -30, "bottomTopCodingFrom": -35, "minMaxValue": -40},
        upperRange={"snapFrom": 30, "bottomTopCodingFrom": 35, "minMaxValue": 41},
    )
    for number, row in zip(numbers, rows, strict=True):
        for label in row[1:]:
            if label == "<-35" or label == "<-35.0":
                assert number < -35
            elif label == ">=35" or label == ">=35.0":
                assert number >= 35
            elif label != "*":
                low, high = label.strip("[").split(", ")
                assert float(low) <= number < float(high)
    assert len({row[-1] for row in rows}) == 1


@given(
    st.lists(st.integers(1, 6), min_size=1, max_size=6),
    st.lists(st.lists(st.integers(1, 5), min_size=1, max_size=3), max_size=3),
    st.data(),
)
def test_intervals_are_a_tree_where_they_do_not_repeat(
    widths: list[int], sizes: list[list[int]], data: st.DataObject
) -> None:
    """Beyond their ends they may not be: larger ones repeat by themselves, as in ARX."""
    ends = [0, *itertools.accumulate(widths)]
    within = st.integers(0, ends[-1] - 1)
    rows = built(
        [str(n) for n in data.draw(st.lists(within, min_size=1, unique=True))],
        "intervalBased",
        dataType="LONG",
        intervals=[interval(a, b) for a, b in itertools.pairwise(ends)],
        levels=[level(n, *groups) for n, groups in enumerate(sizes)],
    )
    hierarchy_of_rows(rows, "x", "x")


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0.0"),
        (12.2, "12.2"),
        (1e7, "1.0E7"),
        (-123456789.5, "-1.234567895E8"),
        (2e-4, "2.0E-4"),
    ],
)
def test_doubles_are_spelt_as_in_java(number: float, text: str) -> None:
    assert Decimal().spell(number) == text


# dates


def test_dates_become_less_exact() -> None:
    column = ["2020-07-16 15:28:024", "2019-06-16 20:48:025"]
    names = [
        "DAY_MONTH_YEAR",
        "SECOND_MINUTE_HOUR_DAY_MONTH_YEAR",
        "MINUTE_HOUR_DAY_MONTH_YEAR",
        "HOUR_DAY_MONTH_YEAR",
    ]
    rows = built(column, "dateBased", dateFormat="yyyy-MM-dd HH:mm:SSS", granularities=names)
    assert rows == [
        [column[0], "16.07.2020-15:28:00", "16.07.2020-15:28", "16.07.2020-15:00", "16.07.2020"],
        [column[1], "16.06.2019-20:48:00", "16.06.2019-20:48", "16.06.2019-20:00", "16.06.2019"],
    ]


def test_every_granularity() -> None:
    rows = built(
        ["31.12.2019", ""], "dateBased", dateFormat="dd.MM.yyyy", granularities=list(GRANULARITIES)
    )
    assert rows[0][1:] == [
        "31.12.2019-00:00:00",
        "31.12.2019-00:00",
        "31.12.2019-00:00",
        "31.12.2019",
        "5/12.2019",
        "01/2019",
        "12/2019",
        "3",
        "1",
        "Q4",
        "2019",
        "[2010, 2020[",
        "[2000, 2100[",
        "[2000, 3000[",
    ]
    assert set(rows[1][1:]) == {"NULL"}


@given(st.dates(datetime.date(1600, 1, 1), datetime.date(2400, 12, 31)))
def test_weeks_are_rows_of_a_calendar_that_begins_on_sunday(day: datetime.date) -> None:
    """The rows that `calendar` prints, counted."""
    weeks = calendar.Calendar(calendar.SUNDAY)
    rows = built(
        [day.isoformat()],
        "dateBased",
        dateFormat="yyyy-MM-dd",
        granularities=["WEEK_MONTH_YEAR", "WEEK", "WEEKDAY"],
    )
    of_month, weekday, of_year = rows[0][1:]
    row = next(
        i for i, w in enumerate(weeks.monthdatescalendar(day.year, day.month), 1) if day in w
    )
    assert of_month == f"{row}/{day.month:02}.{day.year}"
    assert int(weekday) == (day.weekday() + 1) % 7 + 1
    saturday = day + datetime.timedelta(days=7 - int(weekday))
    first = datetime.date(saturday.year, 1, 1)
    assert int(of_year) == (saturday - first).days // 7 + 1


@pytest.mark.parametrize(
    ("pattern", "text", "day"),
    [
        ("d/M/yy", "3/4/21", "03.04.2021"),
        ("yyyyMMdd", "20210403", "03.04.2021"),
        ("MMM d, yyyy", "Apr 3, 2021", "03.04.2021"),
        ("EEEE, d MMMM yyyy", "Saturday, 3 april 2021", "03.04.2021"),
        ("dd'th of 'MM yyyy 'o''clock'", "03th of 04 2021 o'clock", "03.04.2021"),
    ],
)
def test_patterns(pattern: str, text: str, day: str) -> None:
    rows = built([text], "dateBased", dateFormat=pattern, granularities=["DAY_MONTH_YEAR"])
    assert rows == [[text, day]]


@pytest.mark.parametrize(
    ("pattern", "text", "hour"),
    [
        ("yyyy H", "2021 23", "23"),
        ("yyyy k", "2021 24", "00"),
        ("yyyy h a", "2021 12 AM", "00"),
        ("yyyy h a", "2021 1 pm", "13"),
        ("yyyy K a", "2021 11 PM", "23"),
    ],
)
def test_hours(pattern: str, text: str, hour: str) -> None:
    rows = built([text], "dateBased", dateFormat=pattern, granularities=["HOUR_DAY_MONTH_YEAR"])
    assert rows[0][1] == f"01.01.2021-{hour}:00"


def test_two_digit_years_are_near() -> None:
    this_year = datetime.datetime.now(datetime.UTC).year
    for year in (this_year - 80, this_year, this_year + 19):
        column = [f"{year % 100:02}.01"]
        rows = built(column, "dateBased", dateFormat="yy.MM", granularities=["YEAR"])
        assert rows[0][1] == str(year)


# what is refused

MARK = "ZZMARK"
_DATES = {"dateFormat": "yyyy-MM-dd", "granularities": ["YEAR"]}
_LONGS = {"dataType": "LONG", "levels": [], "intervals": [interval(0, 2)]}


@pytest.mark.parametrize(
    ("kind", "parameters", "words"),
    [
        ("no-such", {}, "builder.type"),
        ("redactionBased", {"paddingCharacter": "ab"}, "paddingCharacter"),
        ("redactionBased", {"redactionOrder": "UP"}, "redactionOrder"),
        ("orderBased", {}, "levels"),
        ("orderBased", {"levels": [level(0, 0)]}, "grouping"),
        ("orderBased", {"levels": [level(1, 2)]}, "level 0 has no groups"),
        ("intervalBased", {**_LONGS, "intervals": []}, "intervals"),
        ("intervalBased", {**_LONGS, "dataType": "TEXT"}, "dataType"),
        ("intervalBased", {**_LONGS, "intervals": [interval(2, 2)]}, "must be below"),
        (
            "intervalBased",
            {**_LONGS, "intervals": [interval(0, 2), interval(3, 4)]},
            "begin where the one before it ends",
        ),
        (
            "intervalBased",
            {
                **_LONGS,
                "lowerRange": {"snapFrom": 5, "bottomTopCodingFrom": 6, "minMaxValue": 0},
                "upperRange": {"snapFrom": 9, "bottomTopCodingFrom": 9, "minMaxValue": 9},
            },
            "from the bottom up",
        ),
        ("dateBased", {**_DATES, "granularities": []}, "granularities"),
        ("dateBased", {**_DATES, "granularities": ["ERA"]}, "granularities"),
        ("dateBased", {**_DATES, "dateFormat": "yyyy zzz"}, "letter 'z'"),
        ("dateBased", {**_DATES, "dateFormat": "yyyy 'x"}, "quote is not closed"),
        ("dateBased", {**_DATES, "dateFormat": "HH:mm"}, "y, M or d"),
    ],
)
def test_parameters_that_make_no_builder(kind: str, parameters: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        built(["1"], kind, **parameters)


@pytest.mark.parametrize(
    ("kind", "parameters", "value"),
    [
        ("intervalBased", _LONGS, "1.5"),
        ("intervalBased", _LONGS, "77"),
        ("intervalBased", _LONGS, "-1"),
        ("intervalBased", _LONGS, MARK),
        ("intervalBased", {**_LONGS, "dataType": "DOUBLE"}, "nan"),
        ("dateBased", _DATES, MARK),
        ("dateBased", _DATES, "2021-02-30"),
        ("dateBased", _DATES, "2021-2-3 x"),
    ],
)
def test_a_value_that_fits_nowhere_is_named_by_its_place(
    kind: str, parameters: Any, value: str
) -> None:
    column = ["1" if kind == "intervalBased" else "2021-01-01", value]
    with pytest.raises(BuilderError, match="value 2") as refused:
        built(column, kind, **parameters)
    assert value not in str(refused.value)


@pytest.mark.parametrize(
    ("column", "builder"),
    [
        (["x" * 3000] * 9, {"type": "redactionBased"}),
        ([f"{n:0400}" for n in range(500)], {"type": "orderBased", "levels": [level(0, 500)]}),
        (["a", "b"], {"type": "orderBased", "levels": [level(0, 10**9)]}),
    ],
)
def test_labels_do_not_grow_without_bounds(column: list[str], builder: Any) -> None:
    """The last one only says that large groups cost nothing."""
    if len(column) == 2:
        assert builder_of(builder).rows(column) == [["a", "{a, b}"], ["b", "{a, b}"]]
        return
    with pytest.raises(TooLargeError, match="characters"):
        builder_of(builder).rows(column)


def test_the_answer_is_a_file(tmp_path: Path) -> None:
    body = tmp_path / "body.json"
    body.write_text('{"column": [1, 2.50], "builder": {"type": "redactionBased"}}')
    assert build_hierarchy(Face(), body, tmp_path) == {}
    rows = json.loads((tmp_path / "answer.json").read_text())["hierarchy"]
    assert [row[0] for row in rows] == ["1", "2.50"]
    with pytest.raises(TooLargeError):
        build_hierarchy(Face(max_records=1), body, tmp_path)
