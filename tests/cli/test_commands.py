"""Commands: what they print, what they write, how they exit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests import desk
from tests.cli.conftest import Run

RELEASE = (
    "anonymize",
    "patients.csv",
    "-p",
    "clinic-test.policy.yaml",
    "--hierarchies",
    "trees",
    "-c",
    "release.access=controlled",
    "-c",
    "release.form=microdata",
)


@pytest.mark.parametrize(
    "command",
    [
        (),
        ("demo",),
        ("serve",),
        ("plan",),
        ("anonymize",),
        ("measure",),
        ("verify",),
        ("policy",),
        ("policy", "lint"),
        ("hierarchy",),
        ("plugin",),
        ("key", "export"),
    ],
)
def test_help_teaches(run: Run, command: tuple[str, ...]) -> None:
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert "Usage: kiaim" in result.output


def test_a_release_is_written_and_verifies(run: Run, folder: Path) -> None:
    result = run(*RELEASE, "-o", "out")
    assert result.exit_code == 0, result.output
    assert "RELEASED" in result.output
    assert "clinic-test/crowd" in result.output
    assert {p.name for p in (folder / "out").iterdir()} == {
        "data.csv",
        "report.html",
        "report.json",
        "manifest.json",
    }
    assert (folder / "out" / "data.csv").read_text().startswith("age,sex,diagnosis\n")
    assert [p.name for p in folder.iterdir() if p.name.startswith(".")] == []
    verified = run("verify", "out/manifest.json", "out/data.csv")
    assert verified.exit_code == 0, verified.output
    assert "VERIFIED" in verified.output
    assert run("key", "export", "-o", "key.pem").exit_code == 0
    known = run("verify", "out/manifest.json", "out/data.csv", "--public-key", "key.pem", "--json")
    assert json.loads(known.stdout)["authenticated"] is True


def test_local_recoding_is_released_named_and_verifies(run: Run, folder: Path) -> None:
    policy = folder / "clinic-test.policy.yaml"
    policy.write_text(desk.stricter(3) + "objective: {recoding: local}\n")
    result = run(*RELEASE, "-o", "out")
    assert result.exit_code == 0, result.output
    words = " ".join(result.output.split())
    assert "local recoding, heuristic (no optimality claim), mean cell loss 0.3667" in words
    assert "full-domain optimum 0.5" in words
    assert "age (1: 100%), sex (0: 60%, 1: 40%)" in words
    rows = (folder / "out" / "data.csv").read_text().splitlines()[1:]
    assert {row.split(",")[1] for row in rows} == {"f", "m", "*"}
    verified = run("verify", "out/manifest.json", "out/data.csv")
    assert verified.exit_code == 0, verified.output
    changed = (folder / "out" / "data.csv").read_text().replace("30-39,*", "30-39,f", 1)
    (folder / "out" / "data.csv").write_text(changed)
    assert run("verify", "out/manifest.json", "out/data.csv").exit_code != 0


def test_a_changed_file_does_not_verify(run: Run, folder: Path) -> None:
    run(*RELEASE, "-o", "out")
    data = folder / "out" / "data.csv"
    data.write_text(data.read_text().replace("flu", "gout", 1))
    result = run("verify", "out/manifest.json", "out/data.csv")
    assert result.exit_code == 3
    assert "NOT VERIFIED" in result.output


def test_parquet_in_json(run: Run, folder: Path) -> None:
    result = run(*RELEASE, "-o", "out", "--format", "parquet", "--json")
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert {line["event"] for line in lines[:-1]} == {"progress"}
    assert lines[-1]["event"] == "outcome"
    assert lines[-1]["decision"]["verdict"] == "release"
    assert (folder / "out" / "data.parquet").is_file()


def test_a_refusal_has_reports_only_and_takes_an_old_release_away(run: Run, folder: Path) -> None:
    run(*RELEASE, "-o", "out")
    (folder / "clinic-test.policy.yaml").write_text(desk.stricter(11))
    refused = run(*RELEASE, "-o", "out", "--force")
    assert refused.exit_code == 3, refused.output
    assert "REFUSED" in refused.output
    assert {p.name for p in (folder / "out").iterdir()} == {"report.html", "report.json"}


def test_a_search_without_solution_is_a_refusal_that_says_so(run: Run, folder: Path) -> None:
    """Neither figures of a release that there is not, nor a defect on the way to print them."""
    unsolvable = desk.POLICY.replace(
        "- suppressed-records: {at_most: 50%}",
        "- t-closeness: {variant: equal, at_most: 0}\n"
        "      - l-diversity: {variant: recursive, c: 0.1, at_least: 2}\n"
        "      - suppressed-records: {at_most: 0%}",
    )
    assert unsolvable != desk.POLICY
    (folder / "clinic-test.policy.yaml").write_text(unsolvable)
    refused = run(*RELEASE, "-o", "out")
    assert refused.exit_code == 3, refused.output
    assert "generalizations satisfies the policy" in refused.output
    assert "undefined" not in refused.output
    assert sorted(p.name for p in (folder / "out").iterdir()) == ["report.html", "report.json"]


def test_what_was_found_in_time_says_what_no_solution_can_lose_less_than(
    run: Run, folder: Path
) -> None:
    result = run(*RELEASE, "-o", "out", "--search-seconds", "0.000001")
    assert result.exit_code == 0, result.output
    text = " ".join(result.output.split())
    assert "best found in 0.0 s; no solution of" in text
    assert "can lose less than" in text
    assert "proven optimum" not in text
    verified = run("verify", "out/manifest.json", "out/data.csv")
    assert verified.exit_code == 0, verified.output
    wrong = run(*RELEASE, "-o", "other", "--search-seconds", "0")
    assert wrong.exit_code == 2


def test_a_refusal_before_the_search_shows_no_risks(run: Run, folder: Path) -> None:
    (folder / "patients.csv").write_text(desk.PATIENTS.replace("name,", "nom,"))
    refused = run(*RELEASE, "-o", "out")
    assert refused.exit_code == 3
    assert "'nom' is covered by no rule" in refused.output
    assert "Re-identification risk" not in refused.output


def test_a_folder_with_something_in_it_is_kept(run: Run, folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "thesis.txt").write_text("x")
    result = run(*RELEASE, "-o", "out")
    assert result.exit_code == 2
    assert "is not empty" in result.output
    assert run(*RELEASE, "-o", "out", "--force").exit_code == 0
    assert (folder / "out" / "thesis.txt").read_text() == "x"


def test_wrong_input_leaves_nothing_behind(run: Run, folder: Path) -> None:
    (folder / "patients.csv").write_text(desk.PATIENTS.replace("Jo,52", "Jo,99"))
    result = run(*RELEASE, "-o", "out")
    assert result.exit_code == 2
    assert "'99'" in result.output
    assert not (folder / "out").exists()
    assert [p.name for p in folder.iterdir() if p.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("anonymize", "nothing.csv", "-p", "x", "-o", "out"), "nothing.csv"),
        (("anonymize", "patients.csv", "-o", "out"), "--policy"),
        (("anonymize", "patients.csv", "-p", "gdpr-basline", "-o", "out"), "gdpr-baseline"),
        (("anonymize", "patients.csv", "-p", "no.policy.yaml", "-o", "out"), "no.policy.yaml"),
        ((*RELEASE, "-o", "out", "-c", "release.acces=x"), "release.access"),
        ((*RELEASE, "-o", "out", "--seed", "-1"), "--seed"),
        ((*RELEASE, "-o", "out", "--reader", "x"), "KEY=VALUE"),
        (("measure", "patients.csv", "--qi", "height"), "height"),
        (("measure", "patients.csv", "--qi", ","), "at least one column"),
        (("measure", "patients.csv"), "--qi"),
        (("verify", "patients.csv", "patients.csv"), "manifest"),
        (("policy", "show", "nothing"), "nothing"),
        (("hierarchy", "show", "adlut"), "adult"),
        (("hierarchy", "check", "clinic-test.policy.yaml"), "is there twice"),
        (("serve", "--host", "192.0.2.1"), "--no-access-control"),
        (("nonsense",), "nonsense"),
    ],
)
def test_wrong_usage_and_input_exit_with_2(run: Run, arguments: tuple[str, ...], says: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2, result.output
    assert says in result.output


def test_wrong_input_as_json(run: Run) -> None:
    result = run("measure", "patients.csv", "--qi", "height", "--json")
    assert result.exit_code == 2
    body = json.loads(result.stdout)
    assert (body["event"], body["kind"]) == ("error", "invalid-data")


def test_a_defect_exits_with_1_and_shows_no_value(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kiaim_server.hooks.host import PluginHost

    def fail(*_: object) -> None:
        raise ValueError("secret-cell-value")

    monkeypatch.setattr(PluginHost, "load", fail)
    result = run("plugin", "list")
    assert result.exit_code == 1
    assert "ValueError" in result.output
    assert "secret-cell-value" not in result.output
    assert isinstance(run("--debug", "plugin", "list").exception, ValueError)


def test_measure(run: Run) -> None:
    result = run("measure", "patients.csv", "--qi", "sex", "--sensitive", "diagnosis", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert (found["k"], found["classes"]) == (5, 2)
    shown = run("measure", "patients.csv", "--qi", "age,sex")
    assert "k-anonymity" in shown.output
    assert "10 records" in shown.output
    assert "separation" in shown.output
    assert "unique in a population" not in shown.output


def test_measure_estimates_uniqueness_in_a_population(run: Run) -> None:
    arguments = ("measure", "patients.csv", "--qi", "age,sex", "--population", "1000")
    found = json.loads(run(*arguments, "--json").stdout)["risk"]["population_uniqueness"]
    assert found["population"] == 1000
    assert found["estimates"]["zayatz"]["share"] > 0
    shown = " ".join(run(*arguments).output.split())
    assert "unique in a population of 1,000 zayatz" in shown
    few = " ".join(run(*arguments[:-1], "9").output.split())
    assert "no estimate: the population is said to have 9 persons" in few
    assert run(*arguments[:-1], "0").exit_code == 2


def test_policies(run: Run, folder: Path) -> None:
    assert "gdpr-baseline" in run("policy", "list").output
    assert "policy: gdpr-baseline" in run("policy", "show", "gdpr-baseline").output
    listed = json.loads(run("policy", "list", "--policies-dir", ".", "--json").stdout)
    assert "clinic-test" in {policy["name"] for policy in listed}
    assert run("policy", "lint", "clinic-test.policy.yaml").exit_code == 0
    (folder / "bad.policy.yaml").write_text("rulez: []\n")
    bad = run("policy", "lint", "bad.policy.yaml")
    assert bad.exit_code == 2
    assert "bad.policy.yaml:1:1: P" in bad.output


def test_plugins(run: Run, folder: Path) -> None:
    assert "k-anonymity" in run("plugin", "list").output
    own = folder / "plugins"
    own.mkdir()
    (own / "broken.py").write_text("import nothing_like_it\n")
    listed = json.loads(run("plugin", "list", "--plugins-dir", "plugins", "--json").stdout)
    problems = {plugin["name"]: plugin["problem"] for plugin in listed}
    assert "nothing_like_it" in problems["broken"]
    assert "cannot be used" in run("plugin", "list", "--plugins-dir", "plugins").output


def test_hierarchies(run: Run) -> None:
    assert "adult/education" in run("hierarchy", "list").output.split()
    rows = json.loads(run("hierarchy", "show", "adult/sex", "--json").stdout)
    assert sorted(row[0] for row in rows) == ["Female", "Male"]
    checked = run("hierarchy", "check", "trees/hierarchy_age.csv")
    assert checked.exit_code == 0
    assert "level 1: 2 labels: 30-39, 50-59" in checked.output


def test_a_key_is_not_overwritten(run: Run, folder: Path) -> None:
    assert run("key", "export", "-o", "key.pem").exit_code == 0
    assert run("key", "export", "-o", "key.pem").exit_code == 2
    assert run("key", "export").output == (folder / "key.pem").read_text()
