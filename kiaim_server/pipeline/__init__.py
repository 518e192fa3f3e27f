"""The stages in order; the only room that knows them all.

read -> classify -> policy -> encode -> count -> search -> transform -> audit -> report + manifest
"""

from kiaim_server.pipeline.draft import DraftRequest, draft
from kiaim_server.pipeline.explain import explain_context, explain_table
from kiaim_server.pipeline.measure import measure
from kiaim_server.pipeline.plan import Foreseen, plan
from kiaim_server.pipeline.release import Outcome, release
from kiaim_server.pipeline.request import ReleaseRequest, Workbench
from kiaim_server.pipeline.verify import verify

__all__ = [
    "DraftRequest",
    "Foreseen",
    "Outcome",
    "ReleaseRequest",
    "Workbench",
    "draft",
    "explain_context",
    "explain_table",
    "measure",
    "plan",
    "release",
    "verify",
]
