"""Words that no rule accounts for: what stands beside them is never ticked as if they were not there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.rubric import WakingHours, compile_rubric, lexicon
from propersim.rubric.sentences import sentences
from tests.rubric.labelled import labelled, verdict

HOURS = WakingHours(7 * 60, 23 * 60)
OLDER = ("given", "tune", "held", "published", "later", "days", "others")
RULES = ("tones", "likes", "windows", "frequency")


def compiled(field, text):
    return compile_rubric({field: text}, HOURS, only=[field])


def ticked(field, text, keys=RULES):
    return [item for item in compiled(field, text).findings if item.applied and item.confidence == "high" and item.key in keys]


def used(field, text):
    result = compiled(field, text)
    return {} if result.errors else {key: value for key, value in result.rubric[field].items() if key != "text"}


def right_sentences():
    """Return the older labelled texts of one sentence whose rules are right, without their full stop."""
    cases = [case for part in OLDER for case in labelled(part) if len(sentences(case["text"])) == 1]
    return [
        (case["field"], case["text"].rstrip(".!"))
        for case in cases
        if not case["text"].endswith("?") and verdict(case)[0] == "right" and ticked(case["field"], case["text"])
    ]


SENTENCES = right_sentences()


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(SENTENCES),
    st.sampled_from(
        [
            ", as long as it is dry",
            ", provided that I am alone",
            ", depending on the weather",
            ", but the other way round in winter",
            " during the summer",
            " until Easter",
            " on rainy days",
            ", at first",
            ", every other Monday",
        ]
    ),
)
def test_a_condition_or_season_leaves_no_tick(sentence, ending):
    field, text = sentence
    assert ticked(field, text + ending) == []
    assert not used(field, text + ending).keys() - {"boundaries"}


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SENTENCES), st.sampled_from(["zworbling", "grumpily", "blorp", "besotted"]), st.data())
def test_an_unknown_word_beside_a_rule_is_said(sentence, word, data):
    field, text = sentence
    before = next(item for item in ticked(field, text))
    place = text.find(" ", before.span[0])
    if place < 0 or place > before.span[1]:
        place = before.span[0]
    changed = f"{text[:place]} {word} {text[place:]}"
    assert any(item.confidence != "high" for item in compiled(field, changed).findings) or compiled(field, changed).errors


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("timing", "Six till eight. Morning, mind, not night, I'm off out like a light by nine."),
        ("timing", "Whenever I'm not at my desk is all right by me, barring meals and anything past 10.30 at night."),
        ("communication", "Keep off my age and keep off my dress size, both of them are mine to joke about."),
        ("timing", "From quarter to six till seven in the morning, and again from four to half five in the afternoon."),
        ("frequency", "Half a dozen in a day, spread out so that there's a good two hours in between."),
    ],
)
def test_nothing_is_ticked_beside_what_is_unsure(field, text):
    assert any(item.confidence != "high" for item in compiled(field, text).findings)
    assert ticked(field, text, ("windows", "never_during", "tones", "avoid", "boundaries", "frequency")) == []


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(SENTENCES), st.sampled_from(["Mornings, mind.", "The usual zworbling.", "No blorping there."]))
def test_a_sentence_has_ticks_only_if_all_of_it_is_sure(sentence, following):
    field, text = sentence
    findings = compiled(field, f"{text}. {following}").findings
    unsure = {item.sentence for item in findings if item.confidence == "low" and item.key and "assumed" not in item.reason}
    assumptions = ("names no circumstance", "not a tone in the catalogue")
    unsure -= {item.sentence for item in findings if any(words in item.reason for words in assumptions)}
    assert not [item for item in findings if item.sentence in unsure and item.applied and item.key and item.confidence == "high"]


def test_few_of_the_texts_that_are_read_exactly_become_unsure():
    right = [case for part in OLDER for case in labelled(part) if verdict(case)[0] == "right"]
    doubted = [
        case for case in right if any("not understood beside it" in item.reason for item in compiled(case["field"], case["text"]).findings)
    ]
    assert len(doubted) <= 0.1 * len(right), [case["text"] for case in doubted]


@pytest.mark.parametrize("word", ["if", "unless", "was", "had", "wife", "last", "half", "winter", "people", "alone", "until"])
def test_words_that_change_a_rule_are_not_plain(word):
    assert word not in lexicon.plain_words()


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("preference", "Music tips bore me."),
        ("preference", "Hold the fitness tips."),
        ("preference", "Jazz gets on my nerves."),
        ("preference", "Ditch the recipes."),
        ("preference", "My wife likes gardening tips."),
        ("preference", "People say that I love travel."),
        ("preference", "Gardening in spring, books in winter."),
        ("preference", "Finance on paydays, otherwise gardening."),
        ("preference", "Crafts in the evening used to be my thing."),
        ("timing", "Until 10:00 leave me alone."),
        ("timing", "On Saturday mornings leave me in the kitchen alone."),
        ("timing", "Every other Monday between 9:00 and 10:00."),
        ("timing", "From 9:00 to 10:00 in term time."),
        ("timing", "All day long if it rains."),
        ("timing", "Whenever I read, but only if I am alone."),
        ("communication", "My boss is formal."),
        ("communication", "People find me funny."),
        ("communication", "My teacher was always direct."),
        ("frequency", "My sister gets ten a day."),
        ("frequency", "I check my phone fifty times a day."),
        ("frequency", "Three a day, unless I am ill."),
        ("frequency", "Once an hour during work hours."),
        ("frequency", "No more than two per topic."),
    ],
)
def test_what_is_no_wish_is_not_used(field, text):
    assert not used(field, text).keys() - {"dislikes", "avoid", "boundaries"}


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("Three a day, give or take one.", (2, 4)),
        ("About 6 a day, plus or minus two.", (4, 8)),
        ("I'd say 3, plus or minus 1", (2, 4)),
    ],
)
def test_a_tolerance_widens_a_count(text, rate):
    assert (used("frequency", text)["min_per_day"], used("frequency", text)["max_per_day"]) == rate


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [("Between 7 and 22.", "07:00", "22:00"), ("From 22 to 6.", "22:00", "06:00"), ("From 7 to 9 pm.", "19:00", "21:00")],
)
def test_an_hour_above_twelve_shows_the_24_hour_clock(text, start, end):
    assert used("timing", text)["windows"] == [{"start": start, "end": end}]


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("Be warm; no talk of religion, politics is fine.", {"tones": ["warm"], "boundaries": ["faith"]}),
        ("You may mention my age, just not my weight; playful is fine", {"tones": ["playful"], "boundaries": ["weight"]}),
        ("Friendly please. Money is okay to discuss, my health isn't.", {"tones": ["warm"], "boundaries": ["health"]}),
        ("Humour is fine, sarcasm and orders aren't.", {"tones": ["playful"], "avoid": ["direct"]}),
        ("Be direct. Formal language is tedious.", {"tones": ["direct"], "avoid": ["formal"]}),
    ],
)
def test_what_is_allowed_is_no_boundary_and_what_is_not_said_again_is_completed(text, rules):
    assert used("communication", text) == rules


@pytest.mark.parametrize(
    "text",
    [
        "In the evening on weekdays; on all others from 12:00.",
        "On weekdays from 18:00 to 22:00. On all the others from 12:00.",
    ],
)
def test_all_others_are_the_days_that_were_not_named(text):
    assert {"start": "12:00", "end": "23:00", "days": "weekends"} in used("timing", text)["windows"]


def test_what_holds_otherwise_is_not_used_where_it_is_not_known_when():
    assert used("timing", "On the first Monday of the month from 9:00 to 10:00; otherwise from 18:00 to 20:00.") == {}
    assert used("preference", "Books if it rains; otherwise gardening.") == {}


def test_the_reason_names_the_words():
    item = next(item for item in compiled("timing", "Grudgingly, in the evening.").findings if item.key == "windows")
    assert (item.confidence, item.applied) == ("low", True)
    assert item.reason.endswith("not understood beside it: “grudgingly”")
