"""Configuration files of the platform Cinnamon become policies, and nothing is lost in silence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.errors import PolicyError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import Role
from kiaim_server.model.contract import HierarchyBuilder
from kiaim_server.model.plan import ColumnPlan, Plan
from kiaim_server.policy import PolicyLibrary, evaluate, lint_text
from kiaim_server.policy.cinnamon import Imported, import_configuration, read_configuration
from kiaim_server.policy.cinnamon.protections import strptime_format
from kiaim_server.policy.source import read_source
from tests.policy.conftest import TODAY, profile

MODEL = """\
anonymization:
  privacyModels:
    - name: anonymization_tabular
      type: tabular
      modelConfiguration:
        riskThresholdType: {kind}
        riskThresholdValue: {value}
        generalizationSetting: {setting}
        suppressionLimit: {limit}
  attributeConfiguration:
"""
ATTRIBUTE = "    - {{name: {name}, index: {index}, {said}}}\n"
COLUMN = (
    "- {{name: {name}, index: {index}, type: {type}, scale: {scale}, configurations: [{more}]}}\n"
)
ISO = "{name: DateFormatConfiguration, dateFormatter: yyyy-MM-dd}"


@pytest.fixture(scope="module")
def installed() -> PolicyLibrary:
    return PolicyLibrary.load(PluginHost.load())


def convert(
    said: Mapping[str, str],
    columns: Mapping[str, tuple[str, str, str]],
    kind: str = "Max",
    value: str = "0.2",
    setting: str = "Global",
    limit: str = "0.1",
) -> Imported:
    """Convert attributes (name -> keys) of columns (name -> type, scale, further)."""
    order = list(columns)
    anonymization = MODEL.format(kind=kind, value=value, setting=setting, limit=limit)
    anonymization += "".join(
        ATTRIBUTE.format(name=n, index=order.index(n) if n in order else 99, said=keys)
        for n, keys in said.items()
    )
    if not said:
        anonymization += "    []\n"
    listed = "configurations:\n" + "".join(
        COLUMN.format(name=n, index=i, type=t, scale=s, more=m)
        for i, (n, (t, s, m)) in enumerate(columns.items())
    )
    return of_texts(anonymization, listed)


def of_texts(anonymization: str, listed: str) -> Imported:
    found = read_configuration(
        read_source(anonymization, "anonymization.yaml"),
        read_source(listed, "attribute_config.yaml"),
    )
    return import_configuration("study", found)


def one(
    protection: str, type_: str, scale: str = "NOMINAL", keys: str = "", more: str = ""
) -> Imported:
    """A configuration of one column."""
    said = f"dataType: {type_}, scale: {scale}, attributeProtection: {protection}"
    return convert({"x": f"{said}{', ' if keys else ''}{keys}"}, {"x": (type_, scale, more)})


def planned(imported: Imported, library: PolicyLibrary, *columns: str) -> Plan:
    text = imported.text
    assert lint_text(text, "study.policy.yaml", library) == ()
    policy = library.as_written(read_source(text, "study.policy.yaml"))
    profiles = [profile(c) for c in columns]
    return evaluate(policy, {}, profiles, library.host, TODAY)


def column(imported: Imported, library: PolicyLibrary) -> ColumnPlan:
    (found,) = planned(imported, library, "x").columns
    return found


def released(plan: ColumnPlan, host: PluginHost, values: list[Any]) -> list[str | None]:
    """What the values become on the first level of the column's hierarchy."""
    assert plan.hierarchy is not None
    assert plan.hierarchy.builder is not None
    builder = host.get("hierarchy builder", plan.hierarchy.builder, HierarchyBuilder)  # type: ignore[type-abstract]
    tree = builder.from_parameters(plan.hierarchy.parameters).build("x", pa.array(values))
    leaves = list(tree.labels[0])
    return [tree.labels[1][tree.maps[1][leaves.index(str(v))]] for v in values]


def told(imported: Imported) -> str:
    return "\n".join(f"{n.line}: {n.message}" for n in imported.notes)


@pytest.mark.parametrize(
    ("protection", "type_", "scale", "keys", "values", "expected"),
    [
        (
            "GENERALIZATION",
            "INTEGER",
            "INTERVAL",
            "intervalSize: 10",
            [34, 36, 51],
            ["30-39", "30-39", "50-59"],
        ),
        (
            "GENERALIZATION",
            "INTEGER",
            "INTERVAL",
            'intervalSize: "10"',
            [34, 36],
            ["30-39", "30-39"],
        ),
        (
            "GENERALIZATION",
            "DECIMAL",
            "RATIO",
            "intervalSize: 0.5",
            [0.2, 0.6],
            ["[0, 0.5)", "[0.5, 1)"],
        ),
        ("MICRO_AGGREGATION", "INTEGER", "RATIO", "intervalSize: 10", [34, 36], ["30-39", "30-39"]),
        ("MICRO_AGGREGATION", "DECIMAL", "RATIO", "", [0.11, 0.12], ["[0.1, 0.2)", "[0.1, 0.2)"]),
        (
            "GENERALIZATION",
            "STRING",
            "ORDINAL",
            "intervalSize: 2, values: [low, mid, high]",
            ["low", "mid", "high"],
            ["low to mid", "low to mid", "high"],
        ),
        ("GENERALIZATION", "STRING", "NOMINAL", "intervalSize: 2", ["a", "b"], ["*", "*"]),
        ("MASKING", "STRING", "NOMINAL", "intervalSize: 2", ["abcd", "abxy"], ["ab**", "ab**"]),
        ("MASKING", "INTEGER", "INTERVAL", "intervalSize: null", [1234, 1235], ["123*", "123*"]),
        (
            "MASKING",
            "DATE",
            "DATE",
            "intervalSize: year",
            ["2020-03-01", "2020-04-01"],
            ["2020", "2020"],
        ),
        ("MASKING", "DECIMAL", "RATIO", "intervalSize: 2", [0.5, 1.5], ["*", "*"]),
        ("VALUE_DELETION", "STRING", "NOMINAL", "", ["a", "b"], ["*", "*"]),
        ("RECORD_DELETION", "STRING", "NOMINAL", "intervalSize: null", ["a", "b"], ["*", "*"]),
        (
            "DATE_GENERALIZATION",
            "DATE",
            "DATE",
            "intervalSize: week/year",
            ["2020-03-02", "2020-03-03"],
            ["2020-W10", "2020-W10"],
        ),
        (
            "DATE_GENERALIZATION",
            "DATE",
            "DATE",
            "intervalSize: month/year",
            ["2020-03-02"],
            ["2020-03"],
        ),
        (
            "DATE_GENERALIZATION",
            "DATE",
            "DATE",
            "intervalSize: quarter/year",
            ["2020-03-02"],
            ["2020-Q1"],
        ),
        ("DATE_GENERALIZATION", "DATE", "DATE", "intervalSize: year", ["2020-03-02"], ["2020"]),
        ("DATE_GENERALIZATION", "DATE", "DATE", "intervalSize: decade", ["2020-03-02"], ["2020s"]),
    ],
)
def test_each_protection_of_a_quasi_identifier(
    installed: PolicyLibrary,
    protection: str,
    type_: str,
    scale: str,
    keys: str,
    values: list[Any],
    expected: list[str],
) -> None:
    imported = one(protection, type_, scale, keys, ISO if scale == "DATE" else "")
    plan = column(imported, installed)
    assert plan.attribute.role is Role.QUASI
    assert plan.transforms == ()
    assert released(plan, installed.host, values) == expected
    assert imported.unprotected == imported.deleted == imported.undecided == ()


def test_what_is_deleted_published_or_not_mentioned(installed: PolicyLibrary) -> None:
    text = ("STRING", "NOMINAL", "")
    imported = convert(
        {
            "gone": "dataType: STRING, scale: NOMINAL, attributeProtection: ATTRIBUTE_DELETION",
            "open": "dataType: STRING, scale: NOMINAL, attributeProtection: NO_PROTECTION",
            "age": "dataType: INTEGER, scale: INTERVAL, attributeProtection: GENERALIZATION, "
            "intervalSize: 5",
        },
        {"gone": text, "open": text, "age": ("INTEGER", "INTERVAL", ""), "silent": text},
    )
    assert (imported.unprotected, imported.deleted) == (("open",), ("silent",))
    assert "#   open\n" in imported.text
    plan = planned(imported, installed, "gone", "open", "age", "silent")
    roles = {c.name: c.attribute.role.value for c in plan.columns}
    assert roles == {"gone": "direct", "open": "insensitive", "age": "quasi", "silent": "direct"}
    done = {c.name: [t.name for t in c.transforms] for c in plan.columns}
    assert done == {"gone": ["remove"], "open": [], "age": [], "silent": ["remove"]}
    assert plan.unclassified == plan.blocks == ()
    assert planned(imported, installed, "gone", "more").unclassified == ("more",)


def test_nothing_leaves_before_a_person_has_looked(installed: PolicyLibrary) -> None:
    plan = planned(one("NO_PROTECTION", "STRING"), installed, "x")
    assert [rule for rule, _ in plan.reviews] == ["study/imported-configuration"]
    assert ("study", "the policy is a draft") in plan.warnings


@pytest.mark.parametrize(
    ("kind", "value", "measure", "bound"),
    [
        ("Max", "0.05", "k-anonymity", "20"),
        ("Max", "0.075", "k-anonymity", "14"),
        ("Max", "0.1", "k-anonymity", "10"),
        ("Max", "0.2", "k-anonymity", "5"),
        ("Max", "0.5", "k-anonymity", "2"),
        ("Max", '"0.09"', "k-anonymity", "12"),
        ("Avg", "0.5", "reidentification-risk", "1/2"),
        ("Avg", "0.0005", "reidentification-risk", "1/2000"),
    ],
)
def test_each_risk_threshold(
    installed: PolicyLibrary, kind: str, value: str, measure: str, bound: str
) -> None:
    imported = convert({}, {"x": ("STRING", "NOMINAL", "")}, kind=kind, value=value)
    plan = planned(imported, installed, "x")
    demand = plan.requirement(measure)
    assert demand is not None
    assert str(demand.at_least or demand.at_most) == bound
    assert ("single record" in told(imported)) is (kind == "Avg")
    suppressed = plan.requirement("suppressed-records")
    assert suppressed is not None
    assert str(suppressed.at_most) == "1/10"


@pytest.mark.parametrize(("setting", "recoding"), [("Global", "full-domain"), ("Local", "local")])
def test_each_setting_of_generalization(
    installed: PolicyLibrary, setting: str, recoding: str
) -> None:
    imported = convert({}, {"x": ("STRING", "NOMINAL", "")}, setting=setting)
    assert planned(imported, installed, "x").objective.recoding == recoding


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"kind": "Mean"}, "riskThresholdType is the text 'Mean'"),
        ({"value": "20"}, "riskThresholdValue is the number 20"),
        ({"limit": "30"}, "suppressionLimit is the number 30"),
        ({"limit": "null"}, "suppressionLimit is nothing"),
        ({"setting": "Middle"}, "generalizationSetting is the text 'Middle'"),
    ],
)
def test_a_model_that_cannot_be_carried_over_demands_more_not_less(
    installed: PolicyLibrary, arguments: dict[str, str], said: str
) -> None:
    imported = convert({}, {"x": ("STRING", "NOMINAL", "")}, **arguments)
    plan = planned(imported, installed, "x")
    assert said.replace("the text ", "").replace("the number ", "").replace(
        "nothing", "None"
    ) in told(imported)
    if "limit" in arguments:
        suppressed = plan.requirement("suppressed-records")
        assert suppressed is not None
        assert suppressed.at_most == 0
    elif "setting" not in arguments:
        assert [r.measure for r in plan.requirements] == ["suppressed-records"]


@pytest.mark.parametrize(
    ("protection", "keys", "said"),
    [
        ("GENERALIZATION", "intervalSize: wide", "must be a number above 0"),
        ("GENERALIZATION", "intervalSize: 0", "must be a number above 0"),
        ("MASKING", "intervalSize: 2000", "must be 1 to 1000"),
        ("MICRO_AGGREGATION", "intervalSize: 3", "released are bands, not the means of groups"),
        ("DATE_GENERALIZATION", "intervalSize: day", "a date is shown or hidden instead"),
        ("VALUE_DELETION", "", "shown or hidden for all records alike"),
        ("RECORD_DELETION", "", "suppressed as any others"),
    ],
)
def test_what_is_done_in_another_way_is_told(
    installed: PolicyLibrary, protection: str, keys: str, said: str
) -> None:
    imported = one(protection, "INTEGER", "INTERVAL", keys)
    assert said in told(imported)
    assert any(said in sentence for sentence in planned(imported, installed, "x").not_covered)
    assert f": 'x' ({protection})" in imported.text


def test_an_unknown_protection_has_to_be_decided_by_a_person(installed: PolicyLibrary) -> None:
    imported = one("NOISE", "STRING")
    assert imported.undecided == ("x",)
    codes = [(f.code, f.severity) for f in lint_text(imported.text, "study.policy.yaml", installed)]
    assert codes == [("P132", "error")]


def test_dates_are_read_as_they_are_written(installed: PolicyLibrary) -> None:
    more = "{name: DateFormatConfiguration, dateFormatter: MM/dd/yyyy}"
    imported = one("DATE_GENERALIZATION", "DATE", "DATE", "intervalSize: year", more)
    plan = column(imported, installed)
    assert released(plan, installed.host, ["03/31/2020", "12/31/2020"]) == ["2020", "2020"]
    strange = "{name: DateFormatConfiguration, dateFormatter: EEE dd}"
    assert "has no counterpart" in told(
        one("DATE_GENERALIZATION", "DATE", "DATE", "intervalSize: year", strange)
    )


@pytest.mark.parametrize(
    ("java", "expected"),
    [
        ("yyyy-MM-dd", "%Y-%m-%d"),
        ("dd.MM.yyyy HH:mm:ss", "%d.%m.%Y %H:%M:%S"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSSSS", "%Y-%m-%dT%H:%M:%S.%f"),
        ("d/M/yy", "%d/%m/%y"),
        ("yyyy''MM", "%Y'%m"),
        ("", ""),
        ("QQ", None),
        ("yyyy'open", None),
    ],
)
def test_formats_of_dates(java: str, expected: str | None) -> None:
    assert strptime_format(java) == expected


def test_every_key_and_entry_that_is_not_known_is_listed() -> None:
    anonymization = MODEL.format(kind="Max", value="0.2", setting="Global", limit="0")
    anonymization += "    - {name: x, index: 4, dataType: DATE, surprise: 1}\n"
    anonymization += "    - {name: x, index: 4}\n    - {name: other, index: 5}\n"
    anonymization = anonymization.replace("type: tabular", "type: tabular\n      colour: red")
    anonymization += "synthetization_configuration: {}\n"
    listed = (
        "configurations:\n- {name: x, index: 0, type: STRING, scale: NOMINAL, width: 3, "
        "configurations: [{name: RangeConfiguration, minValue: 0, maxValue: 9}]}\nmore: 1\n"
    )
    text = told(of_texts(anonymization, listed))
    for said in (
        "'colour'",
        "'surprise'",
        "'synthetization_configuration'",
        "'width'",
        "'more'",
        "RangeConfiguration",
        "'x' is there twice",
        "its index is 4 here, but 0",
        "its type is 'DATE' here, but 'STRING'",
        "'other' is no column of attribute_config",
        "attributeProtection is None",
    ):
        assert said in text, said


def test_one_file_can_hold_both(installed: PolicyLibrary) -> None:
    both = MODEL.format(kind="Max", value="0.2", setting="Global", limit="0.8")
    both += "    - {name: a, index: 0, attributeProtection: NO_PROTECTION}\n"
    both += "configurations:\n- {name: a, index: 0, type: STRING, scale: NOMINAL}\n"
    source = read_source(both, "all-configurations.yaml")
    imported = import_configuration("study", read_configuration(source, source))
    assert imported.unprotected == ("a",)
    assert "is not known here" not in told(imported)


def test_names_that_a_policy_cannot_say_or_tell_apart(installed: PolicyLibrary) -> None:
    text = ("STRING", "NOMINAL", "")
    imported = convert({}, {"'a*(b)'": text, "aB": text, "a_b": text, "'\"''\\'": text})
    assert "are the same to a policy" in told(imported)
    assert "cannot be written in a policy" in told(imported)
    plan = planned(imported, installed, "a*(b)", "aB")
    assert plan.unclassified == ()


@pytest.mark.parametrize(
    ("anonymization", "listed", "said"),
    [
        ("a: &x 1\nb: *x\n", "configurations: []\n", "anonymization.yaml:1:4: P107"),
        ("anonymization: []\n", "configurations: []\n", "expected the key 'anonymization'"),
        ("", "configurations: []\n", "P100 an empty file"),
        ("anonymization: {}\n", "anonymization: {}\n", "expected the key 'configurations'"),
        ("anonymization: {}\n", "configurations: [{index: 1}]\n", "the 'name' of a column"),
        ("anonymization: {}\n", "configurations: [{name: a}, {name: a}]\n", "is there twice"),
        ("[" * 5000, "configurations: []\n", "P109"),
        ("#" * 300_000, "configurations: []\n", "larger than 256 kB"),
    ],
)
def test_files_that_cannot_be_read(anonymization: str, listed: str, said: str) -> None:
    with pytest.raises(PolicyError, match="the configuration cannot be read") as raised:
        of_texts(anonymization, listed)
    assert said in str(raised.value)
    assert raised.value.diagnostics


names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn")),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60, deadline=None)
@given(
    columns=st.lists(
        st.tuples(
            names, st.sampled_from(["INTEGER", "STRING", "DATE", "ODD"]), st.text(max_size=5)
        ),
        max_size=4,
        unique_by=lambda c: c[0].strip(),
    ),
    value=st.one_of(st.floats(allow_nan=False), st.text(max_size=4), st.none()),
)
def test_whatever_is_converted_lints(
    installed: PolicyLibrary, columns: list[tuple[str, str, str]], value: Any
) -> None:
    model = {"riskThresholdType": "Max", "riskThresholdValue": value, "suppressionLimit": value}
    protections = ["GENERALIZATION", "MASKING", "DATE_GENERALIZATION", "NO_PROTECTION"]
    anonymization = {
        "anonymization": {
            "privacyModels": [{"modelConfiguration": model}],
            "attributeConfiguration": [
                {
                    "name": name,
                    "dataType": kind,
                    "intervalSize": interval,
                    "attributeProtection": protections[i % 4],
                }
                for i, (name, kind, interval) in enumerate(columns)
            ],
        }
    }
    listed = {"configurations": [{"name": name, "type": kind} for name, kind, _ in columns]}
    texts = [json.dumps(content, ensure_ascii=False) for content in (anonymization, listed)]
    try:
        imported = of_texts(*texts)
    except PolicyError:
        return  # files with hidden characters or blank names; other tests look at these
    found = lint_text(imported.text, "study.policy.yaml", installed)
    assert [d for d in found if d.severity == "error"] == [], imported.text
