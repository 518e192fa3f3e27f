"""What the product says to people, in English and German."""

from kiaim_server.language.catalogue import (
    Formatter,
    catalogue,
    has_phrase,
    mapped,
    phrase,
    say,
    told,
)

__all__ = ["Formatter", "catalogue", "has_phrase", "mapped", "phrase", "say", "told"]
