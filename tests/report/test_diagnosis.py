"""What a refusal says about the nearest solvable problems."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from kiaim_server.model.diagnosis import Diagnosis, LeastSuppression, Relaxation, Witness
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.report.diagnosis import diagnosis_as_json, facts_of

NODE = Witness((1,), 312)
K = Relaxation(
    "k-anonymity",
    "at_least",
    Fraction(5),
    Fraction(4),
    NODE,
    Fraction(1),
    Fraction(5),
    exact=True,
)
FOUND = Diagnosis(
    least=LeastSuppression(NODE, 312, exact=True),
    conflicts=(("k-anonymity at least 5",), ("k-anonymity at least 3", "x at most 0.1")),
    conflicts_complete=True,
    relaxations=(K,),
    n_searches=4,
    seconds=0.5,
)


def test_proven_facts_are_told_as_such() -> None:
    told = " ".join(facts_of(FOUND, 30_162))
    for fact in (
        "No table keeps k-anonymity at least 5 within the suppression limit, even by itself.",
        "No table keeps k-anonymity at least 3 and x at most 0.1 together",
        "With 312 of 30,162 records suppressed (1.03\u00a0%) every model would hold; no table "
        "suppresses fewer.",
        "k-anonymity at least 4 would be feasible with all else as demanded (demanded: at least "
        "5); no bound nearer to it is.",
        "for the owner of the policy to decide",
    ):
        assert fact in told
    assert "not proven" not in told
    assert "Not everything" not in told


def test_what_is_not_proven_is_not_claimed() -> None:
    unknown = replace(
        FOUND,
        least=LeastSuppression(NODE, 100, exact=False),
        relaxations=(
            replace(K, exact=False),
            replace(K, bound=None, witness=None, exact=False),
            replace(K, bound=Fraction(4), alone=True),
        ),
    )
    assert not unknown.complete
    told = " ".join(facts_of(unknown, 30_162))
    assert "it is proven only that at least 100 have to be" in told
    assert "that no bound nearer to it is feasible is not proven" in told
    assert "was found feasible with all else as demanded; that there is none is not proven" in told
    assert "would be feasible if no other model were demanded" in told
    assert "Not everything could be proven" in told


def test_nothing_at_all_is_said_without_numbers() -> None:
    hopeless = replace(
        FOUND,
        least=LeastSuppression(None, 30_162, exact=True),
        relaxations=(replace(K, bound=None, witness=None),),
    )
    told = " ".join(facts_of(hopeless, 30_162))
    assert "No table keeps every model, however many records are suppressed." in told
    assert "No bound of k-anonymity (demanded: at least 5) is feasible" in told


def test_json_names_the_columns_and_keeps_bounds_exact() -> None:
    tree = Hierarchy.from_columns("age", [["1", "2"], ["*", "*"]])
    half = replace(K, key="at_most", required=Fraction(1, 11), bound=Fraction(1, 3))
    told = diagnosis_as_json(replace(FOUND, relaxations=(half,)), (tree,), 30_162)
    assert told["complete"] is True
    assert told["least_suppression"]["levels"] == {"age": 1}
    assert told["least_suppression"]["suppressed"] == told["least_suppression"]["at_least"] == 312
    (eased,) = told["relaxations"]
    assert (eased["required"], eased["bound"], eased["levels"]) == ("1/11", "1/3", {"age": 1})
