"""A release as a hospital would see it, and requests that ended otherwise."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from kiaim_server.model.attribute import Attribute, Role
from kiaim_server.model.decision import Clause, Decision, Finding, Verdict
from kiaim_server.model.hierarchy import Hierarchy
from kiaim_server.model.plan import (
    Attestation,
    Citation,
    ColumnPlan,
    Objective,
    Plan,
    PlannedTransform,
    PolicyRef,
    Requirement,
    RuleTrace,
)
from kiaim_server.model.solution import Infeasible, Solution, Undecided
from kiaim_server.report import Facts, ReleasedColumn, ReleasedFile, Source

RECITAL = Citation("gdpr-r26", "GDPR Recital 26", "law")
OPINION = Citation("wp216", "Art. 29 WP, Opinion 05/2014 on Anonymisation Techniques", "guidance")
CELLS = Citation("cells", "El Emam, Guide to the De-Identification, CRC 2013", "convention")

NAMES_RULE = "gdpr-baseline/names-and-contact"
QUASI_RULE = "gdpr-baseline/usual-quasi-identifiers"
ALONE_RULE = "gdpr-baseline/singling-out"
DIVERSE_RULE = "gdpr-baseline/inference-needs-diversity"
ACCESS_RULE = "gdpr-health-controlled-access/download"

CLAUSES = (
    Clause("k-anonymity", {}, None, "5", None, (ACCESS_RULE, ALONE_RULE)),
    Clause(
        "reidentification-risk",
        {"attacker": "prosecutor", "measure": "maximum"},
        None,
        None,
        "0.2",
        (ACCESS_RULE,),
    ),
    Clause("l-diversity", {"variant": "distinct"}, "diagnosis", "2", None, (DIVERSE_RULE,)),
    Clause("t-closeness", {"variant": "equal"}, "diagnosis", None, "0.4", (ACCESS_RULE,)),
    Clause("suppressed-records", {}, None, None, "0.1", (ALONE_RULE,)),
)
FINDINGS = (
    Finding(CLAUSES[0], 5.0, met=True),
    Finding(CLAUSES[1], 0.2, met=True),
    Finding(CLAUSES[2], 2.0, met=True),
    Finding(CLAUSES[3], 0.31415, met=True),
    Finding(CLAUSES[4], 0.02, met=True),
)


def _column(
    name: str, role: Role, kind: str, because: str, rule: str, **more: object
) -> ColumnPlan:
    special = bool(more.pop("special", False))
    return ColumnPlan(Attribute(name, role, kind, special, (rule,), because), **more)


def _trace(id: str, title: str, status: str, because: str, **more: object) -> RuleTrace:
    values = {
        "conditions": (("release.form = 'microdata'", "true"),),
        "facts": {"release.form": "microdata"},
        "advice": "",
        "citations": (RECITAL, OPINION),
        "decide": None,
        "place": f"{id.split('/')[0]}.policy.yaml:112:5",
        **more,
    }
    return RuleTrace(id=id, title=title, status=status, because=because, **values)


PLAN = Plan(
    policies=(
        PolicyRef("gdpr-baseline", "1.0.0", "ab" * 32, "GDPR baseline for every release"),
        PolicyRef(
            "gdpr-health-controlled-access",
            "1.0.0",
            "cd" * 32,
            "Health data for controlled access",
        ),
    ),
    context={
        "release.access": "controlled",
        "release.regime": ["gdpr"],
        "recipient.country": "DE",
        "data.children": False,
        "data.sampling_fraction": Fraction(1, 11),
        "data.subjects": 1790,
    },
    columns=(
        _column(
            "name",
            Role.DIRECT,
            "name",
            "Names a person without help of anything else.",
            NAMES_RULE,
            transforms=(PlannedTransform("remove", {}, ("gdpr-baseline/no-direct-identifiers",)),),
        ),
        _column(
            "age", Role.QUASI, "age", "Known to neighbours, employers or registers.", QUASI_RULE
        ),
        _column("zip", Role.QUASI, "geography", "Known to neighbours.", QUASI_RULE),
        _column("sex", Role.QUASI, "other", "Known to everybody.", QUASI_RULE),
        _column(
            "diagnosis",
            Role.SENSITIVE,
            "code",
            "Reveals health, belief, origin, union, politics or sex life.",
            "gdpr-baseline/special-categories",
            special=True,
        ),
        _column(
            "admission",
            Role.INSENSITIVE,
            "date",
            "Nothing is known of it outside the hospital.",
            "gdpr-health-controlled-access/admission",
            transforms=(
                PlannedTransform(
                    "generalise",
                    {"to": "month"},
                    ("gdpr-health-controlled-access/dates-to-month",),
                ),
            ),
        ),
    ),
    rules=(
        _trace(
            ALONE_RULE,
            "No record stands alone",
            "applies",
            "Singling out is the first of the three risks; a group below the smallest k in use "
            "isolates people.",
            citations=(RECITAL, OPINION, CELLS),
        ),
        _trace(
            DIVERSE_RULE,
            "A group must not share one secret",
            "applies",
            "k-anonymity does not stop inference when all members of a group have the same value.",
            citations=(OPINION,),
            conditions=(
                ("release.form = 'microdata'", "true"),
                ("any column where column.role = 'sensitive'", "true"),
            ),
        ),
        _trace(
            ACCESS_RULE,
            "A download is out of control",
            "undetermined",
            "Once downloaded, only the contract protects the data.",
            conditions=(("release.channel != 'secure-environment'", "unknown"),),
            facts={"release.channel": None},
            advice="State how the data are handed over.",
            citations=(CELLS,),
        ),
        _trace(
            "gdpr-baseline/third-country",
            "Transfer outside the EEA needs a basis",
            "silent",
            "As long as the data may be personal for the sender, Chapter V applies.",
            conditions=(("recipient.country not in eea", "false"),),
            facts={"recipient.country": "DE"},
            decide="review",
        ),
    ),
    requirements=(
        Requirement("suppressed-records", {}, (), None, Fraction(1, 10), (ALONE_RULE,), (RECITAL,)),
    ),
    attestations=(
        Attestation(
            "release-decision",
            365,
            "Data protection officer",
            "2026-11-20",
            True,
            "",
            ("gdpr-baseline/accountable",),
        ),
    ),
    unclassified=(),
    blocks=(),
    reviews=(),
    warnings=(("gdpr-baseline/many-quasi", "More than eight quasi-identifiers lose much."),),
    objective=Objective(),
    suppressed="star",
    not_covered=("Linkage with other releases of the same hospital.",),
)

HIERARCHIES = (
    Hierarchy.from_columns(
        "age",
        [["31", "32", "47"], ["30-39", "30-39", "40-49"], ["*", "*", "*"]],
        ("year", "decade", "all"),
    ),
    Hierarchy.from_columns("zip", [["81667", "81668"], ["8166*", "8166*"], ["*", "*"]]),
    Hierarchy.from_columns("sex", [["f", "m"], ["*", "*"]]),
)

SIZES_AFTER = np.array([5, 8, 13, 21, 34, 55, 60, 60, 89, 144, 144, 180, 233, 233, 471], np.int64)
RECORDS = int(SIZES_AFTER.sum()) + 40
SIZES_BEFORE = np.repeat(np.array([1, 2, 3, 4, 7, 12, 26], np.int64), [440, 120, 90, 60, 40, 10, 5])
SIZES_BEFORE = np.append(SIZES_BEFORE, RECORDS - SIZES_BEFORE.sum())


def released_facts() -> Facts:
    """A release of a table in which 40 records were starred."""
    solution = Solution(
        levels=(1, 1, 0),
        loss=0.3137130352819242,
        loss_per_attribute=(0.42, 0.5, 0.02),
        suppressed=np.zeros(3, np.bool_),
        n_suppressed=40,
        class_sizes=SIZES_AFTER,
        statistics={"nodes_checked": 9.0},
    )
    columns = tuple(
        ReleasedColumn(c.name, c.attribute.role) for c in PLAN.columns if c.name != "name"
    )
    return Facts(
        created="2026-11-24T08:15:00+00:00",
        software="kiaim-server 0.1.0",
        source=Source("admissions-2025.csv", "12" * 32, RECORDS, 6),
        plan=PLAN,
        sizes_before=SIZES_BEFORE,
        hierarchies=HIERARCHIES,
        solution=solution,
        n_nodes=18,
        released=ReleasedFile("34" * 32, 91_234, "csv", RECORDS, 40, columns, SIZES_AFTER),
        findings=FINDINGS,
        orders={"diagnosis": ("mild", "severe")},
        seed=7,
        plugins=(("transforms", "0.1.0"),),
        warnings=("The smallest class has exactly as many records as required.",),
        seconds={"read": 0.21, "search": 1.5},
        key_id="56" * 16,
    )


def refused_facts() -> Facts:
    """A request for which no transformation keeps the promises."""
    return replace(
        released_facts(), solution=Infeasible(("k-anonymity",), None), released=None, findings=()
    )


def unproven_facts() -> Facts:
    """A release of the best that was found in time."""
    facts = released_facts()
    assert isinstance(facts.solution, Solution)
    return replace(facts, solution=replace(facts.solution, optimal=False, lower_bound=0.25))


def undecided_facts() -> Facts:
    """A request for which nothing was found in time."""
    undecided = Undecided(closed=0.25, lower_bound=0.2, least_suppressed=900, seconds=1.5)
    return replace(released_facts(), solution=undecided, released=None, findings=())


def blocked_facts() -> Facts:
    """A request that ended before a record was touched."""
    plan = replace(PLAN, unclassified=("remarks",), requirements=())
    return Facts(
        created="2026-11-24T08:15:00+00:00",
        software="kiaim-server 0.1.0",
        source=Source("admissions-2025.csv", "12" * 32, 10, 7),
        plan=plan,
    )


RELEASE = Decision(Verdict.RELEASE, (), FINDINGS)
REFUSAL = Decision(
    Verdict.REFUSE,
    ("k-anonymity at least 5: 12 records in failing classes on the most general node.",),
    (),
    ("Allow a higher level for zip.",),
)
REVIEW = Decision(Verdict.REVIEW, ("gdpr-baseline/criminal-records asks for a decision.",))
