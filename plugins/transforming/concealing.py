"""Text that hides what it stood for: masks and pseudonyms."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

import marshmallow as ma
import pyarrow as pa

from kiaim_server.errors import DataError
from kiaim_server.model.bounds import Bound, count
from kiaim_server.model.contract import ColumnContext, ColumnFunction, Transform
from kiaim_server.model.table import as_text

from .mapping import distinct_values, replaced


class MaskParameters(ma.Schema):
    """``{keep_first: 2, keep_last: 0, character: "*"}``, all optional."""

    keep_first = count(
        at_least=0,
        load_default=Fraction(0),
        metadata={"description": "Characters at the beginning that stay."},
    )
    keep_last = count(
        at_least=0,
        load_default=Fraction(0),
        metadata={"description": "Characters at the end that stay."},
    )
    character = ma.fields.String(
        load_default="*",
        validate=ma.validate.Length(equal=1),
        metadata={"description": "What stands for a hidden character."},
    )


@dataclass(frozen=True)
class Mask(Transform):
    """Characters give way to one and the same, except some at the ends.

    A value that has no more characters than are kept is masked wholly. The length of a value
    stays visible. The result is text.
    """

    name: ClassVar[str] = "mask"
    summary: ClassVar[str] = "Characters are replaced by *, except a stated number at the ends."
    Parameters: ClassVar[type[ma.Schema]] = MaskParameters
    strictness: ClassVar[int] = 1
    by_value: ClassVar[bool] = True
    action: ClassVar[str] = "mask"

    keep_first: Fraction = Fraction(0)
    keep_last: Fraction = Fraction(0)
    character: str = "*"

    def merged(self, other: Transform) -> Transform | None:
        """Of two unequal ones, that which keeps nothing; None if both keep something.

        A value is masked wholly if it is too short, so neither of such two hides all that the
        other does: with 4 kept ``abc`` becomes ``***``, with 2 kept ``ab*``.
        """
        if not isinstance(other, Mask):
            return None
        if self == other:
            return self
        keep_nothing = [mask for mask in (self, other) if not mask._kept]
        return min(keep_nothing, key=lambda mask: mask.character, default=None)

    def fit(self, values: pa.ChunkedArray, context: ColumnContext) -> ColumnFunction:
        """Mask each distinct value as it is spelt. O(distinct values * length)."""
        distinct = distinct_values(values)
        masked = [self._mask(text) for text in as_text(distinct).to_pylist()]
        return replaced(distinct, pa.array(masked, type=pa.string()))

    @property
    def _kept(self) -> int:
        return int(self.keep_first + self.keep_last)

    def _mask(self, text: str) -> str:
        first, last = int(self.keep_first), int(self.keep_last)
        hidden = len(text) - first - last
        if hidden <= 0:
            return self.character * len(text)
        return text[:first] + self.character * hidden + text[len(text) - last :]


class PseudonymiseParameters(ma.Schema):
    """``{scope: per-release, key: held-by-trustee, length: 26}``, all optional."""

    scope = ma.fields.String(
        load_default="per-release",
        validate=ma.validate.OneOf(
            ("per-release",), error="must be per-release: pseudonyms differ from release to release"
        ),
        metadata={"description": "Where the same value has the same pseudonym."},
    )
    key = ma.fields.String(
        load_default="held-by-trustee",
        validate=ma.validate.OneOf(
            ("held-by-trustee",), error="must be held-by-trustee: the key never enters a release"
        ),
        metadata={"description": "What becomes of the key."},
    )
    length = Bound(
        at_least=16,
        at_most=52,
        integer=True,
        load_default=Fraction(26),
        metadata={"description": "Characters of a pseudonym."},
    )


@dataclass(frozen=True)
class Pseudonymise(Transform):
    """Each value becomes the same meaningless text wherever it occurs in the release.

    HMAC-SHA-256 (RFC 2104, FIPS 198-1) of the value's text under a key that is derived for this
    column and release, in base32 (RFC 4648) in lower case, cut to `length` characters of 5 bits.
    Whoever has the key can recompute it from a known value, nobody else; frequencies stay
    visible. `key` states who holds it.
    """

    name: ClassVar[str] = "pseudonymise"
    summary: ClassVar[str] = "Values become keyed pseudonyms; equal values stay equal."
    Parameters: ClassVar[type[ma.Schema]] = PseudonymiseParameters
    strictness: ClassVar[int] = 3
    by_value: ClassVar[bool] = True
    action: ClassVar[str] = "pseudonymise"

    scope: str = "per-release"
    key: str = "held-by-trustee"
    length: Fraction = Fraction(26)

    def merged(self, other: Transform) -> Transform | None:
        """The one with shorter pseudonyms, which tell less."""
        if not isinstance(other, Pseudonymise):
            return None
        return self if self.length <= other.length else other

    def subsumes(self, other: Transform) -> bool:
        """Masks, rounding and coding too: they hide parts of a value that it hides wholly.

        Not microaggregation and generalising: they make values equal, and pseudonyms of the exact
        values would tell them apart again.
        """
        hides_parts = other.name in ("mask", "round", "top-code", "bottom-code")
        return hides_parts or super().subsumes(other)

    def follows(self, other: Transform) -> bool:
        """After anything that leaves values: it shows nothing of them but which are equal."""
        return not isinstance(other, Pseudonymise) and not other.removes_column

    def fit(self, values: pa.ChunkedArray, context: ColumnContext) -> ColumnFunction:
        """Compute the pseudonym of each distinct value. O(distinct values).

        Raises
        ------
        DataError
            If two values would get one pseudonym, so that `length` is too small.
        """
        distinct = distinct_values(values)
        secret = context.key("pseudonymise")
        texts = as_text(distinct).to_pylist()
        pseudonyms = [self._pseudonym(secret, text) for text in texts]
        if len(set(pseudonyms)) != len(set(texts)):
            column = context.attribute.name
            raise DataError(
                f"column {column!r}: two values would get the same pseudonym; raise 'length'",
                column=column,
            )
        return replaced(distinct, pa.array(pseudonyms, type=pa.string()))

    def _pseudonym(self, secret: bytes, text: str) -> str:
        digest = hmac.new(secret, text.encode(), hashlib.sha256).digest()
        return base64.b32encode(digest).decode().lower()[: int(self.length)]
