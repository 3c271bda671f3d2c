"""Results as CSV come back as they were; variants, personas and hashes are what they say."""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.config import RunConfig
from propersim.core.errors import InputError, StoreBusy
from propersim.core.files import locked_folder, write_atomically
from propersim.core.records import DayFigures
from propersim.core.text import clean
from propersim.experiments.results import COLUMNS, Result, merge_csv, mixed_versions, read_csv, to_csv, versions_text
from propersim.experiments.variants import (
    DEFAULT_VARIANTS,
    LONGEST_LABEL,
    VARIANTS,
    config_hash,
    feedback_of,
    parse_personas,
    parse_variants,
    variant_config,
    variant_label,
)
from propersim.persona.drift import load_run_persona
from propersim.persona.library import load_persona, persona_ids, personas_folder

counts = st.integers(0, 10**6)
sums = st.tuples(counts, counts, counts, counts)
figures = st.builds(
    DayFigures, day=st.just(1), hours=st.floats(0, 24), dimensions=sums, shown=counts, oracle=counts, in_band=st.booleans(),
    rated=st.none() | counts, repeated=st.none() | counts,
)  # fmt: skip
words = st.text("abcdefgh0123456789= ,\"'é", max_size=30).map(lambda text: " ".join(text.split()))
results = st.builds(
    Result,
    hash=st.text("0123456789abcdef", min_size=16, max_size=16),
    persona=st.sampled_from(persona_ids()),
    traits=st.sampled_from(["O+ C+ E- A+ N-", ""]),
    wanted=st.tuples(st.floats(0, 384), st.floats(0, 384)),
    conditional=st.booleans(),
    variant=words.filter(bool),
    seed=st.integers(-(2**40), 2**40),
    wall_s=st.floats(0, 1e6).map(lambda value: round(value, 1)),
    digest=st.text("0123456789abcdef", min_size=16, max_size=16),
    versions=words,
    days=st.lists(figures, min_size=1, max_size=4).map(
        lambda days: tuple(DayFigures(n, **{f: getattr(day, f) for f in day.__struct_fields__[1:]}) for n, day in enumerate(days, 1))
    ),
)


@given(st.lists(results, max_size=4, unique_by=lambda one: one.hash), st.data())
def test_results_come_back_as_they_were(tmp_path_factory, found, data):
    # Some of the runs were also made under other versions: other days, the same hash.
    found += [
        data.draw(results)._replace(hash=one.hash, persona=one.persona, variant=one.variant, seed=one.seed, versions=one.versions + "+")
        for one in found
        if one.versions and data.draw(st.booleans())
    ]
    path = tmp_path_factory.mktemp("csv") / "r.csv"
    path.write_text(to_csv(found), encoding="utf-8")
    assert read_csv(path) == {one.key: one for one in found}
    assert to_csv(reversed(found)) == to_csv(found)


def one_result(name="a" * 16, persona="p01", days=2, **figures):
    made = tuple(DayFigures(day, steps=100, hours=10.0, **figures) for day in range(1, days + 1))
    return Result(name, persona, "O+ C- E+ A- N+", (3.0, 4.5), True, "ar", 0, 1.5, "d" * 16, "python=3.11", made)


@pytest.mark.parametrize(("since", "missing"), [("rated", 5), ("new_topics", 3)])
def test_a_file_of_before_some_counts_were_made_is_read_and_can_be_added_to(tmp_path, since, missing):
    path = tmp_path / "r.csv"
    known = {} if missing == 5 else {"rated": 7, "repeated": 2}
    older = one_result(shown=3, in_band=True, **known)
    earlier = "\n".join(line.rsplit(",", missing)[0] for line in to_csv([older]).splitlines()) + "\n"
    assert since not in earlier
    path.write_text(earlier, encoding="utf-8")
    assert read_csv(path) == {older.key: older}
    newer = one_result("b" * 16, "p02", rated=400, repeated=0, new_topics=2, new_welcome=3, topic_again=1)
    both = merge_csv(path, [newer])
    assert read_csv(path) == both == {older.key: older, newer.key: newer}
    assert path.read_text(encoding="utf-8").splitlines()[1].endswith("," * missing)


def test_merging_keeps_what_is_there_and_leaves_nothing_lying_about(tmp_path):
    path = tmp_path / "r.csv"
    key = one_result().key
    merge_csv(path, [one_result()])
    both = merge_csv(path, [one_result("b" * 16, "p02")])
    assert sorted(one.hash for one in both.values()) == ["a" * 16, "b" * 16]
    assert read_csv(path) == both
    assert merge_csv(path, [one_result(shown=3)])[key].days[0].shown == 3
    assert read_csv(path)[key].days[0].shown == 3
    # A device is no other version, another Python is.
    assert len(merge_csv(path, [one_result(shown=4)._replace(versions="device=cuda python=3.11")])) == 2
    assert len(merge_csv(path, [one_result(shown=5)._replace(versions="python=3.12")])) == 3
    assert [one.days[0].shown for one in read_csv(path).values() if one.hash == "a" * 16] == [4, 5]
    assert [one.name for one in tmp_path.iterdir()] == ["r.csv"]


def add_rows(path, first):
    for number in range(first, first + 10):
        merge_csv(path, [one_result(f"{number:016x}")])


def test_processes_that_add_to_one_file_at_once_lose_no_row(tmp_path):
    path = tmp_path / "r.csv"
    with ProcessPoolExecutor(3, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(add_rows, path, first) for first in (0, 10, 20)]:
            done.result()
    assert sorted(one.hash for one in read_csv(path).values()) == [f"{number:016x}" for number in range(30)]
    assert [one.name for one in tmp_path.iterdir()] == ["r.csv"]


def test_a_file_that_another_process_keeps_is_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("propersim.core.files.LOCK_WAIT_S", 0.0)
    # A second descriptor of the same process waits as another process does.
    with locked_folder(tmp_path / "other.csv"), pytest.raises(StoreBusy, match=r"r\.csv: is in use by another process"):
        merge_csv(tmp_path / "r.csv", [one_result()])
    assert not list(tmp_path.iterdir())


def test_a_run_of_14_days_is_small():
    text = to_csv([one_result(days=14, shown=10, answers=400, oracle=1600)])
    assert len(COLUMNS) <= 35
    assert text.count("\n") == 15
    assert len(text) < 4000


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda text: text.replace("hash,", "hush,"), "is no file of results"),
        (lambda text: "", "is no file of results"),
        (lambda text: text.replace(",100,", ",many,", 1), "line 2: steps must be a whole number from 0"),
        (lambda text: text[: text.rindex(",0")], r"line 3: expected \d+ values"),
        (lambda text: text[: text.rindex("\n", 0, -1) + 1], "has 1 of its 2 days"),
        (lambda text: text.replace(",100,", ",-100,", 1), "steps must be a whole number from 0 to .*'-100'"),
        (lambda text: text.replace(",100,", f",{'9' * 5000},", 1), "steps must be a whole number"),
        (lambda text: text.replace(",10.0,", ",nan,", 1), "hours must be a number from 0 to .*, not 'nan'"),
        (lambda text: text.replace(",1.5,", ",inf,", 1), "wall_s must be a number from 0 to .*, not 'inf'"),
        (lambda text: text.replace(",3.0,", ",-3,", 1), "min_per_day must be a number from 0"),
        (lambda text: text.replace("a" * 16, "", 1), "line 2: hash is empty"),
        (lambda text: text.replace(",1,ar,", ",2,ar,", 1), "conditional must be a whole number from 0 to 1, not '2'"),
        (lambda text: to_csv([one_result(welcome=5)]), "welcome must not exceed success, as 5 does 0"),
    ],
)
def test_a_damaged_file_is_said_to_be_one(tmp_path, change, complaint):
    path = tmp_path / "r.csv"
    path.write_text(change(to_csv([one_result()])), encoding="utf-8")
    with pytest.raises(InputError, match=complaint):
        read_csv(path)


def test_a_file_that_cannot_be_written_is_said_to_be_one(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        write_atomically(tmp_path / "none" / "r.csv", "")
    with pytest.raises(InputError, match="cannot be written"):
        write_atomically(tmp_path, "")


def test_personas_are_picked_by_id_range_and_path(tmp_path):
    assert parse_personas("all") == persona_ids()
    assert parse_personas("p03, p01-p02,p02") == ["p03", "p01", "p02"]
    assert parse_personas("p17-p32") == persona_ids()[16:]
    for name in ("mine.yaml", "mine.yml", "mine.TOML", "mine.json"):
        (tmp_path / name).touch()
        assert parse_personas(str(tmp_path / name)) == [str(tmp_path / name)]
    for wrong in ("p00", "p02-p01", "p01-", "", "all,nobody"):
        with pytest.raises(InputError):
            parse_personas(wrong)


def test_variants_are_what_their_names_say():
    assert parse_variants("silent, paper,silent") == ["silent", "paper"]
    for name in VARIANTS:
        at = ["base_url=http://127.0.0.1:1/v1", "model=org/peer"] if name == "api" else []
        config = variant_config(name, persona="p01", seed=3, days=5, options=at)
        assert variant_label(config) == name + (" model=peer" if at else "")
        assert (config.persona, config.seed, config.days) == ("p01", 3, 5)
        assert config == config.resolved()
    assert variant_label(
        variant_config("factored", persona="p01", seed=0, days=1, options=["pairs=50", "model=smollm2", "reveal-persona=on"])
    ) == ("factored model=smollm2 pairs=50 reveal_persona=on")
    with pytest.raises(InputError, match=r"variant api: --base-url") as needed:
        variant_config("api", persona="p01", seed=0, days=1)
    assert "--set" in (needed.value.hint or "")
    assert DEFAULT_VARIANTS == ("evidence", "shown", "no-nights", "paper", "silent", "oracle")
    for old in ("factored", "paper", "ars", "ar", "none"):
        assert variant_config(old, persona="p01", seed=0, days=1).model == "homelm-eager"
    assert variant_config("drift", persona="p01", seed=0, days=14).drift == 8
    for name in DEFAULT_VARIANTS:
        variant_config(name, persona="p01", seed=0, days=1)
    of_llama = variant_config("api", persona="p01", seed=0, days=1, options=[*at, "quantize=nf4", "pairs=9", "n=3", "learn=kto"])
    assert of_llama == variant_config("api", persona="p01", seed=0, days=1, options=at)
    assert variant_label(RunConfig(assistant="oracle", memory="none", learn="none")) == "oracle"
    assert variant_label(RunConfig(assistant="oracle", world="a/b.txt")) == "oracle world=b.txt"
    assert variant_label(RunConfig(assistant="oracle", until="day 3")) == "oracle", "three whole days"
    assert variant_label(RunConfig(assistant="oracle", until="day 3 09:05")) == "oracle until=day_3_09:05", "its last day is no whole one"
    asked: dict[str, Any] = {"user_model": "m", "user_base_url": "http://127.0.0.1/v1", "user_price": "1,2", "max_cost": 3.0}
    assert variant_label(RunConfig(assistant="oracle", user="llm", **asked)) == "oracle user=llm user_model=m"
    assert (
        variant_label(RunConfig(assistant="oracle", user="llm", user_plans="routine", **asked))
        == "oracle user=llm user_plans=routine user_model=m"
    )


@pytest.mark.parametrize("option", ["candidates=3", "--candidates=3", "n=3"])
def test_an_option_is_set_by_its_name_on_the_command_line_or_that_of_its_field(option):
    assert variant_config("factored", persona="p01", seed=0, days=1, options=[option]).n == 3


def test_an_option_that_does_not_exist_lists_the_names_of_the_command_line():
    with pytest.raises(InputError, match="--set 'candidate=3'") as refused:
        variant_config("factored", persona="p01", seed=0, days=1, options=["candidate=3"])
    names = (refused.value.hint or "").removeprefix("one of ").split(", ")
    assert {"candidates", "user-model", "world"} < set(names)
    assert "n" not in names


@pytest.mark.parametrize(
    ("label", "feedback"),
    [
        ("factored", "complete"),
        ("factored pairs=50", "complete"),
        ("paper feedback=shown", "shown"),
        ("factored pairs=50 feedback=shown feedback_noise=0.2", "shown, noise 0.2"),
        ("ars feedback_delay=on", "complete, at night"),
        *((f"{name} timestep=10.0", "none") for name in ("silent", "eager", "random", "oracle")),
        ("api model=feedback", "complete"),
        ("somebody's", "complete"),
        (clean("factored " + " ".join(f"option{n}=value" for n in range(9)), limit=LONGEST_LABEL), "unknown"),
    ],
)
def test_a_label_tells_which_ratings_the_assistant_is_given(label, feedback):
    assert feedback_of(label) == feedback


def test_the_hash_is_of_what_decides_the_records(tmp_path):
    persona = load_persona("p02").model_dump_json()
    config = variant_config("factored", persona="p02", seed=0, days=14)
    name = config_hash(config, persona, "home")
    assert len(name) == 16
    (tmp_path / "me.yaml").write_bytes((personas_folder() / "p02.yaml").read_bytes())
    by_path = variant_config("factored", persona=str(tmp_path / "me.yaml"), seed=0, days=14)
    assert config_hash(by_path, load_persona(tmp_path / "me.yaml").model_dump_json(), "home") == name
    unresolved = RunConfig(persona="p02", assistant="llama")
    assert config_hash(unresolved, persona, "home") == config_hash(
        variant_config("evidence", persona="p02", seed=0, days=14), persona, "home"
    )
    others = [config_hash(config, persona, "another home"), config_hash(config, load_persona("p03").model_dump_json(), "home")]
    others += [
        config_hash(variant_config("factored", persona="p02", seed=0, days=14, options=[option]), persona, "home")
        for option in ("pairs=9", "n=3", "memory=none", "until=day 2 09:00", "timestep=5")
    ]
    others += [config_hash(msgspec.structs.replace(config, embedder="encoder"), persona, "home")]
    others += [config_hash(variant_config("factored", persona="p02", seed=1, days=14), persona, "home")]
    assert len({name, *others}) == len(others) + 1


def test_the_rows_in_the_docs_are_known_again(world):
    """A hash that changes for runs that are the same would have hours of them made anew."""
    rows = {
        one.hash: one for file in sorted((Path(__file__).parents[2] / "docs" / "results").glob("*.csv")) for one in read_csv(file).values()
    }
    assert len(rows) > 20
    for key, one in rows.items():
        if one.persona not in persona_ids():
            continue  # A published one, which does not ship.
        variant, *options = one.variant.split(" ")
        config = variant_config(variant, persona=one.persona, seed=one.seed, days=len(one.days), options=options)
        lived = load_run_persona(one.persona, config.drift, config.drift_to)
        assert config_hash(config, lived.model_dump_json(), world.text) == key
        assert variant_label(config) == one.variant


def test_what_was_made_under_other_versions_is_told_by_what_differs():
    def made(variant, **versions):
        return Result("", "p01", "", (1, 2), False, variant, 0, 1.0, "", versions_text(versions), ())

    calm, hasty = {"rate": 1e-4, "batch": 4}, {"rate": 2e-4, "batch": 4}
    alike = [
        made("paper", teaching=calm, torch="2.13.0+cpu"),
        made("paper", teaching=calm, torch="2.13.0+cpu"),
        made("silent", python="3.11"),
    ]
    assert mixed_versions(alike) == {}
    assert mixed_versions([*alike, made("paper", teaching=hasty, torch="2.13.0+cpu")]) == {"paper": ["teaching"]}
    assert mixed_versions([*alike, made("silent", python="3.12"), made("paper")]) == {"paper": ["teaching", "torch"], "silent": ["python"]}


def test_what_a_run_costs_is_not_in_its_hash_and_who_plays_the_user_is():
    asked: dict[str, Any] = {
        "persona": "p02",
        "user": "llm",
        "user_model": "m",
        "user_base_url": "http://127.0.0.1/v1",
        "assistant": "silent",
    }
    plain = RunConfig(persona="p02", assistant="silent")
    found = [config_hash(RunConfig(**{**asked, **more}), "", "") for more in ({}, {"max_cost": 1.0, "user_price": "1,2"})]
    assert found[0] == found[1]
    others = [plain, RunConfig(**{**asked, "user_ratings": "routine"}), RunConfig(**{**asked, "rating_calls": "question"})]
    assert len({found[0], *(config_hash(one, "", "") for one in others)}) == 4
    assert config_hash(plain, "", "") == config_hash(msgspec.structs.replace(plain, rating_calls="question", price="1,2"), "", "")


def test_feedback_that_is_not_used_leaves_the_hash_as_it_was():
    persona = load_persona("p02").model_dump_json()

    def hash_of(*options):
        return config_hash(variant_config("factored", persona="p02", seed=0, days=14, options=options), persona, "")

    assert hash_of() == hash_of("feedback=complete", "feedback_noise=0", "feedback_delay=off", "drift=0")
    others = ("feedback=shown", "feedback_noise=0.1", "feedback_delay=on", "drift=8", "model=homelm", "memory=evidence")
    assert len({hash_of(), *map(hash_of, others)}) == 7
