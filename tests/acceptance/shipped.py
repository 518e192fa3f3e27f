"""Small made-up tables for the shipped policies, and the contexts in which they are released."""

import csv
import datetime
import random
from datetime import UTC

#: One column for each of the eighteen identifiers, by the letter of 45 CFR 164.514(b)(2)(i).
LETTERS = {
    "patient_name": "A",
    "city": "B",
    "zip": "B",
    "admission_date": "C",
    "date_of_birth": "C",
    "age": "C",
    "phone": "D",
    "fax_number": "E",
    "email": "F",
    "ssn": "G",
    "mrn": "H",
    "member_id": "I",
    "account_number": "J",
    "license_number": "K",
    "license_plate": "L",
    "device_serial": "M",
    "website": "N",
    "ip_address": "O",
    "fingerprint": "P",
    "photo": "Q",
    "study_id": "R",
}
OTHERS = ("spouse_name", "employer", "state", "sex", "diagnosis_code")
#: Of few residents, of just above 20,000, of many, military mail, no area at all, and missing.
ZIPS = ("03601", "57601", "02139", "10001-0001", "09012", "00099", "89001", "63012", "")


def said(*names):
    """Attestations of today."""
    today = datetime.datetime.now(UTC).date().isoformat()
    return {name: {"by": "tests", "on": today} for name in names}


def patients(n=240, seed=3):
    """Rows of a hospital's table, the header first; names and numbers mean nobody."""
    draw = random.Random(seed)
    yield [*LETTERS, *OTHERS]
    for i in range(n):
        admitted = datetime.date(2015, 1, 1) + datetime.timedelta(days=draw.randrange(3600))
        age = draw.choice([0, 17, 34, 64, 88, 89, 90, 91, 103])
        born = admitted.replace(day=1, month=1, year=admitted.year - age)
        row = {
            "patient_name": f"Person {i}",
            "city": draw.choice(["Norwich", "Mobridge", "Cambridge"]),
            "zip": ZIPS[i % len(ZIPS)],
            "admission_date": admitted.isoformat(),
            "date_of_birth": born.isoformat(),
            "age": age,
            "phone": f"212-555-{i:04d}",
            "fax_number": f"212-556-{i:04d}",
            "email": f"p{i}@example.org",
            "ssn": f"{100 + i}-45-{1000 + i}",
            "mrn": f"M{i:06d}",
            "member_id": f"H{i:07d}",
            "account_number": f"{10**9 + i}",
            "license_number": f"L{i:05d}",
            "license_plate": f"ABC-{i:04d}",
            "device_serial": f"SN{i:08d}",
            "website": f"https://example.org/p/{i}",
            "ip_address": f"192.0.2.{i % 250}",
            "fingerprint": f"{i:064x}",
            "photo": f"face{i}.jpg",
            "study_id": f"S-{i}",
            "spouse_name": f"Spouse {i}",
            "employer": f"Employer {i}",
            "state": draw.choice(["NH", "SD", "MA"]),
            "sex": draw.choice("fm"),
            "diagnosis_code": draw.choice(["C50.9", "E11.9", "I10"]),
        }
        yield list(row.values())


def participants(n=700, seed=5):
    """Rows of a trial, one per participant, with names of variables as CDISC gives them."""
    draw = random.Random(seed)
    yield ["USUBJID", "SITEID", "COUNTRY", "AGE", "SEX", "RFSTDTC", "ARM", "AEDECOD", "AESTDY"]
    for i in range(n):
        first = datetime.date(2021, 1, 1) + datetime.timedelta(days=draw.randrange(700))
        yield [
            f"ST-01-{i:04d}",
            f"{draw.randrange(40):03d}",
            draw.choice(["DE", "FR", "US", "CA", "JP"]),
            draw.randrange(18, 85),
            draw.choice("FM"),
            first.isoformat(),
            draw.choice(["Placebo", "Active"]),
            draw.choice(["Headache", "Nausea", "Dizziness"]),
            draw.randrange(1, 200),
        ]


def stays(n=900, seed=7):
    """Rows of hospital stays, several of one beneficiary."""
    draw = random.Random(seed)
    yield ["bene_id", "state", "age", "drg", "admission", "outcome"]
    for _ in range(n):
        first = datetime.date(2022, 1, 1) + datetime.timedelta(days=draw.randrange(365))
        yield [
            f"B{draw.randrange(400):05d}",
            draw.choice(["NY", "NY", "NY", "CA", "CA", "WY"]),
            draw.randrange(65, 95),
            draw.choice(["470", "470", "871", "291"]),
            first.isoformat(),
            draw.choice(["home", "home", "transfer"]),
        ]


def write(rows, path):
    """The rows as a CSV file."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


HIPAA = {
    "release.regime": ["hipaa"],
    "release.access": "public",
    "release.form": "microdata",
    "release.keeps_pseudonym": False,
    "attested": said("no-actual-knowledge", "current-census-table"),
}
EMA = {
    "release.regime": ["gdpr"],
    "release.access": "public",
    "release.form": "microdata",
    "release.purpose": "regulatory",
    "release.keeps_pseudonym": False,
    "recipient.type": "world",
    "recipient.country": "DE",
    "data.rare_condition": False,
    "data.criminal_records": False,
    "legal.art9": "i",
    "legal.dpia": "done",
    "attested": said("release-decision", "anonymisation-report"),
}
CMS = {
    "release.form": "microdata",
    "release.access": "public",
    "release.purpose": "statistics",
    "attested": said("complementary-suppression"),
}
INTERNAL = {
    "release.regime": ["gdpr"],
    "release.access": "internal",
    "release.form": "microdata",
    "release.environment": "secure-environment",
    "release.purpose": "research",
    "release.keeps_pseudonym": True,
    "recipient.type": "same-controller",
    "recipient.country": "DE",
    "data.domain": "health",
    "data.criminal_records": False,
    "legal.art9": "j",
    "legal.dpia": "done",
    "attested": said("release-decision", "roles-and-log", "pseudonym-necessity"),
}
