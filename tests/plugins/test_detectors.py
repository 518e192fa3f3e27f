# ruff: noqa: E501 - tables of cases
"""Detectors: what they recognise, what they leave alone, and that check digits catch typos."""

import random
import string

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kiaim_plugins.detecting import checksums
from kiaim_plugins.detectors import kiaim_register_detectors

from kiaim_server.classify import profile_table
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.attribute import KINDS, ColumnProfile, Role
from kiaim_server.model.contract import ColumnSample
from kiaim_server.model.table import Table

DETECTORS = {cls.name: cls.from_parameters({}) for cls in kiaim_register_detectors()}

# Numbers that the issuing bodies or standards publish as examples; none belongs to a person.
RECOGNISED = {
    "email": ["info@example.org", "first.last+tag@sub.example.co.uk"],
    "phone": ["+49 30 23125 000", "030/23125-000", "(202) 555-0143", "202-555-0143", "0030555001"],
    "iban": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
    "de.kvnr": ["A123456780"],
    "de.steuer-id": ["86095742719", "47036892816", "65 929 970 489"],
    "de.svnr": ["15070649C103", "65 170839 J 003"],
    "us.ssn": ["536-90-4399", "536 90 4399"],
    "payment-card": ["4111 1111 1111 1111", "5555-5555-5555-4444", "378282246310005"],
    "imei": ["490154203237518", "35-417803-685978-9"],
    "de.lanr": ["123456601", "000000000"],  # 4 + 18 + 12 + 36 + 20 + 54 = 144, 6 to the next ten
    "at.vnr": ["1237 010180"],
    "ch.ahv": ["756.9217.0769.85"],
    "uuid": ["f81d4fae-7dec-11d0-a765-00a0c91e6bf6"],
    "mac": ["00:00:5E:00:53:01", "00-00-5e-00-53-ff"],
    "street": ["Musterstraße 12", "Am Ring 3b", "Beispielstr. 1", "221 Baker Street"],
    "de.kfz": ["M-AB 123", "B-XY1E"],
    "time-of-day": ["10:30", "23:59:59", "7:05 pm"],
    "sex": ["male", "Female", "unknown"],
    "loinc": ["2951-2", "718-7", "4548-4", "8867-4"],
    "snomed": ["22298006", "73211009", "404684003"],
    "icd10": ["E11.9", "C50.-", "S72.01XA", "I10", "M54.5"],
    "ops": ["5-470.11", "8-98f.0", "1-20a.33", "5-820"],
    "atc": ["A10BA02", "C09AA05", "N02BE01", "A10B"],
    "date": [
        "2026-11-24",
        "24.11.2026",
        "1.2.99",
        "11/24/2026",
        "2026-11-24T10:30:00Z",
        "19991231",
    ],
    "ip": ["192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"],
    "url": ["https://example.org/a?b=c", "www.example.org", "ftp://example.org"],
}
LEFT_ALONE = {
    "email": ["info at example.org", "@example.org", "a@b"],
    "phone": ["2026-11-24", "01.02.2020", "01067", "123456789", "0000123456", "3.14159265"],
    "iban": ["DE89370400440532013001", "DE8937040044"],
    "de.kvnr": ["A123456781", "1234567890", "a123456780"],
    "de.steuer-id": ["86095742718", "12345678903", "11145678900", "06095742719"],
    "de.svnr": ["15070649C104", "15070649c103"],
    "payment-card": ["4111111111111112", "1111111111111117", "411111111111"],
    "imei": ["490154203237519", "49015420323751", "4901542032375180"],
    "de.lanr": ["123456701", "12345660"],
    "at.vnr": ["1238 010180", "0000000000"],
    "ch.ahv": ["756.9217.0769.84", "757.9217.0769.85"],
    "uuid": ["f81d4fae-7dec-11d0-a765-00a0c91e6bfg", "f81d4fae7dec11d0a76500a0c91e6bf6"],
    "mac": ["00:00:5E:00:53", "00:00-5E:00:53:01", "12:30"],
    "street": ["Musterstraße", "12", "Stage 3", "Platz"],
    "de.kfz": ["M-AB", "m-ab 123", "E11-9", "A-1"],
    "time-of-day": ["24:00", "10:60", "1030", "120/80"],
    "sex": ["male", "yes"],
    "loinc": ["2951-3", "5-470", "0-0", "12-34"],
    "snomed": ["22298007", "22298016", "1234567"],
    "us.ssn": [
        "078-05-1120",
        "000-12-3456",
        "666-12-3456",
        "900-12-3456",
        "219-00-9999",
        "219-09-0000",
    ],
    "icd10": ["P12", "P1234", "X-12.3", "e11.9", "A10BA02"],
    "ops": ["5-470", "2-470.11", "1-2", "2020-01"],
    "atc": ["A10B", "A10", "E10BA02", "a10ba02"],
    "date": ["2026-13-24", "32.1.2026", "12345678", "2026", "10:30"],
    "ip": ["192.0.2.256", "1.2.3", "dead", "12"],
    "url": ["example", "http://", "ftp"],
}


def share(detector: str, values: list[str], column: str = "x") -> float:
    return DETECTORS[detector].share(column, pa.array(values, type=pa.string()))


#: Values that are recognised only under a telling name, and what is none under it either.
UNDER_A_NAME = {
    "de.steuernummer": ("Steuernummer", ["93/815/08152", "9181081508155"], ["12345", "x"]),
    "de.bsnr": ("BSNR", ["381234500"], ["38123450", "AB"]),
    "year": ("Geburtsjahr", ["1980", "2001", "1999.0"], ["80", "3001"]),
    "age": ("Alter", ["7", "104", "90+", "10-19", "63.5", ">= 90"], ["200", "adult"]),
    "de.postcode": ("PLZ", ["48149", "01067"], ["00999", "05123", "43210", "62123", "4814"]),
    "us.zip": ("zip_code", ["10001", "10001-1234", "100"], ["1", "1000A"]),
}

#: Names that are recognised, and names that only look like them.
NAMES = {
    "person-name": (["Nachname", "vorname", "FirstName", "last-name", "Familien Name", "NAME"], ["filename", "tournament"]),
    "record-number": (["PatientenID", "patient_id", "Fallnummer", "MRN", "Id", "SUBJID"], ["valid", "midday"]),
    "personal-number": (["Personalausweisnummer", "passport_no", "EmployeeID"], ["passed"]),
    "place": (["Wohnort", "native-country", "Staatsangehörigkeit", "Latitude"], ["sort", "flat"]),
    "household": (["Familienstand", "marital-status", "Haushaltsgröße"], ["martial"]),
    "work": (["Beruf", "occupation", "Schulabschluss"], ["jobless_claims_rate_x"]),
    "origin": (["race", "Ethnicity", "Migrationshintergrund"], ["trace", "racetime"]),
    "belief": (["Religion", "Konfession", "PoliticalParty"], ["region"]),
    "money": (["Einkommen", "income_2020", "Gehaltsgruppe"], ["outcome"]),
    "likeness": (["Foto", "photo_url", "Fingerabdruck"], ["football"]),
    "health": (["Diagnose", "HauptDiagnose", "Medikation", "hiv_status", "TherapieArt"], ["health_plan"]),
    "genetics": (["Genotyp", "snp_rs123", "DNA"], ["general"]),
    "free-text": (["Freitext", "Bemerkungen", "clinical_notes"], ["notebook"]),
}  # fmt: skip

#: Detectors of counts; `test_statistics` has their cases.
COUNTING = {"unique-values", "measurement"}

#: Detectors of classifications; `test_classification_detectors` has their cases.
CLASSIFYING = {"country", "de.state", "isced", "marital-status", "nuts"}


def test_every_detector_has_cases():
    assert RECOGNISED.keys() == LEFT_ALONE.keys()
    seen = RECOGNISED.keys() | UNDER_A_NAME.keys() | NAMES.keys() | COUNTING | CLASSIFYING
    assert seen == DETECTORS.keys()


@pytest.mark.parametrize("detector", DETECTORS.values(), ids=lambda d: d.name)
def test_every_detector_proposes_a_role_and_a_kind_with_a_reason(detector):
    assert detector.proposal.role in Role
    assert detector.proposal.kind in KINDS
    assert detector.proposal.because.endswith(".")


@pytest.mark.parametrize("detector", UNDER_A_NAME)
def test_values_that_much_else_has_count_under_a_telling_name(detector):
    name, values, others = UNDER_A_NAME[detector]
    assert share(detector, values, name) == 1.0
    assert share(detector, others, name) == 0.0
    assert share(detector, [*values[:1], "x"], "column_7") == 0.0


@pytest.mark.parametrize("detector", NAMES)
def test_names_are_recognised_however_they_are_spelt(detector):
    names, others = NAMES[detector]
    for name in names:
        found = recognition(detector, name, ["1", "2"])
        assert found is not None, name
        assert (found.evidence, found.share, found.detected) == (("name",), None, True), name
    for name in others:
        found = recognition(detector, name, ["1", "2"])
        assert found is None or found.confidence < 0.9, name


def test_postcodes_with_leading_zeros_need_no_name():
    assert share("de.postcode", ["01067", "48149", "99423"], "area") == 1.0
    assert share("de.postcode", ["48149", "99423"], "area") == 0.0
    assert share("de.postcode", ["01067", "123"], "area") == 0.0


def test_one_sex_alone_is_any_word():
    assert share("sex", ["m", "f"]) == 1.0
    assert share("sex", ["m", "x"]) == 0.0
    assert share("sex", ["m", "f", "yes", "no"]) == 0.5


def recognition(detector: str, name: str, values: list[str], kind: str = "text", n: int = 0):
    column = ColumnSample(name, kind, n or len(values), 0, len(set(values)), pa.array(values))
    return DETECTORS[detector].recognise(column)


@pytest.mark.parametrize("detector", RECOGNISED)
def test_recognises_every_form(detector):
    assert share(detector, RECOGNISED[detector]) == 1.0


@pytest.mark.parametrize(
    ("detector", "value"),
    [(name, value) for name, values in LEFT_ALONE.items() for value in values],
)
def test_leaves_alone(detector, value):
    assert share(detector, [value]) == 0.0


def test_the_share_counts_values():
    assert share("email", ["a@example.org", "b@example.org", "none", "c@example.org"]) == 0.75


@pytest.mark.parametrize("detector", sorted(DETECTORS))
def test_no_values_no_share(detector):
    assert share(detector, []) == 0.0


def test_short_codes_count_under_a_telling_name():
    assert share("icd10", ["I10", "E11"], "main_diagnosis") == 1.0
    assert share("icd10", ["P01", "P02"], "patient") == 0.0
    assert share("atc", ["A10B"], "ATC_group") == 1.0
    assert share("ops", ["5-47"], "ops_code") == 1.0


def test_nine_digits_are_social_security_numbers_only_under_a_telling_name():
    assert share("us.ssn", ["536904399"], "SSN") == 1.0
    assert share("us.ssn", ["536904399"], "population") == 0.0


@given(st.text(), st.sampled_from(sorted(DETECTORS)), st.text(min_size=1))
def test_any_text_under_any_name_gives_a_share(text, detector, name):
    assert share(detector, [text], name) in (0.0, 1.0)
    found = recognition(detector, name, [text])
    assert found is None or 0 < found.confidence <= 1


def test_long_hostile_text_takes_no_time():
    hostile = ["0" + "1 " * 50_000 + "x", "a" * 100_000 + "@", "a@" + "a." * 50_000, "1." * 50_000]
    for detector in DETECTORS:
        assert share(detector, hostile) == 0.0


CHECKED = {
    "A123456780": checksums.kvnr,
    "15070649C103": checksums.svnr,
    "123456601": checksums.lanr,
}


@pytest.mark.parametrize("number", CHECKED)
def test_a_changed_digit_is_caught(number):
    check = CHECKED[number]
    assert check(number)
    for place, old in enumerate(number):
        if old.isdigit():
            for new in set("0123456789") - {old}:
                changed = number[:place] + new + number[place + 1 :]
                missed = check(changed)
                # the weight 5 of the third digit maps digits to equal digit sums now and then;
                # weight 4 does so for digits five apart; the specialty has no check
                assert not missed or (
                    (check is checksums.svnr and place in (3, 4))
                    or (check is checksums.lanr and (place > 6 or abs(int(old) - int(new)) == 5))
                )


@given(st.integers(0, 10**18 - 1))
def test_iban_check_digits_are_found_by_the_standard_rule(account):
    plain = f"{account:018d}"
    digits = 98 - int(plain + "131400") % 97  # DE00 moved to the end, letters as 13 and 14
    assert share("iban", [f"DE{digits:02d}{plain}"]) == 1.0
    assert share("iban", [f"DE{(digits + 1) % 97:02d}{plain}"]) == 0.0


@given(st.integers(1, 99_999))
def test_loinc_check_digits_are_found_by_the_published_steps(number):
    # LOINC Users' Guide: double what the digits in odd places from the right spell, write it
    # before the digits in even places, add all digits, and take what lacks to the next ten.
    reversed_digits = str(number)[::-1]
    doubled = str(int(reversed_digits[::2][::-1]) * 2)
    total = sum(map(int, doubled + reversed_digits[1::2]))
    assert share("loinc", [f"{number}-{-total % 10}"]) == 1.0
    assert share("loinc", [f"{number}-{(1 - total) % 10}"]) == 0.0


def test_confidence_grows_with_the_values_that_pass_a_check_by_more_than_chance():
    few = recognition("de.lanr", "x", ["123456601"])
    many = recognition("de.lanr", "x", [f"{n}01" for n in _with_check_digit(20)])
    assert few.share == many.share == 1.0
    assert few.confidence < 0.9 <= many.confidence


def _with_check_digit(n: int) -> list[str]:
    return [
        f"{i}{c}"
        for i in range(111111, 111111 + n)
        for c in "0123456789"
        if checksums.lanr(f"{i}{c}00")
    ]


def test_a_name_counts_less_where_hardly_any_value_fits():
    assert recognition("email", "email", ["a@example.org", "b@example.org"]).confidence == 1.0
    sent = recognition("email", "email_sent", ["yes", "no"])
    assert sent.evidence == ("name",)
    assert 0.5 <= sent.confidence < 0.9
    assert not sent.detected


def test_statistics():
    keys = [f"K{i}" for i in range(100)]
    found = recognition("unique-values", "x", keys)
    assert (found.evidence, found.share, found.detected) == (("statistics",), 1.0, True)
    assert found.confidence < 0.9
    assert recognition("unique-values", "x", keys, n=200) is None
    assert recognition("unique-values", "x", keys[:10]) is None
    weights = [repr(i / 7) for i in range(100)]
    assert recognition("unique-values", "x", weights, "number") is None
    assert recognition("measurement", "x", weights, "number").proposal.role is Role.INSENSITIVE
    assert (
        recognition("measurement", "x", [str(i) for i in range(40)], "integer", 90).confidence < 0.9
    )
    assert recognition("measurement", "x", ["1", "2"], "integer", 90) is None
    spelt = [f"{i},50" for i in range(40)]
    assert recognition("unique-values", "x", spelt) is None
    assert recognition("measurement", "x", [*spelt, "7"]).proposal.kind == "measurement"
    assert recognition("measurement", "x", keys) is None
    text = ["The patient came late and was seen at once by somebody else, who wrote nothing down."]
    assert recognition("free-text", "x", text * 2, n=4).confidence >= 0.9
    assert recognition("free-text", "x", ["mild", "severe"]) is None


def profiles(columns: dict[str, list[object]]) -> dict[str, ColumnProfile]:
    found = profile_table(Table("t", pa.table(columns)), PluginHost.load())
    return {profile.name: profile for profile in found}


def test_measurements_and_categories_raise_no_alarm():
    chance = random.Random(7)
    n = 500
    columns: dict[str, list[object]] = {
        "systolic": [chance.randint(80, 220) for _ in range(n)],
        "weight": [round(chance.gauss(75, 12), 1) for _ in range(n)],
        "exact": [chance.gauss(0, 1) for _ in range(n)],
        "large": [chance.gauss(0, 1) * 1e12 for _ in range(n)],
        "counts": [chance.randint(10**8, 10**9 - 1) for _ in range(n)],
        "longer": [chance.randint(10**10, 10**11 - 1) for _ in range(n)],
        "eighteen": [chance.randint(10**14, 10**15 - 1) for _ in range(n)],
        "five": [chance.randint(10_000, 99_999) for _ in range(n)],
        "missing_some": [None if i % 3 else i / 9 for i in range(n)],
        "group": [chance.choice(["ATA", "NAP", "ASY", "TA"]) for _ in range(n)],
        "slope": [chance.choice(["Up", "Flat", "Down"]) for _ in range(n)],
        "answer": [chance.choice("YN") for _ in range(n)],
        "stage": [chance.choice(["I", "II", "III", "IV"]) for _ in range(n)],
        "letters": ["".join(chance.choices(string.ascii_uppercase, k=3)) for _ in range(n)],
        "flag": [i % 2 == 0 for i in range(n)],
    }
    counting = COUNTING | {"free-text"}
    for name, profile in profiles(columns).items():
        assert set(profile.detected) <= counting, name
        others = [r for r in profile.recognitions if r.detector not in counting]
        assert not others, name


def test_the_census_table_is_recognised_by_its_names_without_false_alarms():
    from importlib import resources

    from pyarrow import csv

    with resources.files("kiaim_server.demo").joinpath("adult.csv").open("rb") as file:
        table = csv.read_csv(file, parse_options=csv.ParseOptions(delimiter=";"))
    found = profile_table(Table("adult", table), PluginHost.load())
    assert {p.name: p.detected for p in found} == {
        "sex": ("sex",),
        "age": ("age", "measurement"),
        "race": ("origin",),
        "marital-status": ("household", "marital-status"),
        "education": ("work",),
        "native-country": ("place",),
        "workclass": ("work",),
        "occupation": ("work",),
        "salary-class": ("money",),
    }
