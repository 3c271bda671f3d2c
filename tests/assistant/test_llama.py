"""The assistant with HomeLM in 4-bit."""

import json
import subprocess
import sys

import msgspec
import pytest

from propersim.assistant.llama import DRAWN_AT_ONCE
from propersim.core.config import RunConfig
from propersim.core.errors import InputError
from propersim.core.records import Pair
from propersim.models import sources
from propersim.models.model import LoadedModel
from propersim.reading.classifier import default_reader
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate, RunStopped
from propersim.runs.runner import Runner
from propersim.store.store import Store
from propersim.world.catalogue import tones, topics
from tests.tiny_models import changed, chat_tokenizer, tiny, tiny_folder  # noqa: F401 - fixtures

PERSONA, UNTIL = "p29", "day 1 06:10"


def morning(db, stops=(), **options):
    eager = {"assistant": "llama", "model": "homelm-eager", "memory": "ar"}
    chosen = RunConfig(**{"persona": PERSONA, **eager, "until": UNTIL, **options})
    with Store(db) as store:
        run = add_run(store, chosen)
        for steps in stops:
            with pytest.raises(RunStopped):
                Runner(store, run, FreeGate(steps)).go()
        run = Runner(store, store.run(run.id), FreeGate()).go()
        return run, list(store.steps(run))


@pytest.fixture(scope="module")
def quiet(tmp_path_factory):
    """An uninterrupted morning."""
    return morning(tmp_path_factory.mktemp("llama") / "runs.sqlite")


def test_it_is_held_in_four_bits():
    model = LoadedModel()
    assert model.linear4bit_layers > 0
    assert model.linear4bit_layers == sum(type(m).__name__ == "Linear4bit" for m in model.model.modules())
    assert LoadedModel(quantize="none").linear4bit_layers == 0


def test_it_is_over_eager_and_says_sensible_things(quiet):
    """Untrained, it speaks at most steps, as the published model did."""
    _, steps = quiet
    said = [step.answer for step in steps if step.spoke]
    assert len(said) > 0.5 * len(steps)
    assert len({answer.text for answer in said}) > 0.9 * len(said)
    readings = [default_reader().read(answer.text) for answer in said]
    assert sum(r.topic is not None and r.tone is not None for r in readings) >= 0.9 * len(said)
    assert sum(step.malformed for step in steps) <= 0.1 * len(steps)
    assert len({r.topic for r in readings}) > 5


def test_what_was_written_is_counted_what_was_recalled_is_not(db):
    """The share of malformed suggestions is of those that were drawn; recalled suggestions are candidates too."""
    _, steps = morning(db, persona="p08", until="day 1 08:30")
    recalled = [sum(one.text is not None for one in step.candidates) - (step.drawn - step.malformed) for step in steps]
    assert set(recalled) == {0, 1}
    assert all(step.drawn - step.malformed >= 1 for step in steps if step.spoke)


def test_pairs_are_those_of_the_step_that_was_answered_last(quiet):
    """The prompt of another step is not known: its pairs would get a wrong one."""
    from propersim.assistant.llama import Llama
    from propersim.core.feedback import FeedbackMode
    from propersim.core.interfaces import Observation
    from propersim.memory.memory import Memory
    from propersim.models.presets import preset

    _, steps = quiet
    assistant = Llama(LoadedModel(), Memory("ar", timers=True), 0, teaching=preset("homelm").teaching, learn="dpo")
    with pytest.raises(ValueError, match="step 0 is not the step that was answered last"):
        assistant.pairs(FeedbackMode().reveal(steps[0]))
    step = steps[0]
    assistant.respond(Observation(step.day, 0, step.minute, step.action, 2.5))
    assert {pair.index for pair in assistant.pairs(FeedbackMode().reveal(step))} == {0}
    with pytest.raises(ValueError, match="step 1 is not the step"):
        assistant.pairs(FeedbackMode().reveal(steps[1]))


def test_with_evidence_the_decisions_of_day_1_teach_nothing(quiet):
    from propersim.assistant.llama import Llama
    from propersim.core.feedback import FeedbackMode
    from propersim.memory.memory import Memory
    from propersim.models.presets import preset

    def pairs(kind, count):
        return [Pair(index, 0, kind, (), "", None, "silence") for index in range(10)]

    _, steps = quiet
    model = LoadedModel(quantize="none")
    assistant = Llama(model, Memory("evidence", timers=True), 0, teaching=preset("homelm").teaching, learn="dpo")
    used = assistant._with_evidence(pairs)
    assistant.observe(FeedbackMode().reveal(steps[0]))
    assert used("decision", 9) == []
    assert used("content", 9) == pairs("content", 9)
    for index in (5, 6):
        assistant.observe(FeedbackMode().reveal(msgspec.structs.replace(steps[0], day=2, index=index)))
    assert [pair.index for pair in used("decision", 9)] == [5, 6, 7, 8, 9]


@pytest.mark.parametrize(("feedback", "waits"), [("complete", True), ("shown", False)])
def test_nothing_is_shown_before_a_topic_is_known_if_all_candidates_are_rated(db, monkeypatch, feedback, waits):
    """Speaking always (a threshold of 0), it waits for a good topic where it is told of what it does not show."""
    monkeypatch.setattr(LoadedModel, "threshold", property(lambda _: 0.0))
    _, steps = morning(db, model="homelm", memory="evidence", clocks="on", feedback=feedback, learn="none", until="day 1 07:00")
    liked = next((n for n, step in enumerate(steps) if any(one.text and one.rating.preference for one in step.candidates)), len(steps))
    first = next((n for n, step in enumerate(steps) if step.spoke), len(steps))
    assert len(steps) > 5
    assert first > liked if waits else first == 0


@pytest.mark.parametrize(("begins", "spoken"), [("She once had to", False), ("You could", True)])
def test_what_is_shown_is_a_recommendation(db, monkeypatch, begins, spoken):
    """Suggestions drawn to choose from are about the good topic, but only some of them recommend anything."""
    say = LoadedModel.say

    def said(model, decision, seeds, given=()):
        if len(seeds) < DRAWN_AT_ONCE:
            return say(model, decision, seeds, given)
        meant = next(name for name in topics() if any(model.codec.about(name, tone) == tuple(given[0]) for tone in tones()))
        return [f"{begins} {topics()[meant].suggestions[number]}." for number in range(len(seeds))]

    monkeypatch.setattr(LoadedModel, "threshold", property(lambda _: 0.0))
    monkeypatch.setattr(LoadedModel, "say", said)
    _, steps = morning(db, model="homelm", memory="evidence", clocks="on", learn="none", until="day 1 07:00")
    assert any(step.spoke for step in steps) is spoken


def test_same_seed_same_records_another_seed_others(quiet, db):
    run, _ = quiet
    assert morning(db)[0].digest == run.digest
    assert morning(db, seed=1)[0].digest != run.digest


@pytest.mark.parametrize("stops", [(7, 0, 3)])
def test_stopped_and_resumed_it_is_the_same(quiet, db, stops):
    """The memory is rebuilt from the records, bit by bit."""
    run, steps = quiet
    again, others = morning(db, stops)
    assert others == steps
    assert again.digest == run.digest


@pytest.mark.slow
def test_a_second_day_remembers_the_first_also_after_a_resume(db, tmp_path):
    options = {"until": "day 2 06:20", "timestep": 30.0}
    whole, steps = morning(db, **options)
    count = sum(step.day == 1 for step in steps)
    resumed, others = morning(tmp_path / "other.sqlite", (count, 1), **options)
    assert others == steps
    assert resumed.digest == whole.digest


@pytest.mark.parametrize("memory", ["none", "ars"])
def test_what_it_remembers_changes_what_it_says(quiet, db, memory):
    assert morning(db, memory=memory)[0].digest != quiet[0].digest


def test_the_state_never_holds_the_persona(quiet):
    from propersim.memory.state import AssistantState

    names = set(AssistantState.__dataclass_fields__)
    assert not names & {"persona", "rubric", "moment", "likes"}


@pytest.mark.parametrize(("option", "value"), [("quantize", "int3"), ("memory", "elephant"), ("clocks", "maybe"), ("assistant", "lama")])
def test_unknown_choices_are_named(option, value):
    with pytest.raises(InputError, match=f"--{option}"):
        RunConfig(**{option: value}).checked()


def test_missing_weights_are_reported(monkeypatch, tmp_path):
    monkeypatch.setitem(sources._HOMELM, "homelm", tmp_path)
    with pytest.raises(InputError, match="the weights of homelm are missing"):
        LoadedModel()


def test_controls_ignore_model_options_and_need_no_torch(tmp_path):
    code = (
        "import sys; from propersim.core.config import RunConfig; from propersim.runs.gates import FreeGate\n"
        "from propersim.runs.create import add_run; from propersim.runs.runner import Runner; from propersim.store.store import Store\n"
        "with Store(sys.argv[1]) as store:\n"
        "    run = add_run(store, RunConfig(assistant='oracle', days=1, memory='ars', quantize='none'))\n"
        "    Runner(store, run, FreeGate()).go()\n"
        "assert 'torch' not in sys.modules and 'transformers' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "runs.sqlite")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_run_with_a_small_context_says_so_and_one_without_room_does_not_start(tiny, changed, db):  # noqa: F811
    """From the command line: a plain LLaMA of few parameters, whose prompts are longer than HomeLM's."""
    from typer.testing import CliRunner

    from propersim.cli.main import app

    least, most = LoadedModel(str(tiny), "none").codec.tokens_needed
    command = [
        "run",
        "--memory",
        "ar",
        "--db",
        str(db),
        "--assistant",
        "llama",
        "--model",
        str(tiny),
        "--quantize",
        "none",
        "--days",
        "1",
        "--json",
    ]
    for positions, warned in ((most, False), (least + 10, True)):
        changed(tiny, max_position_embeddings=positions)
        found = [CliRunner().invoke(app, [*command, "--timestep", "60", "--until", "day 1 08:30"]) for _ in range(2)]
        assert [one.exit_code for one in found] == [0, 0], found[0].exception
        assert json.loads(found[0].stdout)["digest"] == json.loads(found[1].stdout)["digest"]
        assert ("warning: " in found[0].stderr) == warned
        assert (f"its longest position is {positions:,}" in found[0].stderr) == warned
    changed(tiny, max_position_embeddings=least - 1)
    refused = CliRunner().invoke(app, [*command, "--timestep", "60", "--until", "day 1 08:30"])
    assert isinstance(refused.exception, InputError)
    with Store(db) as store:
        assert [run.steps for run in store.runs() if run.state == "failed"] == [0]
