"""Values to codes, and records to distinct tuples with counts."""

from kiaim_server.encode.count import count_batches, count_tuples
from kiaim_server.encode.table import Coding, coding_of, encode_table
from kiaim_server.encode.trees import value_tree

__all__ = ["Coding", "coding_of", "count_batches", "count_tuples", "encode_table", "value_tree"]
