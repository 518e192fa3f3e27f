"""Reads YAML 1.2 with the position of every key and value, and refuses what hides meaning.

Anchors, aliases, tags, duplicate keys and YAML 1.1's silent conversions (``NO`` as false, ``12:30``
as a number) have no place in a file that decides about personal data. The reader takes the
parser's events, not its objects, so nothing is constructed and nothing is expanded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import yaml

from kiaim_server.model.diagnostic import Diagnostic

#: Limits of a policy file: bytes, and mappings or lists inside each other.
MAX_BYTES: Final = 262_144
MAX_DEPTH: Final = 20
#: Entries of a mapping, or of a list of mappings or lists.
MAX_ENTRIES: Final = 2_000
#: Faults of a file after which no others are looked for.
MAX_FAULTS: Final = 500

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})\Z", re.ASCII)
_NUMBER: Final = re.compile(
    r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?(?:[eE][-+]?\d{1,2})?\Z", re.ASCII
)
_WORDS: Final[dict[str, Any]] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}
#: Line breaks as YAML counts them; the others that it knows are refused.
_BREAK: Final = re.compile(r"\r\n|\r|\n")
#: Characters that make a text look different from what it is, and control characters.
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u0080-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]"
)


@dataclass(frozen=True, order=True)
class Mark:
    """A place in a file; line and column count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class Scalar:
    """A single value. `style` is empty for plain text, otherwise its quote, ``|`` or ``>``."""

    mark: Mark
    end: Mark
    value: Any
    style: str


@dataclass(frozen=True)
class Sequence:
    """A list."""

    mark: Mark
    items: tuple[Node, ...]


@dataclass(frozen=True)
class Entry:
    """A key with its place, and its value."""

    mark: Mark
    value: Node


@dataclass(frozen=True)
class Mapping:
    """Keys and values in the order of the file."""

    mark: Mark
    entries: dict[str, Entry]


Node = Scalar | Sequence | Mapping


@dataclass(frozen=True)
class SourceFile:
    """A file as it was read: its text, its tree (None if there is none) and its faults."""

    file: str
    text: str
    root: Node | None
    faults: tuple[Diagnostic, ...]


def plain(node: Node) -> Any:
    """The node as dicts, lists and scalars."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(entry.value) for key, entry in node.entries.items()}


def read_file(path: Path, file: str | None = None) -> SourceFile:
    """Read the file at `path`; messages call it `file` (default: its name).

    A file that cannot be opened or is too large is a fault like any other.
    """
    file = file or path.name
    try:
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return SourceFile(
            file,
            "",
            None,
            (Diagnostic(file, 1, 1, "P109", f"no such file or not readable: {reason}"),),
        )
    return read_source(content, file)


def read_source(content: bytes | str, file: str) -> SourceFile:
    """Read YAML from memory. Never raises; O(size of the content)."""
    data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    if len(data) > MAX_BYTES:
        message = f"larger than {MAX_BYTES // 1024} kB, the limit; split it with 'extends'"
        return SourceFile(file, "", None, (Diagnostic(file, 1, 1, "P109", message),))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        message = f"not UTF-8 (byte {error.start}); save the file as UTF-8"
        return SourceFile(file, "", None, (Diagnostic(file, line, 1, "P109", message),))
    if hidden := _HIDDEN.search(text):
        before = _lines(text[: hidden.start()])
        line, column = len(before), len(before[-1]) + 1
        message = f"invisible or control character U+{ord(hidden[0]):04X}; delete it"
        if hidden[0] == "\ufeff" and not hidden.start():
            message = "begins with a byte order mark; save the file as UTF-8 without it"
        return SourceFile(file, text, None, (Diagnostic(file, line, column, "P109", message),))
    builder = _Builder(file)
    try:
        root = builder.document(text)
    except yaml.YAMLError as error:
        builder.add(*_syntax_fault(error, text))
        root = None
    except _TooManyError:
        root = None
    except _TooDeepError as error:
        builder.add(error.mark, "P109", f"lists and mappings more than {MAX_DEPTH} deep")
        root = None
    return SourceFile(file, text, root, tuple(builder.faults))


def _syntax_fault(error: yaml.YAMLError, text: str) -> tuple[Mark, str, str]:
    """Place, code and message of what the parser stumbled over."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    place = Mark(mark.line + 1, mark.column + 1) if mark else Mark(1, 1)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not readable"
    context = getattr(error, "context", None)
    lines = _lines(text)
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    mend = "look at indentation, quotes and brackets here and in the line before"
    if "\t" in line[: place.column]:
        mend = "YAML indents with blanks, not tabs"
    return place, "P100", f"not valid YAML: {problem}{f' {context}' if context else ''}; {mend}"


class _TooManyError(Exception):
    """So many entries or faults that nobody reads them."""


class _TooDeepError(Exception):
    def __init__(self, mark: Mark) -> None:
        super().__init__()
        self.mark = mark


class _Builder:
    """Builds the tree from parser events; its recursion is bounded by `MAX_DEPTH`."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.faults: list[Diagnostic] = []

    def add(self, mark: Mark, code: str, message: str) -> None:
        if len(self.faults) == MAX_FAULTS:
            text = f"more than {MAX_FAULTS} faults; mend those before, then lint again"
            self.faults.append(Diagnostic(self.file, mark.line, mark.column, "P109", text))
            raise _TooManyError
        self.faults.append(Diagnostic(self.file, mark.line, mark.column, code, message))

    def document(self, text: str) -> Node | None:
        events: Iterator[Any] = iter(yaml.parse(text, Loader=_LOADER))
        root: Node | None = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self.add(_start(event), "P100", "a second document; a file holds one policy")
                    return root
            elif isinstance(event, yaml.NodeEvent):
                root = self.node(event, events, 0)
        if root is None:
            self.add(Mark(1, 1), "P100", "an empty file; expected a policy")
        return root

    def node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        mark = _start(event)
        if depth > MAX_DEPTH:
            raise _TooDeepError(mark)
        if isinstance(event, yaml.AliasEvent):
            self.add(
                mark,
                "P107",
                f"alias '*{event.anchor}'; write the value out, so that a reader sees it here",
            )
            return Scalar(mark, mark, None, "*")
        if event.anchor is not None:
            self.add(mark, "P107", f"anchor '&{event.anchor}'; anchors are not allowed, delete it")
        if event.tag is not None:
            self.add(mark, "P108", f"tag '{event.tag}'; tags are not allowed, delete it")
        if isinstance(event, yaml.ScalarEvent):
            value = event.value if event.style else _resolve(event.value)
            if hidden := _HIDDEN.search(event.value):  # written as an escape
                code = ord(hidden[0])
                self.add(mark, "P109", f"invisible or control character U+{code:04X}; delete it")
            return Scalar(mark, _end(event), value, event.style or "")
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            inner = 0
            while not isinstance(child := next(events), yaml.SequenceEndEvent):
                items.append(self.node(child, events, depth + 1))
                inner += not isinstance(items[-1], Scalar)
                self.limit(inner, items[-1])
            return Sequence(mark, tuple(items))
        return self.mapping(mark, events, depth)

    def limit(self, count: int, node: Node) -> None:
        """Refuse more entries of one list or mapping than a person can oversee."""
        if count > MAX_ENTRIES:
            text = f"more than {MAX_ENTRIES} entries in one place; split the file with 'extends'"
            self.add(node.mark, "P109", text)
            raise _TooManyError

    def mapping(self, mark: Mark, events: Iterator[Any], depth: int) -> Mapping:
        entries: dict[str, Entry] = {}
        while not isinstance(child := next(events), yaml.MappingEndEvent):
            key = self.node(child, events, depth + 1)
            self.limit(len(entries) + 1, key)
            value = self.node(next(events), events, depth + 1)
            if not isinstance(key, Scalar) or not isinstance(key.value, str):
                self.add(key.mark, "P103", "a key that is not text; put it in quotes")
            elif key.value in entries:
                first = entries[key.value].mark
                self.add(
                    key.mark,
                    "P101",
                    f"key {key.value!r} is there twice, first in line {first.line}; delete one",
                )
            else:
                entries[key.value] = Entry(key.mark, value)
        return Mapping(mark, entries)


def _start(event: Any) -> Mark:
    return Mark(event.start_mark.line + 1, event.start_mark.column + 1)


def _end(event: Any) -> Mark:
    return Mark(event.end_mark.line + 1, event.end_mark.column + 1)


def _resolve(text: str) -> Any:
    """YAML 1.2 core schema, narrowed: no octal or hexadecimal numbers, no infinity."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.match(text):
        return int(text)
    if _NUMBER.match(text):
        return float(text)
    return text


@lru_cache(maxsize=4)
def _lines(text: str) -> tuple[str, ...]:
    return tuple(_BREAK.split(text))


def mark_in(node: Scalar, offset: int, text: str) -> tuple[Mark, bool]:
    """The place in the file of a character of a scalar's value.

    Parameters
    ----------
    offset
        Position in ``node.value``, from 0.
    text
        The whole file.

    Returns
    -------
    The place and whether it is exact. Folded scalars and quoted ones with escapes cannot be
    mapped: they give the start of the scalar.
    """
    lines = _lines(text)
    value = str(node.value)
    if node.style == "|":
        before = value[:offset]
        row = node.mark.line + before.count("\n")
        first = next((ln for ln in lines[node.mark.line :] if ln.strip()), "")
        indent = len(first) - len(first.lstrip(" "))
        if row < len(lines):
            return Mark(row + 1, indent + offset - (before.rfind("\n") + 1) + 1), True
    elif node.style in ("", "'", '"') and node.mark.line == node.end.line:
        raw = lines[node.mark.line - 1][node.mark.column - 1 : node.end.column - 1]
        if node.style == "'":
            return Mark(
                node.mark.line, node.mark.column + 1 + offset + value[:offset].count("'")
            ), True
        if "\\" not in raw or not node.style:
            return Mark(node.mark.line, node.mark.column + bool(node.style) + offset), True
    return node.mark, False
