"""Compiles the rules of one file: conditions, demands, orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal, cast

from kiaim_server.model.bounds import format_bound
from kiaim_server.model.contract import Plugin, PrivacyModel, Transform, smallest_size_for
from kiaim_server.model.plan import Citation
from kiaim_server.policy import source
from kiaim_server.policy.binding import Binder, parameters_of
from kiaim_server.policy.conditions import Conditions
from kiaim_server.policy.contradictions import can_hold
from kiaim_server.policy.document import (
    FORM_VIOLATIONS,
    OWN_HIERARCHY,
    POLICY_HIERARCHY,
    Demand,
    Order,
    Rule,
)
from kiaim_server.policy.expression import Expression
from kiaim_server.policy.measures import OWN_MEASURES
from kiaim_server.policy.spelling import did_you_mean
from kiaim_server.policy.texts import Texts
from kiaim_server.policy.tree import (
    flag_at,
    mappings_at,
    scalar_at,
    scalars_at,
    text_at,
    value_at,
)

#: Which way a bound of a demand gets stricter; estimates of uniqueness fall with the population.
_STRICTER: Final = {
    "at_least": "higher",
    "at_most": "lower",
    "max_age_days": "lower",
    "population": "lower",
    "more_than": "higher",
    "oldest": "lower",
}


@dataclass(frozen=True)
class Rules:
    """Compiles rules; `citations` are the sources that the policy may cite.

    `hierarchies` are the names of shipped hierarchies, `directions` says of each parameter that has
    one in which direction it is stricter.
    """

    policy: str
    texts: Texts
    binder: Binder
    conditions: Conditions
    citations: Mapping[str, Citation]
    cited: set[str]
    hierarchies: tuple[str, ...]
    directions: Mapping[str, str]

    def compile(self, root: source.Node, applies: tuple[Expression, ...]) -> tuple[Rule, ...]:
        """All rules of the file that have no structural fault of their own."""
        return tuple(self._rule(node, applies) for node in mappings_at(root, "rules"))

    def cite(self, node: source.Node) -> tuple[Citation, ...]:
        """The sources under ``cite``, reporting those that are nowhere."""
        found = []
        for scalar in scalars_at(node, "cite"):
            name = str(scalar.value)
            if name in self.citations:
                self.cited.add(name)
                found.append(self.citations[name])
            else:
                hint = did_you_mean(name, self.citations) or "; declare it under 'sources'"
                self.binder.findings.add(scalar, "P204", f"unknown source {name!r}{hint}")
        return tuple(found)

    def cited_by(self, node: source.Node) -> tuple[Citation, ...]:
        """The sources under ``cite`` that there are."""
        names = (str(scalar.value) for scalar in scalars_at(node, "cite"))
        return tuple(self.citations[name] for name in names if name in self.citations)

    def _rule(self, node: source.Mapping, applies: tuple[Expression, ...]) -> Rule:
        findings = self.binder.findings
        orders_something = value_at(node, "transform") is not None
        when = self.conditions.lines(node, "when", before_actions=orders_something)
        unless = self.conditions.lines(node, "unless", before_actions=orders_something)
        decide = text_at(node, "decide")
        has_effect = any(
            isinstance(n := value_at(node, key), source.Sequence) and n.items
            for key in ("require", "transform")
        )
        if not decide and not has_effect:
            findings.add(
                node, "P116", "a rule without effect; give it 'require', 'transform' or 'decide'"
            )
        if when or unless:
            self._check_reachable(node, (*applies, *when), unless)
        demands = tuple(self._demands(node))
        self._check_rounding(node, demands)
        name = text_at(node, "id")
        return Rule(
            id=f"{self.policy}/{name}",
            title=self.texts.at(node, "title"),
            when=when,
            unless=unless,
            demands=demands,
            orders=tuple(self._orders(node)),
            decide=cast(Literal["warn", "review", "block"], decide)
            if decide in ("warn", "review", "block")
            else None,
            because=self.texts.at(node, "because"),
            advice=self.texts.at(node, "advice"),
            citations=self.cite(node),
            tighten_only=flag_at(node, "tighten_only"),
            place=f"{findings.file}:{node.mark.line}",
        )

    def _check_reachable(
        self, node: source.Mapping, when: tuple[Expression, ...], unless: tuple[Expression, ...]
    ) -> None:
        effort = self.conditions.effort
        # A line that can never hold by itself was reported where it was compiled.
        if not can_hold(effort, when, unless) and all(
            can_hold(effort, [e]) for e in (*when, *unless)
        ):
            self.binder.findings.add(
                node,
                "P401",
                f"rule {text_at(node, 'id')!r} can never apply: its 'when' and 'unless' "
                "contradict each other or 'applies'; correct or delete it",
            )

    def _demands(self, node: source.Mapping) -> list[Demand]:
        found = []
        for entry in mappings_at(node, "require"):
            for name, inner in entry.entries.items():
                if len(entry.entries) == 1 and isinstance(inner.value, source.Mapping):
                    demand = self.demand(name, inner, inner.value)
                    found.extend([demand] if demand else [])
        return found

    def demand(self, name: str, entry: source.Entry, node: source.Mapping) -> Demand | None:
        """A demand as it stands under ``require``, or None after a finding."""
        findings = self.binder.findings
        plugin: type[Plugin] | None = OWN_MEASURES.get(name) or self._model(name, entry)
        columns = self.conditions.of_column(node, "columns")
        if plugin is None:
            return None
        attribute_wise = name == FORM_VIOLATIONS or (
            issubclass(plugin, PrivacyModel) and plugin.needs_sensitive
        )
        if name == FORM_VIOLATIONS and value_at(node, "columns") is None:
            findings.add(entry.mark, "P105", f"{name} needs 'columns': which have that form?")
        if value_at(node, "columns") is not None and not attribute_wise:
            findings.add(
                node.entries["columns"].mark,
                "P120",
                f"{name} is not about single attributes, so 'columns' has no meaning",
            )
        bound = self.binder.bind(plugin, parameters_of(node, ("columns",)), entry.mark, "P120")
        if bound is None:
            return None
        limits: dict[str, Any] = {k: bound.loaded.get(k) for k in ("at_least", "at_most")}
        at_least, at_most = (_fraction(limits[k]) for k in ("at_least", "at_most"))
        if name not in OWN_MEASURES and at_least is None and at_most is None:
            findings.add(
                entry.mark,
                "P119",
                f"{name} without a bound demands nothing; give 'at_least' or 'at_most'",
            )
        if at_least is not None and at_most is not None and at_least > at_most:
            findings.add(
                entry.mark, "P127", f"{name}: at_least is above at_most, which nothing can satisfy"
            )
        parameters = {k: v for k, v in bound.parameters.items() if k not in limits}
        if attribute_wise and "hierarchy" in parameters:
            self._check_hierarchy(name, parameters["hierarchy"], node)
        self._check_directions(name, node)
        return Demand(name, parameters, at_least, at_most, attribute_wise, columns, plugin.summary)

    def _check_directions(self, name: str, node: source.Mapping) -> None:
        """P404: a bound by a parameter that calls the milder direction the stricter one.

        A policy that extends this one could weaken the demand, and be told that it tightens it.
        """
        for key, stricter in _STRICTER.items():
            found = value_at(node, key)
            text = found.value if isinstance(found, source.Scalar) else None
            parameter = str(text).removeprefix("params.")
            declared = self.directions.get(parameter) if text != parameter else None
            if found is not None and declared not in (None, stricter):
                self.binder.findings.add(
                    found,
                    "P404",
                    f"{name}: a {stricter} {key!r} is stricter, but {parameter!r} says "
                    f"'stricter: {declared}', by which policies that extend this one could weaken "
                    "it; correct the parameter, or use another one",
                )

    def _check_hierarchy(self, name: str, hierarchy: Any, node: source.Mapping) -> None:
        """P128: a model measures along a hierarchy that is nowhere."""
        known = (OWN_HIERARCHY, POLICY_HIERARCHY, *self.hierarchies)
        if hierarchy not in known:
            self.binder.findings.add(
                value_at(node, "hierarchy") or node,
                "P128",
                f"{name}: hierarchy is {hierarchy!r}, but must be 'own' (the request brings it), "
                "'policy' (as 'hierarchies' say) or a shipped one"
                + did_you_mean(str(hierarchy), known),
            )

    def _model(self, name: str, entry: source.Entry) -> type[Plugin] | None:
        found = self.binder.host.classes["privacy model"].get(name)
        if found is None:
            known = [*self.binder.host.classes["privacy model"], *OWN_MEASURES]
            reason = self.binder.host.why_missing("privacy model", name)
            own = f"; a policy may also demand {' and '.join(OWN_MEASURES)}"
            self.binder.findings.add(
                entry.mark, "P118", f"{reason}{own}{did_you_mean(name, known)}"
            )
        return found

    def _check_rounding(self, node: source.Mapping, demands: tuple[Demand, ...]) -> None:
        """W504: a k and a largest risk that do not mean the same class size."""
        sizes = [d.at_least for d in demands if d.measure == "k-anonymity" and d.at_least]
        risks = [
            d.at_most
            for d in demands
            if d.measure == "reidentification-risk"
            and d.at_most
            and d.parameters.get("attacker") == "prosecutor"
            and d.parameters.get("measure") == "maximum"
        ]
        for k in sizes:
            for risk in risks:
                needed = smallest_size_for(risk)
                if needed > k:
                    self.binder.findings.add(
                        self._place_of_risk(node),
                        "W504",
                        f"k {format_bound(k)} gives a largest risk of 1/{format_bound(k)} = "
                        f"{float(1 / k):.4f}, above "
                        f"{float(risk):.4g}; this asks for k {needed} in fact. Write "
                        f"1/{format_bound(k)} if {format_bound(k)} is meant",
                    )

    @staticmethod
    def _place_of_risk(node: source.Mapping) -> source.Node:
        for entry in mappings_at(node, "require"):
            inner = value_at(entry, "reidentification-risk")
            if inner is not None:
                return value_at(inner, "at_most") or inner
        return node

    def _orders(self, node: source.Mapping) -> list[Order]:
        found = []
        for entry in mappings_at(node, "transform"):
            columns = self.conditions.of_column(entry, "columns", "transform")
            bound = self.transform(entry)
            if columns is not None and bound is not None:
                found.append(Order(columns, *bound))
        return found

    def transform(self, node: source.Mapping) -> tuple[Transform, Mapping[str, Any]] | None:
        """A transform with its parameters as they stand in an order, or None after a finding."""
        name = scalar_at(node, "apply")
        if name is None:
            return None
        plugin = self.binder.find("transform", str(name.value), name, "P122")
        if plugin is None:
            return None
        bound = self.binder.bind(plugin, parameters_of(node, ("columns", "apply")), name, "P126")
        self._check_directions(str(name.value), node)
        if bound is None or not isinstance(bound.plugin, Transform):
            return None
        return bound.plugin, bound.parameters


def _fraction(value: Any) -> Fraction | None:
    if isinstance(value, Fraction):
        return value
    return Fraction(value) if isinstance(value, int | float) else None
