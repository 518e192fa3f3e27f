"""The format of case files, ``*.test.yaml``: as closed as that of policies, and with places."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from marshmallow import fields

from kiaim_server.errors import NotFoundError, PolicyError
from kiaim_server.model.attribute import KINDS, Role
from kiaim_server.model.diagnostic import Diagnostic
from kiaim_server.policy.facts import COLUMN_FACTS
from kiaim_server.policy.schema import (
    Flag,
    OneKey,
    OneOrMany,
    Scalar,
    Strict,
    Text,
    check_date,
    one_of,
)
from kiaim_server.policy.source import Mapping as Tree
from kiaim_server.policy.source import Mark, Node, Sequence, plain, read_file
from kiaim_server.policy.structure import structural_faults

FORMAT: Final = "kiaim/policy-test/v1"
#: Ending of case files; the part before it is the policy's name.
CASES_ENDING: Final = ".test.yaml"
VERDICTS: Final = ("release", "review", "refuse", "block", "not-applicable")


def _values_of(fact: str) -> tuple[str, ...]:
    return COLUMN_FACTS[fact].type.values


def _said(text: str) -> dict[str, str]:
    return {"description": text}


def _list(inner: Any, **kwargs: Any) -> Any:
    return fields.List(
        inner,
        error_messages={
            "invalid": "P102 expected a list; write [a, b], or a dash before each entry"
        },
        **kwargs,
    )


def _free(**kwargs: Any) -> Any:
    return fields.Dict(
        keys=fields.String(),
        error_messages={"invalid": "P102 expected a mapping; write key: value"},
        **kwargs,
    )


class CaseColumn(Strict):
    """A column of the case's table."""

    name = Text(required=True, metadata=_said("Name of the column."))
    type = Text(
        validate=one_of(_values_of("column.type"), "P106", "type of column"),
        metadata=_said("Type of its values; text if left out."),
    )
    role = Text(
        validate=one_of(tuple(r.value for r in Role), "P114", "role"),
        metadata=_said("Its role, instead of what the policy's classification says."),
    )
    kind = Text(
        validate=one_of(KINDS, "P114", "kind of column"),
        metadata=_said("What its values speak of; counts where 'role' is given."),
    )
    special_category = Flag(
        metadata=_said("Whether it holds special categories; counts where 'role' is given.")
    )
    granularity = Text(
        validate=one_of(_values_of("column.granularity"), "P106", "granularity"),
        metadata=_said("How fine its dates are."),
    )
    action = Text(
        validate=one_of(_values_of("column.action"), "P106", "action"),
        metadata=_said("What is done to it, instead of what the policy's rules order."),
    )
    detected = OneOrMany(metadata=_said("Detectors that recognised its values."))
    distinct = Scalar(metadata=_said("Number of different values; 10 if left out."))


class Expect(Strict):
    """What the case has to come to."""

    verdict = Text(
        required=True,
        validate=one_of(VERDICTS, "P117", "verdict"),
        metadata=_said("What becomes of the release."),
    )
    fires = OneOrMany(metadata=_said("Rules that have to apply."))
    silent = OneOrMany(metadata=_said("Rules that may not apply."))
    waives = OneOrMany(metadata=_said("Waivers that have to relax something."))
    unclassified = OneOrMany(metadata=_said("Columns that no rule covers."))
    roles = fields.Dict(
        keys=fields.String(),
        values=Text(validate=one_of(tuple(r.value for r in Role), "P114", "role")),
        error_messages={"invalid": "P102 expected a mapping; write key: value"},
        metadata=_said("Column -> the role that it is classified as."),
    )
    require = _list(
        OneKey(),
        metadata=_said("Demands that have to be made, with their bounds after merging."),
    )
    transforms = fields.Dict(
        keys=fields.String(),
        values=OneOrMany(),
        error_messages={"invalid": "P102 expected a mapping; write key: value"},
        metadata=_said("Column -> the transforms that are ordered for it, in their order."),
    )


class Case(Strict):
    """One case: a release that is asked for, and what the policy has to say of it."""

    name = Text(required=True, metadata=_said("One sentence on what the case shows."))
    given = _free(metadata=_said("Facts of the release context, beside those of the file."))
    params = _free(metadata=_said("Values of parameters, only toward the stricter side."))
    measured = _free(metadata=_said("Measured values, beside those of the file."))
    attested = fields.Raw(metadata=_said("Attestations that were given."))
    on = Text(validate=check_date, metadata=_said("The day of the release; today if left out."))
    columns = _list(
        fields.Nested(CaseColumn), required=True, metadata=_said("Columns of the table.")
    )
    expect = fields.Nested(Expect, required=True, metadata=_said("What has to come out."))


class CaseFile(Strict):
    """A file of cases."""

    schema = Text(
        required=True,
        validate=one_of((FORMAT,), "P110", "format that is known"),
        metadata=_said("Format of the file."),
    )
    policy = Text(required=True, metadata=_said("Name of the policy that is tested."))
    given = _free(metadata=_said("Facts of the release context, for all cases."))
    measured = _free(metadata=_said("Measured values, for all cases."))
    attested = fields.Raw(metadata=_said("Attestations that were given, for all cases."))
    on = Text(validate=check_date, metadata=_said("The day of the releases."))
    cases = _list(fields.Nested(Case), required=True, metadata=_said("The cases."))


@dataclass(frozen=True)
class Given:
    """One case as it is run: its own values over those of the file, and where it stands.

    `tree` is the case's own part of the file, by which places of problems are found.
    """

    name: str
    mark: Mark
    tree: Tree
    context: Mapping[str, Any]
    parameters: Mapping[str, Any]
    measured: Mapping[str, Any]
    attested: Any
    on: datetime.date | None
    columns: tuple[Mapping[str, Any], ...]
    expect: Mapping[str, Any]

    def place(self, *path: str | int) -> Mark:
        """The place of a value within the case, as far as `path` can be followed."""
        node: Node = self.tree
        for step in path:
            if isinstance(node, Tree) and step in node.entries:
                node = node.entries[str(step)].value
            elif isinstance(node, Sequence) and isinstance(step, int) and step < len(node.items):
                node = node.items[step]
        return node.mark


@dataclass(frozen=True)
class Cases:
    """A case file that was read: which policy it is about, and its cases."""

    file: str
    path: Path
    policy: str
    cases: tuple[Given, ...]


def read_cases(path: Path) -> Cases:
    """Read a case file.

    Raises
    ------
    NotFoundError
        No such file.
    PolicyError
        The file has faults; all of them are attached.
    """
    if not path.is_file():
        raise NotFoundError(f"case file {str(path)!r} does not exist")
    source = read_file(path)
    faults = list(source.faults)
    if source.root is not None:
        faults += [
            Diagnostic(source.file, mark.line, mark.column, code, text)
            for mark, code, text in structural_faults(source.root, CaseFile)
        ]
    if faults or not isinstance(source.root, Tree):
        faults.sort()
        raise PolicyError(f"the cases cannot be run: {faults[0]}", faults)
    content = plain(source.root)
    return Cases(source.file, path, content["policy"], tuple(_given(source.root, content)))


def _given(root: Tree, content: Mapping[str, Any]) -> Iterator[Given]:
    nodes = root.entries["cases"].value
    for node, case in zip(getattr(nodes, "items", ()), content["cases"], strict=True):
        on = case.get("on", content.get("on"))
        yield Given(
            name=str(case["name"]),
            mark=node.mark,
            tree=node,
            context={**content.get("given", {}), **case.get("given", {})},
            parameters=case.get("params", {}),
            measured={**content.get("measured", {}), **case.get("measured", {})},
            attested=case.get("attested", content.get("attested")) or [],
            on=None if on is None else datetime.date.fromisoformat(on),
            columns=tuple(case["columns"]),
            expect=case["expect"],
        )
