"""The check of a GPU, on the CPU with tiny models."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from propersim.models.estimate import needs
from propersim.models.sources import Source
from tests.known import known
from tools import gpu_check
from tools.gpu_check import SHAPES, SMALL, agreement, random_llama

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_tiny_models_decide_speak_and_train_for_a_night():
    command = [sys.executable, "-m", "tools.gpu_check", "--device", "cpu", "--small", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=300, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [row["shape"] for row in found["models"]] == list(SMALL)
    assert not found["left_out"]
    for row in found["models"]:
        assert all(row[name] > 0 for name in ("memory", "decisions", "tokens", "steps", "night", "run_day", "run_night"))
    assert found["agrees"]
    assert found["spearman"] > 0.99
    assert found["range"] > 0.05, "the decisions of a model that does not look at its prompt would agree too"


def test_other_decisions_do_not_agree(monkeypatch):
    """The second model has other weights."""
    seeds = iter((0, 1))
    monkeypatch.setattr(
        gpu_check, "random_llama", lambda shape, device, **options: random_llama(shape, device, seed=next(seeds), **options)
    )
    correlation, difference, _ = agreement("cpu", 40)
    assert correlation < gpu_check.LEAST
    assert difference > 0.01


def test_weights_are_packed_and_no_copy_of_them_is_left():
    shape = SMALL["small"]
    model = random_llama(shape, "cpu")
    need = known(needs(Source("any", "folder", "", True, shape.parameters, shape), "nf4"))
    held = sum(one.numel() * one.element_size() for one in {id(one): one for one in model.parameters()}.values())
    assert held < 1.02 * need.weights
    assert sum(one.dtype is torch.uint8 for one in model.parameters()) == 7 * shape.layers
    assert not any(one.is_meta for one in (*model.parameters(), *model.buffers()))


def test_the_shapes_have_the_parameters_of_their_names():
    billions = {name: round(shape.parameters / 1e9, 1) for name, shape in SHAPES.items()}
    assert billions == {"1B": 1.2, "8B": 8.0, "70B": 70.6}
