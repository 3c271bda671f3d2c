"""Words of others inside a prompt: data in a block of their own, which they cannot leave."""

from __future__ import annotations

import json
from typing import Any

from propersim.text import clean

LONGEST = 2000
"""Characters of one quoted text."""


def quoted(name: str, value: Any) -> str:
    """Return a block ``<name>…</name>`` that holds a value as JSON.

    Its texts are cleaned, and ``<``, ``>`` and ``&`` in them escaped: whatever they say, they cannot end the block.

    Args:
        name: of the block.
        value: plain data: texts, numbers, lists, mappings.
    """
    said = json.dumps(_cleaned(value), ensure_ascii=False)
    for sign in "<>&":
        said = said.replace(sign, f"\\u{ord(sign):04x}")
    return f"<{name}>\n{said}\n</{name}>"


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return clean(value, limit=LONGEST)
    if isinstance(value, dict):
        return {str(key): _cleaned(one) for key, one in value.items()}
    return [_cleaned(one) for one in value] if isinstance(value, list | tuple) else value
