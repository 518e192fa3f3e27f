"""An anonymization: a release like any other, whose file is read back for the answer."""

from __future__ import annotations

import csv
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

from kiaim_server.arxaas.face import Face
from kiaim_server.arxaas.models import described, requirements_of
from kiaim_server.arxaas.risks import Profile
from kiaim_server.arxaas.trees import hierarchies_of
from kiaim_server.arxaas.values import Asked, AskedAttribute, Rows
from kiaim_server.errors import HierarchyError, InputError, ParameterError, TooLargeError
from kiaim_server.hierarchy import HierarchySource
from kiaim_server.model.decision import Verdict
from kiaim_server.model.hierarchy import STAR
from kiaim_server.model.progress import Silent
from kiaim_server.model.table import as_text
from kiaim_server.model.terms import Terms
from kiaim_server.pipeline import Outcome, ReleaseRequest, Workbench, release

#: What rules of a request without a policy, or on top of one, are called by.
TERMS: Final = "arxaas-request"


class UnfulfilledError(InputError):
    """No table satisfies what was asked for, or none may leave; the message has the reasons."""

    kind = "refused"


def anonymize(asked: Asked, face: Face, workbench: Workbench, folder: Path) -> dict[str, Any]:
    """Release the table under the request's models, and under the face's policy if it has one.

    Parameters
    ----------
    folder
        Where the table and its release lie meanwhile; the caller removes it.

    Returns
    -------
    The answer. Its table has the cells of the audited file, and a star in every cell of the
    columns that are not in it.

    Raises
    ------
    UnfulfilledError
        The release is refused, or the optimum could not be proven in time.
    InputError
        The request cannot be used; messages hold no cell values.
    """
    check_size(asked, face)
    if not asked.quasi:
        raise ParameterError("attributes: expected at least one that is QUASIIDENTIFYING")
    terms = _terms(asked)
    request = ReleaseRequest(
        **_table(asked, folder, typed=face.policy is not None),
        policy=face.policy,
        context=face.context,
        hierarchies=HierarchySource(inline=hierarchies_of(asked, complete=face.policy is None)),
        format="parquet",
        search_seconds=face.search_seconds,
        engine="memory",
        terms=terms,
    )
    began = time.perf_counter()
    outcome = _released(request, workbench, folder / "release")
    seconds = time.perf_counter() - began
    _check(outcome, face)
    records = _records(outcome.files["data"], asked.header)
    return {
        "anonymizeResult": {
            "data": [list(asked.header), *records],
            "anonymizationStatus": "ANONYMOUS",
            "metrics": {
                "attributeGeneralization": _generalization(outcome.report, asked),
                "processTimeMillisecounds": round(1000 * seconds),
                "privacyModels": described(asked.models),
            },
            "attributes": [_attribute(attribute) for attribute in asked.attributes],
        },
        "riskProfile": Profile.of_rows(asked.header, records, asked.quasi).as_json(),
    }


def check_size(asked: Asked, face: Face) -> None:
    """Refuse a table that is too large to be answered for while the client waits.

    Raises
    ------
    TooLargeError
        With the limit, and where larger tables go.
    """
    if len(asked.records) > face.max_records:
        raise TooLargeError(
            f"the table has {len(asked.records)} records, but {face.max_records} is the most that "
            "are worked on while a client waits; upload it to /v1/datasets and ask for a job"
        )


def _terms(asked: Asked) -> Terms:
    wanted = {
        "attributes": [_attribute(attribute) for attribute in asked.attributes],
        "models": [
            [model.name, {k: str(v) for k, v in model.params.items()}] for model in asked.models
        ],
        "limit": str(asked.suppression_limit),
    }
    text = json.dumps(wanted, sort_keys=True).encode()
    return Terms(
        name=TERMS,
        digest=hashlib.sha256(text).hexdigest(),
        roles={attribute.field: attribute.type.role for attribute in asked.attributes},
        requirements=requirements_of(asked, TERMS),
    )


def _table(asked: Asked, folder: Path, *, typed: bool) -> dict[str, Any]:
    """Write the table; give file, name and reader options of a request.

    Rules of a policy look at types of columns, so for one the table is what an uploaded CSV file
    would be. Otherwise every cell is text and keeps its spelling.
    """
    if typed:
        path = folder / "table.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerows([asked.header, *asked.records])
        options = {"delimiter": ",", "quote": '"', "encoding": "utf-8", "header": True}
        return {"data": path, "name": path.name, "reader": options}
    path = folder / "table.parquet"
    columns = [
        pa.array([cell or None for cell in column], pa.string())
        for column in zip(*asked.records, strict=True)
    ]
    pq.write_table(pa.table(columns, names=list(asked.header)), path)
    return {"data": path, "name": path.name}


def _released(request: ReleaseRequest, workbench: Workbench, out: Path) -> Outcome:
    try:
        return release(request, workbench, out, Silent())
    except HierarchyError:
        # It would name values. Hierarchies were checked against the table, so it is the policy
        # that makes other values of them.
        raise HierarchyError(
            "a quasi-identifier has no hierarchy, or one that does not fit what the policy of this "
            "server makes of the values or levels before they are generalized; ask the operator"
        ) from None


def _check(outcome: Outcome, face: Face) -> None:
    """Refuse an answer that may not leave, or that is not proven to be the best.

    An answer of this wire format cannot say that there might be a better one.
    """
    if outcome.decision.verdict is not Verdict.RELEASE:
        said = " ".join((*outcome.decision.reasons, *outcome.decision.advice))
        raise UnfulfilledError(f"Could not fulfill the privacy criterion set: {said}")
    if not outcome.report["search"]["optimal"]:
        raise UnfulfilledError(
            "Could not fulfill the privacy criterion set: the search found a table within "
            f"{face.search_seconds:g} seconds, but no proof that none loses less; upload the "
            "table to /v1/datasets and ask for a job, or limit the levels of hierarchies"
        )


def _records(path: Path, header: Sequence[str]) -> Rows:
    """The records of the released file, as texts; columns that are not in it are stars."""
    table = pq.read_table(path)
    stars = [STAR] * table.num_rows
    columns = [
        [cell or "" for cell in as_text(table.column(name)).to_pylist()]
        if name in table.column_names
        else stars
        for name in header
    ]
    return [list(record) for record in zip(*columns, strict=True)]


def _generalization(report: Mapping[str, Any], asked: Asked) -> list[dict[str, Any]]:
    """The level of each quasi-identifier that left, in the order of the table."""
    levels = {column["name"]: column["level"] for column in report["columns"]}
    return [
        {
            "name": name,
            "type": "QUASI_IDENTIFYING_ATTRIBUTE",
            "generalizationLevel": levels[name],
        }
        for name in asked.quasi
        if levels.get(name) is not None
    ]


def _attribute(attribute: AskedAttribute) -> dict[str, Any]:
    return {
        "field": attribute.field,
        "attributeTypeModel": attribute.type.value,
        "hierarchy": attribute.hierarchy,
    }
