"""Applies what policy and search decided: value transforms before, generalization after."""

from kiaim_server.transform.evidence import Standing, write_evidence
from kiaim_server.transform.values import change_values
from kiaim_server.transform.write import RecordCodes, ReleaseColumn, release_columns, write_release

__all__ = [
    "RecordCodes",
    "ReleaseColumn",
    "Standing",
    "change_values",
    "release_columns",
    "write_evidence",
    "write_release",
]
