"""Prose as a list of blocks, and how it is shown as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Block:
    """A heading, a paragraph or an item of a list."""

    kind: Literal["title", "heading", "part", "paragraph", "item", "detail"]
    text: str


def sentence(text: str) -> str:
    """The text with a capital at its begin."""
    return text[:1].upper() + text[1:]


def ended(text: str) -> str:
    """The text with a full stop at its end, unless it ends with a mark of its own."""
    text = text.rstrip()
    return text if not text or text[-1] in ".!?:)\u201c\u201d]" else f"{text}."


def as_text(blocks: Iterable[Block], width: int = 100) -> str:
    """Plain text: headings underlined, items marked, lines wrapped."""
    parts: list[str] = []
    for block in blocks:
        if block.kind in ("title", "heading"):
            mark = "=" if block.kind == "title" else "-"
            title = _filled(block.text, width)
            line = mark * min(max(map(len, title.splitlines()), default=0), width)
            parts += ["", title, line, ""]
        elif block.kind == "part":
            parts += [*([""] if parts[-1:] != [""] else []), _filled(block.text, width)]
        elif block.kind == "paragraph":
            parts.append(_filled(block.text, width))
        else:
            lead = "- " if block.kind == "item" else "    "
            rest = "  " if block.kind == "item" else "    "
            parts.append(_filled(block.text, width, lead, rest))
    return "\n".join(parts).strip("\n") + "\n"


def _filled(text: str, width: int, lead: str = "", rest: str = "") -> str:
    return textwrap.fill(
        text,
        width,
        initial_indent=lead,
        subsequent_indent=rest,
        break_on_hyphens=False,
        break_long_words=False,
    )
