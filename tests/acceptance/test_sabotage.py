"""Stages and plugins that lie: whatever they do, nothing is released."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kiaim_server.errors import KiaimError, PluginError
from kiaim_server.hierarchy import HierarchySource
from kiaim_server.model.solution import Solution
from kiaim_server.pipeline import Outcome, Workbench, publish, stages
from tests.acceptance.journey import run
from tests.acceptance.people import CONTEXT, TABLE, TREES, policy
from tests.acceptance.sabotage import SABOTAGE, Writer, crash, honest, nothing, original_values

IMPORTS = """
from dataclasses import dataclass
from fractions import Fraction
import marshmallow as ma
import numpy as np
import pyarrow as pa
from kiaim_server.hooks import hookimpl
from kiaim_server.model.bounds import share
from kiaim_server.model.contract import LossMeasure, Objection, PrivacyModel, Transform
kiaim_api = 1
"""

Start = Callable[..., Outcome]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Release the table; keyword arguments change the policy, `plugin` is a plugin's source."""

    def attempt(
        *,
        name: str = "remove",
        demand: str = "",
        more: str = "",
        mode: str = "drop",
        format: str = "csv",
        plugin: str | None = None,
    ) -> Outcome:
        table = tmp_path / "people.csv"
        table.write_text(TABLE)
        rules = tmp_path / "honest.policy.yaml"
        rules.write_text(policy(name, demand, more, mode))
        plugins = tmp_path / "plugins"
        plugins.mkdir()
        if plugin is not None:
            (plugins / "rogue.py").write_text(IMPORTS + plugin)
        return run(
            table,
            rules,
            tmp_path / "out",
            context=CONTEXT,
            hierarchies=HierarchySource(inline=TREES),
            workbench=Workbench.open(tmp_path / "keys", plugins),
            format=format,
        )

    return attempt


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "out").iterdir())


REPORTS = ["report.html", "report.json"]


@pytest.mark.parametrize("mode", ["star", "drop"])
@pytest.mark.parametrize("format", ["csv", "parquet"])
def test_the_honest_release_leaves(start: Start, mode: str, format: str) -> None:
    outcome = start(mode=mode, format=format)
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    assert outcome.report["suppressed"]["records"] == 1
    assert [c["level"] for c in outcome.report["columns"] if c["role"] == "quasi"] == [1, 1]


@pytest.mark.parametrize("writer", SABOTAGE, ids=lambda writer: writer.__name__)
@pytest.mark.parametrize(
    ("mode", "format"), [("star", "csv"), ("drop", "csv"), ("drop", "parquet")]
)
def test_a_writer_that_lies_is_convicted(
    start: Start,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    writer: Writer,
    mode: str,
    format: str,
) -> None:
    monkeypatch.setattr(publish, "write_release", writer)
    outcome = start(mode=mode, format=format)
    assert outcome.decision.verdict == "refuse"
    assert any("audit" in r or "not met" in r for r in outcome.decision.reasons)
    assert left(tmp_path) == REPORTS


@pytest.mark.parametrize(("writer", "error"), [(crash, ValueError), (nothing, FileNotFoundError)])
def test_a_writer_that_fails_releases_nothing(
    start: Start,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    writer: Writer,
    error: type[Exception],
) -> None:
    monkeypatch.setattr(publish, "write_release", writer)
    with pytest.raises(error):
        start()
    assert left(tmp_path) == []


def test_the_sabotage_is_what_is_convicted(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "write_release", honest)
    assert start().decision.verdict == "release"


def _finer(found: Solution) -> Solution:
    return replace(found, levels=tuple(max(0, level - 1) for level in found.levels))


def _keeps_all(found: Solution) -> Solution:
    return replace(found, suppressed=np.zeros_like(found.suppressed))


def _hides_more(found: Solution) -> Solution:
    more = found.suppressed.copy()
    more[int(np.flatnonzero(~more)[0])] = True
    return replace(found, suppressed=more)


def _claims_less(found: Solution) -> Solution:
    return replace(found, n_suppressed=0)


def _claims_larger_classes(found: Solution) -> Solution:
    return replace(found, class_sizes=found.class_sizes + 1)


@pytest.mark.parametrize("mode", ["star", "drop"])
@pytest.mark.parametrize(
    "lie",
    [_finer, _keeps_all, _hides_more, _claims_less, _claims_larger_classes],
    ids=lambda lie: lie.__name__.strip("_"),
)
def test_a_search_that_lies_is_convicted(
    start: Start,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mode: str,
    lie: Callable[[Solution], Solution],
) -> None:
    honest_search = stages.find_optimum
    monkeypatch.setattr(stages, "find_optimum", lambda *a: lie(honest_search(*a)))
    outcome = start(mode=mode)
    assert outcome.decision.verdict == "refuse"
    assert left(tmp_path) == REPORTS


# --- plugins ----------------------------------------------------------------------------------

PRETENDS_TO_REMOVE = """
class Erase(Transform):
    name = "erase"
    summary = "Says that it removes, and keeps."
    strictness = 4
    action = "remove"
    def fit(self, values, context):
        return lambda batch: batch

@hookimpl
def kiaim_register_transforms():
    return [Erase]
"""

SAYS_THAT_NOTHING_FAILS = """
@dataclass(frozen=True)
class Lenient(PrivacyModel):
    name = "lenient"
    summary = "Marks no class, but measures that the smallest one is too small."
    class Parameters(ma.Schema):
        at_least = share(required=True)
    at_least: Fraction
    def failing(self, classes):
        return np.zeros(classes.n_classes, dtype=np.bool_)
    def measure(self, classes):
        return 0.0

@hookimpl
def kiaim_register_privacy_models():
    return [Lenient]
"""

MODEL_THAT_FAILS = SAYS_THAT_NOTHING_FAILS.replace(
    "return np.zeros(classes.n_classes, dtype=np.bool_)", "raise ValueError('N1 is in class 3')"
)
MODEL_THAT_CANNOT_MEASURE = SAYS_THAT_NOTHING_FAILS.replace(
    "return 0.0", "raise ValueError('N1 is in class 3')"
)
MODEL_OF_WRONG_SHAPE = SAYS_THAT_NOTHING_FAILS.replace("classes.n_classes", "1 + classes.n_classes")
MODEL_OF_NO_NUMBER = SAYS_THAT_NOTHING_FAILS.replace("return 0.0", "return float('nan')")
MODEL_FROM_ANOTHER_WORLD = SAYS_THAT_NOTHING_FAILS.replace("return 0.0", "return 'very private'")

MODEL_THAT_COUNTS_FOR_US = """
@dataclass(frozen=True)
class Lenient(PrivacyModel):
    name = "accountant"
    summary = "Writes larger numbers into the counts that it is shown."
    class Parameters(ma.Schema):
        at_least = share(required=True)
    at_least: Fraction
    def failing(self, classes):
        classes.sizes.setflags(write=True)
        classes.sizes[:] = 1000
        return np.zeros(classes.n_classes, dtype=np.bool_)
    def measure(self, classes):
        classes.sizes.setflags(write=True)
        classes.sizes[:] = 1000
        return 1.0

@hookimpl
def kiaim_register_privacy_models():
    return [Lenient]
"""

LOSS_THAT_FAILS = """
class Gloom(LossMeasure):
    name = "gloom"
    summary = "Fails."
    def costs(self, hierarchy, level, frequencies):
        raise ValueError("N1 costs too much")
    def score(self, totals, hierarchies, n_records):
        return 0.0
    def per_attribute(self, totals, hierarchies, n_records):
        return (0.0,) * len(hierarchies)

@hookimpl
def kiaim_register_loss_measures():
    return [Gloom]
"""

REVIEWER = """
@hookimpl
def kiaim_review_release(claims, findings):
    {answer}
"""

BROKEN_IMPORT = "import a_module_that_is_not_there"

LENIENT = "- lenient: {at_least: 50%}"


def test_a_transform_that_keeps_a_direct_identifier(start: Start, tmp_path: Path) -> None:
    outcome = start(name="erase", plugin=PRETENDS_TO_REMOVE)
    assert outcome.decision.verdict == "refuse"
    assert any("'name'" in reason for reason in outcome.decision.reasons)
    assert left(tmp_path) == REPORTS


def test_a_pseudonym_that_is_the_identifier(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiaim_server.hooks.host import PluginHost
    from kiaim_server.model.contract import Transform

    pseudonymise = PluginHost.load().get("transform", "pseudonymise", Transform)
    monkeypatch.setattr(pseudonymise, "fit", lambda self, values, context: lambda batch: batch)
    outcome = start(name="pseudonymise")
    assert outcome.decision.verdict == "refuse"
    assert any("'name'" in r and "identifier" in r for r in outcome.decision.reasons)
    assert left(tmp_path) == REPORTS


def test_a_pseudonym_that_is_none_leaves_as_such(start: Start) -> None:
    outcome = start(name="pseudonymise")
    assert outcome.decision.verdict == "release", outcome.decision.reasons


@pytest.mark.parametrize(
    "plugin",
    [
        SAYS_THAT_NOTHING_FAILS,
        MODEL_THAT_CANNOT_MEASURE,
        MODEL_OF_NO_NUMBER,
        MODEL_FROM_ANOTHER_WORLD,
    ],
    ids=["contradicts itself", "cannot measure", "no number", "no float"],
)
def test_a_model_that_nobody_fails(start: Start, tmp_path: Path, plugin: str) -> None:
    outcome = start(demand=LENIENT, plugin=plugin)
    assert outcome.decision.verdict == "refuse"
    assert any(r.startswith("lenient") for r in outcome.decision.reasons)
    assert not any("N1" in r for r in outcome.decision.reasons)
    assert left(tmp_path) == REPORTS


@pytest.mark.parametrize("plugin", [MODEL_THAT_FAILS, MODEL_OF_WRONG_SHAPE], ids=["fails", "shape"])
def test_a_model_that_breaks_in_the_search(start: Start, tmp_path: Path, plugin: str) -> None:
    with pytest.raises(PluginError, match="lenient") as caught:
        start(demand=LENIENT, plugin=plugin)
    assert "N1" not in str(caught.value)
    assert left(tmp_path) == []


def test_a_model_that_rewrites_the_counts(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is asked before k-anonymity is measured; what it writes must not reach that measure."""
    monkeypatch.setattr(publish, "write_release", original_values)
    outcome = start(demand="- accountant: {at_least: 50%}", plugin=MODEL_THAT_COUNTS_FOR_US)
    findings = {f.clause.measure: f for f in outcome.decision.findings}
    assert next(iter(findings)) == "accountant"
    measured = findings["k-anonymity"].measured
    assert measured is not None
    assert measured < 4
    assert outcome.decision.verdict == "refuse"
    assert left(tmp_path) == REPORTS


def test_a_loss_measure_that_fails(start: Start, tmp_path: Path) -> None:
    with pytest.raises(PluginError, match="gloom") as caught:
        start(more="objective: {loss: gloom}\n", plugin=LOSS_THAT_FAILS)
    assert "N1" not in str(caught.value)
    assert left(tmp_path) == []


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("return Objection('rogue', 'too few people')", "too few people"),
        ("raise ValueError('N1')", "ValueError"),
        ("return 'no'", "no objection"),
    ],
    ids=["objects", "raises", "wrong type"],
)
def test_reviewers(start: Start, tmp_path: Path, answer: str, said: str) -> None:
    outcome = start(plugin=REVIEWER.format(answer=answer))
    assert outcome.decision.verdict == "refuse"
    assert any("'rogue'" in r and said in r for r in outcome.decision.reasons)
    assert not any("N1" in r for r in outcome.decision.reasons)
    assert left(tmp_path) == REPORTS


def test_a_reviewer_that_rewrites_the_manifest(start: Start) -> None:
    meddling = "claims['clauses'].clear(); findings[0].clause.parameters['x'] = 1"
    outcome = start(plugin=REVIEWER.format(answer=meddling))
    assert outcome.decision.verdict == "release"
    signed = json.loads(outcome.files["manifest"].read_text())
    assert [clause["measure"] for clause in signed["clauses"]] == [
        "k-anonymity",
        "suppressed-records",
    ]
    assert not any(clause["parameters"] for clause in signed["clauses"])


@pytest.mark.parametrize(
    "demand",
    [
        {"demand": LENIENT},
        {"name": "erase"},
        {"more": "objective: {loss: gloom}\n"},
    ],
    ids=["model", "transform", "loss"],
)
def test_a_plugin_that_does_not_load_is_refused_by_name(
    start: Start, tmp_path: Path, demand: dict[str, str]
) -> None:
    with pytest.raises(KiaimError, match="rogue") as caught:
        start(plugin=BROKEN_IMPORT, **demand)
    assert "a_module_that_is_not_there" in str(caught.value)
    assert not (tmp_path / "out").exists() or left(tmp_path) == []
