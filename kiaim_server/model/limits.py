"""How long work may take where nobody says otherwise."""

from __future__ import annotations

from typing import Final

#: Seconds that a search may take.
SEARCH_SECONDS: Final = 300.0

#: The most that may be asked for: a day. A search that needs longer needs another question.
MAX_SEARCH_SECONDS: Final = 86_400.0
