"""Everything that is wrong with a hierarchy file, at its place, in one run.

The reader stops at the first fault, because a release must not begin with one. Here a person mends
a file, and wants to see all of them. Messages show labels of the file, which are no data.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from kiaim_server.errors import HierarchyError
from kiaim_server.hierarchy.reading import other_separator, parse_hierarchy
from kiaim_server.model.diagnostic import Diagnostic
from kiaim_server.model.hierarchy import Hierarchy

#: Findings of one kind that are listed; the last one says how many more there are.
MOST: Final = 100

_LINE_END: Final = re.compile(r"\r\n|\n|\r")
_BYTE_ORDER_MARKS: Final = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True)
class Checked:
    """What is known of a hierarchy file.

    Attributes
    ----------
    findings
        Sorted by place. Errors (``H...``) are what the reader refuses; warnings (``W...``) it
        takes. At most `MOST` of each code.
    values
        The distinct values that the file has rows for, in its order; None stands for the missing
        one.
    hierarchy
        None if there are errors.
    """

    findings: tuple[Diagnostic, ...]
    values: tuple[str | None, ...]
    hierarchy: Hierarchy | None

    @property
    def has_errors(self) -> bool:
        """Whether the file is no hierarchy."""
        return any(finding.severity == "error" for finding in self.findings)


@dataclass(frozen=True)
class _Row:
    """Cells with the line that they begin in, and whether this line is plain: no quotes in it."""

    line: int
    cells: tuple[str, ...]
    plain: bool

    def column(self, cell: int) -> int:
        """Where a cell begins in its line, from 1; 1 where quotes make it unsure."""
        return 1 + sum(len(text) + 1 for text in self.cells[:cell]) if self.plain else 1


class _Findings:
    """Collects findings of one file, with a limit per code."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.found: list[Diagnostic] = []
        self._times: Counter[str] = Counter()

    def add(self, code: str, line: int, column: int, message: str) -> None:
        self._times[code] += 1
        if self._times[code] <= MOST:
            self.found.append(Diagnostic(self.file, line, column, code, message))

    def sorted(self) -> tuple[Diagnostic, ...]:
        """All findings by place; where a limit was reached, its last one says how many more."""
        more = {code: n - MOST for code, n in self._times.items() if n > MOST}
        told = []
        for finding in sorted(self.found, reverse=True):
            if n := more.pop(finding.code, 0):
                said = f"{finding.message} (and {n} more findings of this kind)"
                finding = Diagnostic(finding.file, finding.line, finding.column, finding.code, said)
            told.append(finding)
        return tuple(reversed(told))


def check_hierarchy(data: bytes, file: str) -> Checked:
    """Check the content of a hierarchy file; messages call it `file`.

    Notes
    -----
    O(cells) time and memory.
    """
    findings = _Findings(file)
    text = _decoded(data, findings)
    rows = _rows(text, findings)
    if not rows and not findings.found:
        findings.add("H103", 1, 1, "empty; expected a row per value: value;level 1;...;top")
    width = Counter(len(row.cells) for row in rows).most_common(1)[0][0] if rows else 0
    whole = [row for row in rows if len(row.cells) == width]
    _check_separator(text, rows, findings)
    _check_lengths(rows, width, findings)
    _check_labels(whole, findings)
    firsts = _check_values(whole, findings)
    _check_parents(firsts, width, findings)
    errors = any(finding.severity == "error" for finding in findings.found)
    if not errors:
        _check_use(firsts, width, findings)
    hierarchy = None if errors else _read(data, file, findings)
    values = tuple(dict.fromkeys(row.cells[0] or None for row in rows if row.cells))
    return Checked(findings.sorted(), values, hierarchy)


def _read(data: bytes, file: str, findings: _Findings) -> Hierarchy | None:
    """What the reader makes of it: the last word on whether it is a hierarchy."""
    try:
        return parse_hierarchy(data, "column", file)
    except HierarchyError as error:
        findings.add("H199", 1, 1, str(error))
        return None


def _decoded(data: bytes, findings: _Findings) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            findings.add("H101", 1, 1, "UTF-16, but must be UTF-8; save the file as UTF-8")
            return data.decode(encoding, errors="replace").rstrip("\r\n")
    try:
        return data.decode("utf-8-sig").rstrip("\r\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        begin = data.rfind(b"\n", 0, error.start) + 1
        findings.add(
            "H101",
            line,
            error.start - begin + 1,
            "not UTF-8 (Windows-1252, by the look of it); save the file as UTF-8",
        )
        return data.decode("cp1252", errors="replace").rstrip("\r\n")


def _rows(text: str, findings: _Findings) -> list[_Row]:
    lines = _LINE_END.split(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    rows: list[_Row] = []
    line = 1
    try:
        for cells in reader:
            plain = reader.line_num == line and '"' not in lines[line - 1]
            rows.append(_Row(line, tuple(cells), plain))
            line = reader.line_num + 1
    except csv.Error:
        findings.add(
            "H102",
            line,
            1,
            "quotes are broken; write a cell that has a quote, a semicolon or a line break as "
            '"...", and double the quotes inside',
        )
    return rows


def _check_separator(text: str, rows: Sequence[_Row], findings: _Findings) -> None:
    name = other_separator(text, [row.cells for row in rows])
    if name is not None:
        findings.add(
            "H104",
            1,
            1,
            f"the cells seem to be separated by {name}; separate them by semicolons "
            "(value;level 1;...;*), or, if every row is one value, write it in quotes",
        )


def _check_lengths(rows: Sequence[_Row], width: int, findings: _Findings) -> None:
    for row in rows:
        if len(row.cells) != width or not row.cells:
            what = f"{len(row.cells)} cells" if row.cells else "no cells"
            findings.add(
                "H105",
                row.line,
                1,
                f"{what}, but most rows have {width}; every row has the value and the same levels",
            )


def _check_labels(rows: Sequence[_Row], findings: _Findings) -> None:
    for row in rows:
        if not row.cells or not row.cells[0]:
            continue
        for level, label in enumerate(row.cells):
            if not label:
                findings.add(
                    "H106",
                    row.line,
                    row.column(level),
                    f"empty on level {level}; only the missing value may be missing there, give it "
                    "a label",
                )


def _check_values(rows: Sequence[_Row], findings: _Findings) -> list[_Row]:
    """Report values that have several rows; the first row of each value is returned."""
    first: dict[str, _Row] = {}
    for row in rows:
        if not row.cells:
            continue
        known = first.setdefault(row.cells[0], row)
        if known is row:
            continue
        value = _shown(row.cells[0])
        if known.cells == row.cells:
            findings.add(
                "H107",
                row.line,
                1,
                f"{value} is there twice, first in line {known.line}; delete one",
            )
        else:
            pairs = zip(known.cells, row.cells, strict=True)
            level = next(i for i, (there, here) in enumerate(pairs) if there != here)
            findings.add(
                "H108",
                row.line,
                row.column(level),
                f"{value} is ambiguous: {_shown(row.cells[level])} on level {level} here, but "
                f"{_shown(known.cells[level])} in line {known.line}; keep one row",
            )
    return list(first.values())


def _check_parents(rows: Sequence[_Row], width: int, findings: _Findings) -> None:
    """Report labels of a level that become several of the next one: the levels do not nest."""
    for level in range(1, width - 1):
        above: dict[str, dict[str, _Row]] = {}
        for row in rows:
            above.setdefault(row.cells[level], {}).setdefault(row.cells[level + 1], row)
        for label, parents in above.items():
            if len(parents) < 2:
                continue
            (one, known), (other, row), *more = parents.items()
            also = f" (and {len(more)} more)" if more else ""
            findings.add(
                "H109",
                row.line,
                row.column(level),
                f"{_shown(label)} of level {level} is {_shown(other)} on level {level + 1} here, "
                f"but {_shown(one)} in line {known.line}{also}; give it one, or two names on level "
                f"{level}",
            )


def _check_use(rows: Sequence[_Row], width: int, findings: _Findings) -> None:
    """Warn of what is a hierarchy, but hardly the one that was meant."""
    sizes = [len({row.cells[level] for row in rows}) for level in range(width)]
    for level in range(1, width):
        if sizes[level] == sizes[level - 1] and sizes[0] > 1:
            findings.add(
                "W101",
                1,
                rows[0].column(level),
                f"level {level} merges nothing: it has as many labels as level {level - 1} "
                f"({sizes[level]:,}); delete it",
            )
    if sizes and sizes[-1] > 1:
        findings.add(
            "W102",
            1,
            rows[0].column(width - 1),
            f"the last level has {sizes[-1]:,} labels, so that nothing hides a value completely; "
            "add a level that is * everywhere",
        )
    for level in range(width):
        spelt: dict[str, tuple[str, int]] = {}
        for row in rows:
            label = row.cells[level]
            known, line = spelt.setdefault(" ".join(label.split()).casefold(), (label, row.line))
            if known != label:
                findings.add(
                    "W103",
                    row.line,
                    row.column(level),
                    f"{_shown(label)} and {_shown(known)} (line {line}) on level {level} differ in "
                    "case or spaces alone",
                )


def _shown(label: str) -> str:
    text = repr(label) if label else "the missing value"
    return text if len(text) <= 60 else f"{text[:57]}...'"


def file_rows(hierarchy: Hierarchy) -> Iterator[list[str | None]]:
    """The rows of a hierarchy file: value, level 1, ..., top; None for the missing value."""
    columns = [
        labels[codes].tolist()
        for labels, codes in zip(hierarchy.labels, hierarchy.maps, strict=True)
    ]
    for row in zip(*columns, strict=True):
        yield list(row)


def file_text(hierarchy: Hierarchy) -> str:
    """The content of a hierarchy file that is read back as `hierarchy`, level names apart.

    Raises
    ------
    HierarchyError
        If it would be read back as another one: a value is the empty text, or begins with a byte
        order mark.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";", lineterminator="\n")
    for row in file_rows(hierarchy):
        cells = ["" if cell is None else cell for cell in row]
        if any("\r" in cell for cell in cells):
            text.write(";".join('"' + cell.replace('"', '""') + '"' for cell in cells) + "\n")
        else:
            writer.writerow(cells)
    content = text.getvalue()
    read = parse_hierarchy(content.encode(), hierarchy.attribute, "the file")
    if list(file_rows(read)) != list(file_rows(hierarchy)):
        raise HierarchyError(
            f"hierarchy of {hierarchy.attribute!r}: a label cannot be written to a file; rename it"
        )
    return content
