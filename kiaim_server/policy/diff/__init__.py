"""Two policies compared clause by clause, after everything they extend is in place."""

from kiaim_server.policy.diff.clauses import Clause
from kiaim_server.policy.diff.compare import Difference, compare
from kiaim_server.policy.diff.versions import Advice

__all__ = ["Advice", "Clause", "Difference", "compare"]
