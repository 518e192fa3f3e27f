"""The audit: recounts every promise on the bytes that are about to leave, or that left.

It shares no code with the search. DuckDB reads the written file and groups its records; plain
arithmetic measures the groups. `audit_release` is called before a release, `verify` by anyone at
any time after, `measure_table` for any table.
"""

from kiaim_server.audit.checks import Check
from kiaim_server.audit.claims import ClaimedColumn, ClaimedPersons, Claims, Layout, Order
from kiaim_server.audit.consistency import mismatches
from kiaim_server.audit.counting import Recount, recount, recount_table
from kiaim_server.audit.estimates import AGREEMENT
from kiaim_server.audit.examination import PluginMeasure, examine
from kiaim_server.audit.fidelity import RecordLevels, Source, deviations
from kiaim_server.audit.forms import UnknownForm, count_violations
from kiaim_server.audit.release import Audit, audit_release
from kiaim_server.audit.tables import measure_table
from kiaim_server.audit.verification import Verification, verify

__all__ = [
    "AGREEMENT",
    "Audit",
    "Check",
    "ClaimedColumn",
    "ClaimedPersons",
    "Claims",
    "Layout",
    "Order",
    "PluginMeasure",
    "RecordLevels",
    "Recount",
    "Source",
    "UnknownForm",
    "Verification",
    "audit_release",
    "count_violations",
    "deviations",
    "examine",
    "measure_table",
    "mismatches",
    "recount",
    "recount_table",
    "verify",
]
