"""Check the options of a run, including the models and encoders that they name."""

from __future__ import annotations

from propersim.core import plugins
from propersim.core.config import RunConfig
from propersim.core.errors import InputError
from propersim.core.files import check_path
from propersim.core.text import clean
from propersim.models.devices import check_device
from propersim.models.libraries import need_libraries


def checked(config: RunConfig) -> RunConfig:
    """Return the options of a run after checking them; loads nothing heavy.

    Raises:
        InputError: an option is unknown, does not go with another, or names something unusable; the message names the option.
    """
    _check_assistant(config)
    config.checked()
    parts = ((plugins.ASSISTANTS, config.assistant), (plugins.USERS, config.plans_by), (plugins.JUDGES, config.rates_by))
    for group, name in parts:
        _load_plugin(group, name)
    _check_embedder(config)
    if config.assistant == "llama":
        need_libraries("--assistant llama")
        check_device(config.device)
        check_path("--model", config.model)
    if config.assistant == "llama" and config.reveal_persona == "on":
        _check_revealing(config)
    return config


def _check_assistant(config: RunConfig) -> None:
    """Refuse a model that is given as the assistant, and say how it is chosen."""
    if plugins.is_registered(plugins.ASSISTANTS, config.assistant):
        return
    from propersim.models.presets import preset_names

    name = config.assistant.strip().casefold()
    if name in preset_names():
        model = "by default" if name == RunConfig().model else f"with --model {name}"
        raise InputError(
            f"--assistant: no {clean(config.assistant, 60)!r}: that is a model, which llama has {model}",
            "give --assistant llama" + ("" if name == RunConfig().model else f" --model {name}"),
        )


def _load_plugin(group: str, name: str) -> None:
    """Import a plug-in now, rather than after the run has been stored.

    Raises:
        InputError: it cannot be used.
    """
    if plugins.is_registered(group, name) and name not in plugins.BUILT_IN[group]:
        plugins.load(group, name)


def _check_embedder(config: RunConfig) -> None:
    if "://" in config.embedder:
        from propersim.memory.endpoint_embedder import endpoint_of

        endpoint_of(config.embedder)
    elif plugins.is_registered(plugins.EMBEDDERS, config.embedder):
        _load_plugin(plugins.EMBEDDERS, config.embedder)
    else:
        from propersim.models.encoder import check_encoder

        check_path("--embedder", config.embedder)
        check_encoder(config.embedder)


def _check_revealing(config: RunConfig) -> None:
    from propersim.models.presets import preset

    if preset(config.model).source.startswith("homelm"):
        raise InputError(
            f"--reveal-persona: the prompt of {config.model} consists of fields and cannot hold a persona",
            "give a model that reads text with --model, such as smollm2",
        )
