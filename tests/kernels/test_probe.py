"""Looking ahead from a prefix, against counting the records of the next column's values."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kiaim_server.kernels import probe as kernels
from kiaim_server.search import probe as probe_module
from kiaim_server.search.descent import Descent
from kiaim_server.search.probe import Probe
from tests.search.problems import Case, cases


def _possible(case: Case, descent: Descent, rows: list[int], column: int, row: int) -> bool:
    """Whether fixing one more column keeps to the limit, by sizes alone, pooled records aside."""
    fixed = [*zip(descent.columns, rows, strict=False), (descent.columns[column], row)]
    before = fixed[:-1]

    def key(record, columns):
        return tuple(
            int(c.up[r][c.codes[case.problem.tuples.record_tuple[record]]]) for c, r in columns
        )

    records = range(case.encoded.n_records)
    sizes = Counter(key(r, fixed) for r in records)
    small = {r for r in records if sizes[key(r, fixed)] < descent.rules.minimum_size}
    for depth in range(len(before) + 1):
        sizes = Counter(key(r, before[:depth]) for r in records)
        small |= {r for r in records if sizes[key(r, before[:depth])] < descent.rules.minimum_size}
    return len(small) <= case.problem.max_suppressed


@pytest.mark.parametrize("compiled", [True, False])
@given(case=cases(), data=st.data())
@settings(max_examples=100)
def test_the_finest_level_is_the_first_that_keeps_to_the_limit(compiled, case, data) -> None:
    assume(case.problem.hierarchies)
    descent = Descent(case.problem)
    assume(not descent.rules.attributes)  # then nothing but sizes counts
    assume(case.encoded.n_records >= descent.rules.minimum_size)  # nobody probes without
    rows, state = [], descent.root()
    depth = data.draw(st.integers(0, descent.depth - 1))
    for column in descent.columns[:depth]:
        rows.append(data.draw(st.integers(0, column.n_levels - 1)))
        state = descent.fix(state, rows[-1])
    assume(state.pooled <= case.problem.max_suppressed)
    with pytest.MonkeyPatch.context() as patch:
        if not compiled:
            patch.setattr(probe_module, "finest_rows", kernels.finest_rows.py_func)
        found = Probe(descent, case.problem.max_suppressed).totals(state)
    for i in range(depth, descent.depth):
        column = descent.columns[i]
        possible = [row for row in range(column.n_levels) if _possible(case, descent, rows, i, row)]
        if not possible:
            assert found is None
            return
        if found is not None:
            expected = max(float(column.kept[possible[0]]), float(state.totals[i]))
            assert found[i] == expected
    assert found is not None
