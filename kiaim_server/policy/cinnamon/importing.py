"""From a configuration to the text of a policy, with all that it says otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from kiaim_server.model.bounds import format_bound, parse_bound
from kiaim_server.model.contract import smallest_size_for
from kiaim_server.model.diagnostic import Diagnostic
from kiaim_server.model.naming import Name
from kiaim_server.policy.cinnamon.configuration import (
    Attribute,
    Column,
    Configuration,
    Model,
    Notes,
)
from kiaim_server.policy.cinnamon.protections import (
    DELETED,
    PROTECTIONS,
    UNPROTECTED,
    Tree,
    hierarchy_of,
)
from kiaim_server.policy.confirming import UNDECIDED
from kiaim_server.policy.schema import FORMAT
from kiaim_server.policy.schema import shown as cut
from kiaim_server.policy.source import Node
from kiaim_server.policy.writing import Ids, escaped, flow, selector_of, shown

#: The rule that asks for a person before anything is released.
REVIEW: Final = "imported-configuration"
#: Below this nobody can tell a threshold from a slip of the pen.
_LEAST_RISK: Final = Fraction(1, 10**9)
_NOTHING: Final = "nothing is demanded, so a release is refused until a rule demands a model"
_FIXED_IDS: Final = ("deleted-columns", "risk", "suppression", REVIEW)


@dataclass(frozen=True)
class Imported:
    """The policy, and what a person has to know of it.

    Attributes
    ----------
    unprotected
        Columns that the configuration publishes as they are.
    deleted
        Columns that it deletes because it does not mention them.
    undecided
        Columns whose protection is not known here; the policy does not run before a person decides.
    notes
        What was left out or is done in another way, each at its place, sorted.
    """

    name: str
    text: str
    unprotected: tuple[str, ...]
    deleted: tuple[str, ...]
    undecided: tuple[str, ...]
    notes: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class _Decided:
    """A column with its role, the words for it, and its hierarchy if it is generalised."""

    name: str
    role: str
    because: str
    tree: Tree | None = None


def import_configuration(name: str, configuration: Configuration) -> Imported:
    """Write a policy called `name` that does what the configuration says, or tells where not.

    It is a draft, and one of its rules waits for a person: nothing leaves by it before somebody has
    attested that the translation was looked at. Equal configurations give equal bytes.
    """
    importer = _Importer(configuration)
    decided = tuple(importer.decided())
    importer.look_for_twins(decided)
    demands = tuple(importer.demands())
    recoding = importer.recoding()
    found = (*configuration.notes.found, *configuration.column_notes.found)
    notes = tuple(sorted(set(found)))
    ids = Ids(set(_FIXED_IDS))
    unprotected = tuple(d.name for d in decided if d.role == "insensitive")
    blocks = [
        "\n".join(_head(configuration, notes, unprotected)),
        "\n".join(_top(name, configuration)),
        "\n".join(_classify(decided, ids)),
        "\n".join(_rules(decided, demands, unprotected)),
        "\n".join(_hierarchies(decided, ids)),
        f"objective: {{loss: loss, recoding: {recoding}}}",
        "\n".join(_not_covered(notes)),
    ]
    return Imported(
        name,
        "\n\n".join(block for block in blocks if block) + "\n",
        unprotected,
        tuple(importer.deleted),
        tuple(d.name for d in decided if d.role == UNDECIDED),
        notes,
    )


class _Importer:
    """Goes through a configuration once, noting what it cannot carry over."""

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.notes: Notes = configuration.notes
        self.deleted: list[str] = []
        self._nodes: dict[str, Node] = {
            **{c.name: c.node for c in configuration.columns},
            **{a.name: a.node for a in configuration.attributes},
        }

    def decided(self) -> Iterator[_Decided]:
        """Every column of either file, in the order of the table."""
        mentioned = {a.name: a for a in self.configuration.attributes}
        columns = {c.name: c for c in self.configuration.columns}
        for column in columns.values():
            attribute = mentioned.get(column.name)
            if attribute is None:
                self.deleted.append(column.name)
                because = "Deleted, because the configuration does not mention it."
                yield from self._sayable(_Decided(column.name, "direct", because), column.node)
            else:
                self._compare(attribute, column)
                yield from self._sayable(self._of(attribute, column), attribute.node)
        for attribute in self.configuration.attributes:
            if attribute.name not in columns:
                self.notes.add(
                    attribute.node,
                    f"{attribute.name!r} is no column of attribute_config; kept all the same",
                )
                yield from self._sayable(self._of(attribute, None), attribute.node)

    def look_for_twins(self, decided: Sequence[_Decided]) -> None:
        """List columns whose names a policy cannot tell apart."""
        seen: dict[str, str] = {}
        for column in decided:
            squeezed = Name.of(column.name).squeezed
            other = seen.setdefault(squeezed, column.name)
            if other != column.name:
                message = (
                    f"the names {shown(other)} and {shown(column.name)} are the same to a policy; "
                    "what is said of either holds for both, the stricter role first"
                )
                self.notes.add(self._nodes[column.name], message)

    def demands(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Rule id and demand: the risk, and the limit of suppression."""
        model = self.configuration.model
        if model is None:
            self.notes.found.append(
                Diagnostic(
                    self.notes.file,
                    1,
                    1,
                    "W510",
                    f"there is no privacy model; {_NOTHING}",
                )
            )
            return
        yield from self._risk(model)
        yield from self._suppression(model)

    def recoding(self) -> str:
        """``local`` if every record may have levels of its own."""
        model = self.configuration.model
        setting = None if model is None else model.setting
        if model is not None and setting not in ("Global", "Local"):
            self.notes.add(
                model.node,
                f"generalizationSetting is {cut(setting)}, but must be Global or Local; "
                "Global is taken",
            )
        return "local" if setting == "Local" else "full-domain"

    def _sayable(self, decided: _Decided, node: Any) -> Iterator[_Decided]:
        if selector_of(decided.name):
            yield decided
        else:
            self.notes.add(
                node,
                f"the name {shown(decided.name)} cannot be written in a policy; rename the "
                "column, or it blocks",
            )

    def _of(self, attribute: Attribute, column: Column | None) -> _Decided:
        protection = attribute.protection
        if protection == DELETED:
            return _Decided(attribute.name, "direct", "The configuration deletes it.")
        if protection == UNPROTECTED:
            because = "The configuration publishes it as it is."
            return _Decided(attribute.name, "insensitive", because)
        if protection not in PROTECTIONS:
            known = ", ".join(PROTECTIONS)
            self.notes.add(
                attribute.node,
                f"{attribute.name!r}: attributeProtection is {cut(protection or None)}, but is one "
                f"of {known}; write a role",
            )
            return _Decided(attribute.name, UNDECIDED, "Nobody knows what protects it.")
        translated = hierarchy_of(attribute, column.date_format if column else "")
        for note in translated.notes:
            self.notes.add(attribute.node, f"{attribute.name!r} ({protection}): {note}")
        because = f"The configuration protects it by {protection}."
        return _Decided(attribute.name, "quasi", because, translated.tree)

    def _compare(self, attribute: Attribute, column: Column) -> None:
        """List where the two files differ about a column."""
        for what, said, there in (
            ("index", attribute.index, column.index),
            ("type", attribute.type, column.type),
            ("scale", attribute.scale, column.scale),
        ):
            if said not in (None, "") and said != there:
                self.notes.add(
                    attribute.node,
                    f"{attribute.name!r}: its {what} is {cut(said)} here, but {cut(there)} in the "
                    "other file; what stands here is taken",
                )

    def _risk(self, model: Model) -> Iterator[tuple[str, dict[str, Any]]]:
        threshold = _share(model.threshold)
        maximum = model.threshold_type == "Max"
        if threshold is None or threshold < _LEAST_RISK or (maximum and threshold == 1):
            self.notes.add(
                model.node,
                f"riskThresholdValue is {cut(model.threshold)}, but must be a share above 0 and "
                f"below 1; {_NOTHING}",
            )
        elif maximum:
            yield "risk", {"k-anonymity": {"at_least": smallest_size_for(threshold)}}
        elif model.threshold_type == "Avg":
            self.notes.add(
                model.node,
                "an average risk says nothing of a single record, which may stand alone; add "
                "k-anonymity if none shall",
            )
            risk = {"attacker": "prosecutor", "measure": "average", "at_most": _spelt(threshold)}
            yield "risk", {"reidentification-risk": risk}
        else:
            self.notes.add(
                model.node,
                f"riskThresholdType is {cut(model.threshold_type)}, but must be Max or Avg; "
                f"{_NOTHING}",
            )

    def _suppression(self, model: Model) -> Iterator[tuple[str, dict[str, Any]]]:
        limit = _share(model.suppression)
        if limit is None:
            self.notes.add(
                model.node,
                f"suppressionLimit is {cut(model.suppression)}, but must be a share from 0 to 1; "
                "no record may be suppressed until a rule says so",
            )
        else:
            yield "suppression", {"suppressed-records": {"at_most": _spelt(limit)}}


def _share(value: Any) -> Fraction | None:
    """A share that a policy can spell; None for anything else."""
    try:
        share = parse_bound(value)
        parse_bound(format_bound(share))
    except ValueError:
        return None
    return share if 0 <= share <= 1 else None


def _spelt(number: Fraction) -> int | str:
    return number.numerator if number.denominator == 1 else format_bound(number)


def _head(
    configuration: Configuration, notes: Sequence[Diagnostic], unprotected: Sequence[str]
) -> Iterator[str]:
    files = dict.fromkeys((configuration.notes.file, configuration.column_notes.file))
    yield f"# Written by a program from {' and '.join(map(shown, files))},"
    yield "# configuration files of the platform Cinnamon. Read it, then attest the last rule, by"
    yield "# its full name, in the context of a release."
    if unprotected:
        yield "#"
        yield "# Columns that the configuration publishes as they are:"
        yield from (f"#   {shown(name)}" for name in unprotected)
    if notes:
        yield "#"
        yield "# What is not carried over, or is done in another way:"
        yield from (f"#   {note.file}:{note.line}: {_printable(note.message)}" for note in notes)


def _printable(text: str) -> str:
    return text if text.isprintable() else escaped(text)


def _top(name: str, configuration: Configuration) -> Iterator[str]:
    files = dict.fromkeys((configuration.notes.file, configuration.column_notes.file))
    yield f"schema: {FORMAT}"
    yield f"policy: {name}"
    yield 'version: "0.1.0"'
    yield "title: Configuration of the platform Cinnamon"
    yield "status: draft"
    yield "sources:"
    yield "  configuration:"
    cite = f"Configuration of the platform Cinnamon, {', '.join(files)}"
    yield f"    cite: {escaped(cite)}"
    yield "    kind: convention"


def _classify(decided: Sequence[_Decided], ids: Ids) -> Iterator[str]:
    if not decided:
        return
    yield "classify:"
    for column in decided:
        yield f"  - id: {ids.of(column.name)}"
        yield f"    {selector_of(column.name)}"
        yield f"    as: {column.role}"
        yield f"    because: {column.because}"
        yield "    cite: configuration"


def _rules(
    decided: Sequence[_Decided],
    demands: Sequence[tuple[str, dict[str, Any]]],
    unprotected: Sequence[str],
) -> Iterator[str]:
    yield "rules:"
    if any(column.role == "direct" for column in decided):
        yield "  - id: deleted-columns"
        yield "    transform:"
        yield "      - {columns: \"column.role = 'direct'\", apply: remove}"
        yield "    because: The configuration deletes these columns."
        yield "    cite: configuration"
    for rule, demand in demands:
        yield f"  - id: {rule}"
        yield f"    require: [{flow(demand)}]"
        yield "    because: The configuration demands it."
        yield "    cite: configuration"
    yield f"  - id: {REVIEW}"
    yield "    decide: review"
    yield "    because: A program wrote this policy, and nobody has looked at it yet."
    if unprotected:
        words = ", ".join(map(_printable, unprotected))
        yield f"    advice: {escaped(f'Look above all at what leaves as it is: {words}.')}"
    yield "    cite: configuration"


def _hierarchies(decided: Sequence[_Decided], ids: Ids) -> Iterator[str]:
    trees = [(column.name, column.tree) for column in decided if column.tree is not None]
    if trees:
        yield "hierarchies:"
    for name, tree in trees:
        yield f"  - id: {ids.of(name, '-levels')}"
        yield f"    {selector_of(name)}"
        yield f"    build: {{{tree.builder}: {flow(tree.parameters)}}}"


def _not_covered(notes: Sequence[Diagnostic]) -> Iterator[str]:
    """What reports of each release tell: all that was left out."""
    if notes:
        yield "not_covered:"
    for note in dict.fromkeys(_printable(note.message) for note in notes):
        yield f"  - {escaped(f'Imported from Cinnamon: {note}.')}"
