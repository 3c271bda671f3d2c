"""The small decoder computes the logits of transformers, and sampling respects its parameters."""

from copy import deepcopy
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import propersim.models.model
from propersim.memory.state import AssistantState
from propersim.models.adapters import add_adapter
from propersim.models.byte_matrix import MOST_ROWS, WIDTH, ByteMatrix
from propersim.models.decoder import PlainDecoder
from propersim.models.estimate import LARGEST
from propersim.models.llama_decoder import LlamaDecoder, LlamaWeights
from propersim.models.loading import load
from propersim.models.model import LoadedModel, sample
from propersim.models.presets import preset
from propersim.models.sources import resolve
from tests.tiny_models import fill_adapter

TEACHING = msgspec.structs.replace(preset("homelm").teaching, rank=4, alpha=8)
PROMPT = [1, 17, 300, 4, 99, 1200, 5, 5, 800]

logits = arrays(np.float32, st.integers(2, 60), elements=st.floats(-12, 12, width=32))
chances = st.floats(0, 1, exclude_max=True)
top_ps = st.floats(0.05, 1.0)


@pytest.fixture(scope="module")
def whole(tiny_folder):
    return load(resolve(str(tiny_folder)), "none").model


def small(model):
    return LlamaDecoder(LlamaWeights.of(model))


def with_adapter(model):
    return fill_adapter(add_adapter(deepcopy(model), TEACHING, 0), 2).eval()


def last_logits(model, rows):
    with torch.inference_mode():
        return model(torch.tensor(rows), use_cache=False).logits[:, -1].float()


def close(one, other, tolerance=1e-4):
    return torch.allclose(one, other, atol=tolerance * float(other.abs().max()), rtol=tolerance)


@pytest.mark.parametrize("adapter", [False, True])
@pytest.mark.parametrize("kind", [small, PlainDecoder])
def test_logits_are_those_of_transformers(whole, kind, adapter):
    """After a prompt, after one more token and after several, in one row and in two different ones."""
    model = with_adapter(whole) if adapter else whole
    decoder = kind(model)
    found, cache = decoder.prefill(PROMPT)
    assert close(found, last_logits(model, [PROMPT])[0])
    rows = [list(PROMPT), list(PROMPT)]
    forked = decoder.fork(cache, 2)
    for added in ([[7], [9]], [[11], [12]], [[5, 6, 7], [8, 9, 10]], [[400], [401]]):
        rows = [row + more for row, more in zip(rows, added, strict=True)]
        assert close(decoder.extend(forked, torch.tensor(added)), last_logits(model, rows))
    again = decoder.extend(decoder.fork(cache, 1), torch.tensor([[3]]))
    assert close(again, last_logits(model, [[*PROMPT, 3]])), "what a fork did must not show in the cache it came from"


def test_decisions_of_a_model_in_bfloat16_are_not_rounded(whole):
    """As a model on a CUDA device is: its own logits are rounded to bfloat16, most of them to the same values."""
    model = deepcopy(whole).to(torch.bfloat16)
    own = last_logits(model, [PROMPT])[0]
    assert torch.equal(own, own.bfloat16().float())
    decoder = PlainDecoder(model)
    for found in (decoder.prefill(PROMPT)[0], decoder.read([PROMPT, PROMPT[:4]])[0]):
        assert found.dtype is torch.float32
        assert not torch.equal(found, found.bfloat16().float())
        assert close(found, own, 2e-2)


@pytest.mark.parametrize("kind", [small, PlainDecoder])
def test_prompts_are_read_side_by_side_and_answers_at_every_place(whole, kind):
    """Shorter prompts are padded at the end, which changes nothing before it."""
    model = with_adapter(whole)
    decoder = kind(model)
    prompts = [PROMPT, PROMPT[:4], [*PROMPT, 7, 8], [5]]
    for found, prompt in zip(decoder.read(prompts), prompts, strict=True):
        assert close(found, last_logits(model, [prompt])[0])
    prompts = [PROMPT, PROMPT[:4], [*PROMPT, 7, 8]]
    for found, prompt in zip(decoder.read(prompts, 3), prompts, strict=True):
        assert close(found, last_logits(model, [prompt])[0])
    _, cache = decoder.prefill(PROMPT)
    answers = [[7, 9, 11], [400, 3, 0]]
    found = decoder.follow(decoder.fork(cache, 2), torch.tensor(answers))
    for row, answer in enumerate(answers):
        for place in range(3):
            assert close(found[row, place], last_logits(model, [[*PROMPT, *answer[: place + 1]]])[0])


@pytest.mark.parametrize("kind", [small, PlainDecoder])
def test_what_was_kept_of_the_last_prompt_does_not_show(whole, kind):
    """The bits are those of a new decoder, whatever prompts came before; a change of the beginning is noticed."""
    model = with_adapter(whole)
    decoder = kind(model)
    prompts = [
        (PROMPT, (4, 6)),
        ([*PROMPT[:6], 3, 3, 3], (4, 6)),
        ([*PROMPT[:4], 9, 9, 9, 9], (4, 6)),
        ([8, *PROMPT], (4, 7)),
        (PROMPT, (4,)),
        (PROMPT, ()),
        (PROMPT * 9, (4, 6, 70)),
    ]
    for prompt, ends in prompts:
        found, cache = decoder.prefill(prompt, ends)
        fresh, other = kind(model).prefill(prompt, ends)
        assert torch.equal(found, fresh)
        assert close(found, last_logits(model, [prompt])[0])
        following = torch.tensor([[5], [6]])
        assert torch.equal(decoder.extend(decoder.fork(cache, 2), following), kind(model).extend(kind(model).fork(other, 2), following))


def test_matrices_in_bfloat16_give_nearly_the_same(whole):
    """The logits themselves are in float32: similar prompts differ."""
    decoder = LlamaDecoder(LlamaWeights.of(whole, torch.bfloat16))
    exact = [small(whole).prefill([*PROMPT, number])[0] for number in range(40)]
    found = [decoder.prefill([*PROMPT, number])[0] for number in range(40)]
    assert all(close(one, other, 0.05) for one, other in zip(found, exact, strict=True))
    assert len({float(one[7] - one[9]) for one in found}) == 40


@pytest.mark.parametrize("rows", [1, MOST_ROWS])
def test_the_tokens_of_an_answer_in_bytes_are_nearly_the_same(whole, rows):
    """Prompts, also those of which all but one token is kept, do not use bytes."""
    decoder, exact = LlamaDecoder(LlamaWeights.of(whole, torch.bfloat16)), small(whole)
    _, cache = decoder.prefill(PROMPT)
    _, other = exact.prefill(PROMPT)
    cache, other = decoder.fork(cache, rows), exact.fork(other, rows)
    for token in range(5, 12):
        following = torch.full((rows, 1), token)
        found = decoder.extend(cache, following)
        assert close(found, exact.extend(other, following), 0.05)
    assert not torch.equal(
        found, decoder.follow(decoder.fork(decoder.prefill(PROMPT)[1], rows), torch.tensor([[*range(5, 12)]] * rows))[:, -1]
    )
    prompt = [*PROMPT, 5]
    kept = decoder.prefill(prompt, (len(PROMPT),))[0]
    assert torch.equal(kept, LlamaDecoder(LlamaWeights.of(whole, torch.bfloat16)).prefill(prompt, (len(PROMPT),))[0])
    assert torch.equal(kept, decoder.follow(decoder.fork(decoder.prefill(PROMPT)[1], 1), torch.tensor([[5]]))[0, -1])


@given(
    arrays(np.float32, st.tuples(st.integers(1, 40), st.integers(1, 5).map(lambda n: n * WIDTH)), elements=st.floats(-3, 3, width=32)),
    st.integers(0, 2**31),
)
def test_a_matrix_of_bytes_is_off_by_half_a_step_of_each_row(weights, seed):
    matrix = torch.from_numpy(weights)
    byte = ByteMatrix.of(matrix)
    steps = byte.scales.float()[:, None]
    # The scale itself is rounded to bfloat16: the largest weights may lie a few thousandths outside.
    room = steps * 0.51 + matrix.abs() * 2**-8
    assert ((byte.values.float() * steps - matrix).abs() <= room).all()
    x = torch.randn(2, 3, matrix.shape[1], generator=torch.Generator().manual_seed(seed))
    found = byte.product(x)
    wanted = x.bfloat16().float() @ (byte.values.float() * steps).T
    assert found.shape == (2, 3, len(matrix))
    assert torch.allclose(found, wanted, rtol=0.02, atol=0.02 * float(wanted.abs().max() + 1e-6))


@pytest.mark.parametrize("rows", [1, 3])
def test_a_beginning_that_is_read_at_once_is_followed_by_the_same_text(monkeypatch, rows):
    """One row's beginning is shorter: the rest of the others is read token by token."""
    model = LoadedModel("homelm", "none")
    decision = model.decide(model.codec.prompt(AssistantState(450.0, 1, "reading", "reading a novel", "living room", 2)))
    words = model.codec.tokens("Shall I put the kettle on for you?")
    given = [words[: len(words) - row] for row in range(rows)]
    found = []
    for least in (1, 99):
        monkeypatch.setattr(propersim.models.model, "READ_AT_ONCE", least)
        found.append(model.say(decision, list(range(rows)), given))
    assert found[0] == found[1]
    assert any(found[0])


def test_a_matrix_whose_columns_do_not_fill_blocks_is_refused():
    """Torch would read beyond its end."""
    with pytest.raises(ValueError, match="33 columns"):
        ByteMatrix.of(torch.ones(8, 33))


def test_how_likely_an_answer_is_follows_from_the_models_own_forward():
    """Compared with transformers token by token, for several texts of different lengths at once."""
    model = LoadedModel("homelm", "none")
    prompt = model.codec.prompt(AssistantState(450.0, 1, "reading", "reading a novel", "living room", 2))
    decision = model.decide(prompt)
    texts = ["Shall I put the kettle on?", "How about a slow walk under the trees before lunch, dear?", "Tea?"]
    assert model.chances([prompt, prompt[:-3], prompt])[::2] == pytest.approx([decision.p_speak] * 2, rel=1e-4)
    for text, found in zip(texts, model.log_probs(decision, texts), strict=True):
        said = [*model.codec.tokens(text), *model.codec.closing]
        row = [*prompt, *model.codec.speak, *said]
        with torch.inference_mode():
            logps = torch.log_softmax(model.model(torch.tensor([row])).logits[0].float(), -1)
        wanted = sum(float(logps[len(row) - len(said) - 1 + k, token]) for k, token in enumerate(said))
        assert found.tokens == len(said)
        assert found.total == pytest.approx(wanted, rel=1e-3)


def test_an_adapter_changes_what_is_said(whole):
    plain, _ = small(whole).prefill(PROMPT)
    changed, _ = small(with_adapter(whole)).prefill(PROMPT)
    assert not close(plain, changed, 0.01)


def test_four_bits_are_read_as_they_are(tiny_folder):
    """In 4-bit, transformers rounds every layer's output to bf16, so that the logits are nearly equal."""
    model = load(resolve(str(tiny_folder))).model
    found, _ = small(model).prefill(PROMPT)
    assert close(found, last_logits(model, [PROMPT])[0], 0.05)


def test_a_prompt_of_one_token(whole):
    found, cache = small(whole).prefill([5])
    assert cache.length == 1
    assert close(found, last_logits(whole, [[5]])[0])


def test_rows_are_independent(whole):
    decoder = small(whole)
    _, cache = decoder.prefill(PROMPT)
    alone = decoder.extend(decoder.fork(cache, 1), torch.tensor([[7]]))[0]
    together = decoder.extend(decoder.fork(cache, 3), torch.tensor([[9], [7], [11]]))[1]
    assert close(alone, together, 1e-5)


@pytest.mark.parametrize(
    ("name", "value"), [("model_type", "mistral"), ("hidden_act", "gelu"), ("attention_bias", True), ("intermediate_size", LARGEST)]
)
def test_other_models_are_left_to_transformers(whole, name, value):
    assert LlamaDecoder.fits(whole)
    config = SimpleNamespace(**{**whole.config.to_dict(), "model_type": whole.config.model_type, name: value})
    assert not LlamaDecoder.fits(SimpleNamespace(config=config, parameters=whole.parameters))


def nucleus(row, top_p, temperature):
    """The smallest set of likeliest tokens that has ``top_p`` of the probability, with a margin for rounding."""
    weights = np.exp((row.astype(np.float64) - row.max()) / temperature)
    chances = weights / weights.sum()
    order = np.argsort(-chances, kind="stable")
    before = np.concatenate([[0.0], chances[order].cumsum()[:-1]])
    return {int(token) for token, so_far in zip(order, before, strict=True) if so_far <= top_p + 1e-9}


@given(logits, chances, top_ps, st.floats(0.2, 3.0))
def test_only_the_likely_is_ever_said(row, chance, top_p, temperature):
    assert sample(row, chance, top_p, temperature) in nucleus(row, top_p, temperature)


@given(logits, top_ps)
def test_the_smallest_chance_says_the_likeliest(row, top_p):
    assert sample(row, 0.0, top_p) == int(np.argsort(-row.astype(np.float64), kind="stable")[0])


@given(logits, chances)
def test_what_is_banned_is_never_said(row, chance):
    row[1:] = -np.inf
    assert sample(row, chance, 1.0) == 0


def test_chances_become_frequencies():
    shares = np.array([0.4, 0.3, 0.2, 0.1])
    row = np.log(shares).astype(np.float32)
    for top_p, expected in ((1.0, shares), (0.65, np.array([4, 3, 0, 0]) / 7), (0.75, np.array([4, 3, 2, 0]) / 9)):
        drawn = [sample(row, (i + 0.5) / 4000, top_p) for i in range(4000)]
        found = np.bincount(drawn, minlength=4) / 4000
        assert found == pytest.approx(expected, abs=1e-3), top_p


def test_temperature_sharpens_and_flattens():
    row = np.log(np.array([0.6, 0.4])).astype(np.float32)

    def share(temperature):
        return sum(sample(row, (i + 0.5) / 1000, 1.0, temperature) == 0 for i in range(1000)) / 1000

    assert share(1.0) == pytest.approx(0.6, abs=2e-3)
    assert share(0.5) == pytest.approx(0.36 / (0.36 + 0.16), abs=2e-3)
    assert share(0.5) > share(1.0) > share(2.0) > 0.5


def test_a_flat_row_is_sampled_whole():
    """No token is dropped as unlikely if all are."""
    row = np.zeros(5000, np.float32)
    assert {sample(row, (i + 0.5) / 5000, 1.0) for i in range(5000)} == set(range(5000))
