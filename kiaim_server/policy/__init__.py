"""Policies: read, linted, evaluated to a plan, decided."""

from kiaim_server.policy.context import fact_from_text, read_context
from kiaim_server.policy.decide import clauses, decide
from kiaim_server.policy.default_deny import deny_unprotected
from kiaim_server.policy.document import Policy
from kiaim_server.policy.evaluate import evaluate
from kiaim_server.policy.library import PolicyLibrary, lint_file, lint_text

__all__ = [
    "Policy",
    "PolicyLibrary",
    "clauses",
    "decide",
    "deny_unprotected",
    "evaluate",
    "fact_from_text",
    "lint_file",
    "lint_text",
    "read_context",
]
