"""Variants of runs by name, lists of personas and variants, and hashes of runs.

The hash is what a run is recognised by.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec

from propersim.core.clock import format_time
from propersim.core.config import COSTS, MODELS, NEEDS, OF_ENDPOINTS, OF_FEEDBACK, OPTIONS, RunConfig, decode_config, field_of, no_effect
from propersim.core.errors import InputError, StoreError
from propersim.core.files import check_path
from propersim.core.text import clean, did_you_mean
from propersim.runs.validate import checked

Options = Mapping[str, Any]
"""Options of a run by field; all others keep their defaults."""
BUILT_IN = "variants.toml"
"""Name of the data file of the built-in variants."""


def resolve_variants(tables: Mapping[str, Options], known: Mapping[str, Options], where: str) -> dict[str, dict[str, Any]]:
    """Return the options of variants that are given as tables.

    Each has those of the variant that it is made ``from``, and its own.

    Args:
        tables: the tables by name, with options by field.
        known: variants that tables may be made from, besides each other.
        where: the file, for messages.

    Raises:
        InputError: a variant is made from an unknown one or from itself, or has no assistant; the message names it.
    """
    resolved: dict[str, dict[str, Any]] = {}

    def resolve(name: str, path: tuple[str, ...]) -> Options:
        if name in resolved or name not in tables:
            return resolved[name] if name in resolved else known[name]
        own = dict(tables[name])
        base = own.pop("from", None)
        if base in (*path, name):
            raise InputError(f"{where}: variant {clean(name, 60)}: is made from itself", "name another variant")
        if base is not None and base not in {**known, **tables}:
            meant = did_you_mean(str(base), {**known, **tables})
            raise InputError(f"{where}: variant {clean(name, 60)}: from: no variant {clean(str(base), 60)!r}{meant}")
        options = {**(resolve(base, (*path, name)) if base is not None else {}), **own}
        if "assistant" not in options:
            hint = 'give from = "NAME" of another variant, or assistant = "NAME"'
            raise InputError(f"{where}: variant {clean(name, 60)}: has no assistant", hint)
        resolved[name] = options
        return options

    return {name: dict(resolve(name, ())) for name in tables}


def check_variant(options: Options, where: str) -> dict[str, Any]:
    """Return the options of a variant by field, after checking each by itself.

    Args:
        options: options by the name of their field or of the command line.
        where: file and table, for messages.

    Raises:
        InputError: an option is unknown, belongs to the batch, or has an invalid value.
    """
    from propersim.core.safe_yaml import has_giant_integer

    found: dict[str, Any] = {}
    for key, value in options.items():
        field = field_of(key)
        if field not in OPTIONS or field in OF_BATCH:
            free = [option.name.removeprefix("--") for name, option in OPTIONS.items() if name not in OF_BATCH]
            why = "is an option of the whole batch" if field in OF_BATCH else f"unknown option{did_you_mean(key.replace('_', '-'), free)}"
            raise InputError(f"{where}: {clean(key, 60)!r}: {why}", f"one of {', '.join(free)}")
        if isinstance(value, dict | list) or has_giant_integer(value):
            raise InputError(f"{where}: {clean(key, 60)}: must be a single value, a number of a few digits or a text")
        try:
            OPTIONS[field].check_type(value)
            OPTIONS[field].check(value)
        except InputError as error:
            raise InputError(f"{where}: {error.message.removeprefix('--')}", error.hint) from error
        found[field] = value
    return found


def _built_in() -> tuple[dict[str, dict[str, Any]], tuple[str, ...]]:
    """Return the built-in variants, and the names of those of a batch that names none.

    Values are not checked here: that would look up plug-ins, which is slow. A test checks them.
    """
    data = tomllib.loads(files("propersim.experiments").joinpath(BUILT_IN).read_text(encoding="utf-8"))
    return resolve_variants(data["variant"], {}, BUILT_IN), tuple(data["default"])


VARIANTS, DEFAULT_VARIANTS = _built_in()
"""Options of each built-in variant, and the variants of a batch that names none."""
HASHED_MODELS = {"homelm-eager": "homelm", "homelm": "homelm-evidence"}
"""Names under which models enter the hash of a run: published results have that of ``homelm-eager`` as ``homelm``."""

LONGEST_LABEL = 80
"""Most characters of a variant's label."""

OF_BATCH = ("persona", "seed", "days")
"""Options that ``batch`` sets itself, and a variant must not."""
FIXED = (*OF_BATCH, "assistant")
"""Options that ``batch`` or the variant sets, and ``--set`` must not."""

_RUN_OPTIONS = ("persona", "seed", "days", "until", "base_url", "price", "user_base_url", "user_price", "max_cost")
_CONTROL_OPTIONS = (
    "user", "user_plans", "user_ratings", "user_model", "rating_calls", "timestep", "world", "reactive", "move", "move_to",
)  # fmt: skip


def parse_variants(text: str, known: Mapping[str, Options] = VARIANTS) -> list[str]:
    """Return the variants of a comma separated list, each once.

    Args:
        text: the list.
        known: the variants that there are.

    Raises:
        InputError: a name is not known, or the list is empty.
    """
    return check_variants(text.split(","), "--variants", known)


def check_variants(names: Sequence[str], what: str, known: Mapping[str, Options]) -> list[str]:
    """Return names of variants, each once.

    Args:
        names: the names; empty ones are left out.
        what: the option or the key of a file, for messages.
        known: the variants that there are.

    Raises:
        InputError: a name is not known, or there is none.
    """
    chosen = list(dict.fromkeys(name.strip() for name in names if name.strip()))
    for name in chosen:
        if name not in known:
            raise InputError(f"{what}: no {clean(name, 80)!r}{did_you_mean(name, known)}", f"some of {', '.join(known)}")
    if not chosen:
        raise InputError(f"{what}: none given", f"some of {', '.join(known)}")
    return chosen


def parse_personas(text: str, what: str = "--personas") -> list[str]:
    """Return the personas of a list such as ``p01-p16,rosalind,mine.yaml`` or ``all``.

    Each is there once; names become ids.

    Files are not opened.

    Args:
        text: the list.
        what: the option or the key of a file, for messages.

    Raises:
        InputError: a part is neither an id, a range of ids, a name, nor a path, or the list is empty.
    """
    from propersim.persona.library import id_of, office_persona_ids, persona_ids, unknown_persona

    at_home = persona_ids()
    known = [*at_home, *office_persona_ids()]
    personas: list[str] = []
    for part in (part.strip() for part in text.split(",")):
        first, _, last = part.partition("-")
        if part == "all":
            personas += at_home
        elif part in known or _is_file_name(part):
            personas.append(part)
        elif first[:1] == last[:1] and first in known and last in known and known.index(first) <= known.index(last):
            personas += known[known.index(first) : known.index(last) + 1]
        elif part and id_of(part) in known:
            personas.append(id_of(part))
        elif part:
            raise InputError(
                f"{what}: no persona {part!r}{unknown_persona(part)}",
                "give `all`, ids, names, ranges such as p01-p16, or paths of persona files (.yaml, .toml, .json), with commas between them",
            )
    if not personas:
        raise InputError(f"{what}: none given", "give `all`, or ids such as p01-p16,p20")
    return list(dict.fromkeys(personas))


def check_persona_files(personas: Sequence[str], what: str = "--personas") -> None:
    """Check that the persona files of a list exist.

    Args:
        personas: ids and paths.
        what: the option or the key of a file, for messages.

    Raises:
        InputError: one does not exist, or its path cannot be one.
    """
    for name in personas:
        if _is_file_name(name):
            check_path(what, name)
            if not Path(name).exists():
                raise InputError(f"{what}: {name}: no such file", "give the path of a persona file")


def _is_file_name(part: str) -> bool:
    from propersim.persona.library import PERSONA_SUFFIXES

    return Path(part).suffix.lower() in PERSONA_SUFFIXES


def variant_config(
    variant: str, *, persona: str, seed: int, days: int, options: Sequence[str] = (), known: Mapping[str, Options] = VARIANTS
) -> RunConfig:
    """Return the resolved options of one run of a batch.

    Args:
        variant: name in ``known``.
        persona: id or path.
        seed: seed of the run.
        days: number of simulated days.
        options: further options as ``name=value``; they override the variant's.
        known: options of each variant.

    Raises:
        InputError: an option is not known, is set by the batch itself, has an invalid value, or the variant needs another one.
    """
    chosen: dict[str, Any] = {"persona": persona, "seed": seed, "days": days, **known[variant]}
    for option in options:
        _, equals, value = option.partition("=")
        name = _field_of(option)
        if not equals or name not in RunConfig.__struct_fields__ or name in FIXED:
            free = [option.name.removeprefix("--") for field, option in OPTIONS.items() if field not in FIXED]
            meant = did_you_mean(name.replace("_", "-"), free)
            raise InputError(f"--set {option!r}: not name=value of an option of a run{meant}", f"one of {', '.join(free)}")
        chosen[name] = OPTIONS[name].parse(value.strip())
    try:
        config = msgspec.convert(chosen, RunConfig, strict=False)
    except msgspec.ValidationError as error:
        raise InputError(f"--set: {error}") from error
    try:
        return checked(config).headless().resolved()
    except InputError as error:
        hint = f"{error.hint}, in a batch with --set NAME=VALUE" if error.hint else None
        raise InputError(f"variant {variant}: {error.message}", hint) from error


def check_options(options: Sequence[str], configs: Sequence[RunConfig], where: str = "--set") -> None:
    """Check that each option of a batch has an effect on some run.

    Args:
        options: the options as ``name=value``.
        configs: options of the runs.
        where: where the options were given, for the message.

    Raises:
        InputError: an option has no effect on any of them; the message names what it needs.
    """
    for option in options:
        field = _field_of(option)
        if field in NEEDS and not any(NEEDS[field].met(config) for config in configs):
            raise no_effect(f"{where} {option}", NEEDS[field].what)


def _field_of(option: str) -> str:
    """Return the field of :class:`RunConfig` that an option ``name=value`` names."""
    return field_of(option.partition("=")[0].strip().lstrip("-"))


def config_hash(config: RunConfig, persona_json: str, world_text: str) -> str:
    """Return a hash of all that decides a run's records, except machine and versions.

    It has 16 hex digits.

    Args:
        config: options of the run.
        persona_json: the persona; the path that it was loaded from does not matter.
        world_text: the floor plan; likewise.
    """
    # Options that are not used are left out, so that hashes made before these options existed stay valid.
    unused = {**OF_ENDPOINTS, **OF_FEEDBACK, "decisions": "model", "starter": "auto", "day_log": "off"}
    every = config.resolved().to_dict().items()
    chosen = {name: value for name, value in every if name not in COSTS and not (name in unused and value == unused[name])}
    # Hashes in published results have the world under its old key, and the model of then under its old name.
    del chosen["world"]
    if config.assistant == "llama":
        chosen["model"] = HASHED_MODELS.get(config.model, config.model)
    elif config.assistant != "api" and config.memory == RunConfig().memory:
        # Other assistants had another default memory then.
        chosen["memory"] = "ar"
    # The persona has the other rubric, or the other persona, whose path does not matter.
    chosen.pop("drift_to", None)
    chosen.pop("move_to", None)
    options = {**chosen, "persona": persona_json, "home": world_text}
    return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()[:16]


def variant_label(config: RunConfig) -> str:
    """Return the closest variant and the options that differ, such as ``factored pairs=50``.

    ``until`` is one of them where it ends a run within a day.
    """
    own = config.resolved().to_dict()
    implied = RunConfig(user=config.user)
    halves = {"user_plans": implied.plans_by, "user_ratings": implied.rates_by}
    best: list[str] | None = None
    for name, options in VARIANTS.items():
        if options["assistant"] != config.assistant:
            continue
        # Values of --user-plans and --user-ratings that --user implies are not shown.
        usual = {**RunConfig(**options).resolved().to_dict(), **halves}
        counted = [key for key in usual if key not in _RUN_OPTIONS] if config.assistant in MODELS else list(_CONTROL_OPTIONS)
        # Which ratings are given comes first: a long label is cut at its end.
        counted.sort(key=lambda key: key not in OF_FEEDBACK)
        label = [name, *(f"{key}={Path(str(own[key])).name}" for key in counted if own[key] != usual[key])]
        if best is None or len(label) < len(best):
            best = label
    until = config.until_moment
    if best is not None and until is not None and until[1] is not None:
        # Its last day is no whole day: it is pooled with no other run.
        best.append(f"until=day_{until[0]}_{format_time(until[1])}")
    return clean(" ".join(best or [config.assistant]), limit=LONGEST_LABEL)


def feedback_of(label: str) -> str:
    """Return which ratings the assistant of a variant is given.

    Examples are ``complete`` and ``shown, noise 0.1, at night``. It is ``none`` for a control, which uses no
    ratings, and ``unknown`` where the label was cut before it would say so.

    Args:
        label: the variant's label (:func:`variant_label`).
    """
    name, *words = label.split(" ")
    if name in VARIANTS and VARIANTS[name]["assistant"] not in MODELS:
        return "none"
    options = {key: str(value) for key, value in VARIANTS.get(name, {}).items()}
    options |= dict(word.split("=", 1) for word in words if "=" in word)
    cut = label.endswith("…")
    parts = [options.get("feedback", "unknown" if cut else "complete")]
    if float(options.get("feedback_noise", 0)):
        parts.append(f"noise {options['feedback_noise']}")
    if options.get("feedback_delay", "off") != "off":
        parts.append("at night")
    return ", ".join(parts)


def stored_label(config_json: str, otherwise: str) -> str:
    """Return the variant's label of a stored run, for lists that go on where a run is damaged.

    Args:
        config_json: the options as the store holds them.
        otherwise: label of a run whose options cannot be read; ``(damaged)`` is added to it.
    """
    try:
        config = decode_config(config_json, "")
    except StoreError:
        return f"{clean(otherwise, limit=70)} (damaged)"
    return shared_label(config)


def shared_label(config: RunConfig) -> str:
    """Return the label of :func:`variant_label` from a cache, for lists of many runs."""
    # These options do not change the label, and most runs of a database share all others: the cache is hit more often.
    return _shared_label(msgspec.structs.replace(config, persona="", seed=0, days=1))


@lru_cache(maxsize=512)
def _shared_label(config: RunConfig) -> str:
    return variant_label(config)
