"""The text that participants agree to before anything is stored."""

from __future__ import annotations

from importlib.resources import files
from string import Template

from propersim.studies.people import needs
from propersim.studies.people.items import Block


def consent_text(code: str, blocks: list[Block]) -> str:
    """Return the consent text for a participant, in paragraphs.

    Args:
        code: the participant's code.
        blocks: what the participant rates.
    """
    personas = sum(one.part == "persona" for one in blocks)
    items = sum(len(one.items) for one in blocks if one.part == "persona")
    own = any(one.part == "own" for one in blocks)
    return consent_of(code, personas=personas, items=items, own=own)


def consent_of(code: str, *, personas: int, items: int, own: bool) -> str:
    """Return the consent text for a number of recommendations.

    Args:
        code: the participant's code.
        personas: number of personas as which the participant rates.
        items: number of recommendations.
        own: whether they are also rated for oneself.
    """
    people = "one person" if personas == 1 else f"each of {personas} people"
    as_other = f"for {people} whose wishes you are shown"
    text = files("propersim.studies.people").joinpath("consent.txt").read_text(encoding="utf-8")
    return Template(text).substitute(
        code=code,
        items=items,
        minutes=round(needs.seconds_of(personas, items, own=own) / 60),
        parts=f"once {as_other}, and once more for yourself" if own else as_other,
    )
