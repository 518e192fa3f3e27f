"""``kiaim policy import-cinnamon``, from the configuration to the release of a table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run

ANONYMIZATION = """\
anonymization:
  privacyModels:
    - name: anonymization_tabular
      type: tabular
      modelConfiguration:
        riskThresholdType: Max
        riskThresholdValue: 0.5
        generalizationSetting: Global
        suppressionLimit: 0.4
  attributeConfiguration:
    - attributeProtection: MICRO_AGGREGATION
      index: 1
      name: age
      dataType: INTEGER
      scale: INTERVAL
      intervalSize: 10
    - attributeProtection: RECORD_DELETION
      index: 2
      name: sex
      dataType: STRING
      scale: NOMINAL
      intervalSize: null
    - attributeProtection: NO_PROTECTION
      index: 3
      name: diagnosis
      dataType: STRING
      scale: NOMINAL
"""
COLUMNS = "configurations:\n" + "".join(
    f'- index: {i}\n  name: "{name}"\n  type: "{kind}"\n  scale: "{scale}"\n  configurations: []\n'
    for i, (name, kind, scale) in enumerate(
        [
            ("name", "STRING", "NOMINAL"),
            ("age", "INTEGER", "INTERVAL"),
            ("sex", "STRING", "NOMINAL"),
            ("diagnosis", "STRING", "NOMINAL"),
        ]
    )
)
FILES = ("anonymization.yaml", "attribute_config.yaml")
POLICY = "study.policy.yaml"


@pytest.fixture
def configured(folder: Path) -> Path:
    (folder / FILES[0]).write_text(ANONYMIZATION)
    (folder / FILES[1]).write_text(COLUMNS)
    return folder


def test_from_the_configuration_to_the_release(run: Run, configured: Path) -> None:
    result = run("policy", "import-cinnamon", *FILES, "-o", POLICY)
    assert result.exit_code == 0, result.output
    assert "anonymization.yaml:11:7: W510 'age' (MICRO_AGGREGATION): released are" in result.output
    assert "Published unprotected by that configuration: diagnosis\n" in result.output
    assert "Deleted, because it does not mention them: name\n" in result.output
    assert run("policy", "lint", POLICY).output == "1 file(s): 0 error(s), 0 warning(s)\n"

    plan = run("plan", "patients.csv", "-p", POLICY, "--json")
    assert plan.exit_code == 3
    told = json.loads(plan.stdout.splitlines()[-1])
    assert told["decision"]["verdict"] == "review"
    assert told["risk"]["expected"]["smallest_class"] >= 2
    assert {c["name"]: c["role"] for c in told["columns"]} == {
        "name": "direct",
        "age": "quasi",
        "sex": "quasi",
        "diagnosis": "insensitive",
    }

    attested = ("-c", "attested.study/imported-configuration=A. Person@2026-01-01")
    released = run("anonymize", "patients.csv", "-p", POLICY, *attested, "-o", "out")
    assert released.exit_code == 0, released.output
    (data,) = (configured / "out").glob("*.csv")
    lines = data.read_text().splitlines()
    assert lines[0] == "age,sex,diagnosis"
    assert all(line.startswith(("30-39,", "50-59,")) for line in lines[1:])
    report = json.loads((configured / "out" / "report.json").read_text())
    assert any("released are bands" in sentence for sentence in report["not_covered"])


def test_without_a_file_the_policy_is_printed(run: Run, configured: Path) -> None:
    result = run("policy", "import-cinnamon", *FILES)
    assert result.exit_code == 0
    assert result.stdout.startswith("# Written by a program from anonymization.yaml")
    assert "policy: cinnamon-configuration\n" in result.stdout
    assert "Published unprotected" in result.stderr
    assert not (configured / POLICY).exists()


def test_everything_as_data(run: Run, configured: Path) -> None:
    told = json.loads(run("policy", "import-cinnamon", *FILES, "--json").stdout)
    assert told["unprotected"] == ["diagnosis"]
    assert told["deleted"] == ["name"]
    assert told["undecided"] == []
    assert {(n["file"], n["code"], n["severity"]) for n in told["notes"]} == {
        ("anonymization.yaml", "W510", "warning")
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*FILES, "-o", "patients.csv"), "exists already"),
        ((*FILES, "-o", "Study.yaml"), "NAME.policy.yaml"),
        ((FILES[1], FILES[0]), "expected the key 'anonymization'"),
        (("patients.csv", FILES[1]), "the configuration cannot be read"),
    ],
)
def test_what_cannot_be_imported(
    run: Run, configured: Path, arguments: tuple[str, ...], said: str
) -> None:
    result = run("policy", "import-cinnamon", *arguments)
    assert result.exit_code == 2
    assert said in result.output
