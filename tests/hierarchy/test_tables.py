"""The shipped reference tables: dated, with their source, and unchanged once they are out."""

import csv
import hashlib
from importlib import resources

import pytest

from kiaim_server.errors import NotFoundError
from kiaim_server.hierarchy import reference_names, reference_table

ZIP3 = "us-zip3-population@2022"

#: A published edition never changes: other data are another edition.
DIGESTS = {ZIP3: "51788d13cc4010fba8994fb5c9f731f73b81bef719754ae7e645f291cf5b2a45"}

#: Areas with 20,000 residents or fewer, as several public data sets name them after the census of
#: 2020; the estimates of 2022 find the same ones.
SMALL = [
    "036",
    "059",
    "102",
    "202",
    "203",
    "204",
    "205",
    "369",
    "556",
    "692",
    "753",
    "772",
    "821",
    "823",
    "878",
    "879",
    "884",
    "893",
]


def file_of(name):
    return resources.files("kiaim_policies") / "tables" / f"{name}.csv"


def test_all_tables_are_pinned_by_their_bytes():
    assert {name: reference_table(name).sha256 for name in reference_names()} == DIGESTS
    for name, digest in DIGESTS.items():
        assert hashlib.sha256(file_of(name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("name", reference_names())
def test_each_says_what_it_counts_where_it_is_from_and_on_which_terms(name):
    table = reference_table(name)
    assert table.title
    assert table.licence
    assert len(table.source) > 40
    assert name.partition("@")[2] in table.source
    assert table.name == name


def test_the_areas_of_few_residents_are_the_published_ones():
    table = reference_table(ZIP3)
    assert [area for area, people in table.numbers.items() if people <= 20_000] == SMALL
    assert sum(table.numbers.values()) == 334_365_877
    assert len(table.numbers) == 894


def test_the_numbers_are_those_of_the_file():
    lines = file_of(ZIP3).read_text("utf-8").splitlines()
    rows = list(csv.reader(lines[sum(line.startswith("#") for line in lines) :]))
    assert rows[0] == ["zip3", "population"]
    assert {area: int(people) for area, people in rows[1:]} == reference_table(ZIP3).numbers
    assert all(len(area) == 3 and area.isdigit() for area, _ in rows[1:])


@pytest.mark.parametrize("name", ["us-zip3-population@2021", "us-zip3-population", "../setup", ""])
def test_an_unknown_table_is_refused_with_what_there_is(name):
    with pytest.raises(NotFoundError, match="us-zip3-population@2022"):
        reference_table(name)
