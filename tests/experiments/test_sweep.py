"""Sweep files: what they say is what is run, and what they do not mean is refused with the key that is wrong."""

from itertools import product
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propersim.core.config import OPTIONS, RunConfig
from propersim.core.errors import InputError
from propersim.experiments.jobs import Job, make_jobs
from propersim.experiments.sweep import Sweep, read_sweep
from propersim.experiments.time_left import TimeLeft, format_left
from propersim.experiments.variants import DEFAULT_VARIANTS, VARIANTS, check_variant, variant_config
from propersim.persona.library import persona_ids, personas_folder
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import Store
from tests.experiments.test_report import FIVE

EXAMPLES = Path(__file__).parents[2] / "examples" / "sweeps"


def read(folder, text):
    path = folder / "sweep.toml"
    path.write_text(text, encoding="utf-8")
    return read_sweep(path)


def test_a_file_says_which_runs_are_made(tmp_path):
    (tmp_path / "mine.yaml").write_bytes((personas_folder() / "p02.yaml").read_bytes())
    sweep = read(
        tmp_path,
        """
        personas = ["p01", "mine.yaml"]
        seeds = [7, 9]
        days = 3
        variants = ["random", "slow", "slower"]
        [set]
        timestep = 10
        [variant.slower]
        from = "slow"
        timestep = 30
        [variant.slow]
        from = "oracle"
        timestep = 20
        [ablate]
        from = "random"
        timestep = [5, 2.5]
        """,
    )
    assert sweep.personas == ["p01", str(tmp_path / "mine.yaml")]
    jobs = make_jobs(sweep)
    assert [(job.persona, job.variant, job.seed, job.config.days) for job in jobs[:5]] == [
        ("p01", "random timestep=10.0", 7, 3),
        ("p01", "oracle timestep=20.0", 7, 3),
        ("p01", "oracle timestep=30.0", 7, 3),
        ("p01", "random timestep=5.0", 7, 3),
        ("p01", "random", 7, 3),
    ]
    assert [(job.persona, job.seed) for job in jobs] == [(persona, seed) for seed in (7, 9) for persona in ("p01", "p02") for _ in range(5)]
    assert len({job.hash for job in jobs}) == len(jobs) == 20


def test_an_empty_file_is_the_default_batch(tmp_path):
    sweep = read(tmp_path, "")
    assert (list(sweep.personas), list(sweep.variants), list(sweep.seeds), sweep.days) == (
        persona_ids(), list(DEFAULT_VARIANTS), [0], RunConfig().days,
    )  # fmt: skip


def test_the_ablations_of_the_issue_are_one_line_each(tmp_path):
    sweep = read(
        tmp_path,
        """
        personas = "p01"
        days = 8
        [ablate]
        n = [1, 4]
        timestep = [1, 5]
        pairs = [50]
        memory = ["ar", "none"]
        feedback = ["shown"]
        feedback_noise = [0.1, 0.3]
        drift = [8]
        """,
    )
    assert len(sweep.variants) == 11
    assert sweep.variants[:3] == ["evidence n=1", "evidence n=4", "evidence timestep=1"]
    assert [job.variant for job in make_jobs(sweep)] == [
        "evidence n=1", "evidence n=4", "evidence timestep=1.0", "evidence timestep=5.0", "evidence pairs=50", "no-evidence",
        "evidence memory=none", "shown", "noisy", "evidence feedback_noise=0.3", "drift",
    ]  # fmt: skip
    revealed = read(tmp_path, '[ablate]\nfrom = "evidence"\nreveal-persona = ["on", "off"]\n[set]\nmodel = "smollm2"\n')
    assert [revealed.known[name]["reveal_persona"] for name in revealed.variants] == ["on", "off"]
    assert {revealed.known[name]["model"] for name in revealed.variants} == {"smollm2"}


def test_a_drift_on_a_day_that_no_run_reaches_is_refused(tmp_path):
    text = 'personas = "p01"\ndays = 1\n[grid]\nfrom = "random"\ntimestep = [15, 30]\ndrift = [0, 2]\n'
    with pytest.raises(InputError, match=r"variant 'random timestep=15 drift=2': drift=2 has no effect in runs of 1 day$"):
        make_jobs(read(tmp_path, text))
    # The days of the command line win over those of the file.
    longer = msgspec.structs.replace(read(tmp_path, text), days=2)
    assert len({job.hash for job in make_jobs(longer)}) == 4
    for variants, days in ((["drift"], 7), (["oracle", "drift"], 1)):
        with pytest.raises(InputError, match="variant 'drift': drift=8 has no effect"):
            make_jobs(Sweep(personas=["p01"], variants=variants, days=days))
    with pytest.raises(InputError, match="drift=3 has no effect in runs of 2 days"):
        make_jobs(Sweep(personas=["p01"], variants=["oracle"], days=2, options=["drift=3"]))
    make_jobs(read(tmp_path, "days = 300\n[ablate]\ndrift = [200]\n"))


def test_no_two_runs_of_an_example_have_the_same_records(db):
    jobs = [job for job in make_jobs(read_sweep(EXAMPLES / "own_variants.toml")) if job.seed == 0]
    with Store(db) as store:
        for job in jobs:
            Runner(store, add_run(store, job.config), FreeGate()).go()
        assert len({store.digest(run) for run in store.runs()}) == len(jobs) == 6


values = {
    "n": st.lists(st.integers(1, 16), min_size=1, max_size=4, unique=True),
    "timestep": st.lists(st.sampled_from([1, 2.5, 5, 20]), min_size=1, max_size=4, unique=True),
    "feedback_noise": st.lists(st.sampled_from([0.1, 0.2, 0.3]), min_size=1, max_size=3, unique=True),
}


@given(st.fixed_dictionaries({}, optional=values).filter(bool))
def test_ablate_has_one_value_at_a_time_and_grid_every_combination(tmp_path_factory, lists):
    folder = tmp_path_factory.mktemp("sweep")
    body = "".join(f"{key} = {value}\n" for key, value in lists.items())
    ablated = read(folder, f"[ablate]\n{body}")
    assert len(ablated.variants) == sum(map(len, lists.values()))
    for name in ablated.variants:
        changed = {key for key, value in ablated.known[name].items() if VARIANTS["evidence"].get(key) != value}
        assert len(changed) == 1
    grid = read(folder, f"[grid]\n{body}")
    found = [tuple(grid.known[name][key] for key in lists) for name in grid.variants]
    assert found == list(product(*lists.values()))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("personas = ", "not valid TOML"),
        ('persona = "p01"', "unknown key 'persona'; did you mean 'personas'?"),
        ("timestep = 5", r"belongs in \[set\]"),
        ('personas = "p99"', "personas: no persona 'p99'"),
        ('personas = ["p01", 2]', "personas must be a list of names"),
        ('personas = "gone.yaml"', "personas: gone.yaml: no such file"),
        ("seeds = 0", "seeds: must be 1 to 1000, not 0"),
        ("seeds = true", "seeds must be a number"),
        ('seeds = [1, "2"]', "seeds must be a number of seeds, or a list"),
        ("seeds = 0x" + "f" * 3000, "seeds must be a number"),
        ("days = 0", "days: must be 1 to 10000, not 0"),
        ('days = "14"', "days: must be a whole number"),
        ('variants = ["orcale"]', "variants: no 'orcale'; did you mean 'oracle'?"),
        ("variants = []", "variants: none given"),
        ("variant = 3", "variant must be a table"),
        ("[variant]\nmine = 3", r"\[variant.mine\]: must be a table"),
        ("[variant.silent]\ntimestep = 5", r"\[variant.silent\]: is built in"),
        ("[variant.mine]\ntimestep = 5", "variant mine: has no assistant"),
        ('[variant.mine]\nfrom = "evidense"', "from: no variant 'evidense'; did you mean 'evidence'?"),
        ('[variant.a]\nfrom = "b"\n[variant.b]\nfrom = "a"', "is made from itself"),
        ('[variant.mine]\nfrom = "silent"\ntimestp = 5', "unknown option; did you mean 'timestep'?"),
        ('[variant.mine]\nfrom = "silent"\nseed = 5', "'seed': is an option of the whole batch"),
        ('[variant.mine]\nfrom = "silent"\ntimestep = "fast"', r"\[variant.mine\]: timestep: must be a number"),
        ('[variant.mine]\nfrom = "silent"\ntimestep = 500', "timestep: must be 0.5 to 60, not 500"),
        ('[variant.mine]\nfrom = "evidence"\nmemory = "all"', "memory: no 'all'"),
        ('[variant.mine]\nfrom = "evidence"\nn = [1, 2]', "must be a single value"),
        ("[ablate]\nn = 2", r"\[ablate\]: n must be a list of values"),
        ("[ablate]\nn = []", r"\[ablate\]: n must be a list of values"),
        ("[ablate]", r"\[ablate\]: has no options"),
        ('[ablate]\nfrom = "silent"\nn = [1, 3]', r"\[ablate\]: candidates: has no effect without --assistant llama"),
        ("[grid]\nn = [1, 2, 3, 4, 5, 6, 7, 8]\npairs = [" + ", ".join(map(str, range(1, 200))) + "]", "makes 1,592 variants"),
        ('[set]\nassistant = "silent"', "assistant belongs to a variant"),
        ('variants = ["silent"]\n[set]\npairs = 9', r"\[set\] pairs=9: has no effect"),
    ],
)
def test_what_is_wrong_is_said_with_its_file_and_key(tmp_path, text, complaint):
    with pytest.raises(InputError, match=complaint) as refused:
        make_jobs(read(tmp_path, text))
    assert "sweep.toml" in refused.value.message or "[set] pairs" in refused.value.message


def test_the_built_in_variants_are_valid():
    for name, options in VARIANTS.items():
        assert check_variant(options, name) == options
        if name != "api":
            variant_config(name, persona="p01", seed=0, days=9)
    assert set(DEFAULT_VARIANTS) <= VARIANTS.keys()
    assert all(field in OPTIONS for options in VARIANTS.values() for field in options)


def test_the_time_left_is_that_of_the_variants_days():
    def job(variant, state="waiting", days=5):
        return Job(RunConfig(days=days), "p01", variant, state=state)

    slow, quick, known, other = job("evidence", "running"), job("silent", "finished"), job("evidence", "known"), job("random")
    known.count(FIVE, 5000.0)
    jobs = [slow, quick, known, job("evidence"), job("silent"), other]
    left = TimeLeft(jobs)
    assert left.seconds(jobs, 2) is None
    quick.count(FIVE, 5.0)
    slow.count(FIVE[:2], 20.0)
    # A day of random may take any time, whatever those of the others take.
    assert left.seconds(jobs, 2) is None
    other.count(FIVE[:1], 2.0)
    # evidence: 10 s a day, 3 + 5 days left; silent: 1 s a day; random: 2 s a day, 4 left.
    assert left.seconds(jobs, 1) == pytest.approx(80 + 5 + 8)
    # However many at once, the longest run takes 50 s.
    assert left.seconds(jobs, 2) == left.seconds(jobs, 100) == pytest.approx(50)
    slow.count(FIVE[:4], 40.0)
    assert left.seconds(jobs, 2) == 50
    jobs[3].count(FIVE[:3], 30.0)
    assert left.seconds(jobs, 2) == pytest.approx((10 + 20 + 5 + 8) / 2)
    for each in jobs:
        each.state = "finished"
    assert left.seconds(jobs, 2) == 0
    assert [format_left(seconds) for seconds in (5, 119, 120, 7199, 7200, 200_000)] == ["5 s", "119 s", "2 min", "120 min", "2 h", "2 d"]


def test_options_of_the_command_line_override_those_of_a_sweep():
    sweep = Sweep(
        personas=["p01"], variants=["silent"], days=1, options=["timestep=7"], known={"silent": {"assistant": "silent", "timestep": 3}}
    )
    assert [job.config.timestep for job in make_jobs(sweep)] == [7]
