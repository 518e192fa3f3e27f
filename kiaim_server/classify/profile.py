"""Column profiles: types, counts and what detectors recognise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa

from kiaim_server.errors import PluginError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import ColumnProfile
from kiaim_server.model.contract import Detector
from kiaim_server.model.records import Records
from kiaim_server.model.table import as_text, value_type

#: Share of the values looked at from which a column counts as detected.
DETECTED: Final = 0.9

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
    sample = as_text(survey.sample)
    return ColumnProfile(
        name=name,
        type=kind,
        n_records=table.n_records,
        n_missing=survey.n_missing,
        n_distinct=survey.n_distinct,
        detected=tuple(d.name for d in detectors if _share(d, name, sample) >= DETECTED),
        granularity=_GRANULARITY.get(kind),
    )


def _share(detector: Detector, name: str, sample: pa.StringArray) -> float:
    if len(sample) == 0:
        return 0.0
    try:
        share: object = detector.share(name, sample)
    except Exception as error:  # noqa: BLE001 - a plugin may fail in any way; its words may quote cells
        raise PluginError(
            f"detector {detector.name!r} failed on column {name!r} with {type(error).__name__}"
        ) from None
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise PluginError(
            f"detector {detector.name!r} gave no share between 0 and 1 for column {name!r}"
        )
    return share
