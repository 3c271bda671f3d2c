"""Training's forward passes: only asked positions, shared beginnings, matrices of the machine's fastest type."""

from copy import deepcopy

import msgspec
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.models import pretrained
from propersim.models.adapters import add_adapter
from propersim.models.decoder import weight_of
from propersim.models.loading import load
from propersim.models.pretrained import dequantise, first_trained, forward_states, logits_of, mixed_precision, mixes_precision
from propersim.models.sources import resolve
from tests.models.test_decoder import TEACHING, with_adapter

BEGIN = [1, 17, 300, 4]


@pytest.fixture(scope="module")
def whole(tiny_folder):
    return load(resolve(str(tiny_folder)), "none").model


@pytest.fixture(scope="module")
def model(whole):
    return with_adapter(whole)


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_states_are_those_of_the_whole_model(model, data):
    tokens = st.integers(0, 900)
    rows = [[*BEGIN, *own] for own in data.draw(st.lists(st.lists(tokens, min_size=1, max_size=9), min_size=1, max_size=4))]
    places = [sorted(data.draw(st.sets(st.integers(len(BEGIN) - 1, len(row) - 1), min_size=1))) for row in rows]
    with torch.no_grad():
        found = logits_of(model, forward_states(model, rows, places, len(BEGIN)))
        wanted = torch.cat([model(torch.tensor([row]), use_cache=False).logits[0, asked] for row, asked in zip(rows, places, strict=True)])
        few = logits_of(model, forward_states(model, rows, places, len(BEGIN)), (3, 8))
    assert torch.allclose(found, wanted.float(), atol=1e-4)
    assert torch.allclose(few, found[:, [3, 8]], atol=1e-6)


def test_gradients_are_those_of_the_whole_model(whole):
    """Below the first layer with an adapter there are none."""
    rows, places = [[*BEGIN, 5, 6], [*BEGIN, 9]], [[4, 5], [4]]
    taught = add_adapter(deepcopy(whole), msgspec.structs.replace(TEACHING, layers=1, dropout=0.0), 0)
    other = deepcopy(taught)
    assert first_trained(taught) == 1
    logits_of(taught, forward_states(taught, rows, places, len(BEGIN)))[:, 7].sum().backward()
    for row, asked in zip(rows, places, strict=True):
        other(torch.tensor([row]), use_cache=False).logits[0, asked, 7].sum().backward()
    grads = [(one.grad, two.grad) for one, two in zip(taught.parameters(), other.parameters(), strict=True)]
    assert any(one is not None for one, _ in grads)
    for one, two in grads:
        assert (one is None) == (two is None)
        assert one is None or torch.allclose(one, two, atol=1e-3)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_unpacked_matrices_have_the_values_of_the_four_bits(tiny_folder, monkeypatch, dtype):
    monkeypatch.setattr(pretrained, "matrix_type", lambda model: dtype)
    packed = load(resolve(str(tiny_folder)), "nf4").model
    wanted = weight_of(packed.model.layers[1].mlp.up_proj)
    whole = dequantise(packed)
    assert not any(type(module).__name__ == "Linear4bit" for module in whole.modules())
    assert torch.equal(whole.model.layers[1].mlp.up_proj.weight, wanted.to(dtype))
    assert mixes_precision(whole) == (dtype is torch.bfloat16)
    taught = add_adapter(whole, TEACHING, 0)
    assert first_trained(taught) == 0
    with mixed_precision(taught):
        states = forward_states(taught, [[*BEGIN, 5]], [[4]], len(BEGIN))
        logits = logits_of(taught, states)
    assert logits.dtype == torch.float32
    logits.sum().backward()
    assert all(parameter.grad is not None for parameter in taught.parameters() if parameter.requires_grad)
