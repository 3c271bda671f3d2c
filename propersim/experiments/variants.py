"""What a batch compares: variants by name, personas by list, and how a run is known again by what decides its records."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

from propersim.core.config import COSTS, MODELS, OF_ENDPOINTS, OPTIONS, RunConfig, stored_config
from propersim.core.errors import InputError
from propersim.core.text import clean, did_you_mean
from propersim.runs.validate import checked

VARIANTS: dict[str, dict[str, Any]] = {
    "factored": {"assistant": "llama", "learn": "dpo", "scheme": "factored", "memory": "ar"},
    "paper": {"assistant": "llama", "learn": "dpo", "scheme": "paper", "memory": "ar"},
    "ars": {"assistant": "llama", "learn": "none", "memory": "ars"},
    "ar": {"assistant": "llama", "learn": "none", "memory": "ar"},
    "none": {"assistant": "llama", "learn": "none", "memory": "none"},
    "silent": {"assistant": "silent"},
    "eager": {"assistant": "eager"},
    "random": {"assistant": "random"},
    "oracle": {"assistant": "oracle"},
    "api": {"assistant": "api", "memory": "ar"},
}
"""The options that make each variant what it is; all others are a run's defaults."""

FIXED = ("persona", "seed", "days", "assistant")
"""Options that a batch sets itself."""

_OF_ONE_RUN = ("persona", "seed", "days", "until", "base_url", "price", "user_base_url", "user_price", "max_cost")
_OF_CONTROLS = ("user", "user_plans", "user_ratings", "user_model", "rating_calls", "timestep", "world")


def pick_variants(text: str) -> list[str]:
    """Return the variants of a comma separated list, each once.

    Raises:
        InputError: a name is not known, or there is none.
    """
    found = list(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for name in found:
        if name not in VARIANTS:
            raise InputError(f"--variants: no {name!r}{did_you_mean(name, VARIANTS)}", f"some of {', '.join(VARIANTS)}")
    if not found:
        raise InputError("--variants: none given", f"some of {', '.join(VARIANTS)}")
    return found


def pick_personas(text: str) -> list[str]:
    """Return the personas of a list such as ``p01-p16,p20,mine.yaml``, or of ``all``, each once; files are not looked into.

    Raises:
        InputError: neither an id, a range of ids, nor the path of a file.
    """
    from propersim.persona.library import persona_ids

    known = persona_ids()
    found: list[str] = []
    for part in (part.strip() for part in text.split(",")):
        first, _, last = part.partition("-")
        if part == "all":
            found += known
        elif part in known or Path(part).suffix.lower() in (".yaml", ".yml", ".json"):
            found.append(part)
        elif first in known and last in known and known.index(first) <= known.index(last):
            found += known[known.index(first) : known.index(last) + 1]
        elif part:
            raise InputError(
                f"--personas: no persona {part!r}{did_you_mean(part, known)}",
                "give `all`, ids, ranges such as p01-p16, or paths of persona files (.yaml), with commas between them",
            )
    if not found:
        raise InputError("--personas: none given", "give `all`, or ids such as p01-p16,p20")
    return list(dict.fromkeys(found))


def variant_config(variant: str, *, persona: str, seed: int, days: int, options: Sequence[str] = ()) -> RunConfig:
    """Return the resolved options of one run of a batch.

    Args:
        variant: a name in :data:`VARIANTS`.
        persona: id or path.
        seed: of the run.
        days: to live.
        options: further ones, as ``name=value``; they win over the variant's.

    Raises:
        InputError: an option is not known, is set by the batch itself, or has a wrong value.
    """
    chosen: dict[str, Any] = {"persona": persona, "seed": seed, "days": days, **VARIANTS[variant]}
    for option in options:
        name, equals, value = option.partition("=")
        name = name.strip().lstrip("-").replace("-", "_")
        if not equals or name not in RunConfig.__struct_fields__ or name in FIXED:
            free = [field for field in RunConfig.__struct_fields__ if field not in FIXED]
            raise InputError(f"--set {option!r}: not name=value of an option of a run", f"one of {', '.join(free)}")
        if OPTIONS[name].choices():
            OPTIONS[name].check(value.strip())
        chosen[name] = value.strip()
    try:
        config = msgspec.convert(chosen, RunConfig, strict=False)
    except msgspec.ValidationError as error:
        raise InputError(f"--set: {error}") from error
    return checked(config).headless().resolved()


def config_hash(config: RunConfig, persona_json: str, world_text: str) -> str:
    """Return 16 hex digits that stand for all that decides a run's records, machine and versions apart.

    Where persona and home came from does not count, only what is in them.
    """
    # What only runs with endpoints have is left out where it is not used: hashes are older than it.
    every = config.resolved().to_dict().items()
    chosen = {name: value for name, value in every if name not in COSTS and not (name in OF_ENDPOINTS and value == OF_ENDPOINTS[name])}
    # Hashes in published results have the world under its old key.
    del chosen["world"]
    options = {**chosen, "persona": persona_json, "home": world_text}
    return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()[:16]


def variant_label(config: RunConfig) -> str:
    """Return the name of the variant that a run is, and in which options it differs, such as ``factored pairs=50``."""
    mine = config.resolved().to_dict()
    said = RunConfig(user=config.user)
    halves = {"user_plans": said.plans_by, "user_ratings": said.rates_by}
    best: list[str] | None = None
    for name, options in VARIANTS.items():
        if options["assistant"] != config.assistant:
            continue
        # What --user says of its halves goes without saying.
        theirs = {**RunConfig(**options).resolved().to_dict(), **halves}
        counted = [key for key in theirs if key not in _OF_ONE_RUN] if config.assistant in MODELS else list(_OF_CONTROLS)
        found = [name, *(f"{key}={Path(str(mine[key])).name}" for key in counted if mine[key] != theirs[key])]
        if best is None or len(found) < len(best):
            best = found
    return clean(" ".join(best or [config.assistant]), limit=80)


def stored_label(config_json: str, otherwise: str) -> str:
    """Return the variant's label of a stored run, or something else where its options cannot be read.

    Args:
        config_json: the run's options as they are stored.
        otherwise: what is said of a run whose options cannot be read; up to 80 of its characters.
    """
    config = stored_config(config_json)
    if config is None:
        return clean(otherwise, limit=80)
    # What a variant is does not depend on these, and most runs of a database share the rest.
    return _shared_label(msgspec.structs.replace(config, persona="", seed=0, days=1, until=None))


@lru_cache(maxsize=512)
def _shared_label(config: RunConfig) -> str:
    return variant_label(config)
