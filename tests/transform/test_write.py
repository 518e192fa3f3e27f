import csv
import io

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.encode import count_tuples, encode_table
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.progress import Silent
from kiaim_server.model.table import Table
from kiaim_server.transform import release_columns, write_release

AGE = Hierarchy.from_columns("age", [["31", "35", "62"], ["30-39", "30-39", "60-69"], ["*"] * 3])
TABLE = Table(
    "t", pa.table({"age": [31, 62, 35], "weight": [70, None, 81], "note": ["a,b", 'x"y', None]})
)
TUPLES = count_tuples(encode_table(TABLE, [AGE], {}))
NOBODY = np.zeros(3, bool)


def write(path, level, suppressed=NOBODY, mode="drop", file_format="csv"):
    star = mode == "star" and bool(suppressed.any())
    columns = release_columns(TABLE, TUPLES, [AGE], [level], star=star)
    return write_release(TABLE, columns, suppressed, mode, path, file_format, Silent())


def test_csv_has_labels_of_the_level_and_quotes_only_where_needed(tmp_path):
    assert write(tmp_path / "o.csv", 1) == 3
    assert (tmp_path / "o.csv").read_text() == (
        'age,weight,note\n30-39,70,"a,b"\n60-69,,"x""y"\n30-39,81,\n'
    )


def test_dropped_records_are_gone(tmp_path):
    assert write(tmp_path / "o.csv", 0, np.array([True, False, True])) == 1
    assert (tmp_path / "o.csv").read_text() == 'age,weight,note\n62,,"x""y"\n'


def test_starred_records_keep_their_other_cells(tmp_path):
    assert write(tmp_path / "o.csv", 0, np.array([False, True, False]), "star") == 3
    assert (tmp_path / "o.csv").read_text().splitlines()[2] == '*,,"x""y"'


def test_a_kept_integer_column_stays_integer_in_parquet(tmp_path):
    write(tmp_path / "o.parquet", 0, file_format="parquet")
    schema = pq.read_schema(tmp_path / "o.parquet")
    assert schema.field("age").type == schema.field("weight").type == pa.int64()
    write(tmp_path / "g.parquet", 1, file_format="parquet")
    assert pq.read_schema(tmp_path / "g.parquet").field("age").type == pa.string()


def test_a_file_that_exists_is_never_overwritten(tmp_path):
    write(tmp_path / "o.csv", 0)
    with pytest.raises(FileExistsError):
        write(tmp_path / "o.csv", 0)


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
            st.booleans(),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_any_text_survives_the_way_through_csv(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("csv") / "o.csv"
    texts = [text or None for text, _ in rows]
    table = Table("t", pa.table({"a": pa.array(texts, pa.string())}))
    columns = release_columns(table, count_tuples(encode_table(table, [], {})), [], [], star=False)
    suppressed = np.array([hidden for _, hidden in rows])
    kept = [text for text, hidden in zip(texts, suppressed, strict=True) if not hidden]
    assert write_release(table, columns, suppressed, "drop", path, "csv", Silent()) == len(kept)
    read = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))
    assert read[1:] == [[text or ""] for text in kept]
