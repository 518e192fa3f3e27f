"""Reads the two files, with their limits and places; what it does not know is listed, not lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from kiaim_server.errors import PolicyError
from kiaim_server.model.diagnostic import Diagnostic, errors_in_words
from kiaim_server.policy.source import Mapping, Mark, Node, Scalar, Sequence, SourceFile
from kiaim_server.policy.tree import text_at, value_at

#: Codes of findings: what has the wrong shape, and what was left out.
FAULT: Final = "P102"
LEFT_OUT: Final = "W510"

_MODEL_KEYS: Final = (
    "riskThresholdType",
    "riskThresholdValue",
    "generalizationSetting",
    "suppressionLimit",
)
_ATTRIBUTE_KEYS: Final = (
    "index",
    "name",
    "dataType",
    "scale",
    "attributeProtection",
    "intervalSize",
    "dateFormat",
    "values",
)
_COLUMN_KEYS: Final = ("index", "name", "type", "scale", "configurations")
#: Keys of a further configuration of a column, by its name.
_FURTHER_KEYS: Final = {
    "DateFormatConfiguration": "dateFormatter",
    "DateTimeFormatConfiguration": "dateTimeFormatter",
}


@dataclass(frozen=True)
class Column:
    """A column of ``attribute_config.yaml``; `date_format` is in the letters of Java."""

    name: str
    index: Any
    type: str
    scale: str
    date_format: str
    node: Node


@dataclass(frozen=True)
class Attribute:
    """What ``anonymization.yaml`` says of one column.

    `interval` is as written (a number, a text, or None), `values` the ordered categories.
    """

    name: str
    index: Any
    type: str
    scale: str
    protection: str
    interval: Any
    date_format: str
    values: tuple[str, ...]
    node: Node


@dataclass(frozen=True)
class Model:
    """The privacy model: a threshold, a limit and a setting, as written."""

    threshold_type: Any
    threshold: Any
    suppression: Any
    setting: Any
    node: Node


@dataclass
class Notes:
    """Findings in one file."""

    file: str
    found: list[Diagnostic] = field(default_factory=list)

    def add(self, node: Node, message: str, code: str = LEFT_OUT) -> None:
        """Note something at its place."""
        self.found.append(Diagnostic(self.file, node.mark.line, node.mark.column, code, message))


@dataclass(frozen=True)
class Configuration:
    """Both files. `notes` and `column_notes` collect what is left out of them."""

    model: Model | None
    attributes: tuple[Attribute, ...]
    columns: tuple[Column, ...]
    notes: Notes
    column_notes: Notes


def read_configuration(anonymization: SourceFile, columns: SourceFile) -> Configuration:
    """Read both files; they may be one and the same, as the platform exports it.

    Raises
    ------
    PolicyError
        A file is no YAML of the kind that is read here, or lacks what it is about; all findings
        are attached.
    """
    faults = [*anonymization.faults, *columns.faults]
    notes, column_notes = Notes(anonymization.file), Notes(columns.file)
    root = value_at(anonymization.root, "anonymization")
    listed = value_at(columns.root, "configurations")
    if not faults:
        if not isinstance(root, Mapping):
            _missing(notes, anonymization, "'anonymization' with a mapping")
        if not isinstance(listed, Sequence):
            _missing(column_notes, columns, "'configurations' with a list of columns")
    if faults := [*faults, *notes.found, *column_notes.found]:
        raise PolicyError(f"the configuration cannot be read: {errors_in_words(faults)}", faults)
    same = anonymization.file == columns.file
    _unknown(anonymization.root, ("anonymization", *(("configurations",) if same else ())), notes)
    if not same:
        _unknown(columns.root, ("configurations",), column_notes)
    _unknown(root, ("privacyModels", "attributeConfiguration"), notes)
    found = Configuration(
        _model(root, notes),
        tuple(_attributes(root, notes)),
        tuple(_columns(listed, column_notes)),
        notes,
        column_notes,
    )
    faults = [d for n in (notes, column_notes) for d in n.found if d.severity == "error"]
    if faults:
        raise PolicyError(f"the configuration cannot be read: {errors_in_words(faults)}", faults)
    return found


def _missing(notes: Notes, source: SourceFile, what: str) -> None:
    place = source.root or Mapping(Mark(1, 1), {})
    notes.add(place, f"expected the key {what}; is this the right file?", FAULT)


def _unknown(node: Node | None, known: tuple[str, ...], notes: Notes) -> None:
    """List the keys that nobody here knows."""
    for key, entry in node.entries.items() if isinstance(node, Mapping) else ():
        if key not in known:
            place = Scalar(entry.mark, entry.mark, key, "")
            notes.add(place, f"the key {key!r} is left out: it is not known here")


def _model(root: Node | None, notes: Notes) -> Model | None:
    models = value_at(root, "privacyModels")
    items = models.items if isinstance(models, Sequence) else ()
    for extra in items[1:]:
        notes.add(
            extra, "a second privacy model is left out; the platform looks at the first alone"
        )
    if not items or not isinstance(items[0], Mapping):
        return None
    _unknown(items[0], ("name", "type", "modelConfiguration"), notes)
    given = value_at(items[0], "modelConfiguration")
    _unknown(given, _MODEL_KEYS, notes)
    if not isinstance(given, Mapping):
        return None
    values = (_plain(value_at(given, key)) for key in _MODEL_KEYS)
    threshold_type, threshold, setting, suppression = values
    return Model(threshold_type, threshold, suppression, setting, given)


def _attributes(root: Node | None, notes: Notes) -> Iterator[Attribute]:
    listed = value_at(root, "attributeConfiguration")
    seen: set[str] = set()
    for node in listed.items if isinstance(listed, Sequence) else ():
        name = _name(node, notes)
        if name is None:
            continue
        if name in seen:
            notes.add(node, f"{name!r} is there twice; the platform looks at the first alone")
            continue
        seen.add(name)
        _unknown(node, _ATTRIBUTE_KEYS, notes)
        values = value_at(node, "values")
        yield Attribute(
            name,
            _plain(value_at(node, "index")),
            text_at(node, "dataType"),
            text_at(node, "scale"),
            text_at(node, "attributeProtection"),
            _plain(value_at(node, "intervalSize")),
            text_at(node, "dateFormat"),
            tuple(_words(values)),
            node,
        )


def _columns(listed: Node | None, notes: Notes) -> Iterator[Column]:
    seen: set[str] = set()
    for node in listed.items if isinstance(listed, Sequence) else ():
        name = _name(node, notes)
        if name is None:
            continue
        if name in seen:
            notes.add(node, f"the column {name!r} is there twice", FAULT)
        seen.add(name)
        _unknown(node, _COLUMN_KEYS, notes)
        yield Column(
            name,
            _plain(value_at(node, "index")),
            text_at(node, "type"),
            text_at(node, "scale"),
            _date_format(node, name, notes),
            node,
        )


def _name(node: Node, notes: Notes) -> str | None:
    name = value_at(node, "name")
    value = name.value if isinstance(name, Scalar) else None
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and value.strip():
        return value
    notes.add(node, "expected an entry with the 'name' of a column", FAULT)
    return None


def _date_format(node: Node, name: str, notes: Notes) -> str:
    """The format of dates; further configurations are listed, as nothing here depends on them."""
    found = ""
    listed = value_at(node, "configurations")
    for entry in listed.items if isinstance(listed, Sequence) else ():
        kind = text_at(entry, "name")
        if kind in _FURTHER_KEYS:
            _unknown(entry, ("name", _FURTHER_KEYS[kind]), notes)
            found = text_at(entry, _FURTHER_KEYS[kind])
        else:
            notes.add(
                entry, f"{name!r}: {kind or 'a configuration'} is left out; nothing is checked"
            )
    return found


def _words(node: Node | None) -> Iterator[str]:
    for item in node.items if isinstance(node, Sequence) else ():
        value = _plain(item)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            yield str(value)


def _plain(node: Node | None) -> Any:
    return node.value if isinstance(node, Scalar) else None
