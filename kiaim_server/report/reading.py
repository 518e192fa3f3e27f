"""Reads a policy aloud: what it demands, when, why, on whose authority, and what it leaves out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from kiaim_server.language import Formatter, has_phrase, numbers
from kiaim_server.language.conditions import clause
from kiaim_server.model.bounds import parse_bound
from kiaim_server.model.explanation import Explanation
from kiaim_server.model.policy_explanation import (
    PolicyExplanation,
    WrittenColumns,
    WrittenLine,
    WrittenParameter,
    WrittenRule,
)
from kiaim_server.report.blocks import Block, sentence
from kiaim_server.report.telling import Teller

#: Names of columns that a sentence lists.
_NAMED: Final = 10


def read_policy(data: PolicyExplanation, language: str) -> list[Block]:
    """A whole policy in the language; what is not there in it is marked with its own."""
    return list(_Reader(data, language).whole())


class _Reader:
    """Tells one policy; sentences on rules are those of explanations."""

    def __init__(self, data: PolicyExplanation, language: str) -> None:
        self.data = data
        self.language = language
        self.teller = Teller(_nothing_decided(data), language)
        self.say = self.teller.say

    def whole(self) -> Iterator[Block]:
        data, own = self.data, self.data["policies"][0]
        yield Block("title", self.teller.text(own["title"]))
        yield Block("paragraph", " ".join(self._identity()))
        if data["summary"]:
            yield Block("paragraph", self.teller.full(data["summary"]))
        yield from self._applies()
        if data["parameters"]:
            yield self._heading("tell.head.parameters")
        for parameter in data["parameters"]:
            yield Block("item", " ".join(self._parameter(parameter)))
        yield self._heading("tell.head.classify")
        yield Block("paragraph", self.say("read.default_deny"))
        for entry in (*data["person"], *data["columns"]):
            yield Block("item", " ".join(self._columns(entry)))
        yield self._heading("tell.head.rules")
        yield Block("paragraph", self.say("read.unknown_rule"))
        for rule in data["rules"]:
            yield from self._rule(rule)
        yield self._heading("tell.head.choices")
        yield Block("item", self.say(f"read.objective.{data['recoding']}", loss=data["loss"]))
        yield Block("item", self.say(f"read.suppressed.{data['suppressed']}"))
        yield self._heading("tell.head.sources")
        for source in data["sources"]:
            yield Block("item", self.teller.source(source))
        if data["not_covered"]:
            yield self._heading("tell.head.not_covered")
        for text in data["not_covered"]:
            yield Block("item", self.teller.full(text))

    def _heading(self, key: str) -> Block:
        return Block("heading", self.say(key))

    def _identity(self) -> Iterator[str]:
        own, *others = self.data["policies"]
        yield self.say("read.identity", name=own["name"], version=own["version"])
        if others:
            told = [
                self.say(
                    "tell.policy.other",
                    title=self.teller.text(other["title"]),
                    name=other["name"],
                    version=other["version"],
                )
                for other in others
            ]
            joined = Formatter(self.language).joined(told, self.say("word.and"))
            yield self.say("read.extends", others=joined)
        if has_phrase(f"read.status.{self.data['status']}"):
            yield self.say(f"read.status.{self.data['status']}")
        if self.data["begins"]:
            yield self.say("read.from", day=self.data["begins"])
        if self.data["ends"]:
            yield self.say("read.until", day=self.data["ends"])
        if self.data["review_by"]:
            yield self.say("read.review_by", day=self.data["review_by"])

    def _applies(self) -> Iterator[Block]:
        yield self._heading("tell.head.policy")
        if not self.data["applies"]:
            yield Block("paragraph", self.say("read.applies.always"))
            return
        yield Block("paragraph", self.say("read.applies"))
        for applies in self.data["applies"]:
            told = clause(applies["line"]["form"], self.language)
            yield Block(
                "item", sentence(self.say("read.line", clause=told, policy=applies["policy"]))
            )

    def _parameter(self, parameter: WrittenParameter) -> Iterator[str]:
        value = parameter["value"]
        if parameter["type"] == "share":
            exact = value if "/" in value else ""
            value = numbers.percent(float(parse_bound(value)), self.language)
            value = self.say("required.share", percent=value, exact=exact) if exact else value
        elif parameter["type"] != "text":
            value = Formatter(self.language).bound(value)
        yield self.say(
            "read.parameter",
            name=parameter["name"],
            value=value,
            policy=parameter["declared_by"],
        )
        if parameter["describe"]:
            yield self.teller.full(parameter["describe"])
        yield self.say(f"read.parameter.{parameter['stricter'] or 'fixed'}")

    def _columns(self, entry: WrittenColumns) -> Iterator[str]:
        told = self._chosen(entry)
        because = self.teller.full(entry["because"])
        if entry["role"] is None:
            yield self.say("read.person", columns=told, because=because)
        else:
            role = self.say(f"value.column.role.{entry['role']}")
            yield self.say("read.classify", columns=told, role=role, because=because)
        yield self.say("tell.column.rule", rule=entry["id"])
        if entry["special_category"]:
            yield sentence(self.say("tell.column.special"))
        if rests := self.teller.rests(entry["sources"]):
            yield rests

    def _chosen(self, entry: WrittenColumns) -> str:
        names = self._listed(entry["names"])
        detectors = Formatter(self.language).joined(entry["detects"], self.say("word.or"))
        if names and detectors:
            told = self.say("read.columns.both", names=names, detectors=detectors)
        elif names:
            told = self.say("read.columns.names", names=names)
        elif detectors:
            told = self.say("read.columns.detects", detectors=detectors)
        else:
            told = self.say("read.columns.any")
        if entry["where"] is None:
            return told
        condition = clause(entry["where"]["form"], self.language)
        return self.say("read.columns.where", columns=told, condition=condition)

    def _listed(self, names: Sequence[str]) -> str:
        shown = [self.say("value.quoted", value=name) for name in names[:_NAMED]]
        if len(names) > _NAMED:
            more = len(names) - _NAMED
            return self.say("read.columns.more_or", names=", ".join(shown), n=more)
        return Formatter(self.language).joined(shown, self.say("word.or"))

    def _rule(self, rule: WrittenRule) -> Iterator[Block]:
        title = self.teller.text(rule["title"])
        name = self.say("tell.rule", title=title, id=rule["id"]) if title else rule["id"]
        yield Block("part", name)
        yield Block("paragraph", " ".join(self._when(rule)))
        for told in self.teller.effects(rule):
            yield Block("paragraph", sentence(told))
        if rule["asks"]:
            yield Block("paragraph", self.say("tell.demands"))
        for ask in rule["asks"]:
            yield Block("item", self.teller.ask(ask))
        because = self.teller.full(rule["because"])
        yield Block("paragraph", self.say("tell.because", because=because))
        if rests := self.teller.rests(rule["sources"]):
            yield Block("paragraph", rests)
        if rule["advice"]:
            yield Block(
                "paragraph", self.say("tell.advice", advice=self.teller.full(rule["advice"]))
            )

    def _when(self, rule: WrittenRule) -> Iterator[str]:
        if not rule["when"] and not rule["unless"]:
            yield self.say("tell.always")
        if rule["when"]:
            yield self.say("read.when", clauses=self._clauses(rule["when"], "word.and"))
        if rule["unless"]:
            yield self.say("read.unless", clauses=self._clauses(rule["unless"], "word.or"))

    def _clauses(self, lines: Sequence[WrittenLine], word: str) -> str:
        several = len(lines) > 1
        told = [clause(line["form"], self.language, inner=several) for line in lines]
        return Formatter(self.language).joined(told, self.say(word))


def _nothing_decided(data: PolicyExplanation) -> Explanation:
    """An explanation of no decision: its sources and nothing else."""
    return {
        "schema": "",
        "stage": "context",
        "created": "",
        "software": "",
        "table": None,
        "records": None,
        "policies": data["policies"],
        "verdict": None,
        "reasons": [],
        "advice": [],
        "facts": [],
        "rules": [],
        "columns": [],
        "unclassified": [],
        "person": None,
        "demands": [],
        "attestations": [],
        "waivers": [],
        "sources": data["sources"],
        "notes": [],
        "not_covered": [],
    }
