"""The codec of models that read text: prompts in words, answers in JSON.

The answer's schema is that of the paper, section 4.1.

An answer is ``{"speak": false}`` or ``{"speak": true, "suggestion": "…"}``. The common start of both belongs to the prompt, so that the two
decisions differ in their first token. Tokens are those of the whole answer tokenized at once, as the model was trained on them and writes
them itself. Only the chat template and the fixed instruction may contain control tokens; in all other text (activities, memories, a
persona, suggestions) a text that looks like a control token stays plain text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from propersim.core.errors import InputError
from propersim.core.text import clean, well_formed
from propersim.memory.log_text import LEAST_TOKENS, TOKENS, log_lines
from propersim.memory.state import AssistantState
from propersim.memory.state_text import EVIDENCE_INSTRUCTION, INSTRUCTION, describe, describe_evidence
from propersim.models.chat_template import frame
from propersim.models.room import long_states, plain_state, shortened
from propersim.models.unfit import is_unfit
from propersim.reading.classifier import default_reader
from propersim.world.catalogue import tones, topics

_SPEAK: Final = '{"speak": true, "suggestion": "'
_ABOUT: Final = '{"speak": true, "topic": "'
_TOPIC: Final = re.compile(r'(?:[^"\\]|\\.)*", "tone": "(?:[^"\\]|\\.)*", "suggestion": "', re.DOTALL)
_SILENT: Final = '{"speak": false}'
_STRING: Final = re.compile(r'((?:[^"\\]|\\.)*)"', re.DOTALL)
LONGEST_PERSONA: Final = 6000
"""Most characters of the persona in a prompt."""


class TextCodec:
    """Encodes prompts and decodes answers of a model that reads text.

    Args:
        tokenizer: a fast tokenizer of transformers.
        persona: description of the user for the prompt (the ablation ``--reveal-persona``); None leaves it out.
        vocabulary: size of the model's output; tokens beyond the tokenizer's vocabulary are banned.
        positions: the model's longest position; parts of a state for which it has no room are left out of the prompt. None is no limit.
        evidence: whether prompts hold the moment and what the ratings say of it, and nothing else, and answers say topic and tone before
            the suggestion, which can be given to the model.

    Raises:
        InputError: the tokenizer cannot be used.
    """

    longest = 64

    def __init__(
        self,
        tokenizer: Any,
        *,
        persona: str | None = None,
        vocabulary: int | None = None,
        positions: int | None = None,
        evidence: bool = False,
    ) -> None:
        if not getattr(tokenizer, "is_fast", False):
            raise InputError("the model's tokenizer has no tokenizer.json", "save the tokenizer with a current version of transformers")
        self._tokenizer = tokenizer
        self._plain_tokenizer = _without_added_tokens(tokenizer.backend_tokenizer)
        self._line = lru_cache(4096)(lambda line: tuple(self._plain(f"{line}\n")))
        self._ends_line = lru_cache(None)(lambda token: self._decode([token]).endswith("\n"))
        self._controls = frozenset(int(i) for i in tokenizer.get_added_vocab().values()) | frozenset(map(int, tokenizer.all_special_ids))
        self._evidence = evidence
        head, tail, after, unused = frame(tokenizer, EVIDENCE_INSTRUCTION if evidence else INSTRUCTION)
        self.notices: tuple[str, ...] = (unused,) if unused else ()
        """Warnings about the tokenizer, to be shown with a run."""
        end = self._end(after)
        silent, speak = self._trusted(tail + _SILENT), self._trusted(tail + (_ABOUT if evidence else _SPEAK))
        same = next((i for i, (a, b) in enumerate(zip(silent, speak, strict=False)) if a != b), None)
        if same is None:
            raise InputError("the model's tokenizer cannot tell the two decisions apart", "give a model whose tokenizer knows letters")
        self._tail = silent[:same]
        self.silent: tuple[int, ...] = (silent[same],)
        self.over: tuple[int, ...] = (*silent[same + 1 :], end)
        self.speak: tuple[int, ...] = tuple(speak[same:])
        self.closing: tuple[int, ...] = (end,)
        self._ends = frozenset({end, int(tokenizer.eos_token_id if tokenizer.eos_token_id is not None else end)})
        beyond = range(len(tokenizer), vocabulary or 0)
        # Some tokenizers have more tokens than the model: those have no logits.
        self.banned: tuple[int, ...] = tuple(
            i for i in sorted((self._controls | frozenset(beyond)) - self._ends) if i < (vocabulary or i + 1)
        )
        about = f"About this person: {clean(persona, limit=LONGEST_PERSONA)}\n\n" if persona else ""
        self.prefix: tuple[int, ...] = (*self._trusted(head), *(self._plain(about) if about else ()))
        """Tokens that every prompt begins with."""
        highest = max(*self.prefix, *self._tail, *self.silent, *self.over, *self.speak, *self.closing)
        if vocabulary is not None and highest >= vocabulary:
            token = str(tokenizer.convert_ids_to_tokens(highest))
            raise InputError(
                f"its prompts have token {highest:,} ({token!r}), but the model's embedding has {vocabulary:,} rows",
                "give the model with its own tokenizer",
            )
        before = max((len(self.about(topic, tone)) for topic in topics() for tone in tones()), default=0) if evidence else 0
        answer = max(len(self.speak) + before + self.longest + len(self.closing), len(self.silent) + len(self.over))
        least, most = len(self._whole(plain_state())), max(len(self._whole(state)) for state in long_states())
        # From a moment with evidence nothing can be left out.
        self.tokens_needed: tuple[int, int] = ((max(least, most) if evidence else least) + answer, max(least, most) + answer)
        self._room = None if positions is None else positions - answer
        left = TOKENS if positions is None else positions - self.tokens_needed[1]
        # The log gets what the longest moment leaves, so that it never takes the moment's place.
        self._log_room = min(TOKENS, left) if left >= LEAST_TOKENS else 0

    def prompt(self, state: AssistantState) -> list[int]:
        """Return a state's prompt: instruction, state in words, start of the answer.

        Where the model has no room for all of it, the parts that matter least are left out (:func:`propersim.models.room.shortened`).

        Raises:
            InputError: it has no room even for the present moment.
        """
        ids = self._whole(state)
        while self._room is not None and len(ids) > self._room:
            shorter = shortened(state)
            if shorter is None:
                raise InputError(
                    f"a prompt takes {len(ids):,} tokens, but the model's longest position leaves {self._room:,} for it",
                    "give a model with a longer context (max_position_embeddings)",
                )
            state = shorter
            ids = self._whole(state)
        return ids

    def _whole(self, state: AssistantState) -> list[int]:
        return [*self.prefix, *self._log(state), *self._plain(describe_evidence(state) if self._evidence else describe(state)), *self._tail]

    def _log(self, state: AssistantState) -> list[int]:
        """Return the tokens of the day's log, each line tokenised by itself."""
        if state.log is None or not self._evidence or not self._log_room:
            return []
        lines = log_lines(state.log, state.minute, lambda line: len(self._line(line)), self._log_room)
        return [token for line in lines for token in self._line(line)]

    def ends(self, prompt: Sequence[int]) -> tuple[int, ...]:
        """Return the ends of the parts that are kept.

        These are the instruction, which every prompt begins with, and each line of the day's log.
        """
        begin, end = len(self.prefix), len(prompt) - len(self._tail)
        # No text has a line break inside; the last one stands between the moment and its ratings.
        lines = [place + 1 for place in range(begin, end) if self._ends_line(prompt[place])][:-1] if self._evidence else []
        return (begin, *lines)

    def about(self, topic: str, tone: str) -> tuple[int, ...]:
        """Return the tokens that give a suggestion's topic and tone.

        None where the model chooses them itself.
        """
        return tuple(self._following(_ABOUT, f'{topic}", "tone": "{tone}", "suggestion": "')) if self._evidence else ()

    def ended(self, ids: Sequence[int]) -> bool:
        """Return whether the suggestion's closing quote or an end token has come."""
        return bool(ids) and (ids[-1] in self._ends or self._match(ids) is not None)

    def _match(self, ids: Sequence[int]) -> re.Match[str] | None:
        """Return the suggestion in tokens, up to its closing quote.

        It follows topic and tone where the model chose them.
        """
        written = self._decode(ids)
        chosen = _TOPIC.match(written) if self._evidence else None
        return _STRING.match(written, chosen.end() if chosen else 0)

    def text(self, ids: Sequence[int]) -> str | None:
        """Return the suggestion; None if it is malformed.

        It is malformed if its quote does not close, its JSON is invalid, the text is not well-formed, or has words that no assistant says.
        """
        body = list(ids[:-1] if ids and ids[-1] in self._ends else ids)
        match = self._match(body)
        if match is None or not self._controls.isdisjoint(body):
            return None
        try:
            text = str(json.loads(f'"{match[1]}"', strict=False)).strip()
            text.encode("utf-8")
        except ValueError:
            return None
        return text if well_formed(text) and not is_unfit(text) else None

    def tokens(self, text: str, *, about: bool = True) -> list[int]:
        """Return a suggestion's tokens, its closing quote and brace included.

        Quote and brace may share a token with its last character. Where answers say topic and tone first, these come first.

        Args:
            text: the suggestion.
            about: whether they do; False leaves them out, because they are given.
        """
        valid = text.encode("utf-8", errors="replace").decode("utf-8")
        rest = json.dumps(valid, ensure_ascii=False)[1:] + "}"
        if not (self._evidence and about):
            return self._following(_SPEAK, rest)
        reading = default_reader().read(valid)
        return self._following(_ABOUT, f'{reading.topic or "other"}", "tone": "{reading.tone or "plain"}", "suggestion": "{rest}')

    def _following(self, opening: str, rest: str) -> list[int]:
        """Return the tokens of a text after an opening, as in the two tokenised together."""
        before, whole = self._plain(opening), self._plain(opening + rest)
        return whole[len(before) :] if whole[: len(before)] == before else self._plain(rest)

    def _decode(self, ids: Sequence[int]) -> str:
        return str(self._tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False))

    def _trusted(self, text: str) -> list[int]:
        """Return the tokens of a trusted text, in which control tokens are recognised."""
        ids: list[int] = self._tokenizer(text, add_special_tokens=False)["input_ids"]
        return ids

    def _plain(self, text: str) -> list[int]:
        """Return the tokens of an untrusted text, without any control token."""
        ids: list[int] = self._plain_tokenizer.encode(text, add_special_tokens=False).ids
        return [i for i in ids if i not in self._controls]

    def _end(self, after: str) -> int:
        """Return the token that ends an answer.

        It is the control token that the chat template puts after an answer, else the end-of-text token.
        """
        first = self._trusted(after.lstrip())[:1] if after.strip() else []
        if first and first[0] in self._controls:
            return first[0]
        if self._tokenizer.eos_token_id is None:
            raise InputError("the model's tokenizer has no end-of-text token", "set eos_token in its tokenizer_config.json")
        return int(self._tokenizer.eos_token_id)


def _without_added_tokens(backend: Any) -> Any:
    """Return a copy of a tokenizer that recognises no control tokens."""
    from tokenizers import Tokenizer

    raw = json.loads(backend.to_str())
    raw["added_tokens"], raw["truncation"], raw["padding"], raw["post_processor"] = [], None, None, None
    return Tokenizer.from_str(json.dumps(raw))
