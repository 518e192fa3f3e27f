"""Compiles one policy file into a `Document`."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, cast

from kiaim_server.errors import PluginError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.loss.cells import why_not_by_cell
from kiaim_server.model.attribute import Role
from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.contract import LossMeasure
from kiaim_server.model.plan import Citation, HierarchySpec, Objective
from kiaim_server.policy import source
from kiaim_server.policy.ageing import aged
from kiaim_server.policy.binding import Binder, parameters_of
from kiaim_server.policy.conditions import Conditions
from kiaim_server.policy.confirming import unconfirmed
from kiaim_server.policy.contradictions import Effort, can_hold
from kiaim_server.policy.document import (
    Classifier,
    Document,
    HierarchyRule,
    Parameter,
    PersonSelector,
    Rule,
    Validity,
    Waiver,
    Weighting,
)
from kiaim_server.policy.expression import Expression
from kiaim_server.policy.findings import Findings
from kiaim_server.policy.ruling import Rules
from kiaim_server.policy.spelling import NamePatterns, did_you_mean
from kiaim_server.policy.structure import structural_faults
from kiaim_server.policy.texts import Texts, check_texts, languages_of
from kiaim_server.policy.tree import (
    flag_at,
    mappings_at,
    scalar_at,
    scalars_at,
    text_at,
    value_at,
)
from kiaim_server.policy.waivers import Waivers


@dataclass(frozen=True)
class Surroundings:
    """What a file is compiled against: plugins, shipped hierarchies, what it inherits.

    `rules` are those of all policies that it extends, by qualified id; `bypasses` the policies
    that are extended around it as well, with the policy that does so; `today` decides whether a
    waiver has expired.
    """

    host: PluginHost
    hierarchies: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    citations: Mapping[str, Citation]
    distance: int
    rules: Mapping[str, Rule]
    bypasses: Mapping[str, str]
    today: datetime.date


def citations_of(root: source.Node) -> dict[str, Citation]:
    """The sources that a file declares."""
    block = value_at(root, "sources")
    texts = Texts(languages_of(root))
    found = {}
    for name, entry in block.entries.items() if isinstance(block, source.Mapping) else ():
        found[name] = Citation(
            id=name,
            cite=texts.at(entry.value, "cite"),
            kind=text_at(entry.value, "kind"),
            says=texts.at(entry.value, "says"),
            url=text_at(entry.value, "url"),
            checked=text_at(entry.value, "checked"),
        )
    return found


def compile_document(
    root: source.Node, around: Surroundings, findings: Findings
) -> Document | None:
    """Compile a file, noting every fault; None if it is no mapping at all.

    With errors in `findings` the document is incomplete and must not be used.
    """
    for fault in structural_faults(root):
        findings.add(*fault)
    check_texts(root, findings)
    if not isinstance(root, source.Mapping):
        return None
    compiler = _Compiler(root, around, findings)
    document = compiler.document()
    compiler.check_leftovers()
    return document


@dataclass(frozen=True)
class _Selector:
    """What classification and person key have in common: which columns they speak of."""

    names: NamePatterns | None
    detects: tuple[str, ...]
    where: Expression | None


class _Compiler:
    """One file on its way to a document."""

    def __init__(self, root: source.Mapping, around: Surroundings, findings: Findings) -> None:
        self.root = root
        self.around = around
        self.findings = findings
        self.policy = text_at(root, "policy", "policy")
        self.texts = Texts(languages_of(root))
        self.used: set[str] = set()
        self.cited: set[str] = set()
        values: dict[str, Fraction | str] = {n: p.value for n, p in around.parameters.items()}
        self.binder = Binder(around.host, values, findings, self.used)
        self.conditions = Conditions(values, findings, self.used, Effort())
        citations = {**around.citations, **citations_of(root)}
        self.rules = Rules(
            self.policy,
            self.texts,
            self.binder,
            self.conditions,
            citations,
            self.cited,
            around.hierarchies,
            {n: p.stricter for n, p in around.parameters.items() if p.stricter is not None},
        )

    def document(self) -> Document:
        self._check_ids()
        for place, code, message in unconfirmed(self.root):
            self.findings.add(place, code, message)
        for old, code, message in aged(self.root, self.around.today):
            self.findings.add(old, code, message)
        applies = self.conditions.applies(self.root)
        if len(applies) > 1 and not can_hold(self.conditions.effort, applies):
            self.findings.add(
                self.root.entries["applies"].mark,
                "P305",
                "the lines of 'applies' contradict each other; correct or delete one",
            )
        rules = self.rules.compile(self.root, applies)
        return Document(
            name=self.policy,
            version=text_at(self.root, "version"),
            title=self.texts.at(self.root, "title"),
            summary=self.texts.at(self.root, "summary"),
            languages=self.texts.languages,
            status=text_at(self.root, "status", "active"),
            distance=self.around.distance,
            validity=self._validity(),
            applies=applies,
            classifiers=tuple(self._classifier(n) for n in mappings_at(self.root, "classify")),
            person=self._person(),
            rules=rules,
            hierarchies=tuple(self._hierarchies()),
            weighting=self._weighting(),
            suppressed=self._suppressed(),
            not_covered=self.texts.each(self.root, "not_covered"),
            waivers=self._waivers(rules, applies),
        )

    def check_leftovers(self) -> None:
        """Warn of sources that nothing cites and parameters that nothing uses."""
        for key in ("parameters", "classify", "rules"):
            self._note_citations(value_at(self.root, key))
        person = value_at(self.root, "person")
        if isinstance(person, source.Mapping):
            self.rules.cite(person)
        sources = value_at(self.root, "sources")
        for name, entry in sources.entries.items() if isinstance(sources, source.Mapping) else ():
            if name not in self.cited:
                self.findings.add(entry.mark, "W501", f"source {name!r} is never cited")
        if self.findings.has_errors:
            return  # what has an error may be the one that uses a parameter
        block = value_at(self.root, "parameters")
        for name, entry in block.entries.items() if isinstance(block, source.Mapping) else ():
            parameter = self.around.parameters.get(name)
            if parameter and parameter.declared_by == self.policy and name not in self.used:
                self.findings.add(entry.mark, "W502", f"parameter {name!r} is never used")

    def _note_citations(self, node: source.Node | None) -> None:
        inner: Iterator[source.Node] = iter(())
        if isinstance(node, source.Mapping):
            inner = (entry.value for entry in node.entries.values())
        elif isinstance(node, source.Sequence):
            inner = iter(node.items)
        for child in inner:
            if isinstance(child, source.Mapping):
                self.rules.cite(child)

    def _check_ids(self) -> None:
        seen: dict[str, int] = {}
        for key in ("classify", "rules", "hierarchies", "waivers"):
            for node in mappings_at(self.root, key):
                name = scalar_at(node, "id")
                if name is None:
                    continue
                if str(name.value) in seen:
                    line = seen[str(name.value)]
                    self.findings.add(
                        name,
                        "P125",
                        f"id {name.value!r} is there twice, first in line {line}; rename one",
                    )
                seen.setdefault(str(name.value), name.mark.line)

    def _waivers(
        self, rules: tuple[Rule, ...], applies: tuple[Expression, ...]
    ) -> tuple[Waiver, ...]:
        return Waivers(
            policy=self.policy,
            rules=self.rules,
            known={**self.around.rules, **{rule.id: rule for rule in rules}},
            bypasses=self.around.bypasses,
            today=self.around.today,
            own=self.around.distance == 0,
            applies=applies,
        ).compile(self.root)

    def _validity(self) -> Validity:
        node = value_at(self.root, "effective")

        def day(key: str) -> datetime.date | None:
            try:
                return datetime.date.fromisoformat(text_at(node, key))
            except ValueError:
                return None

        found = Validity(day("from"), day("until"), day("review_by"))
        if found.begins and found.ends and found.begins > found.ends and node is not None:
            self.findings.add(node, "P123", "'until' is before 'from'; exchange them")
        return found

    def _selector(self, node: source.Mapping, fault: str) -> _Selector:
        if not any(value_at(node, key) for key in ("names", "detects", "where")):
            self.findings.add(node, "P105", f"{fault}; give it 'names', 'detects' or 'where'")
        self._check_detectors(node)
        names = tuple(str(s.value) for s in scalars_at(node, "names"))
        return _Selector(
            names=NamePatterns(names) if names else None,
            detects=tuple(str(s.value) for s in scalars_at(node, "detects")),
            where=self.conditions.of_column(node, "where", "classify"),
        )

    def _person(self) -> PersonSelector | None:
        node = value_at(self.root, "person")
        if not isinstance(node, source.Mapping):
            return None
        selector = self._selector(node, "selects no column")
        return PersonSelector(
            id=f"{self.policy}/person",
            names=selector.names,
            detects=selector.detects,
            where=selector.where,
            because=self.texts.at(node, "because"),
            place=f"{self.findings.file}:{node.mark.line}",
            citations=self.rules.cited_by(node),
        )

    def _classifier(self, node: source.Mapping) -> Classifier:
        selector = self._selector(node, "says of no column what it is")
        role = text_at(node, "as")
        return Classifier(
            id=f"{self.policy}/{text_at(node, 'id')}",
            names=selector.names,
            detects=selector.detects,
            where=selector.where,
            role=Role(role) if role in list(Role) else Role.DIRECT,
            special_category=flag_at(node, "special_category"),
            kind=text_at(node, "kind") or None,
            because=self.texts.at(node, "because"),
            place=f"{self.findings.file}:{node.mark.line}",
            citations=self.rules.cited_by(node),
        )

    def _hierarchies(self) -> Iterator[HierarchyRule]:
        for node in mappings_at(self.root, "hierarchies"):
            self._check_selectors(node)
            self._check_detectors(node)
            spec = self._spec(node)
            if spec is None:
                continue
            names = tuple(str(s.value) for s in scalars_at(node, "names"))
            yield HierarchyRule(
                id=spec.rule,
                names=NamePatterns(names) if names else None,
                detects=tuple(str(s.value) for s in scalars_at(node, "detects")),
                kinds=tuple(str(s.value) for s in scalars_at(node, "kinds")),
                where=self.conditions.of_column(node, "where", "transform"),
                spec=spec,
                levels=(self._level(node, "min"), self._level(node, "max")),
            )

    def _check_selectors(self, node: source.Mapping) -> None:
        given = [key for key in ("names", "where", "detects", "kinds") if key in node.entries]
        if len(given) > 1 and given != ["names", "detects"]:
            self.findings.add(
                node.entries[given[1]].mark,
                "P102",
                f"choose one of {' and '.join(given)}; 'where' can say both",
            )

    def _check_detectors(self, node: source.Mapping) -> None:
        for scalar in scalars_at(node, "detects"):
            self.binder.find("detector", str(scalar.value), scalar, "P207")

    def _spec(self, node: source.Mapping) -> HierarchySpec | None:
        rule = f"{self.policy}/{text_at(node, 'id')}"
        build, use = value_at(node, "build"), scalar_at(node, "use")
        if (build is None) == (use is None):
            self.findings.add(node, "P105", "give exactly one of 'build' and 'use'")
            return None
        if use is not None:
            if use.value not in self.around.hierarchies:
                known = ", ".join(self.around.hierarchies) or "none"
                hint = did_you_mean(str(use.value), self.around.hierarchies)
                self.findings.add(
                    use,
                    "P128",
                    f"no shipped hierarchy is called {use.value!r}; there are: {known}{hint}",
                )
            return HierarchySpec(rule, shipped=str(use.value))
        if not isinstance(build, source.Mapping) or len(build.entries) != 1:
            return None
        name, entry = next(iter(build.entries.items()))
        plugin = self.binder.find("hierarchy builder", name, entry.mark, "P128")
        if plugin is None or not isinstance(entry.value, source.Mapping):
            return None
        bound = self.binder.bind(plugin, parameters_of(entry.value), entry.mark, "P120")
        return HierarchySpec(rule, builder=name, parameters=bound.parameters) if bound else None

    def _level(self, node: source.Mapping, key: str) -> int | str | None:
        found = value_at(value_at(node, "levels"), key)
        if not isinstance(found, source.Scalar):
            return None
        value = self.binder.resolve(found)
        if isinstance(value, str) or (
            isinstance(value, int) and not isinstance(value, bool) and value >= 0
        ):
            return value
        self.findings.add(found, "P106", "a level is a number from 0 or a level's name")
        return None

    def _weighting(self) -> Weighting | None:
        node = value_at(self.root, "objective")
        if not isinstance(node, source.Mapping):
            return None
        name = text_at(node, "loss", "loss")
        place = value_at(node, "loss") or node
        plugin = self.binder.find("loss measure", name, place, "P129")
        weights = tuple(self._weights(value_at(node, "weights")))
        if plugin is None:
            return None
        if weights and "weights" not in plugin.Parameters().fields:
            self.findings.add(node.entries["weights"].mark, "P120", f"{name} takes no weights")
        own = ("loss", "recoding", "weights")
        bound = self.binder.bind(plugin, parameters_of(node, own), place, "P120")
        if bound is None:
            return None
        recoding = self._recoding(node, name, bound.parameters)
        parameters = {k: v for k, v in bound.parameters.items() if k != "weights"}
        return Weighting(Objective(name, parameters, recoding), weights)

    def _recoding(
        self, node: source.Mapping, name: str, parameters: Mapping[str, Any]
    ) -> Literal["full-domain", "local"]:
        if text_at(node, "recoding") != "local":
            return "full-domain"
        kind = self.binder.host.get("loss measure", name, LossMeasure)  # type: ignore[type-abstract]
        try:
            reason = why_not_by_cell(kind.from_parameters(parameters))
        except PluginError:
            reason = None  # a plugin that fails; the release will say so
        if reason is not None:
            self.findings.add(node.entries["recoding"].value, "P131", reason)
        return "local"

    def _weights(self, node: source.Node | None) -> Iterator[tuple[str, NamePatterns, Fraction]]:
        for pattern, entry in node.entries.items() if isinstance(node, source.Mapping) else ():
            try:
                weight = parse_bound(self.binder.resolve(entry.value))
            except ValueError:
                continue  # reported by the schema
            if weight <= 0:
                self.findings.add(entry.value, "P121", "a weight must be above 0")
            yield pattern, NamePatterns((pattern,)), weight

    def _suppressed(self) -> Literal["drop", "star"] | None:
        value = text_at(value_at(self.root, "output"), "suppressed")
        return cast(Literal["drop", "star"], value) if value in ("drop", "star") else None
