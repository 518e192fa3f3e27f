"""Column profiles: types, counts, samples and failing detectors."""

import datetime

import pyarrow as pa
import pytest

from kiaim_server.classify import profile_table
from kiaim_server.errors import PluginError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.table import Table

SEEN: list[tuple[str, list[str]]] = []

PLUGIN = """
from kiaim_server.hooks import hookimpl
from kiaim_server.model.contract import Detector

kiaim_api = 1


class Own(Detector):
    name = "own"
    summary = "Detects as the test says."

    def share(self, name, values):
        {body}


@hookimpl
def kiaim_register_detectors():
    return [Own]
"""


@pytest.fixture(scope="module")
def host():
    return PluginHost.load()


def host_with(tmp_path, body):
    (tmp_path / "own.py").write_text(PLUGIN.format(body=body))
    return PluginHost.load(tmp_path)


def profile(values, host, **kwargs):
    table = Table("t", pa.table({"a": pa.array(values, **kwargs), "b": range(len(values))}))
    return profile_table(table, host)[0]


def test_counts_and_types(host):
    found = profile(["x", None, "y", None], host)
    assert (found.type, found.n_records, found.n_missing, found.n_distinct) == ("text", 4, 2, 3)
    assert found.granularity is None


def test_columns_keep_their_order(host):
    table = Table("t", pa.table({"z": [1], "a": [2], "m": [3]}))
    assert [p.name for p in profile_table(table, host)] == ["z", "a", "m"]


def test_granularity_of_dates_and_timestamps(host):
    assert profile([datetime.date(2020, 1, 1)], host).granularity == "day"
    assert profile([datetime.datetime(2020, 1, 1, 5)], host).granularity == "exact"


def test_dictionary_columns_profile_as_their_values(host):
    found = profile(pa.array(["a@example.org", None, "a@example.org"]).dictionary_encode(), host)
    assert (found.type, found.n_missing, found.n_distinct) == ("text", 1, 2)
    assert found.detected == ("email",)


def test_integers_and_dates_are_detected_by_their_spelling(host):
    assert profile([86095742719, 47036892816], host).detected == ("de.steuer-id",)
    assert profile([datetime.date(2020, 1, 1)], host).detected == ("date",)


def test_nine_in_ten_are_enough_and_eight_are_not(host):
    mails = [f"m{i}@example.org" for i in range(9)]
    assert profile([*mails, "x"], host).detected == ("email",)
    assert profile([*mails[:8], "x", "y"], host).detected == ()


def test_a_column_without_values_is_nothing(host):
    found = profile([None, None], host, type=pa.string())
    assert (found.detected, found.n_distinct, found.distinct_share) == ((), 1, 0.5)


def test_the_sample_is_bounded_and_independent_of_record_order(tmp_path):
    module = "import tests.classify.test_profile as t"
    host = host_with(tmp_path, f"{module}; t.SEEN.append((name, values.to_pylist())); return 0.0")
    values = [f"{i:05d}" for i in range(5000)]
    SEEN.clear()
    profile(values, host)
    profile(values[::-1], host)
    samples = [sample for name, sample in SEEN if name == "a"]
    assert samples[0] == samples[1]
    assert len(set(samples[0])) == 2000
    assert (samples[0][0], samples[0][-1]) == ("00000", "04999")


@pytest.mark.parametrize(
    "body", ["raise RuntimeError(values[0].as_py())", "return 1.5", "return None", "return True"]
)
def test_a_failing_detector_is_named_without_values(tmp_path, body):
    with pytest.raises(PluginError, match=r"detector 'own' .*column 'a'") as caught:
        profile(["secret"], host_with(tmp_path, body))
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
