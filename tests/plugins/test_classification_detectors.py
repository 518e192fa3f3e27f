"""Detectors of places, education and marital status: words speak, short codes need a name."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kiaim_plugins.tables import several, table
from kiaim_plugins.words import folded, folded_all

from kiaim_server.hooks.host import PluginHost

HOST = PluginHost.load()
NAMES = ("country", "de.state", "isced", "marital-status", "nuts", "de.postcode")


def detected(column: str, values: list[str]) -> set[str]:
    """Which of the detectors of classifications recognise a column, as a profile would."""
    shares = {
        name: HOST.classes["detector"][name]
        .from_parameters({})
        .share(column, pa.array(values, pa.string()))  # type: ignore[attr-defined]
        for name in NAMES
    }
    assert all(0 <= share <= 1 for share in shares.values())
    return {name for name, share in shares.items() if share >= 0.9}


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("x", ["Germany", "Frankreich", "United States"], {"country"}),
        ("land", ["DE", "AT", "CH"], {"country"}),
        ("birthCountry", ["DEU", "AUT"], {"country"}),
        ("staatsangehoerigkeit", ["276", "40"], {"country"}),
        ("lang", ["de", "en", "fr"], set()),
        ("vorname", ["Chad", "Jordan", "Israel", "Anna"], set()),
        ("x", ["Bayern", "Hessen", "Berlin"], {"de.state"}),
        ("bundesland", ["BY", "HE", "SN"], {"de.state"}),
        ("federal_state", ["01", "16"], {"de.state"}),
        ("stadt", ["Berlin", "Hamburg", "Bremen"], set()),
        ("us_region", ["CA", "TX", "NY"], set()),
        ("isced", ["3", "5", "8"], {"isced"}),
        ("x", ["Abitur", "Realschulabschluss"], {"isced"}),
        ("severity", ["1", "2", "3"], set()),
        ("x", ["ledig", "verheiratet", "geschieden"], {"marital-status"}),
        ("familienstand", ["LD", "VH"], {"marital-status"}),
        ("team", ["LD", "VH"], set()),
        ("nuts3", ["DEA23", "DE212"], {"nuts"}),
        ("code", ["DEA23", "DE212"], set()),
        ("plz", ["50937", "01067"], {"de.postcode"}),
        ("patient_plz", ["50937", "01067"], {"de.postcode"}),
        ("plz", ["1010", "5020"], set()),
        # Belarus and Bavaria: both are said, and a policy has to decide.
        ("land", ["BY", "BW", "BE"], {"country", "de.state"}),
        ("x", [], set()),
    ],
)
def test_what_is_recognised(column: str, values: list[str], expected: set[str]) -> None:
    assert detected(column, values) == expected


def test_many_texts_are_folded_as_each_of_them() -> None:
    """Every term of the tables, and text in letters of Europe."""
    terms = [
        cell
        for folder, name in (("country", "countries"), ("state-de", "states"), ("isced", "terms"))
        for row in table(folder, name)
        for cell in (*row.values(), *(part for c in row.values() for part in several(c)))
    ]
    odd = [
        "",
        " - ",
        "STRASSE",
        "Stra\u00dfe",
        "\u1e9e",
        "e\u0301",
        "\u00c5land",
        "\u0141\u00f3d\u017a",
    ]
    texts = [*terms, *odd]
    assert folded_all(pa.array(texts)).to_pylist() == [folded(text) for text in texts]


@given(st.lists(st.text(st.characters(max_codepoint=0x17F)), max_size=5))
def test_latin_text_is_folded_alike(texts: list[str]) -> None:
    found = folded_all(pa.array(texts, pa.string())).to_pylist()
    assert found == [folded(text) for text in texts]
