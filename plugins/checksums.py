"""Check digits of identity numbers, each from its published rule.

All functions take text in the number's plain form (no spaces, capital letters), as the pattern of
the detector ensures, and are O(length).
"""

from __future__ import annotations

from collections import Counter

_LETTER_A = ord("A")


def iban(text: str) -> bool:
    """ISO 13616-1: the first four signs moved to the end, letters as 10 to 35, leave 1 modulo 97.

    The check is ISO 7064 MOD 97-10.
    """
    moved = text[4:] + text[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


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


def steuer_id(text: str) -> bool:
    """German tax identification number (AO section 139b).

    Among the first ten digits exactly one occurs twice or three times (three not in a row), and
    the eleventh is the check digit of ISO 7064 MOD 11,10. Source: Bundeszentralamt fuer Steuern,
    Pruefziffernberechnung fuer die steuerliche Identifikationsnummer.
    """
    repeated = [(d, n) for d, n in Counter(text[:10]).items() if n > 1]
    if len(repeated) != 1 or repeated[0][1] > 3 or repeated[0][0] * 3 in text[:10]:
        return False
    product = 10
    for digit in map(int, text[:10]):
        product = ((digit + product) % 10 or 10) * 2 % 11
    return (11 - product) % 10 == int(text[10])


def _digits(text: str) -> list[int]:
    spelt = (f"{ord(s) - _LETTER_A + 1:02d}" if s.isalpha() else s for s in text)
    return [int(digit) for digit in "".join(spelt)]


def _digit_sum(number: int) -> int:
    return sum(map(int, str(number)))
