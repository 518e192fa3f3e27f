"""The search against brute force, and at its edges."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiaim_server.encode import count_tuples, encode_table
from kiaim_server.errors import Cancelled, ParameterError
from kiaim_server.loss import Loss, NonUniformEntropy
from kiaim_server.model.contract import PrivacyModel
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.progress import Silent
from kiaim_server.model.solution import Infeasible, SearchProblem, Solution
from kiaim_server.model.table import Table
from kiaim_server.privacy import DeltaPresence, KAnonymity, LDiversity, TCloseness
from kiaim_server.search import find_optimum
from kiaim_server.search.judge import Judge
from tests.search.brute_force import optimum, solutions
from tests.search.problems import Case, cases


@given(cases())
@settings(max_examples=600)
def test_search_finds_what_trying_every_node_finds(case: Case) -> None:
    _assert_found(case)


@given(
    st.tuples(st.booleans(), st.booleans()).flatmap(
        lambda wider: cases(with_persons=wider[0], with_subset=wider[1] or not wider[0])
    )
)
@settings(max_examples=600)
def test_persons_and_populations_are_searched_as_exactly(case: Case) -> None:
    _assert_found(case)


@given(cases(with_persons=True))
@settings(max_examples=100)
def test_persons_of_one_record_each_change_nothing(case: Case) -> None:
    """To the last bit."""
    alone = replace(case.encoded, persons=None)
    each = replace(case.encoded, persons=np.arange(alone.n_records, dtype=np.int32))
    found, same = (
        find_optimum(replace(case.problem, tuples=count_tuples(encoded)), Silent())
        for encoded in (alone, each)
    )
    assert type(found) is type(same)
    if isinstance(found, Infeasible):
        assert found.obstacles == same.obstacles
        return
    assert (found.levels, found.loss, found.loss_per_attribute) == (
        same.levels,
        same.loss,
        same.loss_per_attribute,
    )
    assert found.suppressed.tolist() == same.suppressed.tolist()
    assert found.class_sizes.tolist() == same.class_sizes.tolist()


def test_a_person_counts_once_however_many_records_there_are() -> None:
    """Six records of two persons are no class of three, but the seventh brings a third person."""
    who = pa.array(["p"] * 3 + ["q"] * 3 + ["r"])
    table = Table("t.csv", pa.table({"age": [*"111111", "2"], "who": who}))
    tuples = count_tuples(encode_table(table, [AGE], {}, person="who"))
    problem = replace(_problem(list("1111112")), tuples=tuples, models=(KAnonymity(Fraction(3)),))
    found = find_optimum(problem, Silent())
    assert isinstance(found, Solution)
    assert found.levels == (1,)
    assert found.class_sizes.tolist() == [7]


def test_a_class_of_outsiders_makes_a_node_fail_where_a_share_is_asked_for() -> None:
    subset = np.array([True, False, True, False, False])
    table = Table("t.csv", pa.table({"age": list("11334")}))
    tuples = count_tuples(encode_table(table, [AGE], {}, subset=subset))
    model = DeltaPresence(at_least=Fraction(1, 10))
    problem = replace(_problem(list("11334")), tuples=tuples, models=(model,), max_suppressed=1)
    found = find_optimum(problem, Silent())
    assert isinstance(found, Solution)
    assert found.levels == (1,)  # at level 0, only an outsider has age 4
    impossible = find_optimum(replace(problem, levels=((0, 0),)), Silent())
    assert isinstance(impossible, Infeasible)
    assert "1 class" in impossible.obstacles[0]


def test_a_model_that_no_least_size_decides_is_asked_about_every_node() -> None:
    class NoLargeClass(PrivacyModel):
        name = "no-large-class"

        def failing(self, classes):
            return classes.sizes > 2

        def measure(self, classes):
            return float(classes.sizes.max())

    found = find_optimum(
        _problem(list("1112"), models=(NoLargeClass(),), max_suppressed=3), Silent()
    )
    assert isinstance(found, Solution)
    assert found.class_sizes.tolist() == [1]
    assert isinstance(
        find_optimum(_problem(list("1112"), models=(NoLargeClass(),)), Silent()), Infeasible
    )


def _assert_found(case: Case) -> None:
    expected = optimum(case)
    found = find_optimum(case.problem, Silent())
    if expected is None:
        assert isinstance(found, Infeasible)
        visited = found.least_suppressed
        possible = {len(node.suppressed) for node in solutions(case)}
        assert visited is None or visited in possible
        assert found.obstacles
        return
    assert isinstance(found, Solution)
    digits = 1e-15
    if isinstance(case.problem.loss, NonUniformEntropy):
        # Logarithms of different libraries may differ by the last digit, which is floored to
        # 1e-10 and may break a tie.
        digits = 1e-9
        expected = next(n for n in solutions(case) if n.levels == found.levels)
        assert expected.loss == pytest.approx(optimum(case).loss, rel=1e-12, abs=digits)
    assert found.levels == expected.levels
    assert found.loss == pytest.approx(expected.loss, rel=1e-12, abs=digits)
    gone = found.suppressed[case.problem.tuples.record_tuple]
    if case.encoded.subset is not None:
        gone = gone & case.encoded.subset
    assert set(np.flatnonzero(gone).tolist()) == set(expected.suppressed)
    assert found.n_suppressed == len(expected.suppressed)
    assert found.class_sizes.sum() == case.problem.tuples.n_records - found.n_suppressed
    assert (np.diff(found.class_sizes) >= 0).all()


@given(cases())
@settings(max_examples=50)
def test_the_order_of_records_is_irrelevant(case: Case) -> None:
    backwards = {c.name: c.codes[::-1].copy() for c in case.encoded.quasi}
    encoded = type(case.encoded)(
        tuple(type(c)(c.hierarchy, backwards[c.name]) for c in case.encoded.quasi),
        tuple(
            type(c)(c.name, c.labels, c.codes[::-1].copy(), c.ordered)
            for c in case.encoded.sensitive
        ),
        case.encoded.n_records,
    )
    tuples = count_tuples(encoded)
    assert (tuples.codes == case.problem.tuples.codes).all()
    assert (tuples.counts == case.problem.tuples.counts).all()
    assert (tuples.record_tuple[::-1] == case.problem.tuples.record_tuple).all()


AGE = Hierarchy.from_columns("age", [["1", "2", "3", "4"], ["1-2", "1-2", "3-4", "3-4"], ["*"] * 4])


def _problem(ages, ills=None, hierarchies=(AGE,), **changes) -> SearchProblem:
    columns = {"age": ages, "ill": ills or ["a"] * len(ages)}
    table = Table("t.csv", pa.table({k: pa.array(v, pa.string()) for k, v in columns.items()}))
    encoded = encode_table(table, hierarchies, {"ill": "lexical"})
    trees = tuple(c.hierarchy for c in encoded.quasi)
    settings = {
        "levels": tuple((0, tree.n_levels - 1) for tree in trees),
        "models": (KAnonymity(Fraction(2)),),
        "max_suppressed": 0,
        "loss": Loss(),
    } | changes
    return SearchProblem(tuples=count_tuples(encoded), hierarchies=trees, **settings)


def test_without_quasi_identifiers_all_records_are_one_class() -> None:
    found = find_optimum(_problem(list("1234"), hierarchies=()), Silent())
    assert isinstance(found, Solution)
    assert found.levels == ()
    assert found.class_sizes.tolist() == [4]
    assert found.loss == 0.0


def test_one_record_cannot_be_hidden_and_nothing_left_is_no_solution() -> None:
    found = find_optimum(_problem(["1"], max_suppressed=1), Silent())
    assert isinstance(found, Infeasible)
    assert found.least_suppressed is None
    assert found.obstacles == (
        "k-anonymity at least 2: on the most general node allowed, 1 of 1 records are in classes "
        "that fail, but 1 of 1 records may be suppressed",
    )


def test_k_above_the_number_of_records_names_k_anonymity() -> None:
    found = find_optimum(_problem(list("1234"), models=(KAnonymity(Fraction(9)),)), Silent())
    assert isinstance(found, Infeasible)
    assert "k-anonymity at least 9" in found.obstacles[0]
    assert "4 of 4 records" in found.obstacles[0]


def test_a_level_limit_that_leaves_no_solution_names_the_least_suppression() -> None:
    found = find_optimum(_problem(list("11123"), levels=((0, 1),)), Silent())
    assert isinstance(found, Infeasible)
    assert found.least_suppressed == 1
    allowed = find_optimum(_problem(list("11123"), levels=((0, 1),), max_suppressed=1), Silent())
    assert isinstance(allowed, Solution)
    assert allowed.levels == (1,)


def test_obstacles_name_the_sensitive_attribute() -> None:
    demand = LDiversity("distinct", Fraction(3)).for_attribute("ill")
    found = find_optimum(_problem(list("1234"), list("aabb"), models=(demand,)), Silent())
    assert isinstance(found, Infeasible)
    assert "l-diversity (distinct, ill) at least 3" in found.obstacles[0]


def test_models_that_fail_only_together_are_described_together() -> None:
    models = (
        KAnonymity(Fraction(3)),
        LDiversity("distinct", Fraction(2)).for_attribute("ill"),
    )
    problem = _problem(
        list("111122233"), list("aabbaaaab"), models=models, levels=((0, 0),), max_suppressed=3
    )
    found = find_optimum(problem, Silent())
    assert isinstance(found, Infeasible)
    assert found.obstacles == (
        "all models together: on the most general node allowed, 5 records fail, but 3 of 9 records "
        "may be suppressed",
    )


def test_reference_of_the_released_table_is_followed_to_the_end() -> None:
    """Dropping a class moves the reference, by which the next class fails or is saved."""
    model = TCloseness("equal", Fraction(1, 4)).for_attribute("ill")
    ages, ills = list("1111222233"), list("aaabaaabbb")
    released = _problem(
        ages, ills, models=(model,), levels=((0, 0),), max_suppressed=10, reference="released"
    )
    found = find_optimum(released, Silent())
    assert isinstance(found, Solution)
    assert found.class_sizes.tolist() == [4, 4]


def test_a_state_that_contradicts_the_evaluation_is_a_defect(monkeypatch) -> None:
    score = Judge.score
    monkeypatch.setattr(Judge, "score", lambda judge, totals: score(judge, totals) - 0.1)
    with pytest.raises(RuntimeError, match="disagree"):
        find_optimum(_problem(list("11223344")), Silent())


def test_cancelling_stops_the_search() -> None:
    class Cancelling:
        def report(self, step, share=None, **facts):
            raise Cancelled(f"cancelled while at step {step!r}")

    with pytest.raises(Cancelled):
        find_optimum(_problem(list("1234")), Cancelling())


def test_progress_ends_with_the_whole_space_closed() -> None:
    shares = []

    class Recording:
        def report(self, step, share=None, **facts):
            shares.append(share)

    find_optimum(_problem(list("11223344")), Recording())
    assert shares[0] == 0.0
    assert shares[-1] == 1.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"max_suppressed": 5}, "5 records may be suppressed, but the table has 4"),
        ({"levels": ((0, 3),)}, "levels of 'age' are limited to 0 to 3"),
        ({"models": (LDiversity("distinct", Fraction(2)),)}, "needs a sensitive attribute"),
        (
            {"models": (LDiversity("distinct", Fraction(2)).for_attribute("x"),)},
            "'x' is not among the sensitive attributes",
        ),
        (
            {"models": (TCloseness("hierarchical", Fraction(1, 5)).for_attribute("ill"),)},
            "needs the hierarchy of 'ill'",
        ),
    ],
)
def test_a_problem_that_does_not_fit_the_table_is_refused(changes, message) -> None:
    with pytest.raises(ParameterError, match=message):
        find_optimum(_problem(list("1234"), **changes), Silent())
