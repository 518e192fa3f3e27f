"""One of the two policies that are compared, as the comparison looks at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

from kiaim_server.policy.document import Classifier, HierarchyRule, Policy, Rule, Waiver

#: Stands for the name of the policy that was asked for, so that two policies with different names
#: can be compared entry by entry.
OWN = "own"


@dataclass(frozen=True)
class Side:
    """A policy; `renamed` if the other one has another name and neither extends the other."""

    policy: Policy
    renamed: bool

    def name_of(self, qualified: str) -> str:
        """The id of an entry in the comparison: that of the policy itself is the same in both."""
        policy, _, own = qualified.partition("/")
        return f"{OWN}/{own}" if self.renamed and policy == self.policy.name else qualified

    @cached_property
    def values(self) -> Mapping[str, Fraction | str]:
        """Values of the parameters."""
        return {name: p.value for name, p in self.policy.parameters.items()}

    @cached_property
    def rules(self) -> Mapping[str, Rule]:
        """All rules by id."""
        return {self.name_of(r.id): r for d in self.policy.documents for r in d.rules}

    @cached_property
    def classifiers(self) -> Mapping[str, Classifier]:
        """All entries of classification by id."""
        return {self.name_of(c.id): c for d in self.policy.documents for c in d.classifiers}

    @cached_property
    def hierarchies(self) -> Mapping[str, HierarchyRule]:
        """All entries of hierarchies by id."""
        return {self.name_of(h.id): h for d in self.policy.documents for h in d.hierarchies}

    @cached_property
    def waivers(self) -> Mapping[str, Waiver]:
        """All waivers by id."""
        return {self.name_of(w.id): w for d in self.policy.documents for w in d.waivers}
