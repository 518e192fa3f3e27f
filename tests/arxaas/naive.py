"""Privacy models and the loss by their definitions, over plain rows: an oracle for small tables."""

from __future__ import annotations

import itertools
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

Row = Sequence[str]
#: Absolute tolerance where a measure is a sum of floats.
CLOSE = 1e-9


def holds(
    model: Mapping[str, Any], values: Sequence[str], size: int, everyone: Counter[str]
) -> bool:
    """Whether a class keeps a model; `values` are its sensitive ones, `everyone` the table's."""
    name, params = model["privacyModel"], model["params"]
    if name == "KANONYMITY":
        return size >= int(params["k"])
    counts = Counter(values)
    if name.startswith("TCLOSENESS"):
        return distance(name, counts, everyone) <= float(params["t"]) + CLOSE
    level = int(params["l"])
    if len(counts) < level:
        return False
    if name == "LDIVERSITY_DISTINCT":
        return True
    if name == "LDIVERSITY_RECURSIVE":
        ranked = sorted(counts.values(), reverse=True)
        return ranked[0] < Fraction(str(params["c"])) * sum(ranked[level - 1 :])
    psi = math.log if name == "LDIVERSITY_SHANNONENTROPY" else grassberger
    entropy = math.log(size) - sum(n * psi(n) for n in counts.values()) / size
    return math.exp(entropy) >= level - CLOSE


def grassberger(n: int) -> float:
    """Grassberger's G by its recurrence."""
    half = n // 2
    return sum(2 / (2 * i - 1) for i in range(1, half + 1)) - float(np.euler_gamma) - math.log(2)


def distance(name: str, counts: Counter[str], everyone: Counter[str]) -> float:
    """Earth mover's distance to the table, all values equally far apart or in lexical order."""
    n, total = counts.total(), everyone.total()
    order = sorted(everyone)
    apart = [Fraction(counts[v], n) - Fraction(everyone[v], total) for v in order]
    if name == "TCLOSENESS_EQUAL_DISTANCE":
        return float(sum(abs(x) for x in apart) / 2)
    if len(order) == 1:
        return 0.0
    return float(sum(abs(x) for x in itertools.accumulate(apart)) / (len(order) - 1))


@dataclass(frozen=True)
class Problem:
    """A request in the wire format, one of whose columns is each quasi-identifier."""

    request: Mapping[str, Any]

    @property
    def header(self) -> Row:
        return list(self.request["data"][0])

    @property
    def records(self) -> Sequence[Row]:
        return list(self.request["data"][1:])

    def trees(self) -> dict[str, dict[str, Row]]:
        """Per quasi-identifier the row of each value."""
        return {
            a["field"]: {row[0]: row for row in a["hierarchy"]}
            for a in self.request["attributes"]
            if a["attributeTypeModel"] == "QUASIIDENTIFYING"
        }

    def column(self, name: str) -> list[str]:
        place = self.header.index(name)
        return [record[place] for record in self.records]

    def nodes(self) -> Iterator[tuple[int, ...]]:
        heights = [len(next(iter(tree.values()))) for tree in self.trees().values()]
        yield from itertools.product(*map(range, heights))

    def outcome(self, node: Sequence[int]) -> tuple[float, int] | None:
        """Loss and number of suppressed records; None if too many are, or all."""
        shown = [
            tuple(
                tree[value][level]
                for (tree, level), value in zip(self._at(node), values, strict=True)
            )
            for values in zip(*(self.column(name) for name in self.trees()), strict=True)
        ]
        classes: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for number, key in enumerate(shown):
            classes[key].append(number)
        failing = [key for key, members in classes.items() if not self._kept(members)]
        suppressed = sum(len(classes[key]) for key in failing)
        limit = Fraction(str(self.request["suppressionLimit"]))
        if suppressed > limit * len(shown) or suppressed == len(shown):
            return None
        return self._loss(node, shown, set(failing)), suppressed

    def best(self) -> float | None:
        """The least loss of any node; None if there is none."""
        outcomes = [found for node in self.nodes() if (found := self.outcome(node))]
        return min((loss for loss, _ in outcomes), default=None)

    def _at(self, node: Sequence[int]) -> list[tuple[dict[str, Row], int]]:
        return list(zip(self.trees().values(), node, strict=True))

    def _kept(self, members: Sequence[int]) -> bool:
        for model in self.request["privacyModels"]:
            values: list[str] = []
            everyone: Counter[str] = Counter()
            if "column_name" in model["params"]:
                column = self.column(model["params"]["column_name"])
                values, everyone = [column[i] for i in members], Counter(column)
            if not holds(model, values, len(members), everyone):
                return False
        return True

    def _loss(
        self, node: Sequence[int], shown: Sequence[tuple[str, ...]], failing: set[Any]
    ) -> float:
        """Geometric mean of (1 + loss) of each attribute, minus 1: shares of leaves, normalised."""
        product, n = 1.0, len(shown)
        for place, (tree, level) in enumerate(self._at(node)):
            leaves = Counter(row[level] for row in tree.values())
            raw = sum(1.0 if key in failing else leaves[key[place]] / len(tree) for key in shown)
            least = n / len(tree)
            product *= 1 + ((raw - least) / (n - least) if len(tree) > 1 else 0.0)
        return product ** (1 / len(node)) - 1
