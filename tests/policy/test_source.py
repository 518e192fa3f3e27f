from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.policy.source import (
    MAX_BYTES,
    Mapping,
    Mark,
    Scalar,
    mark_in,
    plain,
    read_file,
    read_source,
)


def values(text: str) -> object:
    read = read_source(text, "f.yaml")
    assert read.faults == ()
    assert read.root is not None
    return plain(read.root)


def test_values_follow_yaml_1_2_and_nothing_is_converted_silently() -> None:
    text = "country: NO\non: yes\ntime: 12:30\nzip: 010\ndate: 2026-01-01\nhex: 0x10\ninf: .inf\n"
    assert values(text) == {
        "country": "NO",
        "on": "yes",
        "time": "12:30",
        "zip": "010",
        "date": "2026-01-01",
        "hex": "0x10",
        "inf": ".inf",
    }
    assert values("a: true\nb: 3\nc: -0.5\nd: null\ne:\nf: '3'\n") == {
        "a": True,
        "b": 3,
        "c": -0.5,
        "d": None,
        "e": None,
        "f": "3",
    }


def test_every_key_and_value_has_its_place() -> None:
    root = read_source("a: 1\nb:\n  - x\n  - {c: 'y'}\n", "f.yaml").root
    assert isinstance(root, Mapping)
    assert root.entries["b"].mark == Mark(2, 1)
    inner = root.entries["b"].value.items[1].entries["c"]  # type: ignore[union-attr]
    assert (inner.mark, inner.value.mark) == (Mark(4, 6), Mark(4, 9))


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("a: 1\na: 2\n", "P101", (2, 1)),
        ("a: &x 1\n", "P107", (1, 4)),
        ("a: 1\nb: *a\n", "P107", (2, 4)),
        ("a: !!python/object:os.system x\n", "P108", (1, 4)),
        ("a: !mine x\n", "P108", (1, 4)),
        ("1: a\n", "P103", (1, 1)),
        ("? [a]\n: b\n", "P103", (1, 3)),
        ("a: [1\n", "P100", (2, 1)),
        ("a: 1\n---\nb: 2\n", "P100", (2, 1)),
        ("", "P100", (1, 1)),
        ("a:\n\t- b\n", "P100", (2, 1)),
        ("a: '\u202e'\n", "P109", (1, 5)),
        ("a: x\u200b\n", "P109", (1, 5)),
        ("a: \x00\n", "P109", (1, 4)),
        ('a: "\\u202e"\n', "P109", (1, 4)),
        ("[" * 30 + "]" * 30, "P109", (1, 22)),
    ],
)
def test_what_hides_meaning_is_refused_at_its_place(
    text: str, code: str, place: tuple[int, int]
) -> None:
    faults = read_source(text, "f.yaml").faults
    assert (faults[0].code, (faults[0].line, faults[0].column)) == (code, place)


def test_an_alias_bomb_is_refused_without_being_expanded() -> None:
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 60)]
    faults = read_source("\n".join(lines), "f.yaml").faults
    assert {f.code for f in faults[:-1]} == {"P107"}
    assert "more than 500 faults" in faults[-1].message


def test_size_and_encoding_are_limited(tmp_path: Path) -> None:
    assert read_source(b"a: \xff", "f").faults[0].code == "P109"
    assert read_source("#" * (MAX_BYTES + 1), "f").faults[0].code == "P109"
    big = tmp_path / "big.yaml"
    big.write_bytes(b"a" * 10_000_000)
    assert read_file(big).faults[0].message.startswith("larger than 256 kB")
    assert read_file(tmp_path / "none.yaml").faults[0].code == "P109"


def test_deep_nesting_stays_a_fault() -> None:
    assert read_source("[" * 100_000, "f").faults[0].code == "P109"


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("a: release.x\n", 8, Mark(1, 12)),
        ("a: 'it''s x'\n", 5, Mark(1, 11)),
        ('a: "b c"\n', 2, Mark(1, 7)),
        ("a: |\n  one\n    two\n", 6, Mark(3, 5)),
        ("a: >\n  one\n  two\n", 5, Mark(1, 4)),
    ],
)
def test_characters_of_a_value_are_found_in_the_file(text: str, offset: int, place: Mark) -> None:
    root = read_source(text, "f").root
    assert isinstance(root, Mapping)
    scalar = root.entries["a"].value
    assert isinstance(scalar, Scalar)
    assert mark_in(scalar, offset, text)[0] == place


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    read = read_source(text, "f")
    assert read.faults or read.root is not None


@given(st.binary(max_size=100))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    read = read_source(data, "f")
    assert read.faults or read.root is not None
