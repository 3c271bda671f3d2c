"""Preference pairs as batches, and the log-probabilities of their answers.

The layers below an adapter are frozen: what they compute of a pair is the same all night, so it can be computed once and kept. Behind the
attention of the last layer only the positions that predict a token of an answer are computed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import torch

from propersim.models.adapters import base_of
from propersim.models.pretrained import first_trained, logits_of

Done = Callable[[int], None]
"""Receives the number of pairs of each batch that is done."""
AnswerTokens = tuple[list[int], list[int], list[int]]
"""Token ids of a pair: prompt, chosen answer, rejected answer."""

BATCH = 32
"""Pairs per forward pass without gradients."""
MOST_KEPT = 2**30
"""Bytes of hidden states that are kept for a night; where it would be more, they are computed for each batch anew."""


def not_counted(count: int) -> None:
    """Ignore how many pairs are done."""


class PairBatch(NamedTuple):
    """Pairs as a batch of rows: prompt, chosen answer, rejected answer.

    Neither answer attends to the other.

    The last token of an answer is not in its row, because nothing is predicted from it; a bare decision is its prompt alone.

    Attributes:
        ids: token ids, shape (pairs, width), padded on the right.
        places: position of each token, same shape; the rejected answer starts at the same position as the chosen one.
        mask: additive attention mask, shape (pairs, 1, width, width).
        rows: row of each answer token, shape (tokens,).
        before: column in the row from which the token is predicted, shape (tokens,).
        tokens: id of the token, shape (tokens,).
        sums: 2 × row, plus 1 for tokens of the rejected answer, shape (tokens,).
    """

    ids: torch.Tensor
    places: torch.Tensor
    mask: torch.Tensor
    rows: torch.Tensor
    before: torch.Tensor
    tokens: torch.Tensor
    sums: torch.Tensor


def side_by_side(pairs: Sequence[AnswerTokens], pad: int) -> PairBatch:
    """Return (prompt, chosen, rejected) triples of token ids as a batch padded with ``pad``."""
    width = -(-max(len(p) + len(c) + len(r) - 2 for p, c, r in pairs) // 8) * 8
    ids = torch.full((len(pairs), width), pad)
    places = torch.arange(width).repeat(len(pairs), 1)
    sees = torch.ones(width, width, dtype=torch.bool).tril().repeat(len(pairs), 1, 1)
    rows: list[int] = []
    before: list[int] = []
    tokens: list[int] = []
    sums: list[int] = []
    for k, (prompt, chosen, rejected) in enumerate(pairs):
        start, second = len(prompt), len(prompt) + len(chosen) - 1
        row = [*prompt, *chosen[:-1], *rejected[:-1]]
        ids[k, : len(row)] = torch.tensor(row)
        places[k, second:] -= second - start
        sees[k, second:, start:second] = False
        for which, (answer, begin) in enumerate(((chosen, start), (rejected, second))):
            rows += [k] * len(answer)
            before += [start - 1, *range(begin, begin + len(answer) - 1)]
            tokens += answer
            sums += [2 * k + which] * len(answer)
    mask = torch.zeros(sees.shape).masked_fill(~sees, torch.finfo(torch.bfloat16).min)[:, None]
    return PairBatch(ids, places, mask, *map(torch.tensor, (rows, before, tokens, sums)))


@torch.no_grad()
def frozen_states(model: Any, pairs: Sequence[AnswerTokens], pad: int, done: Done = not_counted) -> list[torch.Tensor] | None:
    """Return what the frozen layers below an adapter compute of each pair.

    Args:
        model: a model with an adapter.
        pairs: the pairs as token ids.
        pad: token id of the padding.
        done: receives the number of pairs of each batch; of all where nothing is computed.

    Returns:
        Hidden states of each pair, shape (tokens of its row, width); None where no layer is frozen or they take more than
        :data:`MOST_KEPT` bytes.
    """
    base, first = base_of(model), first_trained(model)
    size = base.config.hidden_size * base.model.embed_tokens.weight.element_size()
    if not first or size * sum(map(_length, pairs)) > MOST_KEPT:
        done(len(pairs))
        return None
    found: dict[int, torch.Tensor] = {}
    for part in by_length(pairs):
        batch = side_by_side([pairs[i] for i in part], pad)
        hidden = _below(base, PairBatch(*(tensor.to(model.device) for tensor in batch)), first)
        found |= {i: hidden[k, : _length(pairs[i])].clone() for k, i in enumerate(part)}
        done(len(part))
    return [found[i] for i in range(len(pairs))]


def by_length(pairs: Sequence[AnswerTokens]) -> Iterator[list[int]]:
    """Yield the numbers of all pairs in batches of :data:`BATCH`.

    Similar lengths stand side by side: less padding.
    """
    order = sorted(range(len(pairs)), key=lambda i: sum(map(len, pairs[i])))
    for start in range(0, len(order), BATCH):
        yield order[start : start + BATCH]


def padded_states(states: Sequence[torch.Tensor], width: int) -> torch.Tensor:
    """Return hidden states of pairs as a batch, shape (pairs, width, hidden), padded with zeros."""
    batch = states[0].new_zeros(len(states), width, states[0].shape[1])
    for k, state in enumerate(states):
        batch[k, : len(state)] = state
    return batch


def log_probabilities(model: Any, batch: PairBatch, states: torch.Tensor | None = None) -> torch.Tensor:
    """Return the log-probabilities of chosen and rejected answers, shape (pairs, 2).

    An active adapter takes part.

    Args:
        model: the model, with or without an adapter.
        batch: the pairs.
        states: what the frozen layers computed of them (see :func:`frozen_states`); None computes it.
    """
    base, first = base_of(model), first_trained(model)
    layers = base.model.layers
    if first == len(layers):
        # Without an adapter: the last layer, too, is computed here.
        first, states = len(layers) - 1, None
    hidden = _below(base, batch, first) if states is None else states
    hidden = _through(base, hidden, batch, first, len(layers) - 1)
    last, mask, turned = layers[-1], _mask(base, batch), base.model.rotary_emb(hidden, position_ids=batch.places)
    seen, _ = last.self_attn(
        hidden_states=last.input_layernorm(hidden), attention_mask=mask, position_ids=batch.places, position_embeddings=turned
    )
    asked = (hidden + seen)[batch.rows, batch.before]
    asked = asked + last.mlp(last.post_attention_layernorm(asked))
    logits = logits_of(model, base.model.norm(asked))
    each = torch.log_softmax(logits, -1).gather(1, batch.tokens[:, None])[:, 0]
    return torch.zeros(2 * len(batch.ids), device=each.device).index_add(0, batch.sums, each).view(-1, 2)


def _length(pair: AnswerTokens) -> int:
    """Return the number of tokens in the row of a pair."""
    return sum(map(len, pair)) - 2


def _mask(base: Any, batch: PairBatch) -> torch.Tensor:
    return batch.mask.to(base.model.layers[0].input_layernorm.weight.dtype)


def _below(base: Any, batch: PairBatch, end: int) -> torch.Tensor:
    """Return the hidden states of a batch before layer ``end``."""
    return _through(base, base.model.embed_tokens(batch.ids), batch, 0, end)


def _through(base: Any, hidden: torch.Tensor, batch: PairBatch, start: int, end: int) -> torch.Tensor:
    """Return hidden states before layer ``end`` from those before layer ``start``."""
    mask, turned = _mask(base, batch), base.model.rotary_emb(hidden, position_ids=batch.places)
    for layer in base.model.layers[start:end]:
        hidden = layer(hidden, attention_mask=mask, position_ids=batch.places, position_embeddings=turned)
    return hidden
