"""Export a run's adapter for PEFT, as a whole model, or as a GGUF file."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from propersim.core.config import RunConfig
from propersim.core.errors import InputError
from propersim.core.files import check_space, filled_folder, refuse_filled
from propersim.models.export_forms import BYTES, GGUF_FILE, USUAL, Dtype, Form
from propersim.models.presets import preset
from propersim.models.sources import Source, download_weights, resolve
from propersim.runs.create import run_config
from propersim.runs.trained_model import TrainedAdapter, check_has_model, check_weights, find_adapter
from propersim.store.store import RunRow, Store


class Exported(NamedTuple):
    """The files of an export, and notes on their use.

    Attributes:
        day: day of the night that made the adapter; 0 for the starter adapter.
        base: name of the base model: its hub id, or as it was given to ``--model``.
        files: names of the files in the folder.
        size: bytes of all files.
        threshold: probability of speaking above which the model speaks in the run; None where it is not recorded.
        notes: what to know when it is used.
    """

    day: int
    base: str
    files: tuple[str, ...]
    size: int
    threshold: float | None
    notes: tuple[str, ...]


def export_model(
    store: Store, run: RunRow, folder: Path, *, form: Form = "peft", day: int | None = None, dtype: Dtype | None = None
) -> Exported:
    """Export the model of a run with one of its adapters.

    Args:
        store: the open database.
        run: the run.
        folder: a new or empty folder to write into.
        form: ``peft``, ``merged`` or ``gguf``.
        day: day of the night that made the adapter; 0 is the run's starter adapter, None the newest adapter.
        dtype: data type of the weights of a whole model; None is float32 for ``merged`` and float16 for ``gguf``.

    Raises:
        InputError: the run has no such adapter, its base model is missing or has changed, or cannot be written in this form.
        StoreError: the adapter's file is missing or has been changed.
        StoreFull: the disk is full or has an I/O error.
    """
    config = run_config(run)
    check_has_model(run, config)
    refuse_filled(folder)
    adapter = find_adapter(store, run, day)
    base = preset(config.model).source
    if form == "peft":
        notes = _peft_notes(run, config, base)
        with filled_folder(folder) as aside:
            from propersim.models.export_adapter import write_peft

            check_space(folder, adapter.path.stat().st_size)
            write_peft(adapter.path, aside, base, adapter.teaching)
    else:
        notes = _write_whole(run, config, adapter, folder, form, dtype or USUAL[form])
    files = sorted(folder.iterdir())
    size = sum(file.stat().st_size for file in files)
    names = tuple(file.name for file in files)
    return Exported(adapter.day, base, names, size, _threshold(adapter), (*notes, *_notes(run, config)))


def _threshold(adapter: TrainedAdapter) -> float | None:
    """Return the threshold of an adapter.

    None where it began with a starter that the run does not record.
    """
    from propersim.models.export_adapter import fitted

    if adapter.threshold is not None:
        return adapter.threshold
    teaching = adapter.teaching
    return teaching.speak_above_taught if fitted(adapter.path, teaching) == teaching else None


def _write_whole(run: RunRow, config: RunConfig, adapter: TrainedAdapter, folder: Path, form: Form, dtype: Dtype) -> list[str]:
    """Write a whole model, and return what to know of it.

    Args:
        run: the run.
        config: its options.
        adapter: the adapter.
        folder: a new or empty folder.
        form: ``merged`` or ``gguf``.
        dtype: data type of the weights.
    """
    from propersim.models.export_adapter import changed_weights, load_merged, write_merged
    from propersim.models.export_gguf import check_architecture, kept_text, write_changed_gguf, write_gguf
    from propersim.models.gguf_header import read_head

    source = resolve(config.model)
    if form == "gguf" and source.kind == "homelm":
        raise InputError(
            f"run {run.id} is of {config.model}, whose tokens are fields of a moment, not words: llama.cpp and Ollama cannot talk to it",
            "export it with `--form peft` or `--form merged`",
        )
    check_weights(run, config)
    source = download_weights(source)
    check_space(folder, _size(source, BYTES[dtype]))
    model, tokenizer = load_merged(source, adapter.path, adapter.teaching, evidence=config.reads_evidence_in_words)
    notes = [_quantized_note(source)] if config.quantize == "nf4" else []
    with filled_folder(folder) as aside:
        if form == "merged":
            write_merged(model, tokenizer, aside, dtype)
        elif source.kind == "gguf":
            changed = changed_weights(adapter.path)
            write_changed_gguf(model, source.path, changed, aside / GGUF_FILE, dtype)
            notes.append(kept_text(len(read_head(source.path).shapes) - len(changed), dtype))
        else:
            check_architecture(model.config.model_type)
            name = Path(source.name if source.kind == "folder" else source.location).name
            write_gguf(model, tokenizer, aside / GGUF_FILE, name, dtype)
    return notes


def _size(source: Source, number: int) -> int:
    """Return about how many bytes a whole model takes.

    Args:
        source: the base model.
        number: bytes of a weight.
    """
    if source.shape is not None and source.quantized:
        return source.shape.parameters * number
    return (source.parameters or 0) * number


def _quantized_note(source: Source) -> str:
    if source.quantized:
        return "the base is stored in 4-bit only: its weights were unpacked, as the run computed with them"
    return "the run computed with the base in 4-bit (NF4); this model has its full weights, so its logits differ a little from the run's"


def _peft_notes(run: RunRow, config: RunConfig, base: str) -> list[str]:
    """Return what to know of an adapter for PEFT, after a check of its base where that is here.

    Args:
        run: the run.
        config: its options.
        base: name of the base model.

    Raises:
        InputError: the base has changed since the run.
    """
    notes = []
    try:
        source: Source | None = resolve(config.model)
    except InputError as error:
        source = None
        notes.append(f"the base model was not compared with the run's: {error.message}")
    if source is not None:
        check_weights(run, config)
    if source is not None and source.kind == "gguf":
        notes.append(f"the base is a GGUF file: load it with from_pretrained(folder, gguf_file={Path(base).name!r})")
    elif source is not None and source.kind == "homelm":
        notes.append("the base is part of the package: its folder is propersim.models.homelm_weights." + _homelm_name(config.model))
    elif source is not None and source.kind == "folder":
        notes.append("adapter_config.json names the base by the path that was given to --model")
    if config.quantize == "nf4":
        notes.append("the run computed with the base in 4-bit (NF4, double quantisation): load it so for the run's logits")
    return notes


def _homelm_name(model: str) -> str:
    return "WEIGHTS" if model == "homelm" else "EAGER"


def _notes(run: RunRow, config: RunConfig) -> list[str]:
    """Return what is true of every form.

    Args:
        run: the run.
        config: its options.
    """
    notes = []
    if preset(config.model).source in ("homelm", "homelm-eager"):
        notes.append(
            "HomeLM's tokens are fields of a moment, not words: only propersim's own code writes its prompts and reads its answers"
        )
    if config.decisions != "model":
        notes.append(f"in this run a classifier decides when to speak (--decisions {config.decisions}); it is not part of the export")
    return notes
