"""Cells of the wire format: texts, or scalars that stand for their spelling."""

from __future__ import annotations

from typing import Any

import marshmallow as ma


class Spelt(float):
    """A number with the text that it was written as, so that 1.50 stays 1.50 in a cell."""

    text: str

    def __new__(cls, text: str) -> Spelt:
        """Read the text of a JSON number."""
        number = super().__new__(cls, text)
        number.text = text
        return number


def cell_text(cell: Any) -> str:
    """The text of a cell, as a Java service reads JSON scalars; null is an empty cell.

    Raises
    ------
    ValueError
        An array or object, or text that cannot be written to any file.
    """
    if isinstance(cell, str):
        if "\0" in cell:
            raise ValueError("a NUL character")
        if not cell.isascii():
            cell.encode()  # raises for half a surrogate pair; a UnicodeError is a ValueError
        return cell
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Spelt):
        return cell.text
    if isinstance(cell, int):
        return str(cell)
    raise ValueError("no text, number, true, false or null")


def cells(row: Any, what: str) -> list[str]:
    """The texts of an array of cells.

    Raises
    ------
    ma.ValidationError
        If it is none; messages call it `what`.
    """
    if not isinstance(row, list):
        raise ma.ValidationError(f"{what} is no array; expected an array of texts")
    found = []
    for place, cell in enumerate(row, 1):
        try:
            found.append(cell_text(cell))
        except ValueError:
            raise ma.ValidationError(
                f"{what}: cell {place} cannot be read; expected a text without NUL characters"
            ) from None
    return found
