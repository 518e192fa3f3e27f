"""Resolves what a policy extends, compiles the whole chain, and names its content by a digest."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final

import rfc8785

from kiaim_server.hierarchy import reference_names, reference_table
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.bounds import format_bound
from kiaim_server.model.diagnostic import Diagnostic
from kiaim_server.model.plan import Citation
from kiaim_server.policy.compiling import Surroundings, citations_of, compile_document
from kiaim_server.policy.document import Document, Parameter, Policy
from kiaim_server.policy.findings import Findings, TooManyFaultsError
from kiaim_server.policy.parameters import with_parameters
from kiaim_server.policy.persons import longitudinal_only
from kiaim_server.policy.reachable import unreachable
from kiaim_server.policy.shadows import shadowed_orders
from kiaim_server.policy.source import MAX_FAULTS, Mark, Node, Scalar, SourceFile, plain
from kiaim_server.policy.spelling import did_you_mean
from kiaim_server.policy.tree import scalars_at, text_at, value_at

#: Longest chain of ``extends``.
MAX_DISTANCE: Final = 5

#: Finds a policy file by name; None if there is none.
Find = Callable[[str], SourceFile | None]


@dataclass
class _Link:
    """A file of the chain: how far it is from the one asked for, and where that one names it."""

    source: SourceFile
    root: Node
    distance: int
    entrance: Scalar | None
    parents: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Environment:
    """Where parents are found, and what files are compiled against."""

    host: PluginHost
    hierarchies: tuple[str, ...]
    find: Find
    names: tuple[str, ...]
    today: datetime.date


def resolve(
    source: SourceFile, environment: Environment
) -> tuple[Policy | None, tuple[Diagnostic, ...]]:
    """Compile a policy with everything it extends.

    Returns
    -------
    The policy, or None if the linter found errors; and all findings, sorted.
    """
    findings = Findings(source.file, source.text, list(source.faults))
    if source.root is None:
        return None, findings.sorted()
    try:
        return _resolved(source, source.root, environment, findings)
    except TooManyFaultsError:
        text = (
            f"more than {MAX_FAULTS} faults, here or in a policy that is extended; mend the first "
            "ones, then lint again"
        )
        findings.found.append(Diagnostic(source.file, 1, 1, "P109", text))
        return None, findings.sorted()


def _resolved(
    source: SourceFile, root: Node, environment: Environment, findings: Findings
) -> tuple[Policy | None, tuple[Diagnostic, ...]]:
    name = text_at(root, "policy") or source.file
    _check_name(source, name, findings)
    chain = _Chain(environment, findings)
    chain.follow(_Link(source, root, 0, None), name, ())
    links = dict(sorted(chain.links.items(), key=lambda item: (item[1].distance, item[0])))
    parameters = _Parameters(links, findings).of(name)
    documents = _compile(links, name, parameters, environment, findings)
    if not findings.has_errors:
        _look_at_chain(root, documents, findings)
        if all(d.person is None for d in documents) and longitudinal_only(documents):
            findings.add(
                root,
                "W505",
                "the policy applies only where persons have several records (data.longitudinal), "
                "but names no person key, so it counts records; add 'person'",
            )
    found = findings.sorted()
    if findings.has_errors or len(documents) != len(links):
        return None, found
    own = documents[0]
    policy = Policy(
        name=own.name,
        version=own.version,
        title=own.title,
        summary=own.summary,
        digest=_digest(links, parameters),
        source=source.text,
        file=source.file,
        documents=documents,
        parameters=parameters,
        warnings=found,
        not_covered=tuple(dict.fromkeys(s for d in documents for s in d.not_covered)),
    )
    return policy, found


def _look_at_chain(root: Node, documents: Sequence[Document], findings: Findings) -> None:
    """Note what never takes effect because of another policy of the chain."""
    for place, code, message in shadowed_orders(documents):
        findings.add(_mark_of(place), code, message)
    for where, message in unreachable(documents):
        applies = value_at(root, "applies") or root
        findings.add(_mark_of(where) if where else applies, "P401", message)


def _mark_of(place: str) -> Mark:
    return Mark(int(place.rpartition(":")[2]), 1)


def _check_name(source: SourceFile, name: str, findings: Findings) -> None:
    ending = ".policy.yaml"
    expected = source.file.replace("\\", "/").rpartition("/")[2].removesuffix(ending)
    if source.file.endswith(ending) and name != expected and source.root is not None:
        node = next(iter(scalars_at(source.root, "policy")), source.root)
        findings.add(
            node, "P111", f"the file is called {source.file!r}, so the policy must be {expected!r}"
        )


class _Chain:
    """Follows ``extends`` depth first; every file once, at its shortest distance."""

    def __init__(self, environment: Environment, findings: Findings) -> None:
        self.environment = environment
        self.findings = findings
        self.links: dict[str, _Link] = {}
        self._sources: dict[str, SourceFile | None] = {}

    def follow(self, link: _Link, name: str, path: tuple[str, ...]) -> None:
        known = self.links.setdefault(name, link)
        if known is not link:
            if known.distance <= link.distance:
                return  # followed already, from at least as near
            known.distance, known.parents = link.distance, []
        for scalar in scalars_at(link.root, "extends"):
            parent, _, major = str(scalar.value).partition("@")
            place = link.entrance or scalar
            if parent in (name, *path):
                circle = " extends ".join((*path, name, parent))
                code = "P203" if parent == name else "P205"
                self.findings.add(place, code, f"extends itself: {circle}; delete this one")
            elif link.distance >= MAX_DISTANCE:
                self.findings.add(
                    place, "P205", f"extends more than {MAX_DISTANCE} steps deep; join some"
                )
            elif (found := self._find(parent, major, place, name)) is not None:
                if parent not in known.parents:
                    known.parents.append(parent)
                step = _Link(*found, link.distance + 1, place)
                self.follow(step, parent, (*path, name))

    def _find(
        self, parent: str, major: str, place: Scalar, child: str
    ) -> tuple[SourceFile, Node] | None:
        if parent not in self._sources:  # one read each, however often it is named
            self._sources[parent] = self.environment.find(parent)
        source = self._sources[parent]
        if source is None:
            hint = did_you_mean(parent, self.environment.names)
            known = "" if hint else f"; there are: {', '.join(self.environment.names) or 'none'}"
            self.findings.add(
                place, "P202", f"{child} extends unknown policy {parent!r}{hint}{known}"
            )
            return None
        if source.root is None or source.faults:
            self.findings.add(place, "P202", f"{parent!r} cannot be read: {source.faults[0]}")
            return None
        version = text_at(source.root, "version")
        if major and version.split(".")[0] != major:
            self.findings.add(
                place,
                "P201",
                f"{parent!r} is version {version}, not {major}; read what changed, then write "
                f"{parent}@{version.split('.')[0]}",
            )
            return None
        return source, source.root


@dataclass
class _Parameters:
    """Parameters along the chain: parents first; of two values the stricter."""

    links: Mapping[str, _Link]
    findings: Findings
    _known: dict[str, dict[str, Parameter]] = field(default_factory=dict)

    def of(self, name: str) -> dict[str, Parameter]:
        """The parameters that a file sees, its own included."""
        if name not in self._known:
            self._known[name] = self._of(name)
        return self._known[name]

    def _of(self, name: str) -> dict[str, Parameter]:
        link = self.links[name]
        inherited: dict[str, Parameter] = {}
        for parent in link.parents:
            for key, parameter in self.of(parent).items():
                known = inherited.get(key)
                if known is not None and known.declared_by != parameter.declared_by:
                    self.findings.add(
                        link.entrance or link.root,
                        "P402",
                        f"parameter {key!r} is declared by {known.declared_by} and by "
                        f"{parameter.declared_by}",
                    )
                inherited[key] = parameter if known is None else _stricter(known, parameter)
        # Faults of a parent's own parameters show when the parent itself is compiled.
        target = (
            self.findings if link.distance == 0 else Findings(link.source.file, link.source.text)
        )
        return with_parameters(link.root, name, inherited, target)


def _stricter(a: Parameter, b: Parameter) -> Parameter:
    if not (isinstance(a.value, Fraction) and isinstance(b.value, Fraction)):
        return a
    a_is_stricter = a.value >= b.value if a.stricter == "higher" else a.value <= b.value
    return a if a_is_stricter else b


def _compile(
    links: Mapping[str, _Link],
    own: str,
    parameters: Mapping[str, Parameter],
    environment: Environment,
    findings: Findings,
) -> tuple[Document, ...]:
    """Compile all files with the final parameters; a parent's fault is reported where it enters."""
    compiled: dict[str, Document] = {}
    for name in _ancestors_first(links):
        link = links[name]
        target = findings if name == own else Findings(link.source.file, link.source.text)
        visible: dict[str, Citation] = {}
        ancestors = _ancestors(links, name)
        for ancestor in reversed(ancestors):
            visible.update(citations_of(links[ancestor].root))
        around = Surroundings(
            environment.host,
            environment.hierarchies,
            {k: p for k, p in parameters.items() if _declares(links, name, p)},
            visible,
            link.distance,
            {r.id: r for a in ancestors if a in compiled for r in compiled[a].rules},
            _bypasses(links, own, name),
            environment.today,
        )
        document = compile_document(link.root, around, target)
        if document is not None:
            compiled[name] = document
        if name != own and target.has_errors and link.entrance is not None:
            errors = [d for d in target.sorted() if d.severity == "error"]
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            findings.add(
                link.entrance,
                "P202",
                f"{name!r} does not pass with these parameters: {errors[0]}{more}",
            )
    return tuple(compiled[name] for name in links if name in compiled)


def _ancestors_first(links: Mapping[str, _Link]) -> list[str]:
    """All names, each after those that it extends."""
    found: dict[str, None] = {}

    def visit(name: str) -> None:
        if name not in found:
            for parent in links[name].parents:
                visit(parent)
            found[name] = None

    for name in links:
        visit(name)
    return list(found)


def _bypasses(links: Mapping[str, _Link], own: str, name: str) -> dict[str, str]:
    """Policies that `own` extends by a way on which `name` does not lie, with the last step of it.

    What `name` relaxes of them, it does not relax for those who extend them on that way.
    """
    found: dict[str, str] = {}
    queue = [] if own == name else [own]
    while queue:
        child = queue.pop(0)
        for parent in links[child].parents:
            if parent != name and parent not in found:
                found[parent] = child
                queue.append(parent)
    return found


def _ancestors(links: Mapping[str, _Link], name: str) -> list[str]:
    found: dict[str, None] = {}
    queue = list(links[name].parents)
    while queue:
        parent = queue.pop(0)
        if parent not in found:
            found[parent] = None
            queue.extend(links[parent].parents)
    return list(found)


def _declares(links: Mapping[str, _Link], name: str, parameter: Parameter) -> bool:
    return parameter.declared_by == name or parameter.declared_by in _ancestors(links, name)


def _tables(value: Any) -> set[str]:
    """Names of the reference tables that a policy speaks of anywhere."""
    if isinstance(value, Mapping):
        inner = set().union(*map(_tables, value.values()))
        named = value.get("reference")
        return inner | ({named} if named in reference_names() else set())
    return set().union(*map(_tables, value)) if isinstance(value, list) else set()


def _digest(links: Mapping[str, _Link], parameters: Mapping[str, Parameter]) -> str:
    values = {
        name: format_bound(p.value) if isinstance(p.value, Fraction) else p.value
        for name, p in parameters.items()
    }
    policies = {name: plain(link.root) for name, link in links.items()}
    content = {"policies": policies, "parameters": values}
    tables = {name: reference_table(name).sha256 for name in sorted(_tables(policies))}
    if tables:
        content["tables"] = tables
    return hashlib.sha256(rfc8785.dumps(content)).hexdigest()
