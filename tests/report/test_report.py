"""The report says what happened, as data and as a page."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiaim_server.language import catalogue
from kiaim_server.model.decision import Clause, Decision, Finding, Verdict
from kiaim_server.model.plan import RuleTrace
from kiaim_server.model.prose import Prose
from kiaim_server.report import build_report, render_html
from kiaim_server.report.sizes import bin_labels, binned_records, edges_for, histogram
from kiaim_server.report.summary import population_of
from kiaim_server.report.words import measured, percent, promise
from tests.report.sample import (
    PLAN,
    REFUSAL,
    RELEASE,
    REVIEW,
    SIZES_AFTER,
    SIZES_BEFORE,
    blocked_facts,
    refused_facts,
    released_facts,
    undecided_facts,
    unproven_facts,
)

ENDINGS = [
    (released_facts(), RELEASE),
    (unproven_facts(), RELEASE),
    (refused_facts(), REFUSAL),
    (undecided_facts(), REFUSAL),
    (blocked_facts(), REVIEW),
]
VOID = {"meta", "br", "line", "rect"}


class _Page(HTMLParser):
    """Checks that elements are closed in order and collects what the tests look at."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.texts = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in VOID
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.texts))


def _page(facts, decision):
    return _Page(render_html(build_report(facts, decision)))


@pytest.mark.parametrize(("facts", "decision"), ENDINGS)
def test_a_report_is_json_however_the_request_ended(facts, decision):
    report = build_report(facts, decision)
    assert json.loads(json.dumps(report, allow_nan=False)) == report
    assert report["schema"] == "kiaim/report/v1"
    assert report["decision"]["verdict"] == decision.verdict.value


def test_a_release_is_reported_with_everything_that_was_done():
    report = build_report(released_facts(), RELEASE)
    age = next(c for c in report["columns"] if c["name"] == "age")
    assert (age["level"], age["levels"], age["level_name"], age["loss"]) == (1, 3, "decade", 0.42)
    name = next(c for c in report["columns"] if c["name"] == "name")
    assert (name["released"], name["level"]) == (False, None)
    assert name["transforms"][0]["name"] == "remove"
    assert report["suppressed"] == {
        "records": 40,
        "share": 40 / 1790,
        "limit": "0.1",
        "mode": "star",
    }
    assert report["search"]["optimal"]
    assert report["findings"][0]["label"] == "k-anonymity at least 5"
    assert report["risk"]["before"]["smallest_class"] == 1
    assert report["risk"]["after"]["prosecutor"]["highest"] == 0.2
    assert report["context"]["data.sampling_fraction"] == "1/11"


def test_uniqueness_is_estimated_for_the_population_that_the_context_states():
    report = build_report(released_facts(), RELEASE)
    subjects = 1790
    for when in ("before", "after"):
        found = report["risk"][when]["population_uniqueness"]
        assert found["population"] == 11 * subjects
        for estimate in found["estimates"].values():
            assert (estimate["share"] is None) == bool(estimate["reason"])
    assert report["risk"]["before"]["population_uniqueness"]["estimates"]["zayatz"]["share"] > 0
    assert report["risk"]["after"]["population_uniqueness"]["estimates"]["zayatz"]["share"] == 0
    page = render_html(report)
    assert f"unique in a population of {11 * subjects:,}, estimated (Pitman" in page


@pytest.mark.parametrize(
    ("context", "population"),
    [
        ({}, None),
        ({"data.population": 500, "data.subjects": 9, "data.sampling_fraction": "0.5"}, 500),
        ({"data.subjects": 9, "data.sampling_fraction": "1/3"}, 27),
        ({"data.subjects": 9, "data.sampling_fraction": 0}, None),
        ({"data.subjects": 9, "data.population": 0}, None),
    ],
)
def test_the_population_is_stated_or_follows_from_the_sampling_fraction(context, population):
    assert population_of(context) == population


def test_what_was_not_proven_is_not_called_optimal():
    report = build_report(unproven_facts(), RELEASE)
    assert report["search"]["optimal"] is False
    assert report["search"]["lower_bound"] == 0.25
    assert report["search"]["gap"] == pytest.approx(0.2031, abs=1e-4)
    page = " ".join(render_html(report).split())
    assert "found in 1.5 s" in page
    assert "proven that no solution can lose less than 0.25" in page
    assert "loses least" not in page


def test_what_was_not_decided_is_not_called_infeasible():
    report = build_report(undecided_facts(), REFUSAL)
    assert (report["search"]["undecided"], report["search"]["optimal"]) == (True, False)
    page = render_html(report)
    assert "before it was proven that there is none" in page
    assert "None of" not in page


def test_a_request_without_release_claims_no_effect():
    report = build_report(refused_facts(), REFUSAL)
    assert report["risk"]["after"] is None
    assert report["class_sizes"]["after"] == []
    assert report["output"] is None
    assert (report["search"]["loss"], report["search"]["optimal"]) == (None, False)
    assert report["suppressed"]["records"] is None
    blocked = build_report(blocked_facts(), REVIEW)
    assert blocked["search"] is None
    assert blocked["risk"] == {"before": None, "after": None}
    assert blocked["unclassified"] == ["remarks"]


@pytest.mark.parametrize(("facts", "decision"), ENDINGS)
def test_the_page_needs_nothing_but_itself(facts, decision):
    html = render_html(build_report(facts, decision))
    page = _Page(html)
    assert html.startswith("<!DOCTYPE html>")
    assert not {"script", "link", "img", "iframe", "object", "embed"} & set(page.tags)
    for tag, attributes in page.attributes:
        assert not {"src", "href", "style", "onload", "onclick"} & set(attributes), tag
    assert "url(" not in html
    assert "@import" not in html
    assert "http:" not in html
    assert "https:" not in html


@pytest.mark.parametrize(("facts", "decision"), ENDINGS)
def test_the_page_is_accessible(facts, decision):
    page = _page(facts, decision)
    ids = [attributes["id"] for _, attributes in page.attributes if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.attributes:
        if tag == "th":
            assert attributes.get("scope") in ("row", "col")
        if tag == "svg":
            assert attributes["role"] == "img"
        for reference in attributes.get("aria-labelledby", "").split():
            assert reference in ids
    assert page.tags.count("svg") == page.tags.count("desc") == page.tags.count("figure")
    assert ("html", {"lang": "en"}) in page.attributes


def test_the_page_says_first_whether_the_table_may_leave():
    for (facts, decision), word in zip(
        ENDINGS, ("Released", "Released", "Refused", "Refused", "Review needed"), strict=True
    ):
        text = _page(facts, decision).text
        assert text.index(word) < text.index("Table put in")
    assert "Nothing was released: one reason stands against it." in _page(*ENDINGS[2]).text
    assert "12 records in failing classes" in _page(*ENDINGS[2]).text


def test_every_promise_shows_value_rule_source_and_force():
    text = _page(*ENDINGS[0]).text
    for part in (
        "each class holds at least 5 records",
        "at most 20 %",
        "gdpr-health-controlled-access/download",
        "GDPR Recital 26",
        "guidance of an authority, not law",
        "convention, without legal force",
        "Applied because a fact is unknown",
        "Data protection officer",
        "special category",
        "generalized to level 1 of 2 (decade)",
        "not in the released file",
        "Linkage with other releases of the same hospital.",
        "kiaim verify",
    ):
        assert part in text.replace("\u00a0", " "), part


def test_whatever_a_policy_says_is_escaped():
    hostile = "<script>alert('x')</script>\"&"
    facts = released_facts()
    rules = tuple(replace(rule, because=hostile, title=hostile) for rule in PLAN.rules)
    facts = replace(
        facts,
        source=replace(facts.source, name=hostile),
        plan=replace(PLAN, rules=rules, context={hostile: hostile}, not_covered=(hostile,)),
        warnings=(hostile,),
    )
    page = _page(facts, Decision(Verdict.REFUSE, (hostile,), facts.findings, (hostile,)))
    assert "script" not in page.tags
    assert page.text.count("alert('x')") >= 8


def test_a_clause_of_a_third_party_is_shown_by_its_label():
    clause = Clause("k-plex", {"population": "de"}, None, "5", None, ("unknown/rule",))
    finding = Finding(clause, None, met=False, note="The audit needs the plugin.")
    facts = replace(released_facts(), findings=(finding,))
    text = _page(facts, Decision(Verdict.REFUSE, ("no",), (finding,))).text
    assert "k-plex(population=de) at least 5." in text
    assert "undefined" in text
    assert "no source given" in text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (1, "100 %"),
        (1 / 11, "9.09 %"),
        (0.2, "20 %"),
        (1e-9, "below 0.01 %"),
        (1 - 1e-9, "above 99.99 %"),
        (None, "\u2013"),
    ],
)
def test_a_share_never_reads_as_none_or_all_unless_it_is(share, text):
    assert percent(share).replace("\u00a0", " ") == text


def test_a_measured_value_is_shown_in_the_unit_of_its_bound():
    assert measured({"measure": "k-anonymity", "measured": 5.0}) == "5"
    assert measured({"measure": "t-closeness", "measured": 0.123456}) == "0.1235"
    assert measured({"measure": "sample-uniqueness", "measured": 0.0}) == "0\u00a0%"
    assert measured({"measure": "k-anonymity", "measured": None}) == "undefined"


def test_every_measure_of_the_field_is_told_in_words():
    base = {"attribute": "diagnosis", "at_least": "2", "at_most": None, "label": "LABEL"}
    for measure, parameters in (
        ("l-diversity", {"variant": "distinct"}),
        ("l-diversity", {"variant": "entropy"}),
        ("l-diversity", {"variant": "grassberger"}),
        ("l-diversity", {"variant": "recursive", "c": 3}),
        ("t-closeness", {"variant": "equal"}),
        ("t-closeness", {"variant": "ordered"}),
        ("t-closeness", {"variant": "hierarchical", "hierarchy": "own"}),
        ("delta-disclosure", {}),
        ("beta-likeness", {"variant": "basic"}),
        ("beta-likeness", {"variant": "enhanced"}),
        ("reidentification-risk", {"attacker": "marketer", "measure": "average"}),
        ("sample-uniqueness", {}),
        ("population-uniqueness", {}),
        ("population-uniqueness", {"estimator": "dankar", "population": 1000}),
        ("suppressed-records", {}),
    ):
        told = promise({**base, "measure": measure, "parameters": parameters})
        assert "LABEL" not in told
        assert "at least 2" in told
    for measure in ("l-diversity", "beta-likeness"):
        unknown = promise({**base, "measure": measure, "parameters": {"variant": "odd"}})
        assert unknown == "LABEL."
    strict = {"measure": "delta-disclosure", "at_least": None, "at_most": "1"}
    assert "is below 1 " in promise({**base, **strict, "parameters": {}})


@given(st.lists(st.integers(1, 3_000_000), min_size=1, max_size=30))
def test_bins_hold_every_record_once(sizes):
    pairs = histogram(np.array(sizes, dtype=np.int64))
    edges = edges_for(pairs)
    assert sum(binned_records(pairs, edges)) == sum(sizes)
    assert len(bin_labels(edges)) == len(edges)


def test_bins_are_named_by_their_sizes():
    edges = edges_for(histogram(SIZES_BEFORE), histogram(SIZES_AFTER))
    assert bin_labels(edges)[:5] == ["1", "2", "3\u20134", "5\u201310", "11\u201319"]
    assert bin_labels(edges)[-1] == "200 or more"
    assert bin_labels([1]) == ["1"]


def _english_of(page):
    """Phrases of the page that stand in it in English although German was asked for."""
    fixed = {
        english
        for key, (english, german) in catalogue().items()
        if key.startswith(("page.", "plot.", "verdict.", "source.", "estimator."))
        and "{" not in english
        and len(english) > 9
        and english not in german
    }
    return sorted(text for text in fixed if text in page)


@pytest.mark.parametrize(("facts", "decision"), ENDINGS)
def test_a_german_page_speaks_german(facts, decision):
    report = build_report(replace(facts, language="de"), decision)
    page = _Page(render_html(report))
    assert ("html", {"lang": "de"}) in page.attributes
    assert _english_of(page.text) == []
    assert "Eingegebene Tabelle" in page.text
    english = _Page(render_html(report, "en"))
    assert ("html", {"lang": "en"}) in english.attributes
    assert english.text == _page(facts, decision).text, "the language changes nothing else"
    assert english.tags == page.tags


def test_a_german_page_writes_numbers_as_germans_do():
    page = _Page(render_html(build_report(replace(released_facts(), language="de"), RELEASE))).text
    text = page.replace("\u00a0", " ")
    for part in ("mindestens 5", "höchstens 20 %", "0,3141", "Freigegeben", "Wie sich dies"):
        assert part in text, part
    assert "0.3141" not in text


def test_texts_of_a_policy_are_shown_in_the_language_that_is_there():
    because = Prose({"en": "Nobody needs a name.", "de": "Niemand braucht einen Namen."})
    title = Prose({"de": "Eine Regel"})
    rule = RuleTrace(
        id="own/r",
        title=title,
        status="applies",
        conditions=(),
        facts={},
        because=because,
        advice="",
        citations=(),
        decide=None,
        place="own:1",
    )
    facts = replace(released_facts(), plan=replace(PLAN, rules=(rule,)))
    report = build_report(facts, RELEASE)
    german, english = (_Page(render_html(report, code)).text for code in ("de", "en"))
    assert "Niemand braucht einen Namen." in german
    assert "Nobody needs" not in german
    assert "Nobody needs a name." in english
    assert "Eine Regel [in German]" in english
