"""Class sizes as pairs, and in bins that a reader can take in."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np

from kiaim_server.language import phrase
from kiaim_server.language.numbers import localised
from kiaim_server.model.prose import LANGUAGES

#: Lower ends of the bins; they grow as 1, 2, 5, 10, 20, 50, ..., with the precedents 3 and 11.
_EDGES: Final = (1, 2, 3, 5, 11, 20, 50, 100, 200, 500, 1_000, 10_000, 100_000, 1_000_000)


def histogram(sizes: np.ndarray) -> list[list[int]]:
    """Pairs [size, number of classes of that size], ascending."""
    values, numbers = np.unique(sizes, return_counts=True)
    return [[int(size), int(n)] for size, n in zip(values, numbers, strict=True)]


def binned_records(pairs: Sequence[Sequence[int]], edges: Sequence[int]) -> list[int]:
    """Records per bin; bin i holds classes of edges[i] up to below edges[i + 1] records."""
    records = [0] * len(edges)
    for size, n_classes in pairs:
        bin_ = int(np.searchsorted(edges, size, side="right")) - 1
        records[bin_] += size * n_classes
    return records


def edges_for(*histograms: Sequence[Sequence[int]]) -> list[int]:
    """Lower ends of the bins, up to the largest class of all histograms."""
    largest = max((size for pairs in histograms for size, _ in pairs), default=1)
    return [edge for edge in _EDGES if edge <= largest]


def bin_labels(edges: Sequence[int], language: str = LANGUAGES[0]) -> list[str]:
    """Name the bins, e.g. ``1``, ``2``, ``3-4``, ``5-10``, ``11 or more``."""
    labels = []

    def shown(size: int) -> str:
        return localised(f"{size:,}", language)

    for low, following in pairwise(edges):
        high = following - 1
        labels.append(shown(low) if low == high else f"{shown(low)}\u2013{shown(high)}")
    last = phrase("plot.or_more", language, n=edges[-1]) if edges[-1] > 1 else "1"
    return [*labels, last]
