"""What a person does with a draft: read it, decide, fill in what is left."""

from __future__ import annotations

import re


def confirmed(draft: str, roles: dict[str, str] | None = None, rest: str = "insensitive") -> str:
    """The draft after every guess was confirmed.

    `roles` are decisions by the id of the entry; what is undecided or open otherwise becomes
    `rest`.
    """
    decided = roles or {}
    lines, current = [], ""
    for line in draft.splitlines():
        # An entry that is only a comment: take the comment away and fill it in.
        line = re.sub(r"^  # (- id: |  names: |  where: )", r"  \1", line)
        if found := re.match(r"  - id: (\S+)", line):
            current = found[1]
        role = decided.get(current, rest)
        line = re.sub(r"^  #   as:$", f"    as: {role}", line)
        line = re.sub(r"^  #   because:$", "    because: The committee decided so.", line)
        line = re.sub(r"as: undecided.*", f"as: {role}", line)
        lines.append(line.replace("confirmed: false", "confirmed: true"))
    text = "\n".join(lines) + "\n"
    if re.search(r"^# classify:\n(?:  #.*\n)*  - id:", text, re.MULTILINE):
        text = text.replace("# classify:", "classify:")
    return text.replace("status: draft", "status: active")
