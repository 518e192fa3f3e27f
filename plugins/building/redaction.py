"""Hierarchies that hide one part of a code after the other."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar, Final, Literal

import marshmallow as ma
import pyarrow as pa

from kiaim_server.errors import HierarchyError
from kiaim_server.model.bounds import count
from kiaim_server.model.contract import HierarchyBuilder
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.table import value_type

from .tree import leaves_of, refuse_type, tree

#: Levels beyond which codes are taken for free text.
_MOST_LEVELS: Final = 100


class RedactionParameters(ma.Schema):
    """``{side: right, character: "*", step: 1}``, all optional."""

    character = ma.fields.String(
        load_default="*",
        validate=ma.validate.Length(equal=1),
        metadata={"description": "What stands for a removed character."},
    )
    side = ma.fields.String(
        load_default="right",
        validate=ma.validate.OneOf(("right", "left")),
        metadata={"description": "The end at which characters are removed."},
    )
    step = count(
        load_default=Fraction(1), metadata={"description": "Characters that each level removes."}
    )


@dataclass(frozen=True)
class Redaction(HierarchyBuilder):
    """Each level hides `step` more characters of a code, from one side.

    Shorter codes are filled up with `character` on that side to the length of the longest: with
    the longest of five, ``12`` and ``12345`` become ``12***`` together once three are hidden.
    Levels are called ``value``, ``redacted 1``, ``redacted 2``, ..., ``all``.
    """

    name: ClassVar[str] = "redaction"
    summary: ClassVar[str] = "Codes such as ZIP codes lose one character after the other."
    Parameters: ClassVar[type[ma.Schema]] = RedactionParameters

    character: str = "*"
    side: Literal["right", "left"] = "right"
    step: Fraction = Fraction(1)

    def build(self, attribute: str, values: pa.Array) -> Hierarchy:
        """Redact text and integers. O(values * length).

        Raises
        ------
        HierarchyError
            If the column is of another type, or so long that it cannot be one of codes.
        """
        if value_type(values.type) not in ("text", "integer"):
            mend = "it takes text and integers"
            raise refuse_type(attribute, self.name, values, mend)
        leaves = leaves_of(values)
        longest = max(map(len, leaves), default=0)
        hidden = range(int(self.step), longest, int(self.step))
        if len(hidden) > _MOST_LEVELS:
            raise HierarchyError(
                f"column {attribute!r}: its longest value has {longest} characters, which makes "
                f"{len(hidden)} levels; at most {_MOST_LEVELS} are possible, raise 'step'"
            )
        levels = [("value", leaves)]
        levels += [
            (f"redacted {n}", [self._redact(v, longest - n, n) for v in leaves]) for n in hidden
        ]
        return tree(attribute, leaves, levels)

    def _redact(self, value: str, kept: int, hidden: int) -> str:
        filled = self.character * hidden
        if self.side == "right":
            return value[:kept].ljust(kept, self.character) + filled
        return filled + value[max(len(value) - kept, 0) :].rjust(kept, self.character)
