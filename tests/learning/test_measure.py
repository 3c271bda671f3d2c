"""A model is measured by what a run does, and a run is estimated from that."""

import pytest

from propersim.learning import measure as measured
from propersim.learning.measure import measure
from propersim.models.estimate import STEPS
from propersim.models.model import LoadedModel


@pytest.mark.parametrize("model", ["homelm", "tiny"])
def test_every_part_is_measured_and_the_whole_follows(model, tiny):
    loaded = LoadedModel(str(tiny) if model == "tiny" else model, "none", evidence=True, starter="none")
    found = measure(loaded)
    assert min(found) > 0
    assert found.day >= STEPS * found.decision
    assert found.night >= measured.CHECKED * found.check
    assert found.fortnight == pytest.approx(14 * (found.day + found.night))
    assert all(parameter.grad is None for parameter in loaded.model.parameters())
