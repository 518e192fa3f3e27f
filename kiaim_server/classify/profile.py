"""Column profiles: types, counts and what detectors recognise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow.compute as pc

from kiaim_server.errors import PluginError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import ColumnProfile, Recognition
from kiaim_server.model.contract import ColumnSample, Detector
from kiaim_server.model.records import Records
from kiaim_server.model.table import as_text, value_type

#: Characters of a value that detectors see; longer ones are cut, so that no cell takes them long.
LONGEST: Final = 1_024

_GRANULARITY: Final[Mapping[str, str]] = {"timestamp": "exact", "date": "day"}


def profile_table(table: Records, host: PluginHost) -> tuple[ColumnProfile, ...]:
    """Profile every column, in the order of the table.

    Detectors look at the sample of a survey, spelt as text:
    equal columns give equal profiles, however the records are ordered.

    Raises
    ------
    PluginError
        If a detector fails or answers with something that is no share; it names the detector.

    Notes
    -----
    O(records) per column, and O(d log d) where its d distinct values exceed the sample.
    """
    detectors = _detectors(host)
    return tuple(_profile(table, name, detectors) for name in table.columns)


def _detectors(host: PluginHost) -> tuple[Detector, ...]:
    classes = host.classes["detector"]
    return tuple(
        plugin.from_parameters({})
        for _, plugin in sorted(classes.items())
        if issubclass(plugin, Detector)
    )


def _profile(table: Records, name: str, detectors: tuple[Detector, ...]) -> ColumnProfile:
    kind = value_type(table.schema.field(name).type)
    survey = table.survey(name)
    column = ColumnSample(
        name=name,
        type=kind,
        n_records=table.n_records,
        n_missing=survey.n_missing,
        n_distinct=survey.n_distinct,
        values=pc.utf8_slice_codeunits(as_text(survey.sample), 0, LONGEST),
    )
    found = [r for d in detectors if (r := _recognised(d, column)) is not None]
    return ColumnProfile(
        name=name,
        type=kind,
        n_records=table.n_records,
        n_missing=survey.n_missing,
        n_distinct=survey.n_distinct,
        detected=tuple(recognition.detector for recognition in found if recognition.detected),
        granularity=_GRANULARITY.get(kind),
        n_sampled=len(column.values),
        recognitions=tuple(sorted(found, key=lambda r: (-r.confidence, r.detector))),
    )


def _recognised(detector: Detector, column: ColumnSample) -> Recognition | None:
    try:
        found: object = detector.recognise(column)
    except Exception as error:  # noqa: BLE001 - a plugin may fail in any way; its words may quote cells
        raise PluginError(
            f"detector {detector.name!r} failed on column {column.name!r} with "
            f"{type(error).__name__}"
        ) from None
    if found is None:
        return None
    if not isinstance(found, Recognition) or found.detector != detector.name:
        raise PluginError(
            f"detector {detector.name!r} gave no recognition of its own for column {column.name!r}"
        )
    if not (_is_share(found.confidence) and (found.share is None or _is_share(found.share))):
        raise PluginError(
            f"detector {detector.name!r} gave no share between 0 and 1 for column {column.name!r}"
        )
    return found


def _is_share(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and 0 <= value <= 1
