"""Export a run as JSON lines: its steps, or its preference pairs for another trainer."""

from __future__ import annotations

import json
from collections.abc import Generator

from propersim.core.records import Pair, to_json
from propersim.store.bookmarks import bookmarks
from propersim.store.store import RunRow, Store

FORMATS = ("jsonl", "dpo")
KINDS = ("decision", "content", "answer")
_ALL = 1 << 62


def export_lines(store: Store, run: RunRow, kind: str) -> Generator[str, None, None]:
    """Yield the lines of an export, without line ends.

    Args:
        store: the store of the run.
        run: the run.
        kind: ``jsonl`` for every step, with the note of its bookmark if it has one; ``dpo`` for every preference
            pair, in the order of steps.
    """
    if kind == "jsonl":
        notes = {each.index: each.note for each in bookmarks(store, run)}
        for step in store.steps(run):
            line = to_json(step).decode()
            if step.index in notes:
                # Behind the record's own fields, which stay as they are.
                line = f'{line[:-1]},"bookmark":{json.dumps(notes[step.index], ensure_ascii=False)}}}'
            yield line
        return
    pairs = [pair for name in KINDS for pair in store.pairs(run, name, _ALL, _ALL)]
    for pair in sorted(pairs, key=lambda one: (one.index, one.number)):
        yield json.dumps(
            {
                "prompt": list(pair.prompt),
                "chosen": _answer(pair, pair.chosen),
                "rejected": _answer(pair, pair.rejected),
                "kind": pair.kind,
                "step": pair.index,
            },
            ensure_ascii=False,
        )


def _answer(pair: Pair, text: str | None) -> str:
    """Return an answer as the JSON that models write; a decision to speak has no text."""
    if text is None:
        return '{"speak": false}'
    if pair.kind == "decision" and not text:
        return '{"speak": true}'
    return json.dumps({"speak": True, "suggestion": text}, ensure_ascii=False)
