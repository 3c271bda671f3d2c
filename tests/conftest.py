"""What the tests share: real personas, the real home, real stores in temporary folders."""

from __future__ import annotations

import os

os.environ.setdefault("HF_HUB_OFFLINE", "1")
# The caller's own options must not reach the tests.
for name in [key for key in os.environ if key.startswith("PROPERSIM_")]:
    del os.environ[name]
# Commands that are not told which assistant take one that needs no model; the tests of the model ask for it.
os.environ["PROPERSIM_ASSISTANT"] = "random"

import pytest
from hypothesis import HealthCheck, settings

from propersim.persona_files import load_persona, persona_ids
from propersim.world.home import load_home

settings.register_profile(
    "house", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture], derandomize=True
)
settings.load_profile("house")

PERSONAS = persona_ids()


@pytest.fixture(scope="session")
def home():
    return load_home()


@pytest.fixture(scope="session")
def personas():
    """All personas that ship, by id."""
    return {name: load_persona(name) for name in PERSONAS}


@pytest.fixture
def db(tmp_path):
    return tmp_path / "runs.sqlite"
