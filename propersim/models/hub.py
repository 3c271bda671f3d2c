"""Find models in the Hugging Face hub's cache, and download files that are safe to open."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from propersim.core.errors import InputError
from propersim.core.program import program
from propersim.core.text import clean

WAYS: Final = f"give a preset (`{program()} models ls`), a folder, a .gguf file, or a hub id as owner/name"
_SAFE: Final = ["*.json", "*.safetensors", "*.jinja", "tokenizer.model"]


def check_variables() -> None:
    """Check that the hub's library can read its environment variables.

    Raises:
        InputError: it cannot; the message names the variables whose value is at fault, where they are known.
    """
    try:
        # Its lazy import prints a line of its own where this fails.
        import huggingface_hub.constants  # noqa: F401
    except ValueError as error:
        said = str(error)
        given = {name: value for name, value in os.environ.items() if name.startswith(("HF_", "HUGGINGFACE_")) and value}
        wrong = {name: value for name, value in given.items() if repr(value) in said}
        wrong = wrong or {name: value for name, value in given.items() if name.endswith("ENDPOINT")}
        what = ", ".join(f"{name}={clean(value, 60)}" for name, value in sorted(wrong.items())) or "a variable that begins with HF_"
        raise InputError(f"the library huggingface_hub cannot read {what}: {clean(said, 200)}", "correct it, or unset it") from error


def cached(location: str) -> Path | None:
    """Return the folder of a hub model in the hub's cache; None if it is not cached.

    Raises:
        InputError: the location is not a hub id.
    """
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        config = try_to_load_from_cache(location, "config.json")
    except HFValidationError as error:
        raise InputError(f"{location!r} is not a hub id: {error}", WAYS) from error
    return Path(config).parent if isinstance(config, str) else None


def download(location: str, hint: str, *, only_config: bool = False) -> Path:
    """Download a hub model, or only its configuration, and return its folder.

    Args:
        location: hub id.
        hint: hint of the error if it cannot be downloaded.
        only_config: download ``config.json`` alone.

    Raises:
        InputError: no network, no such model, or no access to it.
    """
    from huggingface_hub import constants, snapshot_download
    from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    offline = constants.is_offline_mode()
    if offline or not _reachable(constants.ENDPOINT):
        why = "HF_HUB_OFFLINE is set" if offline else "the hub cannot be reached"
        raise InputError(f"{location} is not in the hub's cache, and {why}", hint)
    disable_progress_bars()
    try:
        return Path(snapshot_download(location, allow_patterns=["config.json"] if only_config else _SAFE, ignore_patterns=["*/*"]))
    except GatedRepoError as error:
        raise InputError(
            f"{location}: its owner must grant access", "ask for access on its page, then log in with `hf auth login`"
        ) from error
    except RepositoryNotFoundError as error:
        raise InputError(f"{location}: the hub has no such model", WAYS) from error
    except (OSError, ValueError) as error:
        raise InputError(f"{location}: cannot be downloaded: {error}", hint) from error


def _reachable(endpoint: str) -> bool:
    """Return whether the hub can be reached.

    The hub's library retries for half a minute before it reports a failure.
    """
    import socket
    from urllib.parse import urlsplit
    from urllib.request import getproxies

    if getproxies().get("https") or getproxies().get("http"):
        return True
    address = urlsplit(endpoint)
    try:
        with socket.create_connection((address.hostname or "", address.port or (443 if address.scheme == "https" else 80)), timeout=5):
            return True
    except OSError:
        return False
