"""Put prompts into a model's chat template, after checks that it passes on what it is given.

Templates are rendered once, at loading, in a process of their own with limits (:mod:`propersim.models.template_process`).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from propersim.core.text import clean
from propersim.memory.state_text import INSTRUCTION, describe
from propersim.models.room import full_state

ASK: Final = "Answer now."
_STATE: Final = "(here is the state)"
_ANSWER: Final = "(here is the answer)"
_DATE: Final = "01 Jan 2026"
"""Date in the variable that templates of LLaMA 3 read; :data:`propersim.models.template_process.DATE` is the same day."""
_DRAWS: Final = 8
"""Seeds by which a chat template is rendered, to see whether it draws at random."""
_PATIENCE: Final = 60
"""Seconds after which a rendering is given up whose processor time was not spent, on a machine that is very busy."""
_TRICKY: Final = '\n"It\'s" <b>100 %</b> &amp; a café 🎈 {{ braces }} \\ [end].'

Message = dict[str, str]


class _Unusable(Exception):
    """A template cannot be used; the text completes "its chat template …"."""


def frame(tokenizer: Any, instruction: str = INSTRUCTION) -> tuple[str, str, str, str]:
    """Return the texts before the state, between state and answer, after it, and a warning.

    Without a chat template that can be used they are plain text. The warning is "" where there is none.

    Args:
        tokenizer: a tokenizer of transformers.
        instruction: the beginning of every prompt.
    """
    unused = ""
    if getattr(tokenizer, "chat_template", None):
        try:
            return *_framed(tokenizer, instruction), ""
        except _Unusable as error:
            unused = f"its chat template {error}: the model is asked in plain text, without one"
    first = tokenizer("x")["input_ids"][:1]
    begin = str(tokenizer.bos_token) if first and first[0] == tokenizer.bos_token_id else ""
    return f"{begin}{instruction}\n\n", f"\n\n{ASK}\n", "", unused


def _framed(tokenizer: Any, instruction: str) -> tuple[str, str, str]:
    """Return the texts around state and answer that a chat template writes.

    Raises:
        _Unusable: it fails, draws at random, or does not pass on what it is given.
    """
    try:
        template = tokenizer.get_chat_template()
    except Exception as error:
        # A choice of several templates may lack the usual one.
        raise _Unusable(f"fails ({_first_line(str(error))})") from error
    if not isinstance(template, str):
        raise _Unusable("is not a text")
    probe = describe(full_state()) + _TRICKY
    renderings = []
    for system in (True, False):
        for state, answer, seeds in ((_STATE, False, _DRAWS), (_STATE, True, 1), (probe, False, 1)):
            # Some templates insert today's date, and some let the model think first: the date is fixed and thinking is switched off.
            fixed = {"tools": None, "documents": None, "enable_thinking": False, "date_string": _DATE}
            own = {"messages": _messages(instruction, state, system=system, answer=answer), "add_generation_prompt": not answer}
            renderings.append({"variables": {**tokenizer.special_tokens_map, **fixed, **own}, "seeds": seeds})
    answers = render(template, renderings)
    try:
        return _checked(answers[:3], instruction, probe, system=True)
    except _Unusable:
        # Some templates take no system message: the instruction goes into the user's.
        return _checked(answers[3:], instruction, probe, system=False)


def _messages(instruction: str, state: str, *, system: bool, answer: bool) -> list[Message]:
    asked = f"{state}\n\n{ASK}"
    found = [{"role": "system", "content": instruction}] if system else []
    found.append({"role": "user", "content": asked if system else f"{instruction}\n\n{asked}"})
    return [*found, *([{"role": "assistant", "content": _ANSWER}] if answer else [])]


def _checked(answers: Sequence[dict[str, Any]], instruction: str, probe: str, *, system: bool) -> tuple[str, str, str]:
    """Return the texts around state and answer, after checks of what was rendered.

    Args:
        answers: the renderings of the prompt, of prompt and answer, and of the prompt with another state.
        instruction: the beginning of every prompt.
        probe: the other state.
        system: whether the instruction is a message of its own.

    Raises:
        _Unusable: the template cannot be used.
    """
    for answer in answers:
        if "error" in answer:
            raise _Unusable(f"fails ({_first_line(answer['error'])})")
        if len(set(answer["texts"])) > 1:
            raise _Unusable("draws at random")
    asked, answered, probed = (answer["texts"][0] for answer in answers)
    for text, whole in ((asked, False), (answered, True)):
        _check_order(text, [message["content"] for message in _messages(instruction, _STATE, system=system, answer=whole)])
    head, _, tail = asked.partition(_STATE)
    if probed != head + probe + tail:
        raise _Unusable("changes what it is given")
    return head, tail, answered.rpartition(_ANSWER)[2]


def _check_order(text: str, contents: Sequence[str]) -> None:
    """Check that a rendered text has each message once, in their order."""
    counts = [text.count(content) for content in contents]
    if 0 in counts:
        raise _Unusable("leaves out what it is given")
    if max(counts) > 1:
        raise _Unusable("repeats what it is given")
    if any(text.index(first) > text.index(second) for first, second in pairwise(contents)):
        raise _Unusable("changes the order of its messages")


def render(template: str, renderings: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Render a chat template in a process of its own; return texts, or an error.

    Args:
        template: the template, a text in Jinja.
        renderings: each with its ``variables`` by name and the number of its ``seeds``; each seed gives a text.
    """
    request = json.dumps({"template": template, "renderings": list(renderings)}, default=str)
    answers = _answers(request)
    return answers if isinstance(answers, list) else [{"error": answers}] * len(renderings)


@lru_cache(maxsize=8)
def _answers(request: str) -> Any:
    """Return the answers to a request, or in words why there are none."""
    script = Path(__file__).with_name("template_process.py")
    # The order of sets must not differ from run to run; the packages are those of this process.
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        done = subprocess.run(
            [sys.executable, "-P", str(script)],
            input=request.encode(),
            capture_output=True,
            env=environment,
            timeout=_PATIENCE,
            check=False,
        )
        return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return "it takes too much time or memory"
    except OSError as error:
        return f"no process to render it can be started: {error}"


def _first_line(text: str) -> str:
    lines = text.strip().splitlines()
    return clean(lines[0], limit=120) if lines else "it says no reason"
