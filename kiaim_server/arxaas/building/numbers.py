"""Numbers as the builders of intervals read and spell them."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any, Final

from kiaim_server.arxaas.building.contract import BuilderError

_WHOLE: Final = re.compile(r"[+-]?\d{1,19}\Z", re.ASCII)
_DECIMAL: Final = re.compile(r"[+-]?(?:\d{1,300}(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?\Z", re.ASCII)
#: Between these a double is spelt without exponent.
_PLAIN: Final = (1e-3, 1e7)


class Numbers(ABC):
    """A kind of number: int or float."""

    @abstractmethod
    def of_json(self, value: Any) -> Any:
        """A number of a request as this kind."""

    @abstractmethod
    def parse(self, text: str) -> Any:
        """The number that a value spells; raises `ValueError`."""

    @abstractmethod
    def spell(self, number: Any) -> str:
        """As it stands in labels."""

    def of_column(self, values: list[str]) -> list[Any]:
        """The numbers of a column, None where a value is missing.

        Raises
        ------
        BuilderError
            Naming the place of the first value that is no number.
        """
        found: list[Any] = []
        for place, text in enumerate(values, 1):
            try:
                found.append(None if text in ("", "NULL") else self.parse(text))
            except ValueError:
                raise BuilderError(f"column: value {place} is no number of the dataType") from None
        return found


class Whole(Numbers):
    """``LONG``."""

    def of_json(self, value: Any) -> int:
        """Cut off to a whole number."""
        return int(value)

    def parse(self, text: str) -> int:
        """Digits with a sign, maybe."""
        if not _WHOLE.match(text):
            raise ValueError
        return int(text)

    def spell(self, number: int) -> str:
        """Decimal digits."""
        return str(number)


class Decimal(Numbers):
    """``DOUBLE``."""

    def of_json(self, value: Any) -> float:
        """The nearest double."""
        return float(value)

    def parse(self, text: str) -> float:
        """A decimal number, with an exponent maybe."""
        if not _DECIMAL.match(text):
            raise ValueError
        return float(text)

    def spell(self, number: float) -> str:
        """As Java does: 12.2, 0.0, 1.0E7."""
        if number == 0 or _PLAIN[0] <= abs(number) < _PLAIN[1]:
            return repr(number)
        sign, digits, exponent = _scientific(number)
        return f"{sign}{digits[0]}.{digits[1:] or '0'}E{exponent}"


def _scientific(number: float) -> tuple[str, str, int]:
    """Sign, shortest digits and exponent of a double."""
    from decimal import Decimal as Exact

    sign, digits, exponent = Exact(repr(number)).as_tuple()
    assert isinstance(exponent, int)  # noqa: S101 - infinities are not read
    text = "".join(map(str, digits))
    return "-" * sign, text.rstrip("0") or "0", exponent + len(text) - 1
