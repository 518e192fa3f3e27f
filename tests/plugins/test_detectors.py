"""Detectors: what they recognise, what they leave alone, and that check digits catch typos."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kiaim_plugins import checksums
from kiaim_plugins.detectors import kiaim_register_detectors

DETECTORS = {cls.name: cls.from_parameters({}) for cls in kiaim_register_detectors()}

# Numbers that the issuing bodies or standards publish as examples; none belongs to a person.
RECOGNISED = {
    "email": ["info@example.org", "first.last+tag@sub.example.co.uk"],
    "phone": ["+49 30 23125 000", "030/23125-000", "(202) 555-0143", "202-555-0143", "0030555001"],
    "iban": ["DE89 3704 0044 0532 0130 00", "GB82WEST12345698765432"],
    "de.kvnr": ["A123456780"],
    "de.steuer-id": ["86095742719", "47036892816", "65 929 970 489"],
    "de.svnr": ["15070649C103", "65 170839 J 003"],
    "us.ssn": ["219-09-9999", "078-05-1120"],
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
    "us.ssn": ["000-12-3456", "666-12-3456", "900-12-3456", "219-00-9999", "219-09-0000"],
    "icd10": ["P12", "P1234", "X-12.3", "e11.9", "A10BA02"],
    "ops": ["5-470", "2-470.11", "1-2", "2020-01"],
    "atc": ["A10B", "A10", "E10BA02", "a10ba02"],
    "date": ["2026-13-24", "32.1.2026", "12345678", "2026", "10:30"],
    "ip": ["192.0.2.256", "1.2.3", "dead", "12"],
    "url": ["example", "http://", "ftp"],
}


def share(detector: str, values: list[str], column: str = "x") -> float:
    return DETECTORS[detector].share(column, pa.array(values, type=pa.string()))


def test_every_detector_has_cases():
    assert RECOGNISED.keys() == LEFT_ALONE.keys() == DETECTORS.keys()


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
    assert share("us.ssn", ["219099999"], "SSN") == 1.0
    assert share("us.ssn", ["219099999"], "population") == 0.0


@given(st.text(), st.sampled_from(sorted(DETECTORS)))
def test_any_text_gives_a_share(text, detector):
    assert share(detector, [text]) in (0.0, 1.0)


def test_long_hostile_text_takes_no_time():
    hostile = ["0" + "1 " * 50_000 + "x", "a" * 100_000 + "@", "a@" + "a." * 50_000, "1." * 50_000]
    for detector in DETECTORS:
        assert share(detector, hostile) == 0.0


CHECKED = {
    "DE89370400440532013000": checksums.iban,
    "A123456780": checksums.kvnr,
    "86095742719": checksums.steuer_id,
    "15070649C103": checksums.svnr,
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
                # the weight 5 of the third digit maps digits to equal digit sums now and then
                assert not missed or (check is checksums.svnr and place in (3, 4))


@given(st.integers(0, 10**18 - 1))
def test_iban_check_digits_are_found_by_the_standard_rule(account):
    plain = f"{account:018d}"
    digits = 98 - int(plain + "131400") % 97  # DE00 moved to the end, letters as 13 and 14
    assert checksums.iban(f"DE{digits:02d}{plain}")
    assert not checksums.iban(f"DE{(digits + 1) % 97:02d}{plain}")
