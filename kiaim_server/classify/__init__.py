"""Says of each column what can be known before a policy is asked, and whom columns single out."""

from kiaim_server.classify.profile import profile_table
from kiaim_server.classify.singling import Limits, single_out

__all__ = ["Limits", "profile_table", "single_out"]
