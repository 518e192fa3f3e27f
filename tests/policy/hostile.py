# ruff: noqa: E501 - a table of texts
"""Broken policies that are too large, or of too odd bytes, to lie in a folder as files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

HEAD = """\
schema: kiaim/policy/v1
policy: hostile
version: "1.0.0"
title: Hostile
sources:
  src: {cite: A source, kind: convention}
"""
RULE = "rules:\n  - {id: r, decide: block, because: x, cite: src, when: "
LARGE = 250_000


@dataclass(frozen=True)
class Hostile:
    """A file, and the first error in it: code, line, column and words of its message."""

    name: str
    content: bytes
    code: str
    line: int
    column: int
    words: str


def _text(
    name: str, body: str, code: str, line: int, column: int, words: str, head: str = HEAD
) -> Hostile:
    return Hostile(name, (head + body).encode("utf-8"), code, line, column, words)


def _fill(entry: str, size: int = LARGE) -> str:
    """The entry so often that it fills a file, with a number for ``@``."""
    return "".join(entry.replace("@", str(i)) for i in range(size // (len(entry) + 3)))


def hostile() -> Iterator[Hostile]:
    """All of them."""
    yield from _bytes()
    yield from _yaml()
    yield from _conditions()
    yield from _many()


def _bytes() -> Iterator[Hostile]:
    good = HEAD.encode()
    large = "larger than 256 kB, the limit; split it"
    yield Hostile("ten-megabytes", good + b"#" * 10_000_000, "P109", 1, 1, large)
    yield Hostile("a-byte-too-large", b"#" * (262_144 + 1), "P109", 1, 1, large)
    mend = "save the file as UTF-8"
    yield Hostile("utf-16", HEAD.encode("utf-16"), "P109", 1, 1, mend)
    yield Hostile("utf-32", HEAD.encode("utf-32"), "P109", 1, 1, mend)
    yield Hostile("latin-1", good + "owner: Müller\n".encode("latin-1"), "P109", 7, 1, mend)
    yield Hostile("utf-16-without-mark", HEAD.encode("utf-16-le"), "P109", 1, 2, "U+0000")
    yield Hostile("byte-order-mark", b"\xef\xbb\xbf" + good, "P109", 1, 1, "without it")
    yield Hostile("overlong-utf-8", good + b"owner: \xc0\xaf\n", "P109", 7, 1, mend)
    yield Hostile("half-a-surrogate", good + b"owner: \xed\xa0\x80\n", "P109", 7, 1, mend)
    yield Hostile("zeros", b"\0" * 1000, "P109", 1, 1, "U+0000")
    crlf = (HEAD + "rulez: []\n").replace("\n", "\r\n").encode()
    yield Hostile("windows-line-ends", crlf, "P104", 7, 1, "did you mean 'rules'")
    cr = (HEAD + RULE + "release.acces = 'public'}\n").replace("\n", "\r").encode()
    yield Hostile("old-line-ends", cr, "P301", 8, 57, "did you mean 'release.access'")
    block = HEAD + "applies: |\n  data.children\n    and data.chidren\n"
    block = block.replace("\n", "\r\n")
    yield Hostile("windows-block", block.encode(), "P301", 9, 9, "did you mean 'data.children'")
    tabs = HEAD + "rules:\n\t- id: r\n"
    yield Hostile("tabs", tabs.encode(), "P100", 8, 1, "not tabs")
    yield Hostile("elf", b"\x7fELF" + bytes(range(32)) * 9, "P109", 1, 1, "U+007F")


def _yaml() -> Iterator[Hostile]:
    deep = "more than 20 deep"
    yield _text("brackets", "x: " + "[" * 100_000, "P109", 7, 24, deep)
    yield _text("braces", "x: " + "{a: " * 60_000, "P109", 7, 81, deep)
    yield _text("dashes", "x:\n" + "- " * 100_000, "P109", 8, 41, deep)
    nested = "".join(" " * i + "a:\n" for i in range(700))
    yield _text("indents", nested, "P109", 27, 21, deep)
    laughs = "a0: &a0 [x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 60)
    )
    yield _text("billion-laughs", laughs, "P107", 7, 5, "delete it")
    yield _text("aliases", "x: [" + "*a, " * 60_000 + "]\n", "P107", 7, 5, "write the value out")
    yield _text("merges", "x: {" + "<<: *a, " * 30_000 + "}\n", "P107", 7, 9, "write the value out")
    yield _text("keys-twice", "k: 1\n" * 45_000, "P101", 8, 1, "first in line 7; delete one")
    yield _text("digits", "x: " + "9" * LARGE + "\n", "P104", 7, 1, "unknown key 'x'")
    yield _text("long-key", "k" * LARGE + ": 1\n", "P100", 7, 250_001, "not valid YAML")
    yield _text("documents", "---\n" * 60_000, "P100", 7, 1, "a file holds one policy")
    yield _text("escapes", 'owner: "' + "\\u202e" * 40_000 + '"\n', "P109", 7, 8, "U+202E")
    yield _text("question-marks", "? " * 100_000, "P109", 7, 43, deep)


def _conditions() -> Iterator[Hostile]:
    for name, condition, column, words in (
        ("long", "data.children or " * 14_000 + "data.children", 2058, "longer than 2000"),
        ("parentheses", "(" * 900 + "data.children" + ")" * 900, 90, "nested more than 32 deep"),
        ("brackets-in-lists", "data.children in " + "[" * 900, 107, "nested more than 32 deep"),
        ("nots", "not " * 480 + "data.children", 190, "nested more than 32 deep"),
        ("parts", "data.children" + " = true" * 280, 79, "unexpected '='"),
        ("list", "data.subjects in [" + ", ".join("9" * 450) + "]", 1273, "more than 400 parts"),
        ("digits", "data.subjects < " + "9" * 1900, 74, "cannot be read"),
        ("dots", "a" + ".a" * 900, 58, "unknown name"),
        ("blanks", " " * 1990 + "x", 2048, "unknown name"),
    ):
        body = f'{RULE}"{condition}"}}\n'
        yield _text(f"condition-{name}", body, "P301", 8, column, words)


def _many() -> Iterator[Hostile]:
    rule = "  - {id: r@, decide: block, because: x, cite: src, when: "
    many = "more than 2000 entries in one place; split the file"
    fill = "  - {id: r@, wen: 3}\n"
    yield _text("mapping", _fill("key@: 1\n", 200_000), "P109", 2002, 1, many)
    yield _text("list", "rules:\n" + _fill(fill), "P109", 2008, 5, many)
    for name, body, code, line, column, words in (
        ("unknown-keys", _fill("key@: 1\n", 16_000), "P104", 7, 1, "unknown key"),
        ("rules-misspelt", "rules:\n" + _fill(fill, 45_000), "P104", 8, 14, "did you mean"),
        ("facts-misspelt", "rules:\n" + _fill(rule + "data.chidren}\n", 138_000), "P301", 8, 58, "did you mean"),
        ("models-misspelt", "rules:\n" + _fill("  - {id: r@, require: [{k-anonimity: {at_least: 3}}], because: x, cite: src}\n", 155_000), "P118", 8, 25, "did you mean"),
        ("sources-misspelt", "rules:\n" + _fill("  - {id: r@, decide: block, because: x, cite: scr}\n", 105_000), "P204", 8, 47, "did you mean"),
        ("ids-twice", "rules:\n" + _fill("  - {id: r, decide: block, because: x, cite: src}\n", 102_000), "P125", 9, 10, "rename one"),
        ("detectors-misspelt", "classify:\n" + _fill("  - {id: c@, detects: [emial], as: quasi, because: x}\n", 110_000), "P207", 8, 24, "did you mean"),
        ("patterns", "classify:\n  - id: c\n    as: quasi\n    because: x\n    names: [" + ", ".join(["'(a+)+$'"] * 20_000) + "]\n", "P115", 11, 13, "a part of it with *"),
        ("parameters-unknown", "parameters:\n" + _fill("  p@: {type: integer, default: 3}\n", 70_000) + "rules:\n" + _fill(rule + "data.subjects > params.q@}\n", 160_000), "P302", -2, 74, "unknown parameter"),
        ("parameters-in-circles", "parameters:\n" + _fill("  p@: {type: integer, default: params.p@}\n", 80_000), "P106", 8, 32, "is not a number"),
        ("parents-unknown", "extends: [" + ", ".join(f"p{i}@1" for i in range(25_000)) + "]\n", "P202", 7, 11, "unknown policy"),
        ("parents-a-thousand-times", "extends: [" + ", ".join(["gdpr-baseline@1"] * 12_000) + "]\napplies: nothing\n", "P301", 8, 10, "unknown name"),
        ("contradictions", "rules:\n" + _fill("  - {id: r@, decide: block, because: x, cite: src, when: [data.subjects > @, data.subjects < 1]}\n", 190_000), "P401", 8, 5, "can never apply"),
        ("orders", "rules:\n" + _fill("  - {id: r@, transform: [{columns: column.role = 'direct', apply: round, to: @1}], because: x, cite: src}\n", 200_000) + "title: x\n", "P101", -1, 1, "first in line 4"),
        ("lines-of-a-condition", "rules:\n  - id: r\n    decide: block\n    because: x\n    cite: src\n    when:\n" + _fill("      - data.subjects > @\n", 200_000) + "      - nothing\n", "P301", -1, 9, "unknown name"),
        ("weights", "objective:\n  weights:\n" + _fill("    c@: 0\n", 25_000), "P121", 9, 9, "above 0"),
        ("waivers", "waivers:\n" + _fill("  - {id: w@, rule: hostile/r}\n", 62_000), "P105", 8, 5, "is missing"),
    ):  # fmt: skip
        at = line if line > 0 else (HEAD + body).count("\n")
        if line == -2:
            at = (HEAD + body[: body.index("rules:")]).count("\n") + 2
        yield _text(name, body, code, at, column, words)
