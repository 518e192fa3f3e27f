"""Holds the search's own measures of a release against the audit's."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from kiaim_server.audit import AGREEMENT
from kiaim_server.model.bounds import TOLERANCE
from kiaim_server.model.classes import EquivalenceClasses
from kiaim_server.model.contract import PrivacyModel, ReleaseModel
from kiaim_server.model.decision import Finding
from kiaim_server.pipeline.prepare import NO_MODELS


def disagreements(
    findings: Sequence[Finding], models: Sequence[PrivacyModel], class_sizes: np.ndarray
) -> Iterator[str]:
    """Say where search and audit measure demands on the release as a whole differently.

    Each computes them by code of its own, so a difference means that one of them is wrong.

    Parameters
    ----------
    findings
        Of all clauses, in the order of the requirements.
    models
        What the search was given: one for each clause but those on suppressed records and on cells.
    class_sizes
        int64[:], the classes that the search kept, in persons where these are counted.
    """
    classes = EquivalenceClasses(class_sizes)
    of_models = [f for f in findings if f.clause.measure not in NO_MODELS]
    for finding, model in zip(of_models, models, strict=True):
        if not isinstance(model, ReleaseModel):
            continue
        expected = model.measure(classes)
        measured = math.nan if finding.measured is None else finding.measured
        if not math.isclose(measured, expected, rel_tol=AGREEMENT, abs_tol=TOLERANCE):
            yield (
                f"{finding.clause.label}: the search measured {expected:.9g}, the audit "
                f"{measured:.9g}; they must not differ by more than {AGREEMENT:g} of it "
                f"or {TOLERANCE:g}."
            )
