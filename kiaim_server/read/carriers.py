"""Values as a database can carry them: of equal order, and back without any loss."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from kiaim_server.errors import DataError

_INTEGERS: Final = {16: pa.int16(), 32: pa.int32(), 64: pa.int64()}


def carrier_type(kind: pa.DataType) -> pa.DataType:
    """What values of a type are carried as: integers, text, decimals and truth values.

    Raises
    ------
    DataError
        For decimals that the database does not know.
    """
    if pa.types.is_floating(kind) or pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return _INTEGERS[kind.bit_width]
    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_decimal(kind) and kind.bit_width != 128:
        raise DataError(f"columns of type {kind} are not supported for tables larger than memory")
    return kind


def carried(values: pa.Array) -> pa.Array:
    """Values as their carriers, in the same order."""
    kind = values.type
    if pa.types.is_floating(kind):
        return _flipped(values.view(carrier_type(kind)))
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return values.view(carrier_type(kind))
    return values.cast(carrier_type(kind))


def delivered(carriers: pa.Array, kind: pa.DataType) -> pa.Array:
    """Carriers as values of a type again."""
    if pa.types.is_floating(kind):
        return _flipped(carriers.cast(carrier_type(kind))).view(kind)
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return carriers.cast(carrier_type(kind)).view(kind)
    return carriers.cast(kind)


def _flipped(bits: pa.Array) -> pa.Array:
    """Bits of a floating-point number as an integer of the same order, or back.

    Negative numbers are stored as sign and magnitude (IEEE 754), so their other bits are inverted.
    A negative zero stays one, just below zero.
    """
    magnitude = pa.scalar(2 ** (bits.type.bit_width - 1) - 1, bits.type)
    return pc.if_else(pc.less(bits, 0), pc.bit_wise_xor(bits, magnitude), bits)
