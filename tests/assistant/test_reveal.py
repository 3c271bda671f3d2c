"""The ablation in which the model's prompt describes the user."""

import pytest

from propersim.core.config import RunConfig
from propersim.core.errors import InputError
from propersim.core.records import DIMENSIONS
from propersim.persona.description import describe_persona
from propersim.runs.create import add_run
from propersim.runs.factory import make_assistant
from propersim.runs.validate import checked
from propersim.store.store import Store
from propersim.user.judge import OfflineJudge
from tests.known import known


def test_an_introduction_has_the_texts_of_the_rubric_and_fits(personas):
    for persona in personas.values():
        text = describe_persona(persona)
        for part in (persona.name, persona.background, *(getattr(persona.rubric, name).text for name in DIMENSIONS)):
            assert part in text
        assert len(text) < 6000


def test_homelm_cannot_be_told_and_says_so_before_the_run_is_added(db):
    config = RunConfig(assistant="llama", reveal_persona="on")
    with Store(db) as store:
        with pytest.raises(InputError, match="cannot hold a persona") as found:
            add_run(store, config)
        assert "--model" in known(found.value.hint)
        assert store.runs() == []
    checked(RunConfig(assistant="llama", reveal_persona="on", model="smollm2"))
    checked(RunConfig(assistant="oracle", reveal_persona="on"))


@pytest.mark.parametrize("reveal", ["on", "off"])
def test_a_model_that_reads_text_is_told_only_where_that_is_wanted(personas, monkeypatch, reveal):
    told = []

    class Model:
        def __init__(self, name, quantize, teaching, persona, **_):
            told.append(persona)
            self.teaching = teaching

    monkeypatch.setattr("propersim.models.model.LoadedModel", Model)
    make = make_assistant(
        RunConfig(assistant="llama", model="smollm2", reveal_persona=reveal, learn="none", memory="ar", embedder="hashing")
    )
    make(OfflineJudge(personas["p07"]))
    assert told == [describe_persona(personas["p07"]) if reveal == "on" else None]
