"""What a request itself asks of a release, beside or instead of a policy."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kiaim_server.model.attribute import Role
from kiaim_server.model.plan import Requirement


@dataclass(frozen=True)
class Terms:
    """Roles of columns and requirements that a requester states.

    Attributes
    ----------
    name
        What reports call them; the rules of `requirements` are ``name/...``.
    digest
        SHA-256 of what was asked, in hex.
    roles
        Of all columns; one that is not in it leaves as little as a direct identifier.
    requirements
        Bounds that the release has to keep, each with its `Requirement.rules`.
    """

    name: str
    digest: str
    roles: Mapping[str, Role]
    requirements: tuple[Requirement, ...]

    def role(self, column: str) -> Role:
        """The role of a column: direct, unless another one is stated."""
        return self.roles.get(column, Role.DIRECT)
