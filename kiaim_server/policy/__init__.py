"""Policies: read, linted, evaluated to a plan, decided."""

from kiaim_server.policy.context import fact_from_text, read_context
from kiaim_server.policy.decide import clauses, decide, obstacles
from kiaim_server.policy.default_deny import deny_unpopulated, deny_unprotected, looks_at_population
from kiaim_server.policy.document import OWN_HIERARCHY, POLICY_HIERARCHY, Policy
from kiaim_server.policy.drafting import Draft, Subject, draft_name, draft_policy, left_in
from kiaim_server.policy.evaluate import evaluate, foresee
from kiaim_server.policy.library import PolicyLibrary, lint_file, lint_text
from kiaim_server.policy.terms import plan_of, tightened

__all__ = [
    "OWN_HIERARCHY",
    "POLICY_HIERARCHY",
    "Draft",
    "Policy",
    "PolicyLibrary",
    "Subject",
    "clauses",
    "decide",
    "deny_unpopulated",
    "deny_unprotected",
    "draft_name",
    "draft_policy",
    "evaluate",
    "fact_from_text",
    "foresee",
    "left_in",
    "lint_file",
    "lint_text",
    "looks_at_population",
    "obstacles",
    "plan_of",
    "read_context",
    "tightened",
]
