"""Applies what policy and search decided: value transforms before, generalization after."""

from kiaim_server.transform.values import change_values
from kiaim_server.transform.write import RecordCodes, ReleaseColumn, release_columns, write_release

__all__ = ["RecordCodes", "ReleaseColumn", "change_values", "release_columns", "write_release"]
