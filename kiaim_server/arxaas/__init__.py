"""The face for portals that speak ARXaaS: its wire format on one side, our pipeline on the other.

A request becomes a table, hierarchies and `Terms`; the pipeline releases the table under these (and
under the policy that the operator may name) with everything that belongs to a release, the audit
of the written bytes included; the answer is read back from the released file.
"""

from kiaim_server.arxaas.face import Face
from kiaim_server.arxaas.work import analyze, anonymize, build_hierarchy

__all__ = ["Face", "analyze", "anonymize", "build_hierarchy"]
