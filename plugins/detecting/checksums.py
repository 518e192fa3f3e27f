"""Check digits of German identity numbers that python-stdnum does not have, from their rules.

All functions take text in the number's plain form (no spaces, capital letters), as the pattern of
the detector ensures, and are O(length).
"""

from __future__ import annotations

_LETTER_A = ord("A")


def kvnr(text: str) -> bool:
    """German health insurance number (SGB V section 290); its first ten signs name the person.

    The letter becomes two digits (A 01 to Z 26); digits are weighted 1, 2, 1, 2, ...; the sum of
    the digit sums of the products, modulo 10, is the tenth sign. Source: Richtlinie des
    GKV-Spitzenverbandes zum Aufbau und zur Vergabe einer Krankenversichertennummer.
    """
    digits = _digits(text[:9])
    return sum(_digit_sum(d * (1 + i % 2)) for i, d in enumerate(digits)) % 10 == int(text[9])


def svnr(text: str) -> bool:
    """German pension insurance number (VKVV section 2).

    The letter becomes two digits; weights 2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1; the sum of the digit
    sums of the products, modulo 10, is the last digit.
    """
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    products = (d * w for d, w in zip(_digits(text[:-1]), weights, strict=True))
    return sum(map(_digit_sum, products)) % 10 == int(text[-1])


def lanr(text: str) -> bool:
    """German lifelong number of a physician (SGB V section 293), nine digits.

    The first six digits are weighted 4, 9, 4, 9, 4, 9; what the sum lacks to the next multiple of
    ten is the seventh. The last two name the specialty. Source: Richtlinie der KBV nach section 75
    Absatz 7 SGB V zur Vergabe der Arzt-, Betriebsstaetten- sowie Praxisnetznummern.
    """
    weighted = sum(int(d) * (4, 9)[i % 2] for i, d in enumerate(text[:6]))
    return -weighted % 10 == int(text[6])


def _digits(text: str) -> list[int]:
    spelt = (f"{ord(s) - _LETTER_A + 1:02d}" if s.isalpha() else s for s in text)
    return [int(digit) for digit in "".join(spelt)]


def _digit_sum(number: int) -> int:
    return sum(map(int, str(number)))
