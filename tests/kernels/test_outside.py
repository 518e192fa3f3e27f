"""Classes of outsiders only, against the definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.kernels.outside import outside_classes

#: Per class the records of each of its runs, whose leaves ascend.
CLASSES = st.lists(
    st.dictionaries(st.integers(0, 5), st.integers(0, 2), min_size=1), min_size=1, max_size=5
)


@pytest.mark.parametrize("compiled", [True, False])
@given(classes=CLASSES, group=st.lists(st.integers(0, 5), min_size=6, max_size=6).map(sorted))
def test_new_classes_without_a_record_are_counted(compiled, classes, group) -> None:
    runs = [sorted(c.items()) for c in classes]
    up = np.array([range(6), group], dtype=np.int32)
    kernel = outside_classes if compiled else outside_classes.py_func
    found = kernel(
        np.array([leaf for c in runs for leaf, _ in c], dtype=np.int32),
        np.array([size for c in runs for _, size in c], dtype=np.int64),
        np.cumsum([0, *map(len, runs)], dtype=np.int64),
        up,
    )
    expected = [
        sum(
            sum(size for leaf, size in c if level[leaf] == code) == 0
            for c in runs
            for code in {level[leaf] for leaf, _ in c}
        )
        for level in up.tolist()
    ]
    assert found.tolist() == expected
