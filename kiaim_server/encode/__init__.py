"""Values to codes, and records to distinct tuples with counts."""

from kiaim_server.encode.count import count_tuples
from kiaim_server.encode.table import encode_table

__all__ = ["count_tuples", "encode_table"]
