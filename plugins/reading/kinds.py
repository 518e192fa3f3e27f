"""Columns of text become integers, numbers or dates only if no spelling is lost."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

_INTEGER: Final = r"^(?:0|-?[1-9][0-9]{0,18})\z"
_NUMBER: Final = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:e[+-][0-9]{2,3})?\z"
#: Numbers of this form are surely spelt as Python spells them, or without its ``.0``.
_PLAIN_NUMBER: Final = (
    r"^-?(?:[1-9][0-9]{0,7}|0)(?:\.(?:0|[0-9]{0,2}[1-9]|[1-9][0-9]{0,5}[1-9]))?\z"
)
_DATE: Final = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\z"
_PROBE: Final = 64


def typed(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """The column as int64, float64 or date32 where every text survives the way back, else as it is.

    Integers must be canonical (no plus sign, no leading zero) and fit 64 bits. Numbers must be
    spelt as Python's ``repr`` does, or so without ``.0``, and no two spellings in the column may
    be the same number. Dates are ISO 8601 calendar dates from year 1 on.

    Parameters
    ----------
    texts
        Of type string; null where a value is missing.

    Notes
    -----
    Looks at distinct values only, after a probe of the first ones.
    """
    probe = texts.slice(0, _PROBE).drop_null()
    if len(probe) and not any(_all_match(probe, form) for form in (_NUMBER, _DATE)):
        return texts
    distinct = pc.unique(texts).drop_null()
    if len(distinct) == 0:
        return texts
    if _all_match(distinct, _INTEGER):
        as_integer = _survivor(texts, distinct, pa.int64())
        if as_integer is not None:
            return as_integer
    if _all_match(distinct, _NUMBER) and _numbers_survive(distinct):
        return pc.cast(texts, pa.float64())
    if _all_match(distinct, _DATE) and not pc.any(pc.starts_with(distinct, "0000")).as_py():
        as_date = _survivor(texts, distinct, pa.date32())
        if as_date is not None:
            return as_date
    return texts


def _all_match(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py())


def _survivor(
    texts: pa.ChunkedArray, distinct: pa.Array, to: pa.DataType
) -> pa.ChunkedArray | None:
    try:
        back = pc.cast(pc.cast(distinct, to), pa.string())
    except pa.ArrowInvalid:  # beyond 64 bits, or no day of the calendar
        return None
    return pc.cast(texts, to) if back.equals(distinct) else None


def _numbers_survive(distinct: pa.Array) -> bool:
    plain = pc.match_substring_regex(distinct, _PLAIN_NUMBER)
    for text in distinct.filter(pc.invert(plain)).to_pylist():
        if repr(float(text)) not in (text, f"{text}.0"):
            return False
    numbers = pc.add(pc.cast(distinct, pa.float64()), 0.0)  # -0.0 and 0.0 are one number
    return len(pc.unique(numbers)) == len(distinct)
