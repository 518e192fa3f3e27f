"""From a table to a release: init, confirm, lint, plan, anonymize."""

from __future__ import annotations

import json
import random
from importlib import resources
from pathlib import Path

import pytest
from pyarrow import csv, parquet

from kiaim_server import pipeline
from kiaim_server.audit import verify
from kiaim_server.errors import PolicyError
from kiaim_server.model.progress import Silent
from kiaim_server.pipeline import DraftRequest, ReleaseRequest, Workbench
from kiaim_server.policy import Draft, lint_file
from tests.acceptance.drafting import confirmed
from tests.acceptance.journey import CONTEXT, run

HEART = CONTEXT | {
    "data.domain": "health",
    "release.environment": "download",
    "recipient.agreement": "data-use-agreement",
    "recipient.controls": "high",
    "recipient.motive": "low",
    "data.longitudinal": False,
}


@pytest.fixture(scope="module")
def workbench(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    return Workbench.open(tmp_path_factory.mktemp("keys"))


def heart(folder: Path, shuffled: bool = False) -> Path:
    """A table of heart patients: identifiers, dates, categories and measurements."""
    draw = random.Random(3)
    lines = []
    for i in range(400):
        born = f"{draw.randint(1930, 1979)}-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}"
        lines.append(
            f"{270000 + 3 * i},Person Number {i},{born},{draw.randint(40, 79)},{draw.choice('MF')},"
            f"{draw.choice(['ATA', 'NAP', 'ASY', 'TA'])},{draw.randint(94, 200)},"
            f"{draw.randint(85, 564)},{draw.choice('YN')},{draw.randint(0, 62) / 10},"
            f"{draw.randint(0, 1)}"
        )
    if shuffled:
        random.Random(4).shuffle(lines)
    header = (
        "Identifier,name,birthdate,Age,Sex,ChestPainType,RestingBP,Cholesterol,ExerciseAngina,"
        "Oldpeak,HeartDisease"
    )
    path = folder / "heart.csv"
    path.write_text("\n".join([header, *lines]) + "\n")
    return path


def drafted(data: Path, workbench: Workbench, scratch: Path, *extends: str) -> Draft:
    request = DraftRequest(data, data.name, "own-table", extends or ("gdpr-baseline",), {})
    return pipeline.draft(request, workbench, scratch, Silent())


def test_a_draft_of_a_table_runs_when_everything_is_confirmed(
    workbench: Workbench, tmp_path: Path
) -> None:
    data = heart(tmp_path)
    draft = drafted(data, workbench, tmp_path, "gdpr-health-controlled-access")
    policy = tmp_path / "own-table.policy.yaml"
    policy.write_text(draft.text)
    found = lint_file(policy, workbench.library)
    assert {f.code for f in found} == {"P132"}
    places = {i for i, line in enumerate(draft.text.splitlines(), 1) if _waits(line)}
    assert {f.line for f in found} == places
    with pytest.raises(PolicyError, match="P132"):
        run(data, policy, tmp_path / "no", context=HEART, workbench=workbench)
    assert not (tmp_path / "no").exists() or not list((tmp_path / "no").iterdir())

    roles = {"chest-pain-type": "sensitive", "exercise-angina": "sensitive"}
    policy.write_text(confirmed(draft.text, roles))
    assert lint_file(policy, workbench.library) == ()
    request = ReleaseRequest(data, data.name, policy, HEART)
    foreseen = pipeline.plan(request, workbench, tmp_path, Silent())
    assert foreseen.decision.verdict == "release", foreseen.decision.reasons
    outcome = run(data, policy, tmp_path / "out", context=HEART, workbench=workbench)
    assert outcome.decision.verdict == "release", outcome.decision.reasons
    assert "Person Number" not in outcome.files["data"].read_text()
    key = workbench.keys.public_pem()
    assert verify(outcome.files["manifest"], outcome.files["data"], key).ok


def _waits(line: str) -> bool:
    return line.strip().startswith(("confirmed: false", "as: undecided"))


def test_a_table_that_a_policy_knows_needs_no_guesses(workbench: Workbench, tmp_path: Path) -> None:
    data = tmp_path / "adult.csv"
    data.write_bytes(resources.files("kiaim_server.demo").joinpath("adult.csv").read_bytes())
    draft = drafted(data, workbench, tmp_path)
    assert {g.standing for g in draft.guesses} == {"said"}
    policy = tmp_path / "own-table.policy.yaml"
    policy.write_text(confirmed(draft.text))
    assert lint_file(policy, workbench.library) == ()
    context = {**CONTEXT, "data.domain": "census"}
    request = ReleaseRequest(data, data.name, policy, context)
    foreseen = pipeline.plan(request, workbench, tmp_path, Silent())
    assert foreseen.decision.verdict == "release", foreseen.decision.reasons


def test_equal_tables_give_equal_drafts_whatever_the_order_of_the_records(
    workbench: Workbench, tmp_path: Path
) -> None:
    first = drafted(heart(tmp_path), workbench, tmp_path)
    again = drafted(heart(tmp_path, shuffled=True), workbench, tmp_path)
    assert first.text == again.text


def test_both_engines_draft_the_same(workbench: Workbench, tmp_path: Path) -> None:
    data = tmp_path / "heart.parquet"
    parquet.write_table(csv.read_csv(heart(tmp_path)), data)
    texts = []
    for engine in ("memory", "duckdb"):
        request = DraftRequest(data, data.name, "own-table", ("gdpr-baseline",), {}, engine)
        scratch = tmp_path / engine
        scratch.mkdir()
        texts.append(pipeline.draft(request, workbench, scratch, Silent()).text)
    assert texts[0] == texts[1]
    assert "birthdate + " in texts[0]


def test_no_value_of_the_table_is_in_a_draft(workbench: Workbench, tmp_path: Path) -> None:
    cells = ["ZZMARKname", "ZZ@example.org", "2031-07-28", "ZZ Street 9", "987654.25", "ZZMARKcat"]
    rows = [",".join(f"{cell}{i}" if "ZZ" in cell else cell for cell in cells) for i in range(30)]
    path = tmp_path / "marked.csv"
    path.write_text("a,b,c,d,e,f\n" + "\n".join(rows) + "\n")
    draft = drafted(path, workbench, tmp_path)
    from kiaim_server.report import draft_as_json

    told = json.dumps(draft_as_json(draft))
    assert "ZZ" not in told
    assert "2031" not in told
    assert "987654" not in told
