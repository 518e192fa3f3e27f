"""Every fault of a hierarchy file at its place: against brute force on files made to be broken."""

from __future__ import annotations

import csv
import io
import itertools
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.errors import HierarchyError
from kiaim_server.hierarchy import check_hierarchy, file_rows, file_text, parse_hierarchy
from kiaim_server.hierarchy.checking import MOST
from kiaim_server.model.hierarchy import Hierarchy

FILE = "trees.csv"


def found(text: str | bytes) -> list[tuple[str, int, int]]:
    data = text.encode() if isinstance(text, str) else text
    return [(f.code, f.line, f.column) for f in check_hierarchy(data, FILE).findings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;x;*\nb;x;*\nc;y;*\n", []),
        ("", [("H103", 1, 1)]),
        ("a;x;*\nb;y\nc;x;*\n", [("H105", 2, 1)]),
        ("a;x;*\n\nb;x;*\n", [("H105", 2, 1)]),
        ("a;x;*\nb;;*\n", [("H106", 2, 3)]),
        ("a;x;*\nb;x;*\na;x;*\n", [("H107", 3, 1)]),
        ("a;x;*\nb;x;*\na;y;*\n", [("H108", 3, 3)]),
        ("a;x;u\nb;x;v\nc;y;u\n", [("H109", 2, 3)]),
        ('a;x;*\nb;"x;*\n', [("H102", 2, 1)]),
        ("a,x,*\nb,x,*\n", [("H104", 1, 1)]),
        ("a;x;*\nb;y;*\n", [("W101", 1, 3)]),
        ("a;x\nb;x\nc;y\n", [("W102", 1, 3)]),
        ("a;x;*\nb;X;*\nc;x;*\n", [("W103", 2, 3)]),
        (";;*\na;x;*\nb;x;*\n", []),
        ('"a;b";x;*\n"c\nd";x;*\ne;x;*\ne;y;*\n', [("H108", 5, 3)]),
        ("a;x;*\r\nb;x;*\r\na;y;*\r\n", [("H108", 3, 3)]),
        ("a;x;*", []),
    ],
)
def test_each_fault_has_its_code_and_place(text: str, expected: list[tuple[str, int, int]]) -> None:
    assert found(text) == expected


@pytest.mark.parametrize(
    ("data", "line", "column"),
    [
        ("ü;x;*\nb;x;*\n".encode("cp1252"), 1, 1),
        ("a;x;*\nb;Köln;*\n".encode("cp1252"), 2, 4),
        ("a;x;*\nb;x;*\n".encode("utf-16"), 1, 1),
    ],
)
def test_another_encoding_is_one_fault_and_hides_no_other(
    data: bytes, line: int, column: int
) -> None:
    assert found(data) == [("H101", line, column)]
    assert ("H109", 2, 3) in found("ä;x;*\nb;x;y\n".encode("cp1252"))


def test_a_byte_order_mark_of_utf_8_is_none() -> None:
    assert found("\ufeffa;x;*\nb;x;*\nc;y;*\n".encode()) == []


def test_many_faults_of_one_kind_are_cut_and_counted() -> None:
    text = "a;x;*\n" * (MOST + 51)
    findings = check_hierarchy(text.encode(), FILE).findings
    assert len(findings) == MOST
    assert "and 50 more" in findings[-1].message


def test_messages_name_labels_lines_and_the_mend() -> None:
    (fault,) = check_hierarchy(b"a;x;u\nb;x;v\n", FILE).findings
    assert str(fault) == (
        "trees.csv:2:3: H109 'x' of level 1 is 'v' on level 2 here, but 'u' in line 1; give it "
        "one, or two names on level 1"
    )


CELL = st.sampled_from(["a", "b", "c", "d", "A", "x;y", 'q"', "", "two\nlines", "*"])
FILES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=7)
)


def written(rows: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";", lineterminator="\n").writerows(rows)
    return text.getvalue()


@given(FILES)
def test_there_are_errors_where_the_reader_refuses_and_nowhere_else(rows: list[list[str]]) -> None:
    data = written(rows).encode()
    checked = check_hierarchy(data, FILE)
    try:
        parse_hierarchy(data, "column", FILE)
    except HierarchyError:
        assert checked.has_errors
        assert checked.hierarchy is None
    else:
        assert not checked.has_errors
        assert checked.hierarchy is not None
    assert "H199" not in {f.code for f in checked.findings}


@given(FILES)
def test_ambiguous_values_and_split_labels_are_those_of_a_brute_force_count(
    rows: list[list[str]],
) -> None:
    """Pairs of rows by the definition: equal value, other path; equal label, other parent."""
    lines = [1]
    for row in rows:
        lines.append(lines[-1] + 1 + sum(cell.count("\n") for cell in row))
    told = check_hierarchy(written(rows).encode(), FILE).findings
    by_code = defaultdict(set)
    for finding in told:
        by_code[finding.code].add(finding.line)

    first: dict[str, list[str]] = {}
    for row in rows:
        first.setdefault(row[0], row)
    seen: set[str] = set()
    ambiguous, twice = set(), set()
    for line, row in zip(lines, rows, strict=False):
        if row[0] in seen:
            (twice if row == first[row[0]] else ambiguous).add(line)
        seen.add(row[0])
    assert by_code["H108"] == ambiguous
    assert by_code["H107"] == twice

    split = 0
    kept = list(first.values())
    for level in range(1, len(rows[0]) - 1):
        for label in {row[level] for row in kept}:
            split += len({row[level + 1] for row in kept if row[level] == label}) > 1
    assert sum(f.code == "H109" for f in told) == split

    if not any(finding.severity == "error" for finding in told):
        sizes = [len({row[level] for row in rows}) for level in range(len(rows[0]))]
        useless = sum(a == b for a, b in itertools.pairwise(sizes)) if sizes[0] > 1 else 0
        assert sum(f.code == "W101" for f in told) == useless
        assert any(f.code == "W102" for f in told) == (sizes[-1] > 1)


LABEL = st.text(st.characters(codec="utf-8"), min_size=1).filter(lambda text: text[0] != "\ufeff")


@given(
    st.lists(LABEL, min_size=1, max_size=6, unique=True).map(
        lambda values: [[value, value[:1], "*"] for value in values]
    )
)
def test_a_written_hierarchy_is_read_back(rows: list[list[str]]) -> None:
    tree = Hierarchy.from_columns("column", list(zip(*rows, strict=True)))
    text = file_text(tree)
    assert list(file_rows(parse_hierarchy(text.encode(), "column", FILE))) == rows
    assert not check_hierarchy(text.encode(), FILE).has_errors


def test_a_hierarchy_with_a_row_for_the_missing_value_is_read_back() -> None:
    tree = Hierarchy.from_columns("column", [["a", None], ["x", None], ["*", "*"]])
    assert file_text(tree) == "a;x;*\n;;*\n"


def test_what_would_be_read_back_as_something_else_is_not_written() -> None:
    tree = Hierarchy.from_columns("column", [["\ufeffa", "b"], ["*", "*"]])
    with pytest.raises(HierarchyError, match="cannot be written"):
        file_text(tree)
