"""The study with people: what is drawn and who rates it, how a session goes, what is kept of it, and what the report says."""

import json
import os
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.cli import people
from propersim.cli.headless import run_headless
from propersim.core.config import RunConfig
from propersim.core.errors import InputError, StoreBusy, StoreError
from propersim.core.records import DIMENSIONS
from propersim.experiments.krippendorff import alpha
from propersim.experiments.parts import Picture, ReportTable
from propersim.runs.create import add_run
from propersim.store.store import Store
from propersim.studies.people import needs
from propersim.studies.people.consent import consent_of
from propersim.studies.people.items import PER_RUN, Drawn, Item, RatedAs, assigned_personas, blocks, draw_items, named_runs
from propersim.studies.people.ratings import RatingRow, read_rows, rows_of, to_csv
from propersim.studies.people.report import OWN, REHEARSED, Ratings
from propersim.studies.people.scripted import scripted_answer
from propersim.studies.people.sessions import Given, PeopleFolder, Setup, code_of, find_code
from propersim.studies.study import load_study

RUBRIC = ("I like tea.", "Not at night.", "Now and then.", "Kindly.")


def items_of(personas, count=6):
    """Return made items: a few of each of some personas."""
    found: list[Item] = []
    for persona in personas:
        for at in range(count):
            judged = f"{at % 2}{(at // 2) % 2}{(at // 3) % 2}1"
            assistant = ("evidence", "random")[at % 2]
            number = len(found) + 1
            found.append(Item(f"i{number:02d}", f"r-{persona}", at, persona, assistant, "9:00, reading", "Tea?", {"offline": judged}))
    return found


def made(*, own=True, participants=4, rehearsal=False, personas=("p04", "p11", "p17")):
    """Return what a made study has set."""
    rated_as = {key: RatedAs(key.title(), RUBRIC) for key in personas}
    return Setup(rehearsal, participants, "runs", 1, own, 0, rated_as, items_of(personas))


class Said(people.Terminal):
    """A person who gives some answers, and then nothing more."""

    def __init__(self, *answers):
        self.answers, self.told, self.prompts = list(answers), [], []

    def tell(self, text):
        self.told.append(text)

    def ask(self, prompt, rated=None):
        self.prompts.append(prompt)
        if not self.answers:
            raise EOFError
        return self.answers.pop(0)


def held(folder, setup, code, *answers):
    voice = Said(*answers)
    with folder.session(code) as session:
        return people.hold_session(setup, session, voice), voice


@pytest.fixture
def folder(tmp_path):
    """A study that has begun."""
    found = PeopleFolder(tmp_path / "people")
    found.write(made())
    return found


# -- what is drawn --------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A database with runs of two personas by two assistants that need no model."""
    path = tmp_path_factory.mktemp("people") / "runs.sqlite"
    with Store(path) as store:
        for persona in ("p11", "p19"):
            for assistant in ("random", "oracle"):
                run_headless(store, add_run(store, RunConfig(persona=persona, assistant=assistant, days=1)), as_json=True)
    return path


def test_a_few_of_each_runs_recommendations_are_drawn_and_nothing_tells_where_from(stored):
    with Store(stored, read_only=True) as store:
        runs = named_runs(store, [row.id for row in store.runs()])
        drawn, same, all_ = (draw_items(store, runs, every=every, seed=0) for every in (2, 2, 1))
        assert drawn == same
        for row, label in runs:
            spoken = [step.index for step in store.spoken(row)]
            mine = [one for one in drawn.items if one.run == row.id]
            assert len(mine) == min(PER_RUN, -(-len(spoken) // 2))
            assert {one.assistant for one in mine} <= {label}
            for one in mine:
                (step,) = store.steps(row, one.step, one.step + 1)
                assert one.text == step.answer.text
                # The offline judge rated these runs.
                assert one.judges == {"offline": "".join(map(str, step.rating.values))}
                assert label not in one.id + one.situation
    assert len(all_.items) >= len(drawn.items)
    assert len({one.id for one in drawn.items}) == len(drawn.items)
    assert drawn.personas.keys() == {"p11", "p19"}
    order = [one.run for one in drawn.items]
    assert order != sorted(order), "the order says nothing of the run"


@given(st.integers(1, 6), st.integers(1, 40), st.integers(0, 3))
def test_personas_are_taken_about_equally_often(count, participants, seed):
    personas = [f"p{number:02d}" for number in range(count)]
    taken = [assigned_personas(personas, number, seed) for number in range(1, participants + 1)]
    assert all(len(set(one)) == min(2, count) for one in taken)
    times = [sum(persona in one for one in taken) for persona in personas]
    assert max(times) - min(times) <= 1
    assert taken[-1] == assigned_personas(personas, participants, seed)


@given(st.integers(1, 9), st.booleans())
def test_a_participant_rates_the_same_items_as_persona_and_for_themselves(number, own):
    setup = made()
    found = blocks(Drawn(setup.items, setup.personas), number, 0, own=own)
    as_persona = [one for block in found if block.part == "persona" for one in block.items]
    assert len(as_persona) == 12
    for block in found:
        assert block.part == "own" or {one.persona for one in block.items} == {block.persona}
    if own:
        (mine,) = (block for block in found if block.part == "own")
        assert sorted(one.id for one in mine.items) == sorted(one.id for one in as_persona)
        assert found.index(mine) == (0 if number % 2 == 0 else len(found) - 1), "half of the participants begin with themselves"
    else:
        assert {block.part for block in found} == {"persona"}


# -- sessions ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("answer", ["no", "", "q", "y", "agreed"])
def test_who_declines_leaves_nothing(folder, answer):
    outcome, voice = held(folder, made(), "P01", answer)
    assert outcome == "declined"
    assert folder.begun() == []
    assert [path.name for path in folder.path.iterdir()] == ["study.json"]
    assert "voluntary" in voice.told[0]


def test_a_session_is_blind_is_ended_any_time_and_goes_on(folder):
    setup = made()
    outcome, voice = held(folder, setup, "P01", "agree", "11-1", "nonsense", "?", "0000", "q")
    assert outcome == "ended"
    assert [one.values for one in folder.given("P01")] == ["11-1", "0000"]
    text = "\n".join(voice.told)
    assert all(word in text for word in ("I like tea.", "Not at night.", "four signs, each 1, 0 or -"))
    for secret in ("evidence", "random", "offline", "r-p"):
        assert secret not in text
    outcome, voice = held(folder, setup, "P01", *["s"] * 10, *["1"] * 11, "-")
    assert outcome == "finished"
    assert "voluntary" not in "\n".join(voice.told), "asked once"
    assert voice.told[2].strip().startswith("3 of 24")
    given_ = folder.given("P01")
    assert len(given_) == 24
    assert sum(one.values == "----" for one in given_) == 10
    rows = rows_of(folder, setup)
    assert len(rows) == 12
    assert {one.by for one in rows} == {"person"}
    assert sorted(row.own for row in rows) == ["-", *["1"] * 11]


def test_the_end_of_the_input_keeps_what_was_given(folder):
    with pytest.raises(EOFError):
        held(folder, made(), "P01", "agree", "1111")
    assert [one.values for one in folder.given("P01")] == ["1111"]


def test_who_withdraws_leaves_nothing(folder):
    outcome, _ = held(folder, made(), "P01", "agree", "1111", "w", "no", "0000", "w", "withdraw")
    assert outcome == "withdrawn"
    assert folder.begun() == []
    assert [path.name for path in folder.path.iterdir()] == ["study.json"]


def test_a_kill_loses_at_most_the_rating_that_was_being_written(folder):
    setup = made()
    held(folder, setup, "P01", "agree", "1111", "0000", "q")
    path = folder.path / "P01.jsonl"
    data = path.read_bytes()
    for cut in range(1, len(data)):
        path.write_bytes(data[:cut])
        whole = max(data[:cut].count(b"\n") - 1, 0)
        assert len(folder.given("P01")) == whole
        with folder.session("P01") as session:
            assert session.agreed == (b"\n" in data[:cut]), "an agreement that is not whole is none"
            if session.agreed:
                session.add(Given("i18", "own", "1", 1.0))
        assert len(folder.given("P01")) == (whole + 1 if b"\n" in data[:cut] else 0)
        path.unlink(missing_ok=True)


def test_a_session_is_open_once(folder):
    with folder.session("P01"), pytest.raises(StoreBusy, match="open in another terminal"), folder.session("P01"):
        pass
    with folder.session("P01"), folder.session("P02"):
        pass


def test_nothing_that_is_stored_says_who_where_or_when(folder):
    held(folder, made(), "P01", "agree", "1111", "q")
    lines = [json.loads(line) for line in (folder.path / "P01.jsonl").read_text(encoding="utf-8").splitlines()]
    assert lines[0] == {"participant": "P01", "consent": 1}
    assert lines[1].keys() == {"item", "part", "values", "seconds"}
    if os.name == "posix":
        assert folder.path.stat().st_mode & 0o077 == 0, "only its owner can read the folder"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("study.json", "{"),
        ("study.json", "[" * 100_000),
        ("P01.jsonl", '{"participant":"P01","consent":1}\n{"item":1}\n'),
        ("P01.jsonl", "x\n"),
        ("P01.jsonl", '{"participant":"P02","consent":1}\n'),
    ],
)
def test_a_damaged_file_is_named(folder, name, text):
    (folder.path / name).write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match=name):
        rows_of(folder, folder.setup() or made())


def test_a_rating_of_what_is_no_item_is_named(folder):
    text = '{"participant":"P01","consent":1}\n{"item":"i999","part":"own","values":"1","seconds":1}\n'
    (folder.path / "P01.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(StoreError, match="P01 rated i999"):
        rows_of(folder, folder.setup() or made())


def test_codes_are_those_of_the_study():
    setup = made(participants=12)
    assert {find_code(setup, text) for text in ("3", "P03", "p3", " P003 ")} == {"P03"}
    for wrong in ("P13", "0", "P", "", "-1", "P1e1", "٣", "../P01", "\x1b[31m", "9" * 400):
        with pytest.raises(InputError, match="no participant"):
            find_code(setup, wrong)


def test_the_consent_says_what_is_rated_and_how_long_it_takes():
    text = consent_of("P07", personas=2, items=40, own=True)
    assert "You read 40 recommendations" in text
    assert "26 minutes" in text
    assert "P07" in text
    assert "$" not in text
    assert "yourself" not in consent_of("P07", personas=1, items=20, own=False)


# -- rehearsal --------------------------------------------------------------------------------------------------------------------


def rehearsed(tmp_path, participants=8):
    setup = made(rehearsal=True, participants=participants)
    folder = PeopleFolder(tmp_path / "rehearsal")
    folder.write(setup)
    for code in setup.codes:
        with folder.session(code) as session:
            assert people.hold_session(setup, session, people.Script(code, 0)) == "finished"
    return folder, setup


def test_scripted_answers_are_the_judges_with_noise_and_the_same_each_time():
    item = made().items[0]
    answers = [scripted_answer(item, "persona", code_of(number), 0) for number in range(1, 500)]
    assert answers == [scripted_answer(item, "persona", code_of(number), 0) for number in range(1, 500)]
    for at, (name, low, high) in enumerate(zip(DIMENSIONS, (0.85, 0.85, 0.73, 0.79), (0.95, 0.95, 0.87, 0.91), strict=True)):
        given_ = [one[at] for one in answers if one[at] != "-"]
        assert low < sum(sign == item.judges["offline"][at] for sign in given_) / len(given_) < high, name


def test_a_rehearsal_goes_through_the_sessions_and_says_that_nobody_took_part(tmp_path):
    folder, setup = rehearsed(tmp_path)
    rows = rows_of(folder, setup)
    assert len(rows) == 8 * 12
    parts = load_study("people").parts(rows)
    assert str(parts[0]).startswith(REHEARSED)
    assert REHEARSED in str(parts[-1])
    (picture,) = (part for part in parts if isinstance(part, Picture))
    assert "no person took part" in picture.svg
    assert ElementTree.fromstring(picture.svg).tag.endswith("svg")
    tables = [part for part in parts if isinstance(part, ReportTable)]
    assert [row[0] for row in tables[0].rows] == [*DIMENSIONS, OWN]
    for table in tables:
        assert all(len(row) == len(table.heads) for row in table.rows)
    path = tmp_path / "r.csv"
    path.write_text(to_csv(rows), encoding="utf-8")
    assert to_csv(read_rows([path])) == to_csv(rows)
    assert load_study("people").parts(read_rows([path])) == parts


# -- report -----------------------------------------------------------------------------------------------------------------------


def row(number, step, rating, *, offline="1111", own="-", llm="----", assistant="evidence", by="person", seconds=0.0):
    return RatingRow(by, code_of(number), "p04", assistant, "r", step, rating, own, offline, llm, seconds, 0.0)


def test_alpha_is_that_of_the_ratings():
    judge = ["1111", "0111", "1011", "0001", "1101", "0110"]
    mine = [["1111", "0111", "1011", "0001", "1101", "0110"], ["1110", "0111", "0011", "--01", "1101", "0111"]]
    rows = [
        row(who, step, rating, offline=judge[step])
        for who, ratings in enumerate(mine, 1)
        for step, rating in enumerate(ratings)
    ]  # fmt: skip
    found = Ratings(rows)
    expected = alpha([(1, 1), (0, 0), (1, 0), (0, None), (1, 1), (0, 0)])
    assert found.between("preference").alpha == pytest.approx(expected)
    assert found.between("preference").same == pytest.approx(4 / 5)
    pairs = [(1, 1), (0, 0), (1, 1), (0, 0), (1, 1), (0, 0), (1, 1), (0, 0), (0, 1), (1, 1), (0, 0)]
    assert found.with_judge("preference").alpha == pytest.approx(alpha(pairs))
    assert found.each_with_judge("preference")[0] == 1
    assert not found.has_model


def test_the_language_models_ratings_have_a_column_where_there_are_some():
    rows = [row(1, step, f"{step % 2}111", offline="1111", llm=f"{step % 2}111") for step in range(6)]
    table = next(part for part in load_study("people").parts(rows) if isinstance(part, ReportTable))
    assert table.heads[-1] == "alpha, people and llm judge"
    assert table.rows[0][-1].startswith("1.00")


def test_assistants_are_compared_within_participants():
    rows = [
        row(who, 2 * step + (name == "random"), "1111" if name == "evidence" else f"{who % 2}100", assistant=name, own="1")
        for who in range(1, 7)
        for step in range(3)
        for name in ("evidence", "random")
    ]
    parts = load_study("people").parts(rows)
    tables = [part for part in parts if isinstance(part, ReportTable)]
    assert tables[2].rows[0][:3] == ["evidence − random", "+2.50 [2.17, 2.83]*", "6 of 6"]
    assert "evidence − random: +2.50 in score for participants" in parts[-1]


def test_people_and_scripts_are_never_mixed():
    with pytest.raises(InputError, match="not reported together"):
        load_study("people").parts([row(1, 0, "1111"), row(1, 1, "1111", by="script")])
    with pytest.raises(InputError, match="no ratings"):
        load_study("people").parts([])


def test_a_single_rating_has_a_report():
    parts = load_study("people").parts([row(1, 0, "11-1", seconds=12.0)])
    assert "not defined" in parts[-1]
    assert "A rating took 12 s" in parts[-1]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.replace("participant", "name", 1), "no file of ratings"),
        (lambda text: text.replace("1111", "1121"), "line 2: rating must be four signs, each 1, 0 or -, not '1121'"),
        (lambda text: text + text.splitlines()[1] + "\n", "has rated step 0 of r before"),
        (lambda text: text.replace("P01", "Anna"), "line 2: participant must be a code such as P03, not 'Anna'"),
        (lambda text: text.replace(",0,", ",x,"), "line 2: step must be a whole number from 0, not 'x'"),
        (lambda text: text.splitlines()[0] + "\nperson\n", "line 2: must have 12 cells"),
        (lambda text: text.rstrip() + ",more\n", "line 2: must have 12 cells"),
        (lambda text: text.rstrip()[:-1] + "nan\n", "line 2: own_seconds must be a number from 0 to 1000000, not 'nan'"),
    ],
)
def test_a_file_that_is_no_export_is_refused(tmp_path, change, message):
    path = tmp_path / "r.csv"
    path.write_text(change(to_csv([row(1, 0, "1111")])), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        read_rows([path])


@given(
    st.lists(
        st.builds(
            row,
            st.integers(1, 500),
            st.integers(0, 10**6),
            st.text("01-", min_size=4, max_size=4),
            own=st.sampled_from("01-"),
            assistant=st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1, max_size=20),
            seconds=st.integers(0, 999).map(float),
        ),
        unique_by=lambda one: (one.participant, one.item),
    )
)
def test_what_is_exported_is_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "ratings.csv"
    path.write_text(to_csv(rows), encoding="utf-8")
    key = lambda one: (one.participant, one.item)  # noqa: E731 - used twice
    assert sorted(read_rows([path]), key=key) == sorted(rows, key=key)


# -- what a study needs -----------------------------------------------------------------------------------------------------------


def test_the_fast_alpha_of_the_simulations_is_alpha():
    import numpy as np

    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 30)
    rated = [[int(value) if rng.random() < 0.6 else None for value in rng.integers(0, 2, 7)] for _ in range(30)]
    zeros, ones = (np.array([unit.count(value) for unit in rated]) for value in (0, 1))
    assert needs._alpha(zeros, ones) == pytest.approx(alpha(rated))
    pairs = [(int(right), value) for right, unit in zip(truth, rated, strict=True) for value in unit]
    assert needs._alpha_of_pairs(*needs._pairs(truth, zeros, ones)) == pytest.approx(alpha(pairs))


def test_more_people_come_closer_and_find_more():
    spans = [one.between[2] - one.between[1] for one in needs.expected_alphas()]
    assert spans == sorted(spans, reverse=True)
    assert [needs.power(20, each) for each in (0.0, 0.25, 0.5, 1.0)] == sorted(needs.power(20, each) for each in (0.0, 0.25, 0.5, 1.0))
    assert needs.power(20, 0.0) == pytest.approx(0.05, abs=0.02)
    assert needs.power(20, needs.smallest_difference(20)) >= 0.8 > needs.power(20, needs.smallest_difference(20) - 0.01)
    assert needs.smallest_difference(40) < needs.smallest_difference(10)
