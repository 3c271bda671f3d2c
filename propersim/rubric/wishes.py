"""Tell a wish from a report.

Example: "I like mornings" wishes, "I work in the mornings" and "mornings belong to my children" only tell.
"""

from __future__ import annotations

from collections.abc import Sequence

from propersim.rubric.sentences import Token
from propersim.rubric.word_sets import word_set

REPORT = "tells what somebody does, not what is wished"

_WISH_VERBS = word_set(
    """prefer like love want wish enjoy appreciate welcome listen accept hear take value favour favor hope look need choose crave
    respond ask treasure adore find think feel believe mean tend care thrive have do say know get benefit relate will can could
    should may might must open pick set leave keep allow expect suggest recommend try count notice plan live reserve stick ran stay
    receive resonate lean go tick respect consider connect engage"""
)
"""Verbs after "I" that wish something, or say too little to be a report."""
_STATES = word_set(
    """open free available receptive listening happy glad fine most ready relaxed idle up here approachable easily easy game to in all
    also always usually often just really only best pleased comfortable keen fond more at drawn looking interested into looking
    sensitive not still quite very especially particularly partial okay ok good well"""
)
"""Words after "I am" that wish something, or say too little to be a report."""
_ADVERBS = word_set(
    """usually always often also just really mostly generally only still mainly normally sometimes typically then do did either would
    will can could should may might must very much quite"""
)
_SUBORDINATE = word_set(
    """when while whenever if as after before because where that until till since what which whatever who how whom than unless so once
    though although for"""
)
_SIGNALS = word_set(
    """you your you'll you'd please recommendations recommendation suggestions suggestion tips tip ideas idea advice come reach send
    give ping catch me tell talk speak prefer like love want welcome best ideal perfect great fine good ok okay suits suit works
    fits open free available receptive listening time times appreciate only ideally preferably especially any anytime always happy
    glad better right interrupt disturb nudge nudges notification notifications message messages them it choose feel"""
)
_NEUTRAL = word_set(
    """a an the and or in at on of my our to is are be by with around about between from until during over for say such as like namely
    instance example quiet calm slow idle spare moments moment spells spell hours hour break breaks day days week early late mid
    late then again also too so some any all every each both either still twice once first last early"""
)


def is_report(words: Sequence[Token]) -> bool:
    """Return whether a statement says what the person does, without a word of recommendations.

    Example: "I write in the mornings".
    """
    said = {t.word for t in words}
    if said & {
        "you",
        "you'll",
        "recommendations",
        "recommendation",
        "suggestions",
        "suggestion",
        "tips",
        "ideas",
        "advice",
        "me",
        "please",
    }:
        return False
    for at, token in enumerate(words):
        if token.word not in ("i", "i'm", "we", "we're"):
            continue
        before = {t.word for t in words[max(0, at - 3) : at]}
        if before & _SUBORDINATE:
            continue
        verb = at + 1
        while verb < len(words) and words[verb].word in _ADVERBS:
            verb += 1
        word = words[verb].word if verb < len(words) else ""
        if token.word in ("i'm", "we're") or word in ("am", "are", "be"):
            state = words[verb + (word in ("am", "are", "be"))].word if verb + (word in ("am", "are", "be")) < len(words) else ""
            return state not in _STATES
        return bool(word) and word not in _WISH_VERBS
    return False


_RECEPTIVE = word_set(
    """available open free receptive listening ready reachable interested happy willing keen glad fond to approachable up good able awake
    comfortable allowed sure supposed here around myself"""
)
"""Words after "I am not" that refuse a time."""
_REFUSABLE = word_set(
    """want like need wish enjoy care listen respond react answer appreciate accept take have use look check feel
    function do get hear welcome
    receive see think want prefer allow tolerate read stand bear handle deal talk chat speak pay engage concentrate come love expect"""
)
"""Verbs after "I do not" that refuse a time."""
_NEGATORS = word_set(
    "not never don't can't cannot won't wouldn't rarely seldom hardly scarcely barely do did didn't will would can am i'm really ever"
)


def told_by_negation(words: Sequence[Token], refusal: Sequence[Token]) -> str:
    """Return ``REPORT`` if a refusal only tells what the person does not do, or "".

    Examples: "I am not busy in the evening", "I never sleep before midnight", "you cannot disturb me after eight".

    Args:
        words: the tokens of the sentence.
        refusal: those of the refusal.
    """
    own = [t for t in refusal if t.word not in (",", "and")]
    if not own:
        return ""
    at = next((n for n, t in enumerate(words) if t == own[0]), 0)
    subject = words[at - 1].word if at else ""
    am = subject == "i'm" or subject == "am" or own[0].word == "am" or (own[0].word == "not" and subject == "am")
    said = [t.word for t in own]
    if (
        subject == "you"
        and {"disturb", "interrupt", "annoy"} & set(said[:5])
        and {"cannot", "can't", "won't", "can", "will", "never", "rarely", "don't"} & set(said[:2])
    ):
        return REPORT
    if subject not in ("i", "we", "i'm", "we're", "am"):
        return ""
    rest = [word for word in said if word not in _NEGATORS]
    if own[0].word not in _NEGATORS or not rest:
        return ""
    if am and rest[0] in ("in", "at") and {"mood", "best", "position"} & set(rest[1:4]):
        return ""
    return REPORT if rest[0].isalpha() and rest[0] not in (_RECEPTIVE if am else _REFUSABLE) else ""


def tells_of_others(words: Sequence[Token], used: set[int]) -> bool:
    """Return whether a statement about a part of the day has no word of a wish.

    Example: "work takes up the mornings".

    Args:
        words: the tokens of the statement.
        used: the tokens of the times in it.
    """
    if {t.word for t in words} & _SIGNALS:
        return False
    end = next(
        (
            n
            for n, t in enumerate(words)
            if t.word in ("when", "while", "whenever", "before", "after", "because", "since", "once", "if", "as")
        ),
        len(words),
    )
    left = [t.word for n, t in enumerate(words[:end]) if n not in used and t.word not in _NEUTRAL and t.word.isalpha()]
    return len(left) >= 2
