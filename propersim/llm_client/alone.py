"""Words and marks that may stand beside an answer in a completion.

An object among other words may be a draft, an example or a quotation, and the words that say so have no end. So the rule is the other way
round: an answer stands alone, or with a few harmless words, in a fence of JSON or in tags of an answer. All else is asked again.
"""

from __future__ import annotations

import re
from typing import Final

FORMATS: Final = r"(?:json[c5l]?|javascript|js|text|txt|plaintext)?"
"""Names of a fence that say no more than a format."""
_FENCE: Final = re.compile(rf"\A\s*(?:`{{3,}}|~{{3,}})|(?:`{{3,}}|^[ \t]*~{{3,}})[ \t]*{FORMATS}[ \t]*$", re.IGNORECASE | re.MULTILINE)
_TAG: Final = re.compile(
    r"</?(?:final[_-]?)?(?:answer|output|response|result|json|ratings?|reply|assistant|html|body|p|pre|code|div|span|b|strong|em|i|xml|section"
    r"|article|root|data|message)>|</?final>|<\|/?(?:begin|end)_of_box\|>",
    re.IGNORECASE,
)
"""Tags that mark an answer, or only a layout; those with attributes say more."""
_ELEMENT: Final = re.compile(r"<([^\W\d_][\w.-]{0,40})>[^<>{}]{0,2000}</\1>", re.IGNORECASE)
"""An element of another kind, such as a plan, that ended before the answer."""
_HARMLESS: Final = re.compile(
    # Citations; headings on their own line; rules; stars of emphasis; quotation marks around a few words; marks within
    # and after words.
    r"\[\d{1,3}\]|^#{1,6} (?=\S.*\n)|^[ \t]*(?:-{3,}|\*{3,}|_{3,})[ \t]*$|\*{1,3}(?=\w)|(?<=[\w:.!])\*{1,3}|(?<=[\w*])!{1,3}"
    r"|(?<=\w)['’-](?=\w)"
    r"|[\"“](?=\w[^\"“”{}\n]{0,60}[\"”])|(?<=[\w.,!])[\"”](?=[\s.,:!]|\Z)",
    re.MULTILINE,
)
_PHRASES: Final = re.compile(
    r"\A\s*(?:assistant|model)\b"
    # The format as a property of the answer, and not as what is shown.
    r"|\b(?:in|follow\w*|match\w*|per|to|with|by)\s+(?:(?:the|a|an|your|this|requested|valid|required|strict|given|json)\s+){0,4}"
    r"(?:format|schema)\b"
    r"|\b(?:i apologi[sz]e|(?:my )?apologies|sorry) for (?:the|my|any) "
    r"(?:confusion|error|mistake|inconvenience|oversight|misunderstanding)\b"
    r"|\bcandidate_\d{1,2}\b",
    re.IGNORECASE,
)
_BEFORE: Final = frozenset(
    re.findall(
        r"\w+",
        """
        sure certainly absolutely yes ok okay alright right of course great understood so now then well here below is are the a
        my your this these that it answer answers rating ratings evaluation evaluations assessment judgement judgment verdict
        verdicts response result results output reply final finally json object objects valid corrected requested required
        complete single plan suggestion recommendation decision persona rubric you asked for to as follows following in on by
        from with and both all each candidate candidates question questions five i am me we have provide provided give given
        return returned based preferences preference current situation context moment day according please find again s m ve re
        ll
        """,
    )
)
"""Words that may stand before an answer: none makes a draft of it, denies it, or says under which condition it would hold."""
_AFTER: Final = frozenset(
    re.findall(
        r"\w+",
        """
        i hope this that these it helps help let me know if you need have any questions question anything else further more
        changes adjustments there feel free to ask done end of thanks thank ok be happy can assist clarification is are all my
        the a for with your answer final json response rating ratings object requested as would like in and or am s m d ll re
        """,
    )
)
"""Words that may stand after an answer."""
_SIGNS: Final = frozenset(" \t\n\r.,:…—–\u00a0\ufeff\u200b😊🙂😀👍✅")
_LONGEST: Final = 300
"""Most characters of such words on either side."""


def beside(text: str, sources: list[str]) -> str:
    """Return the text beside an answer that makes it doubtful, from there on.

    It is "" where the answer stands alone.

    Args:
        text: the completion, without thoughts and turns of others.
        sources: the answer as text, in each form in which it was given.
    """
    for source in sources:
        # A list of one object; code within a line.
        one = re.escape(source)
        text = re.sub(rf"\[\s*({one})\s*\]|(?<!`)`({one})`(?!`)", lambda found: found[1] or found[2], text)
    parts = [text]
    for source in sources:
        parts = [piece for part in parts for piece in part.split(source)]
    before, *between, after = parts
    first = _ELEMENT.sub(" ", _TAG.sub(" ", before))
    doubts = [_doubtful(first, _BEFORE), *(_doubtful(part, _BEFORE | _AFTER) for part in between), _doubtful(after, _AFTER)]
    return next(filter(None, doubts), "")


def _doubtful(text: str, harmless: frozenset[str]) -> str:
    """Return a text beside an answer, from the first thing on that is not harmless.

    It is "" where there is none.
    """
    plain = _PHRASES.sub(" ", _HARMLESS.sub(" ", _TAG.sub(" ", _FENCE.sub(" ", text)))).strip()
    for part in re.finditer(r"[^\W_]+|.", plain, re.DOTALL):
        if not (part[0].lower() in harmless or part[0] in _SIGNS):
            return plain[part.start() :]
    return plain[_LONGEST:]
