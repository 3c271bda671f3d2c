"""The model's own turn in a completion that holds marks of a chat template.

A model may repeat the conversation before its answer, or go on with a turn of somebody else after it. What others say is no answer.
"""

from __future__ import annotations

import re
from typing import Final

_OWN_ROLES: Final = "assistant|model|chatbot|bot|ai|gpt"
_OTHERS: Final = "user|system|tool|human|observation|ipython|function|developer|context|documents?|environment"
_HEADER: Final = re.compile(
    # <|im_start|>user, <|start_header_id|>user<|end_header_id|>, <|start_of_role|>user<|end_of_role|>, <start_of_turn>user, <|turn>user,
    # ]~b]user
    r"(?:<[|｜](?:im[_▁]start|start[_▁]header(?:[_▁]id)?|header[_▁]start|start[_▁]of[_▁](?:role|turn)(?:[_▁]token)?|start|turn|role|from)[|｜]?>"
    r"|<start_of_turn>|\]~b\])[^\S\n]*(?P<role>\w*)"
    r"(?:[^\S\n]*<[|｜]?(?:(?:end[_▁])?header(?:[_▁]id|[_▁]end)?|end[_▁]header|end[_▁]of[_▁]role)[|｜]?>)?"
    # <|user|>, <|im_user|>user<|im_middle|>, <|USER_TOKEN|>, <｜User｜>
    rf"|<[|｜](?:im[_▁])?(?P<token>{_OWN_ROLES}|{_OTHERS})(?:[_▁](?:token|id))?[|｜]>(?:\w*<[|｜]im_middle[|｜]>)?",
    re.IGNORECASE,
)
"""Tokens with which a chat template begins a turn, and the role of the speaker."""
_END: Final = re.compile(
    # <|im_end|>, <|eot|>, <｜end▁of▁sentence｜>, <|END_OF_TURN_TOKEN|>, <turn|>, <end_of_turn>, <eos>, [e~[
    r"<[|｜](?:im[_▁]?end|eo[tms]|end(?:[_▁]?of[_▁]?(?:turn|text|sentence|message|utterance|prompt))?)(?:[_▁](?:token|id))?[|｜]>"
    r"|<turn[|｜]>|</?(?:end|start)_of_turn>|<eos>|\[e~\[",
    re.IGNORECASE,
)
"""Tokens that end a turn."""
_BEGINNING: Final = re.compile(r"\A(?:\s|<[|｜]begin[_▁]of[_▁](?:sentence|text)[|｜]>|<s>(?!.*</s>)|<bos>)+", re.DOTALL)
"""Tokens at the beginning of a conversation. Between ``<s>`` and ``</s>`` a text may be struck out."""
_PLAIN: Final = re.compile(
    r"(?<=\S)\s*?(?:</s>|\[INST\]|<<SYS>>|^#{2,3} ?(?:Instruction|Input|User|Human)\b|^(?:User|Human): )", re.MULTILINE
)
"""Marks of turns in plain words, which a thought may hold as well."""


def own_turn(text: str) -> str:
    """Return the model's turn of a completion: the whole text where it has no marks of turns.

    Turns of others before it are dropped, and everything after it.

    Raises:
        ValueError: all turns are of others, or several are of the model after one of somebody else.
    """
    beginning = _BEGINNING.match(text)
    text = text[beginning.end() :] if beginning else text
    header = _with_role(_HEADER.match(text))
    others = False
    while header and not _is_own(header):
        others = True
        header = _with_role(_HEADER.search(text, header.end()))
    if others and not header:
        raise ValueError("it is the turn of somebody else, and no answer")
    turn = text[header.end() :] if header else text
    ends = [found.start() for found in (_HEADER.search(turn), _END.search(turn)) if found]
    if ends and others and any(_is_own(later) for later in _HEADER.finditer(turn, min(ends))):
        raise ValueError("it holds several turns, and which one is the answer is not known")
    return turn[: min(ends)] if ends else turn


def before_plain_turns(text: str) -> str:
    """Return a text up to where a turn of somebody else follows by a mark in plain words."""
    other = next((mark for mark in _PLAIN.finditer(text) if mark[0].strip() != "</s>" or "<s>" not in text[: mark.start()]), None)
    return text[: other.start()] if other else text


def _with_role(header: re.Match[str] | None) -> re.Match[str] | None:
    """Return the mark that names the role.

    Some templates mark the turn and the role with a token each.
    """
    while header and not (header["role"] or header["token"]) and (more := _HEADER.match(header.string, header.end())):
        header = more
    return header


def _is_own(header: re.Match[str]) -> bool:
    return re.fullmatch(_OWN_ROLES, header["token"] or header["role"] or "", re.IGNORECASE) is not None
