"""The stages in order; the only room that knows them all.

read -> classify -> policy -> encode -> count -> search -> transform -> audit -> report + manifest
"""

from kiaim_server.pipeline.measure import measure
from kiaim_server.pipeline.plan import Foreseen, plan
from kiaim_server.pipeline.release import Outcome, release
from kiaim_server.pipeline.request import ReleaseRequest, Workbench
from kiaim_server.pipeline.verify import verify

__all__ = [
    "Foreseen",
    "Outcome",
    "ReleaseRequest",
    "Workbench",
    "measure",
    "plan",
    "release",
    "verify",
]
