"""List the words that negate, contrast, explain or begin a new statement."""

from __future__ import annotations

from collections.abc import Sequence

from propersim.rubric.sentences import Token
from propersim.rubric.word_sets import word_set

Phrases = dict[str, tuple[tuple[str, ...], ...]]


def phrases(text: str) -> Phrases:
    """Return the phrases of a text with commas between them, by their first word, longest first."""
    result: dict[str, list[tuple[str, ...]]] = {}
    for entry in text.split(","):
        if words := tuple(entry.split()):
            result.setdefault(words[0], []).append(words)
    return {first: tuple(sorted(entries, key=len, reverse=True)) for first, entries in result.items()}


def phrase_length(words: Sequence[Token], at: int, table: Phrases) -> int:
    """Return the number of tokens of the longest phrase that begins at a token, or 0.

    Args:
        words: the tokens.
        at: the token.
        table: the phrases by their first word.
    """
    if not 0 <= at < len(words):
        return 0
    for phrase in table.get(words[at].word, ()):
        if len(phrase) <= len(words) - at and all(words[at + n].word == word for n, word in enumerate(phrase)):
            return len(phrase)
    return 0


_UNWELCOME = """
    bores me, bore me, leaves me cold, leave me cold, annoys me, annoy me,
    irritates me, irritate me, puts me off, put me off, turns me off, turn me off, wears me out, wear me out, gets on my nerves,
    get on my nerves, drives me mad, drive me mad, drives me crazy, drive me crazy, drives me up the wall, drive me up the wall,
    does nothing for me, do nothing for me, is boring, are boring, is dull, are dull, is tedious, are tedious, is a bore, are a bore,
    is a turn-off, are a turn-off, is pointless, are pointless, is taboo, are taboo, is banned, are banned, is forbidden, are forbidden,
    is unwelcome, are unwelcome, is excepted, are excepted, is excluded, are excluded, is exempt, are exempt, is the exception,
    are the exception, is an exception, are an exception, is out of the question, are out of the question, makes me yawn, make me
    yawn, makes me cringe,
    make me cringe"""
VERB_NEGATIONS = phrases(
    """do not, does not, don't, doesn't, did not, didn't, must not, mustn't, should not, shouldn't, would not, wouldn't, will not,
    won't, cannot, can't, can not, is not, isn't, are not, aren't, am not, was not, wasn't, never, hardly, rarely, seldom, barely,
    scarcely, is no, are no, is wasted, are wasted, is never, are never, has no, have no, is off limits, are off limits, is of no,
    are of no, is of little, are of little, holds no, hold no, weren't, """
    + _UNWELCOME
)
"""Negated verbs: with a noun before them, they refuse that noun."""
WIDE = phrases(
    """do not, does not, don't, doesn't, did not, didn't, must not, mustn't, should not, shouldn't, would not, wouldn't, will not,
    won't, cannot, can't, can not, is not, isn't, are not, aren't, am not, never, hardly, rarely, seldom, barely, scarcely, is no,
    are no, is wasted, are wasted, is never, are never, is off limits, are off limits, is of no, are of no, is of little, are of
    little, holds no, hold no, weren't, rather not, avoid, avoids, avoiding, not while, not
    when, not during, not in, not at, not on, not before, not after, not until, not be interrupted, not be disturbed, not interrupt,
    not disturb, not disrupt, but not while, but not when, but not during, but not in, but not at, but not on, but not before, but
    not after, but not until, but not between, not between, spare me, keep me away, cannot stand, can't stand, cannot bear, can't
    bear, cannot abide, not want, not enjoy, not like, not need, not care for, dislike, dislikes, hate, hates, loathe, detest, off
    limits, not a word, no talk, no room for, not interested, sensitive to, uncomfortable with, less keen on, not keen on, not fond
    of, not a fan of, not into, tired of, sick of, fed up with, bored by, bored of, bored with, stay away from, steer clear, keep
    away from, stay clear of, no need for, no use for, no interest in, no time for, no patience for, no desire for, not interfere,
    please skip, skip, leave out, enough of, enough with, had enough, hold the, hold off, cut the, cut out, ditch, drop the, forget about,
    forget the, lose the, save me, quit, banish, ban, scrap, can do without, could do without, can live without,
    could live without, go easy on, refrain from, keep off, stop sending, stop being, stop using, stop talking, stop asking, stop telling,
    stop giving, stop suggesting, stop with, stop all, stop the, stop your, stop any, have no, cease, give up, abandon, leave off,
    tone down, tune down, dial down, put an end to, do away with, do without, forgo, forego, dispense with, get rid of, knock off, lay off,
    has no, """
    + _UNWELCOME
)
"""Negators whose scope lasts to the end of the clause."""
NARROW = phrases(
    """not, no, nothing, none of, neither, nor, without, except, except for, excepting, other than, apart from, aside from, excluding,
    with the exception of, with the sole exception of, with the only exception of, with the single exception of,
    with the one exception of, with the lone exception of, minus, bar, barring, unless, outside of, outside, but not, far from, the
    opposite of, opposite of,
    anything but, free of, free from, devoid of, non,
    in no way, by no means, overly, nothing too, not too, nothing overly, not overly, not so, never too, never overly"""
)
"""Negators whose scope is the next phrase."""
EXCEPTIONS = frozenset(["except", "excepting", "other", "apart", "aside", "excluding", "with", "minus", "bar", "barring", "outside"])
COMPARED = phrases(
    """rather than, instead of, as opposed to, in place of, as against, unlike, less, not so much, in contrast to, in preference to,
    fewer, used to, not that, needn't be, need not be, don't have to be, do not have to be, no need to be"""
)
"""Words that begin what is only compared: neither wished nor refused."""
NEUTRAL = phrases(
    """don't just, don't only, don't merely, do not just, do not only, not only, not just, not merely, not simply,
    nothing but, nothing else than, nothing other than, hardly anything beats, few things beat,
    no matter, no problem, no doubt, no later, no earlier, no sooner, no
    longer, no more than, no fewer than, no less than, not more than, not less than, not fewer than, never more than, never fewer
    than, don't mind, do not mind, doesn't matter, does not matter, won't mind, would not mind, wouldn't mind, don't forget to,
    do not forget to, never forget to, don't hesitate, do
    not hesitate, never mind, why not, whether or not, or not, if not, without fail, without exception, without hesitation, no
    pressure, not least, no nonsense, never fails, can't get enough of, cannot get enough of, never get enough of, never tire of,
    never too late, never too early, can't do without, cannot do without, can't live without, can't go wrong with, no objection to,
    nothing beats, nothing better, without pressure, too many, too much, too few, too often, not necessarily, too late, too early,
    too long, too, not too many, makes no difference, make no difference, no difference, nothing you may not, no subject, no manner,
    without a fuss, not fewer, not more, stop by, drop by, drop in, no wonder, but never fewer, let alone, weekend or not,
    working day or not, other than that, apart from that, aside from that"""
)
"""Negations that refuse nothing that a rule could state."""
REASONS = phrases(
    """in a way that,
    so that, so they, so it, so i, so you, because, without, since, as interruptions, as this, as it, as i'm, as that, allows,
    allow, allowing, ensures, ensuring, which, where i, especially when i'm not, particularly when i'm not, especially when i am
    not, particularly when i am not, to plan, even when, even while, even at, even if"""
)
UNIVERSALS = frozenset(
    ["any", "anything", "anytime", "all", "every", "everything", "always", "whenever", "whatever", "anywhere", "everyone", "day"]
)
EXCEPTED = frozenset(["aside", "excepted", "excluded", "apart", "exempt", "exempted"])
"""Words that except what stands before them: "Mondays excepted", "politics and finance aside"."""
STOPPING = word_set(
    """stop quit cease give abandon leave put do dispense get knock lay drop ditch cut lose forget avoid skip ban scrap hold enough kill
    axe shelve nix dump curb scratch tone tune dial forgo forego refrain"""
)
"""First words of the imperatives that stop something; "and" joins a new imperative to them."""
CUTTING = word_set("drop cut lose kill axe shelve nix dump curb scratch")
"""Imperatives that stop what is named right after them: "drop all jokes"."""
STARTING = word_set("start begin get turn switch love like enjoy prefer help focus concentrate remember remain become")
"""Verbs that, like the imperatives, begin a wish after "quit joking and"."""
PRONOUNS = word_set(
    """i i'd i'll i'm i've you you'd you'll you're it it's they they're we we'd we're he she that's this these here's let's there's
    mine"""
)
AUXILIARIES = word_set("""is are was were am be been do does did will would can could should must may might i'm it's that's have has""")
CONDITIONS = frozenset(["when", "whenever", "while", "if", "as", "unless", "during", "once"])
COPULAS = word_set(
    """is are works work suits suit fits fit would will can may does seems seem feels feel makes helps help appeals appeal pleases
    remains stays wanted"""
)
ADDED_PREPOSITIONS = frozenset(
    ["when", "whenever", "while", "during", "between", "from", "at", "in", "before", "after", "around", "over", "on"]
)
"""Words that begin a circumstance."""
CLAUSE_STARTS = frozenset(
    [
        "always",
        "mostly",
        "mainly",
        "just",
        "only",
        "simply",
        "rather",
        "instead",
        "ideally",
        "preferably",
        "otherwise",
        "yet",
        "though",
        "however",
    ]
)
IMPERATIVES = word_set(
    """be keep give tell send let speak talk come bring try make use stick prefer offer show write put catch suggest share recommend go
    choose say stay remain surprise feed pick serve drop hit reach ping nudge ask do aim leave treat sound address"""
)
NEGATED_VERBS = word_set("isn't aren't doesn't don't won't can't cannot not")
"""Words at which a sentence may break off: "humour is fine, sarcasm isn't"."""
MILD_VERBS = word_set("bother annoy hate dislike mind irritate hurt offend despise loathe detest harm")
"""Verbs of which the negation dislikes nothing: "music doesn't bother me"."""
PREDICATES = word_set("is are was were feels feel makes make gets get drives drive turns turn")
"""Verbs after which it stands whether what stands before them is wished."""
POSITIVE = word_set(
    """fine good great best better ideal perfect welcome ok okay right nice lovely excellent preferred preferable favourite favorite
    appreciated wanted enough free open available convenient pleasant possible allowed when what where time times important
    essential how why because key all both helpful useful valued loved liked enjoyable wonderful happy glad fun top optimal
    receptive suited suitable acceptable most what's"""
)
"""Words of a predicate that leave no doubt that it is."""
