"""``kiaim policy explain``: policies, contexts, tables, releases and refusals in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from kiaim_server.model.explanation import fault_of
from kiaim_server.model.policy_explanation import PolicyExplanation

Run = Callable[..., Result]
POLICY = "clinic-test.policy.yaml"
CONTEXT = ("-c", "release.access=controlled")


def flat(result: Result) -> str:
    """The output without line breaks."""
    return " ".join(result.output.split())


@pytest.fixture
def released(run: Run, folder: Path) -> Path:
    result = run(
        "anonymize", "patients.csv", "-p", POLICY, *CONTEXT, "--hierarchies", "trees", "-o", "out"
    )
    assert result.exit_code == 0, result.output
    return folder / "out"


def test_a_policy_is_read_aloud(run: Run) -> None:
    english = run("policy", "explain", POLICY)
    assert english.exit_code == 0, english.output
    assert "Nobody stands alone (clinic-test/crowd)" in english.output
    assert "each class holds at least 2 records" in flat(english)
    german = flat(run("policy", "explain", POLICY, "--language", "de"))
    assert "jede Klasse umfasst mindestens 2 Datensätze" in german
    assert "House rule 1 (Konvention, ohne rechtliche Bindung)" in german
    assert "A single record can be singled out. [auf Englisch]" in german
    data = json.loads(run("policy", "explain", POLICY, "--json").output)
    assert fault_of(data, PolicyExplanation) is None


def test_what_would_apply_without_and_with_a_table(run: Run) -> None:
    without = run("policy", "explain", POLICY, *CONTEXT, "--json")
    data = json.loads(without.output)
    assert fault_of(data) is None
    assert (data["stage"], data["table"], data["verdict"]) == ("context", None, None)
    text = flat(run("policy", "explain", POLICY, "patients.csv", *CONTEXT, "--language", "de"))
    assert "Was für eine Freigabe von „patients.csv“ gilt und warum" in text
    assert "„age“ ist ein Quasi-Identifikator" in text
    assert "(Spalte „name“)" in text
    assert "Ada" not in text, "no cell value"


def test_a_release_is_explained_from_its_folder(run: Run, released: Path) -> None:
    text = run("policy", "explain", "out").output
    assert text.startswith("Why “patients.csv” was released")
    assert "Measured: 2. The promise is kept." in text
    assert "what it claims agrees with this report" in " ".join(text.split())
    german = run("policy", "explain", "out/report.json", "--language", "de").output
    assert german.startswith("Warum „patients.csv“ freigegeben wurde")
    assert "Gemessen: 2. Die Zusage ist eingehalten." in german
    same = json.loads(run("policy", "explain", "out/manifest.json", "--json").output)
    assert fault_of(same) is None
    assert same["rules"]


def test_a_manifest_alone_tells_what_was_promised(run: Run, released: Path) -> None:
    (released / "report.json").unlink()
    data = json.loads(run("policy", "explain", "out/manifest.json", "--json").output)
    assert fault_of(data) is None
    assert data["rules"] == []
    assert {demand["state"] for demand in data["demands"]} == {"met"}
    text = run("policy", "explain", "out", "--language", "de").output
    assert "Neben dem Manifest liegt kein Bericht" in text


def test_a_refusal_is_explained(run: Run, folder: Path) -> None:
    refused = run(
        "anonymize", "patients.csv", "-p", POLICY, "-c", "release.access=public", "-o", "no"
    )
    assert refused.exit_code == 3
    text = " ".join(run("policy", "explain", "no", "--language", "de").output.split())
    assert text.startswith("Warum die Freigabe von „patients.csv“ abgelehnt wurde")
    assert "die Richtlinie ist nicht anwendbar, denn" in text


def _changed(path: Path, change: Callable[[Any], None]) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    path.write_text(json.dumps(value), encoding="utf-8")


def test_report_and_manifest_have_to_agree(run: Run, released: Path) -> None:
    report = released / "report.json"
    original = report.read_text(encoding="utf-8")

    def other_file(value: Any) -> None:
        value["output"]["sha256"] = "0" * 64

    def other_measure(value: Any) -> None:
        value["explanation"]["demands"][0]["measured"][0]["value"] = 99.0

    def no_measure(value: Any) -> None:
        value["explanation"]["demands"][0]["measured"] = []

    for change, said in (
        (other_file, "different files"),
        (other_measure, "differ in what was measured"),
        (no_measure, "differ in what was measured"),
    ):
        report.write_text(original, encoding="utf-8")
        _changed(report, change)
        result = run("policy", "explain", "out")
        assert result.exit_code == 2
        assert said in result.output


def test_what_is_no_explanation_is_refused(run: Run, folder: Path) -> None:
    (folder / "empty").mkdir()
    (folder / "list.json").write_text("[]")
    (folder / "text.json").write_text("no json")
    (folder / "old.json").write_text('{"schema": "kiaim/report/v1"}')
    (folder / "broken.json").write_text('{"schema": "kiaim/explanation/v1"}')
    for subject, said in (
        ("empty", "no report.json"),
        ("list.json", "neither a report"),
        ("text.json", "not JSON"),
        ("old.json", "has no explanation"),
        ("broken.json", "is broken"),
        ("nowhere.json", "no such file"),
        ("no-such-policy", "no policy is called"),
    ):
        result = run("policy", "explain", subject)
        assert result.exit_code == 2, subject
        assert said in result.output


def test_wrong_usage(run: Run, released: Path) -> None:
    ended = run("policy", "explain", "out", *CONTEXT)
    assert ended.exit_code == 2
    assert "has ended already" in ended.output
    subset = run("policy", "explain", POLICY, *CONTEXT, "--subset", "sex")
    assert subset.exit_code == 2
    assert "give DATA as well" in subset.output
    assert run("policy", "explain", POLICY, "--language", "fr").exit_code == 2
