"""Removal of a model's thoughts from a completion, by the marks that models put around them.

Models mark their thoughts in many ways: as tags (``<think>…</think>``, ``[THINK]…[/THINK]``, ``<|END_THINKING|>``), often without
the opening one, which the chat template wrote into the prompt; or as channels (``<|channel|>analysis<|message|>…``).
"""

from __future__ import annotations

import re
from typing import Final

from propersim.llm_client.turns import before_plain_turns, own_turn

_WORDS: Final = (
    "think|thought|reason|reflect|analysis|analyz|scratch|monolog|deliberat|ponder|rationale|introspect|chain.?of.?thought|draft"
)
_GAP: Final = r"\s{0,3}"
_TAG: Final = re.compile(
    rf"<{_GAP}[|｜]?{_GAP}/?{_GAP}[|｜]?{_GAP}[\w:.▁-]{{0,40}}(?:{_WORDS})[\w:.▁-]{{0,40}}(?:\s[^<>{{}}]{{0,80}})?{_GAP}[|｜]?{_GAP}/?>"
    rf"|\[{_GAP}/?{_GAP}(?:think|thinking|thoughts?){_GAP}\]|◁{_GAP}/?{_GAP}\w{{0,40}}(?:{_WORDS})\w{{0,40}}{_GAP}▷"
    r"|<\|channel>\s{0,3}thought|<channel\|>|<unused94>\s{0,3}thought|<unused95>",
    re.IGNORECASE,
)
"""A tag that opens or closes a thought."""
_CLOSES: Final = re.compile(r"\A[<\[◁]\s{0,3}[|｜]?\s{0,3}/|(?:\b|[_▁])end(?:\b|[_▁])|\A<channel\||\A<unused95", re.IGNORECASE)
_CHANNELS: Final = re.compile(r"<\|(?:channel|message)\|>")
_MESSAGE: Final = re.compile(
    r"(?P<header>(?:<\|start\|>[^<]*)?(?:<\|channel\|>[^<]*)?(?:<\|constrain\|>[^<]*)?)<\|message\|>(?P<content>.*?)"
    r"(?=<\|(?:start|end|return|call|channel|message)\|>|\Z)",
    re.DOTALL,
)
"""A message in OpenAI's harmony format."""
_BARE_CHANNEL: Final = re.compile(r"\A\s*(?:analysis|commentary)(?=[A-Z{\"]|[ \t]*\n|.*assistantfinal)", re.DOTALL)
"""The beginning of a thought of gpt-oss where the server removed the marks and left the name of the channel."""
_BARE_FINAL: Final = "assistantfinal"
_ESCAPED: Final = re.compile(
    r"(?:&lt;|\\<|\\u003[cC]|[＜<])((?:[\s/|｜\u200b-\u200f\u2060\ufeff]|[\w:.▁-]){1,80}?)(?:&gt;|\\>|\\u003[eE]|[＞>])"
)
"""A tag as a page or Markdown escapes it, in full-width signs, or with invisible characters."""
_INVISIBLE: Final = re.compile(r"[\u200b-\u200f\u2060\ufeff]")
_WORD_OF_THOUGHT: Final = re.compile(_WORDS, re.IGNORECASE)
_UNCLOSED: Final = "the answer ends within a thought"


def without_thoughts(text: str) -> str:
    """Return what a completion says apart from the model's thoughts and the turns of others.

    Everything before the last mark that closes a thought is dropped, whether or not the thought was opened.

    Raises:
        ValueError: a thought is not closed, so nothing that was said is known to be the answer; or no turn is known to be the model's.
    """
    said = own_turn(_final_channel(_ESCAPED.sub(_unescaped, text)))
    end = start = 0
    for tag in _TAG.finditer(said):
        if _CLOSES.search(tag[0]):
            end = tag.end()
        elif not tag[0].endswith("/>"):
            start = tag.end()
    if start > end:
        raise ValueError(_UNCLOSED)
    return before_plain_turns(said[end:])


def _unescaped(tag: re.Match[str]) -> str:
    """Return a tag of a thought with plain signs, and any other one as it is."""
    name = _INVISIBLE.sub("", tag[1])
    return f"<{name}>" if _WORD_OF_THOUGHT.search(name) else tag[0]


def begins_with_thought(text: str) -> bool:
    """Return whether a completion begins with a mark that opens a thought."""
    bare = text.lstrip()
    tag = _TAG.match(bare)
    return bool(tag and not _CLOSES.search(tag[0])) or bool(re.match(r"<\|(?:start|channel)\|>", bare) or _BARE_CHANNEL.match(bare))


def _final_channel(text: str) -> str:
    """Return the messages of the channel ``final``; the whole text where it has no channels.

    Raises:
        ValueError: there is no such message.
    """
    if _CHANNELS.search(text):
        final = [message["content"] for message in _MESSAGE.finditer(text) if _is_final(message["header"])]
        if not final:
            raise ValueError(_UNCLOSED)
        return "\n".join(final)
    if _BARE_CHANNEL.match(text):
        _, mark, final_text = text.rpartition(_BARE_FINAL)
        if not mark:
            raise ValueError(_UNCLOSED)
        return final_text
    return text


def _is_final(header: str) -> bool:
    author = re.search(r"<\|start\|>\s*(\w+)", header)
    if author and author[1].lower() not in ("assistant", "final"):
        return False
    channel = re.search(r"<\|channel\|>\s*(\w+)", header)
    return channel[1].lower() == "final" if channel else "<|channel|>" not in header
