"""The recorded run in the package: small, whole, and with the answers that its captions need."""

from importlib.resources import files
from pathlib import Path
from typing import Any

from propersim.demo import open_demo
from propersim.demo.recording import ARCHIVE
from propersim.inspector.protocol import AnswerAgain, InspectStep, MapSpeaking, SampleSuggestions, SpeakMap
from propersim.runs.create import run_config
from propersim.store.adapter_files import adapter_file
from propersim.store.store import Store
from tools.demo_run import NIGHTS, pack, rank_of, worn

MOST = 3_000_000


def test_the_recording_is_small_and_holds_a_whole_run_with_its_answers():
    assert len((files("propersim.demo") / ARCHIVE).read_bytes()) <= MOST
    with open_demo() as demo:
        facts = demo.facts
        with Store(demo.db, read_only=True) as store:
            run, oracle = store.run(facts.run), store.run(facts.oracle)
            for row in (run, oracle):
                assert (row.persona, row.seed, row.state, row.days_done) == ("p01", 0, "finished", 14)
                assert store.digest(row) == row.digest
            config = run_config(run)
            assert (config.assistant, config.model, config.feedback, config.memory) == ("llama", "homelm", "complete", "evidence")
            nights = store.nights(run)
            shipped = {path.name for path in Path(f"{demo.db}.adapters").rglob("*") if path.is_file()}
            assert shipped == worn(nights)
            for night in nights:
                if night.adapter in shipped:
                    adapter_file(store, run, night)
            said = [next(store.steps(run, index, index + 1)).spoke for index in (facts.stops.said, facts.stops.second, facts.stops.last)]
        assert said == [True] * 3
        asked: dict[type, list[Any]] = {type(one.question): [] for one in facts.answers}
        for one in facts.answers:
            asked[type(one.question)].append(one)
        maps, *of_moments = asked[MapSpeaking]
        assert [each.day for each in maps.replies if isinstance(each, SpeakMap)] == list(reversed(range(15)))
        samples = [one.question for one in asked[SampleSuggestions]]
        assert [one.day for one in samples if one.index is None] == list(reversed(range(15)))
        stops = {facts.stops.morning, facts.stops.said, facts.stops.night, facts.stops.second, facts.stops.last}
        assert {one.question.index for one in asked[InspectStep]} == {one.question.index for one in asked[AnswerAgain]} == stops
        assert {one.question.index for one in of_moments} == {one.index for one in samples if one.index is not None} == stops
        assert [[each.at for each in one.replies if isinstance(each, SpeakMap)] for one in of_moments] == [
            [one.question.index + 1] for one in of_moments
        ]
        folder = demo.db.parent
    assert not folder.exists()


def test_only_the_adapters_in_use_after_some_nights_are_shipped():
    from tests.tui.story import night

    nights = [night(1, 402), night(2, 804), night(3, 1206), night(5, 2010), night(8, 3216)]
    assert NIGHTS == (1, 2, 7, 14)
    assert worn(nights) == {nights[0].adapter, nights[1].adapter, nights[3].adapter, nights[4].adapter}
    assert worn([night(1, 402, pairs=0)]) == set()


def test_the_rank_is_that_of_the_results(tmp_path):
    head = "persona,seed,shown,welcome,oracle_shown\n"
    results = tmp_path / "evidence.csv"
    results.write_text(head + "p01,0,8,6,8\np02,0,8,8,8\np01,0,8,8,8\np03,0,4,1,8\np03,1,8,8,8\n")
    assert (rank_of(results).place, rank_of(results).personas) == (2, 3)
    results.write_text(head + "p02,0,8,8,8\n")
    assert (rank_of(results).place, rank_of(results).personas) == (None, 1)


def test_the_same_files_are_packed_to_the_same_bytes(tmp_path):
    folder = tmp_path / "ship"
    folder.mkdir()
    (folder / "one.txt").write_text("one")
    for name in ("a", "b"):
        pack(folder, tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
