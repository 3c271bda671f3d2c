"""Read what files of other projects say of a person.

They are agents of TinyTroupe, character cards and scratch files of Generative Agents.

Their texts are cleaned and bounded, and never interpreted as markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from propersim.core.text import clean
from propersim.persona.foreign_formats import agent_persona, card_fields
from propersim.persona.model import TRAITS
from propersim.rubric import lexicon
from propersim.rubric.sentences import tokens
from propersim.world import catalogue

_MAX_ITEM = 180
_MAX_ITEMS = 20
_MAX_BACKGROUND = 2000
_MAX_PLAN = 3
_NOT_PLANNED = ("meal", "morning_routine", "bedtime", "work")
"""Tags of activities that the routine has anyway, so that they are no daily requirement."""
_TIME = re.compile(r"\b\d{1,2}(:\d\d)?\s?[ap]\.?m\b|\b\d{1,2}:\d\d\b|\bo'clock\b|\bnoon\b|\bmidnight\b", re.IGNORECASE)
_NUMBER = re.compile(r"(?<!\S)(\d{1,2})\)")
_MINUTES = re.compile(r"\b(\d{1,3})-minute\b")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_CLAUSE_END = re.compile(
    r"(?<=[.!?;])\s+|\n+|,\s+(?:and\s+|then\s+)*|\s+(?:and|then)\s+(?=(?:goes|gets|wakes|awakes|is up|sleeps|has|eats)\b)"
)
_PART_OF_DAY = {"morning": "in the morning", "afternoon": "in the afternoon", "evening": "in the evening", "night": "in the evening"}
_GENDERS = {
    "female": "she", "woman": "she", "girl": "she", "f": "she", "she": "she",
    "male": "he", "man": "he", "boy": "he", "m": "he", "he": "he",
    "they": "they", "nonbinary": "they", "non-binary": "they",
}  # fmt: skip
_TRAIT = "|".join(TRAITS)
_LEVEL_FIRST = re.compile(rf"\b(high|low)\s+(?:in\s+)?({_TRAIT})\b", re.IGNORECASE)
_LEVEL_LAST = re.compile(rf"\b({_TRAIT})\s?(?:[:=(]|is)\s?\W?(?:very\s+)?(high|low)\b", re.IGNORECASE)
_MACRO = re.compile(r"\{\{\s*(char|user)\s*\}\}|<(bot|user)>", re.IGNORECASE)
_IS = r",?(?:['’](?:s|m|re)|\s(?:is|am|are))?(?:\s(?:an?|about|around|only|just|almost|nearly|now))*"
"""The words between a person and its age, as in "She is about 40 years old" and "Mia, a 40-year-old baker"."""
_AGE = re.compile(r"(?P<label>\bage\s?[:=(]\W{0,3})?\b(?P<years>\d{1,4})(?(label)\b|[\s-]*(?:years?[\s-]+old|y/?o)\b)", re.IGNORECASE)

_BEGINS = re.compile(r"\W*an?\s+(?:[\w-]+,?\s+){0,2}", re.IGNORECASE)
"""The words before the age where a text begins with the person: "A shy 12 year old girl"."""
_JOB = r"\d{1,3}[\s-]*(?:years?[\s-]+old|y/?o)\s+(?P<job>[A-Za-z][A-Za-z' -]{1,79}?)\s*(?=[.,;!?\n]|$)"
"""The words after the person in "is a 61 year old lighthouse keeper"."""
_CLAUSE = "who|that|which|with|from|in|at|on|of|for|and|but|living|working|by|near|is|was|has|whose|to"
_NO_JOBS = {
    *("woman", "man", "person", "girl", "boy", "lady", "gentleman", "female", "male", "human", "adult", "guy", "elf", "robot", "android"),
    *("mother", "father", "widow", "widower", "grandmother", "grandfather", "twin", "wife", "husband", "single", "native"),
    *(
        "cat",
        "dog",
        "vampire",
        "wizard",
        "witch",
        "demon",
        "individual",
        "teenager",
        "bachelor",
        "orphan",
        "lesbian",
        "girlfriend",
        "boyfriend",
    ),
}
"""Nouns of a person that name no occupation."""
_OTHERS = {
    *("wife", "husband", "partner", "sister", "brother", "twin", "mother", "father", "mom", "mum", "dad", "parent", "parents", "son"),
    *("daughter", "child", "children", "baby", "aunt", "uncle", "cousin", "niece", "nephew", "grandmother", "grandfather", "friend"),
    *("girlfriend", "boyfriend", "neighbour", "neighbor", "boss", "colleague", "roommate", "teacher", "cat", "dog", "user", "man"),
    *("kid", "kids", "toddler", "dogs", "cats", "people", "spouse", "neighbours", "neighbors", "everyone"),
    *("woman", "girl", "boy", "king", "queen", "master", "owner", "lover", "rival", "enemy"),
}
"""Nouns of others that a pronoun in the next sentence may stand for."""


@dataclass
class Person:
    """Attributes of a person in a file of another project.

    An empty value is not stated.

    Attributes:
        name: the name.
        age: age in years; None if it is not stated.
        pronouns: ``she``, ``he`` or ``they``.
        occupation: occupation, on one line.
        household: the people it lives with.
        culture: nationality or culture.
        traits: ``high`` or ``low``, for each trait of the Big Five that is stated as one of them.
        unclear: what the file says of the other traits.
        background: prose.
        interests: one each.
        routine: what it does on ordinary days, in order.
        weekdays: the items of the routine that belong to working days.
        plan: what it does every day at no fixed time.
        goals: long-term goals.
    """

    name: str = ""
    age: int | None = None
    pronouns: str = ""
    occupation: str = ""
    household: str = ""
    culture: str = ""
    traits: dict[str, str] = field(default_factory=dict)
    unclear: dict[str, str] = field(default_factory=dict)
    background: str = ""
    interests: list[str] = field(default_factory=list)
    routine: list[str] = field(default_factory=list)
    weekdays: set[str] = field(default_factory=set)
    plan: list[str] = field(default_factory=list)
    goals: list[str] = field(default_factory=list)


def of_agent(raw: Mapping[str, Any]) -> Person:
    """Return the person of a TinyTroupe agent."""
    said = agent_persona(raw) or {}
    behaviors, preferences = _mapping(said.get("behaviors")), _mapping(said.get("preferences"))
    occupation = said.get("occupation")
    job = _mapping(occupation)
    person = Person(
        name=_text(said.get("name"), 200),
        age=_whole_number(said.get("age")),
        pronouns=_pronouns(said.get("pronouns") or said.get("gender")),
        occupation=", ".join(_texts([job.get("title"), job.get("organization")])) or _text(occupation, 200),
        culture=_text(said.get("nationality"), 200),
        interests=_texts(preferences.get("interests") or said.get("interests")),
        goals=_texts(said.get("long_term_goals") or said.get("goals")),
    )
    person.occupation = clean(person.occupation, limit=200)
    levels = _mapping(_mapping(said.get("personality")).get("big_five") or said.get("big_five"))
    for trait in TRAITS:
        value = next((_text(level, 80) for key, level in levels.items() if str(key).lower() == trait), "")
        level = _level(value)
        if level:
            person.traits[trait] = level
        elif value:
            person.unclear[trait] = value
    weekend: list[str] = []
    for part, item in _routines(
        next((value for key in ("routines", "routine") for value in (behaviors.get(key), said.get(key)) if value), None)
    ):
        if part in ("weekend", "weekends", "saturday", "sunday"):
            weekend.append(item)
            continue
        person.routine.append(item)
        if part.startswith(("work", "weekday")):
            person.weekdays.add(item.rstrip("."))
        elif part in _PART_OF_DAY and len(person.plan) < _MAX_PLAN and not _TIME.search(item) and _is_requirement(item):
            minutes = _MINUTES.search(item)
            person.plan.append(f"{item.rstrip('.')} {_PART_OF_DAY[part]}" + (f" for {minutes[1]} minutes" if minutes else ""))
    person.routine = person.routine[:_MAX_ITEMS]
    personality = _mapping(said.get("personality"))
    likes, dislikes = (_texts(preferences.get(key)) for key in ("likes", "dislikes"))
    parts = [
        *_texts(
            [said.get("residence") and f"Lives in {_text(said.get('residence'), 150)}.", said.get("education"), job.get("description")]
        ),
        *_texts(personality.get("traits") or said.get("personality_traits")),
        *(
            f"{name}: {'; '.join(one.rstrip('.') for one in listed)}."
            for name, listed in (("Likes", likes), ("Dislikes", dislikes))
            if listed
        ),
        *_texts(behaviors.get("general")),
        *(f"On weekends: {item}" for item in weekend),
        *_texts(said.get("other_facts")),
    ]
    person.background = _prose(*parts)
    return person


def of_card(raw: Mapping[str, Any]) -> Person:
    """Return the person of a character card.

    What is not a field of its own is looked for in its description.
    """
    card = card_fields(raw)
    name = _text(card.get("name") or card.get("char_name"), 200)

    def said(*keys: str) -> str:
        value = next((card[key] for key in keys if isinstance(card.get(key), str)), "")
        return _MACRO.sub(lambda found: name if (found[1] or found[2]).lower() in ("char", "bot") else "the user", value[:20_000])

    description, personality = said("description", "char_persona", "context"), said("personality")
    both = f"{description}\n{personality}"
    person = Person(
        name=name,
        age=_stated_age(both, name),
        pronouns=_pronouns(_labelled(both, "gender", "pronouns", "sex")) or _spoken_pronouns(description, name),
        occupation=_labelled(both, "occupation", "job", "profession") or _stated_occupation(description, name),
        culture=_labelled(both, "nationality", "culture", "ethnicity"),
        interests=[one for part in _all_labelled(both, "interests", "hobbies", "hobby", "likes", "loves") for one in _listed(part)],
        goals=_listed(_labelled(both, "goals", "goal", "dream")),
    )
    person.interests = list(dict.fromkeys(person.interests))[:_MAX_ITEMS]
    person.traits, person.unclear = _levels(both)
    person.routine = _dated_clauses(description, name)
    person.background = _prose(description, personality and f"Personality: {personality}", said("scenario", "world_scenario"))
    return person


def of_scratch(raw: Mapping[str, Any]) -> Person:
    """Return the person of a scratch file of Generative Agents."""
    plan = _text(raw.get("daily_plan_req"), 400)
    parts = (_text(raw.get("learned"), 900), _text(raw.get("currently"), 900), _text(raw.get("innate"), 150))
    return Person(
        name=_text(raw.get("name"), 200),
        age=_whole_number(raw.get("age")),
        background=_prose(*parts),
        routine=[*_dated_clauses(str(raw.get("lifestyle") or "")), *_dated_clauses(plan)][:_MAX_ITEMS],
        goals=_texts(raw.get("currently")),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any, limit: int) -> str:
    """Return a text or number, cleaned; "" for anything else.

    Marks that number a list, as in ``1) …``, are changed: the published format splits texts at them.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return _NUMBER.sub(r"\1.", clean(str(value), limit=limit))


def _texts(value: Any) -> list[str]:
    """Return the texts of a text, a list, or the values of a mapping, cleaned and bounded."""
    items = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else [value]
    return [text for item in items[:_MAX_ITEMS] if (text := _text(item, _MAX_ITEM))]


def _routines(value: Any) -> Iterator[tuple[str, str]]:
    """Yield part of the day and text of each item of an agent's routines."""
    for part, items in (value if isinstance(value, dict) else {"": value}).items():
        sentences = _SENTENCE_END.split(items[:20_000]) if isinstance(items, str) else items
        for item in _texts(sentences):
            yield clean(str(part), limit=40).lower(), item


def _whole_number(value: Any) -> int | None:
    if isinstance(value, str) and value.strip().isdecimal():
        value = int(value.strip()[:6])
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _pronouns(value: Any) -> str:
    words = re.findall(r"[a-z-]+", _text(value, 60).lower())
    return _GENDERS.get(words[0], "") if words else ""


def _level(text: str) -> str:
    """Return ``high`` or ``low`` if the first sentence of a text says one of them alone."""
    words = set(re.findall(r"[a-z]+", text.split(".")[0].lower()))
    if words & {"medium", "moderate", "average", "not"} or len(words & {"high", "low"}) != 1:
        return ""
    return "high" if "high" in words else "low"


_FURTHER_LEVEL = re.compile(
    r"\s*(?:to|or|/|[-–—]|and|,\s*sometimes|but)\s*(?:very\s+|sometimes\s+)?(?:high|low|medium|moderate|average)\b", re.IGNORECASE
)
_EARLIER_LEVEL = re.compile(r"\b(?:high|low|medium|moderate|average|not|neither|nor)\s*(?:to|or|/|[-–—]|and|very)?\s*$", re.IGNORECASE)


def _levels(text: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the traits that a text states as high or low, and what is unclear.

    What is unclear are the words on traits with several levels.
    """
    said: dict[str, list[tuple[str, str]]] = {}
    for found in _LEVEL_LAST.finditer(text):
        several = _FURTHER_LEVEL.match(text, found.end())
        level = "" if several else found[2].lower()
        said.setdefault(found[1].lower(), []).append((level, text[found.start() : several.end() if several else found.end()]))
    for found in _LEVEL_FIRST.finditer(text):
        earlier = _EARLIER_LEVEL.search(text[max(0, found.start() - 20) : found.start()])
        said.setdefault(found[2].lower(), []).append(("" if earlier else found[1].lower(), found[0]))
    levels = {trait: {level for level, _ in listed} for trait, listed in said.items()}
    clear = {trait: next(iter(one)) for trait, one in levels.items() if len(one) == 1 and "" not in one}
    unclear = {trait: clean("; ".join(words for _, words in listed), limit=80) for trait, listed in said.items() if trait not in clear}
    return clear, unclear


def _is_requirement(item: str) -> bool:
    """Return whether a text names an activity that a day has only where someone wants it."""
    names = [name for name in lexicon.names(lexicon.find("activities", tokens(item))) if name in catalogue.activities()]
    return bool(names) and not any(catalogue.activities()[names[0]].is_a(tag) for tag in _NOT_PLANNED)


def _stated_age(text: str, name: str) -> int | None:
    """Return the age that a text states of the person itself; None if it states none.

    Other people in the text, such as children, have ages too.
    """
    subjects = "|".join(re.escape(one) for one in (name, name.split(" ")[0], "she", "he", "they", "i", "you") if one)
    for found in _AGE.finditer(text):
        sentence = re.split(r"[.!?\n]", text[max(0, found.start() - 200) : found.start()])[-1]
        of_person = re.match(rf"\W*(?:{subjects})\b{_IS}\s*$", sentence, re.IGNORECASE)
        if found["label"] or of_person or _BEGINS.fullmatch(text[: found.start()]):
            return _years(int(found["years"]), text[found.end() :])
    return None


def _years(number: int, following: str) -> int | None:
    """Return an age in years; None for a range of ages or an unlikely number of months.

    An age under 16 is returned as it is, so that nobody is made older.

    Args:
        number: the number that is stated.
        following: the text after it.
    """
    if unit := re.match(r"\s*(months?|weeks?|days?|centur(?:y|ies)|decades?)\b", following, re.IGNORECASE):
        number = number // {"m": 12, "w": 52, "d": 365}.get(unit[1][0].lower(), 1) if unit[1][:2].lower() != "de" else 40
        return number if number < 16 else None
    if re.match(r"\s*(?:[-–—/]|to|or|and)\s*\d", following, re.IGNORECASE):
        return number if number < 16 else None
    return number


def _stated_occupation(text: str, name: str) -> str:
    """Return the occupation that a sentence states with the age; "" if none does.

    Only sentences such as ``Mara is a 61 year old lighthouse keeper.`` are read, and only up to the first word that begins a clause.
    """
    names = "|".join(re.escape(one) for one in (name, name.split(" ")[0]) if one) or "(?!)"
    # A pronoun stands for the person for certain only at the start.
    begins = rf"(?:(?:\A|[.!?\n])\W*(?:{names})|\A\W*(?:she|he|they|i|you))"
    for found in re.finditer(rf"{begins}\b{_IS}\s*{_JOB}", text, re.IGNORECASE):
        words = re.split(rf"\s(?:{_CLAUSE})\b", found["job"], maxsplit=1, flags=re.IGNORECASE)[0].strip()
        last = words.lower().split()[-1:] or [""]
        if len(words.split()) <= 4 and last[0] not in _NO_JOBS:
            return clean(words, limit=200)
    return ""


def _spoken_pronouns(text: str, name: str) -> str:
    """Return ``she`` or ``he`` where a sentence says it of the person, and "" elsewhere.

    The sentence before must begin with the person's name and name nobody else, and nothing in the text may speak of the other sex.
    """
    words = set(re.findall(r"[a-z]+", text.lower()))
    if words & {"she", "her", "hers", "herself"} and words & {"he", "him", "his", "himself"}:
        return ""
    names = "|".join(re.escape(one) for one in (name, name.split(" ")[0]) if one)
    sentences = [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]
    for before, sentence in pairwise(sentences):
        found = re.match(r"(She|He)\b", sentence)
        if found and names and re.match(rf"(?:{names})\b", before) and not _names_others(before, name):
            return found[1].lower()
    return ""


def _names_others(sentence: str, name: str) -> bool:
    """Return whether a sentence may name anyone but the person.

    A relative may be named, or another word may have a capital.
    """
    words = re.findall(r"[A-Za-z]+", sentence)
    own = set(re.findall(r"[A-Za-z]+", name))
    return any(word.lower() in _OTHERS or (word[0].isupper() and word not in own and word != "I") for word in words)


def _prose(*parts: str) -> str:
    """Return texts as one, each ended as a sentence."""
    ended = (part if part.endswith((".", "!", "?", "…")) else f"{part}." for part in map(str.strip, parts) if part)
    return clean(" ".join(ended), limit=_MAX_BACKGROUND)


def _all_labelled(text: str, *labels: str) -> list[str]:
    """Return what follows each label.

    Examples are ``Hobbies: knitting, chess`` and ``Likes("knitting" + "chess")``.
    """
    names = "|".join(labels)
    # A label begins a line or a sentence, or stands before a bracket or an equals sign.
    ends = re.finditer(
        rf"(?:(?:^|[\n.;\[{{|])\W{{0,4}}(?:{names})\W{{0,3}}:|\b(?:{names})\s*[(=])([^\n\])}}]{{1,400}})", text, re.IGNORECASE
    )
    return [clean(re.split(r"\.\s|\.$", found[1], maxsplit=1)[0].strip(" \"'*"), limit=200) for found in ends]


_UNLIKED = re.compile(
    r"(?:(?:she|he|they|i)\s+)?(?:hates?|loathes?|dislikes?|detests?|despises?|avoids?|not|no|never|none|nothing|anything but|"
    r"can(?:no|['’])t|"
    r"do(?:es)?(?:n['’]t| not)|isn['’]t|bored (?:by|of|with)|n/?a\b)\b",
    re.IGNORECASE,
)
"""Beginnings of an item that is no interest."""


def _labelled(text: str, *labels: str) -> str:
    return next((one.replace('"', "") for one in _all_labelled(text, *labels) if one), "")


def _listed(text: str) -> list[str]:
    """Return the items of a list on one line."""
    parts = (clean(part.strip(" \"'.*"), limit=_MAX_ITEM) for part in re.split(r'[,;+]|"\s+"|\band\s(?=\w+$)', text))
    return [_NUMBER.sub(r"\1.", part) for part in parts if part and not _UNLIKED.match(part)]


def _dated_clauses(text: str, name: str = "") -> list[str]:
    """Return the clauses of a text that state a time of day.

    Args:
        text: the text.
        name: the person's name; a clause that speaks of somebody else, and "she" after it, are left out. "": none is.
    """
    found: list[str] = []
    of_person = True
    for clause in _CLAUSE_END.split(text[:20_000]):
        if not clause:
            continue
        if name and (said := _speaks_of_person(clause, name)) is not None:
            of_person = said
        if of_person and _TIME.search(part := _text(clause, _MAX_ITEM)):
            found.append(part)
    return found[:_MAX_ITEMS]


_OWNED = re.compile(
    r"\W*(?:(?:her|his|their|my|your|the|an?|one|some)\s+(?:[\w-]+\s+){0,2}?|[\w-]+['’]s\s+(?:[\w-]+\s+)?)([\w-]+)", re.IGNORECASE
)
_NAMED = re.compile(
    r"\W*((?:[A-Z][\w'’-]*\s+){1,3})(?:(?:usually|always|often|never|also)\s+)?(?:[a-z]+s|is|has|was|had|does|did|went|used|woke)\b"
)
_NO_NAMES = {
    "she",
    "he",
    "they",
    "i",
    "you",
    "we",
    "it",
    "usually",
    "always",
    "often",
    "never",
    "on",
    "in",
    "at",
    "every",
    "most",
    "after",
    "before",
}


def _speaks_of_person(clause: str, name: str) -> bool | None:
    """Return whether the subject of a clause is the person; None if it is nobody, or a pronoun."""
    own = set(re.findall(r"[a-z]+", name.lower()))
    words = re.findall(r"[A-Za-z]+", clause)
    owned = _OWNED.match(clause)
    if owned and any(word.lower() in _OTHERS for word in words[: len(re.findall(r"[A-Za-z]+", owned[0])) + 1]):
        return False
    named = _NAMED.match(clause)
    if named:
        said = [word.lower() for word in re.findall(r"[A-Za-z]+", named[1])]
        if said[0] in _NO_NAMES:
            return None
        return bool(set(said) & own) and not re.match(r"\W*[\w-]+['’]s\b", clause)
    return True if words and words[0].lower() in own and not owned else None
