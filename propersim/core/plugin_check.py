"""Import plug-ins in a process of their own, to find out whether they can be used.

What is imported may run for ever, end the process or crash it. The process reads the plug-ins as JSON from standard input, and answers
with a line of JSON for each.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Final

from propersim.core.plugins import PlugIn, problem

LONGEST_IMPORT: Final = 60.0
"""Longest time that a plug-in may take to be imported, in seconds."""


def problems(plug_ins: Sequence[PlugIn]) -> list[str]:
    """Return for each plug-in in one line why it cannot be used, "" where it can."""
    found = [one.refused for one in plug_ins]
    left = [place for place, one in enumerate(plug_ins) if not one.refused]
    while left:
        # A process that a plug-in ended is followed by another, for the rest.
        answers, why = _imported([plug_ins[place] for place in left])
        if why:
            answers.append(f"{plug_ins[left[len(answers)]].target} cannot be loaded ({why})")
        for place, answer in zip(left, answers, strict=False):
            found[place] = answer
        left = left[len(answers) :]
    return found


def _imported(plug_ins: Sequence[PlugIn]) -> tuple[list[str], str]:
    """Import plug-ins in a process.

    Returns:
        What is wrong with each of the first ones, and why the process did not come to the end of the next one, "" where it did all.
    """
    request = json.dumps({"path": sys.path, "plug_ins": plug_ins}).encode()
    process = subprocess.Popen([sys.executable, "-m", "propersim.core.plugin_check"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdin is not None
    assert process.stdout is not None
    answers: list[str] = []
    data = b""
    try:
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(request)
        while len(answers) < len(plug_ins):
            late = time.monotonic() + LONGEST_IMPORT
            while b"\n" not in data:
                if not select.select([process.stdout], [], [], max(0.0, late - time.monotonic()))[0]:
                    return answers, f"importing it takes more than {LONGEST_IMPORT:g} s"
                part = os.read(process.stdout.fileno(), 65536)
                if not part:
                    return answers, f"importing it ended Python with exit code {process.wait()}"
                data += part
            line, _, data = data.partition(b"\n")
            answers.append(str(json.loads(line)))
        return answers, ""
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def main() -> None:
    """Read plug-ins from standard input, import them, and answer."""
    request = json.load(sys.stdin)
    sys.path[:] = request["path"]
    # What packages print while they are imported is no answer.
    answers = os.dup(1)
    os.dup2(2, 1)
    # Ctrl+C ends the parent, which says so.
    with contextlib.suppress(KeyboardInterrupt):
        for values in request["plug_ins"]:
            os.write(answers, json.dumps(problem(PlugIn(*values))).encode() + b"\n")


if __name__ == "__main__":
    main()
