"""Says of each column what can be known before a policy is asked."""

from kiaim_server.classify.profile import profile_table

__all__ = ["profile_table"]
