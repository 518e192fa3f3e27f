"""A clinical table is released with nothing but shipped hierarchies, chosen by what is in it."""

from __future__ import annotations

import csv
import json
import random
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from kiaim_server.cli import main
from kiaim_server.hierarchy import HierarchySource, resolve
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.plan import HierarchySpec
from kiaim_server.read import read_table
from tests.acceptance.journey import CONTEXT

COLUMNS = ("plz", "geburtsdatum", "geschlecht", "geburtsland", "hauptdiagnose", "familienstand")

#: Spelt as records are: with and without points, codes and names side by side.
DIAGNOSES = [
    *("C50.9", "c509", "C50.1", "C61", "I21.0", "I21.4G", "I25.-", "E11.90", "E14.9", "J18.9"),
    *("J44", "F32.1!"),
]
COUNTRIES = ["Deutschland", "DE", "Türkei", "Polen", "Frankreich", "Österreich", "Syrien"]
STATUS = ["ledig", "verheiratet", "geschieden", "verwitwet", "getrennt lebend", "VH"]

POLICY = """\
schema: kiaim/policy/v1
policy: clinic
version: "1.0.0"
title: Clinical records with diagnoses that are known to others
extends: [gdpr-baseline@1]
sources:
  own: {cite: Own convention, kind: convention}
classify:
  - id: diagnoses-are-known
    detects: [icd10]
    as: quasi
    kind: code
    special_category: true
    because: Neighbours know who was in hospital, and why.
    cite: own
"""

CHOSEN = {
    "plz": ("shipped", "postcode-de", "name and detection as de.postcode"),
    "geburtsdatum": ("builder", "dates", "kind date"),
    "geschlecht": ("builder", "values", "default"),
    "geburtsland": ("shipped", "country", "detection as country"),
    "hauptdiagnose": ("shipped", "icd10", "detection as icd10"),
    "familienstand": ("shipped", "marital-status", "detection as marital-status"),
}


def records() -> list[tuple[str, ...]]:
    chance = random.Random(7)
    return [
        (
            chance.choice(["50937", "50931", "50667", "53127", "10115", "01067"]),
            (date(1950, 1, 1) + timedelta(days=chance.randrange(20_000))).isoformat(),
            chance.choice(["m", "w"]),
            chance.choice(COUNTRIES[:2] * 3 + COUNTRIES),
            chance.choice(DIAGNOSES),
            chance.choice(STATUS),
        )
        for _ in range(600)
    ]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KIAIM_DATA_DIR", str(tmp_path / "data"))
    write(records())
    Path("clinic.policy.yaml").write_text(POLICY, encoding="utf-8")
    Path("context.json").write_text(json.dumps(CONTEXT))
    return tmp_path


def write(rows: list[tuple[str, ...]]) -> None:
    with Path("clinic.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *rows])


def kiaim(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="kiaim")


def release() -> Result:
    asked = ("clinic.csv", "-p", "clinic.policy.yaml", "-c", "@context.json")
    return kiaim("anonymize", *asked, "-o", "out")


def test_the_release_is_made_with_shipped_hierarchies_and_verified(folder: Path) -> None:
    done = release()
    assert done.exit_code == 0, done.output
    report = json.loads(Path("out/report.json").read_text())
    columns: dict[str, Any] = {column["name"]: column for column in report["columns"]}
    for name, (kind, hierarchy, chosen_by) in CHOSEN.items():
        origin = columns[name]["hierarchy_origin"]
        assert (origin["kind"], origin["name"]) == (kind, hierarchy)
        assert origin["chosen_by"] == chosen_by
        assert origin["rule"].startswith("gdpr-baseline/")
    page = Path("out/report.html").read_text(encoding="utf-8")
    assert "shipped icd10, chosen by detection as icd10" in page

    with Path("out/data.csv").open(encoding="utf-8", newline="") as file:
        released = list(csv.DictReader(file))
    classes = Counter(tuple(record.values()) for record in released)
    assert min(classes.values()) >= 3
    assert len(released) >= 540
    for name in COLUMNS:
        level = columns[name]["level_name"]
        assert {record[name] for record in released} <= labels(name, level)
    coarser = [name for name in COLUMNS if columns[name]["level"]]
    assert len(coarser) >= 3

    verified = kiaim("verify", "out/manifest.json", "out/data.csv")
    assert verified.exit_code == 0
    assert "VERIFIED" in verified.output
    first = Path("out/data.csv").read_text(encoding="utf-8").splitlines()
    Path("out/data.csv").write_text("\n".join(first[:-1]) + "\n", encoding="utf-8")
    assert kiaim("verify", "out/manifest.json", "out/data.csv").exit_code == 3


def labels(name: str, level: str) -> set[str]:
    """What a level of the hierarchy has for the values of the table, by itself."""
    host = PluginHost.load()
    kind, hierarchy, _ = CHOSEN[name]
    parameters = {"levels": ["month", "quarter", "year", "decade"]} if hierarchy == "dates" else {}
    spec = HierarchySpec(
        "test",
        builder=hierarchy if kind == "builder" else None,
        parameters=parameters,
        shipped=hierarchy if kind == "shipped" else None,
    )
    table = read_table(Path("clinic.csv"), host)
    found = resolve(spec, HierarchySource(), name, table.distinct(name).every, host)
    number = found.level_of(level)
    assert number is not None
    return set(found.labels[number].tolist())


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("plz", "05123", "German postcodes such as 50937"),
        ("geburtsland", "Jugoslawien", "countries by ISO 3166-1 code"),
        ("hauptdiagnose", "C50.9X", "codes of ICD-10"),
        ("familienstand", "vielleicht", "terms for marital status"),
    ],
)
def test_a_value_that_is_no_code_refuses_the_run(
    column: str, value: str, expected: str, folder: Path
) -> None:
    """One value of ten or more may be wrong and the column is still recognised: never guessed."""
    rows = [list(row) for row in records()]
    if column == "plz":
        for i in range(40):
            rows[i][0] = f"509{i:02d}"
    if column == "geburtsland":
        for i, country in enumerate(["Italien", "Spanien", "Ghana", "Japan", "Kuba"]):
            rows[i][3] = country
    if column == "familienstand":
        for i, status in enumerate(["LD", "VW", "GS", "LP", "NB", "Single", "Married"]):
            rows[i][5] = status
    if column == "hauptdiagnose":
        for i in range(20):
            rows[i][4] = f"F{i + 10}.1"
    rows[-1][COLUMNS.index(column)] = value
    write([tuple(row) for row in rows])
    refused = release()
    assert refused.exit_code == 2, refused.output
    assert expected in " ".join(refused.output.split())
    assert "1 value cannot be placed" in " ".join(refused.output.split())
    assert not Path("out/data.csv").exists()
