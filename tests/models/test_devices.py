"""The device of a model: HomeLM on the CPU, others on a GPU with room; a device that is not there is refused.

There is no GPU here: torch is made to say that there is one.
"""

import json

import pytest
import torch

from propersim.core.config import RunConfig
from propersim.core.errors import InputError
from propersim.experiments.results import same_versions, versions_text
from propersim.experiments.variants import config_hash, variant_config, variant_label
from propersim.inspector.inspected_run import InspectedRun
from propersim.models import placement
from propersim.models.devices import check_device
from propersim.models.llama_decoder import LlamaDecoder
from propersim.models.loading import load
from propersim.models.model import LoadedModel
from propersim.models.placement import choose_device, too_large_for_gpu
from propersim.models.sources import resolve
from propersim.runs.create import add_run, check_versions, record_loaded, run_config, stored_versions
from propersim.store.store import Store


@pytest.fixture(scope="module")
def imported():
    """Import all libraries of a model before torch says what is not so: on a GPU they look for its libraries."""
    return LoadedModel().model


@pytest.fixture
def gpus(monkeypatch, imported):
    """Make torch say which GPUs there are, with that much free memory on each."""

    def there(*names, free=1e12):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: "cuda" in names)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: "mps" in names)
        monkeypatch.setattr(placement, "available", lambda on: free)

    return there


@pytest.mark.parametrize("there", [("cuda",), ("mps",), ("cuda", "mps")])
def test_homelm_keeps_its_own_decoder_beside_a_gpu(gpus, there):
    """A GPU took the default model to transformers, several times slower."""
    gpus(*there)
    for name in ("homelm", "homelm-eager"):
        model = LoadedModel(name)
        assert (model.device, type(model.decoder)) == ("cpu", LlamaDecoder)
        assert model._model is None, "transformers is not loaded before the first night"
    assert next(model.model.parameters()).device.type == "cpu", "nor is the GPU used for it"


@pytest.mark.parametrize(
    ("there", "free", "asked", "expected"),
    [
        ((), 1e12, "auto", "cpu"),
        (("cuda",), 1e12, "auto", "cuda"),
        (("cuda",), 1e8, "auto", "cpu"),
        (("cuda",), 1e8, "cuda", "cuda"),
        (("cuda",), 1e12, "cpu", "cpu"),
        (("mps",), 1e12, "auto", "mps"),
        (("mps",), 1e8, "auto", "cpu"),
        (("cuda", "mps"), 1e12, "auto", "cuda"),
        (("cuda", "mps"), 1e12, "mps", "mps"),
    ],
)
def test_other_models_go_where_they_fit(gpus, there, free, asked, expected):
    gpus(*there, free=free)
    source = resolve("smollm2")
    assert choose_device(source, "nf4", asked) == expected
    warned = too_large_for_gpu(source, "nf4", expected, asked)
    assert (warned is not None) == (bool(there) and asked == "auto" and expected == "cpu")
    assert warned is None or warned.startswith(f"smollm2: runs on the CPU and not on {there[0]}: it needs about ")


def test_a_model_that_a_gpu_has_no_room_for_says_so(gpus, tiny):
    gpus("cuda", free=1e6)
    parts = load(resolve(str(tiny)))
    assert parts.device == "cpu"
    assert "runs on the CPU and not on cuda" in " ".join(parts.notices)


def test_what_is_not_there_is_named_with_what_is(gpus):
    gpus("mps")
    check_device("auto")
    with pytest.raises(InputError, match=r"^--device cuda: torch finds no such device here, only cpu and mps$"):
        check_device("cuda")


@pytest.mark.parametrize(
    "command",
    [
        ("run", "--assistant", "llama", "--days", "1"),
        ("batch", "--personas", "p01", "--variants", "evidence", "--days", "1"),
        ("models", "prepare", "smollm2"),
        ("doctor", "--model", "homelm"),
    ],
)
def test_commands_refuse_it_before_anything_else(cli, gpus, command):
    gpus()
    done = cli(*command, "--device", "cuda", code=2)
    assert "--device cuda: torch finds no such device here, only cpu" in done.stderr
    assert done.stdout == ""
    assert "--device: no 'gpu'" in cli(*command, "--device", "gpu", code=2).stderr


def test_controls_have_no_device(cli, db):
    batch = ("batch", "--personas", "p01", "--variants", "oracle", "--days", "1", "--db", db)
    assert "--device: has no effect without a variant of the assistant llama" in cli(*batch, "--device", "cpu", code=2).stderr
    cli(*batch, env={"PROPERSIM_DEVICE": "cpu"})
    assert "--device: has no effect without --assistant llama" in cli("run", "--assistant", "oracle", "--device", "cpu", code=2).stderr


def test_the_device_belongs_to_the_machine_and_not_to_the_options(cli, db):
    """The CPU is what no record of a device means, so that records of before stay as they are."""
    done = json.loads(cli("run", "--assistant", "llama", "--until", "day 1 07:30", "--device", "cpu", "--db", db, "--json").stdout)
    again = json.loads(cli("run", "--assistant", "llama", "--until", "day 1 07:30", "--db", db, "--json").stdout)
    assert done["digest"] == again["digest"]
    assert done["config"] == again["config"]
    assert "device" not in done["config"]
    with Store(db) as store:
        first, second = (store.run(one["run"]) for one in (done, again))
        assert stored_versions(first) == stored_versions(second)
        assert run_config(first).device == "cpu"


def test_a_batch_knows_a_run_whatever_device_it_was_made_on():
    configs = [variant_config("evidence", persona="p01", seed=0, days=1, options=[f"device={name}"]) for name in ("cpu", "auto")]
    assert [config.device for config in configs] == ["cpu", "auto"]
    assert len({config_hash(config, "{}", "") for config in configs}) == 1
    assert {variant_label(config) for config in configs} == {"evidence"}
    versions = {"data": "a", "numpy": "2.4", "torch": "2.13"}
    for made in ({**versions, "device": "cuda"}, {**versions, "zlib": "1", "device": "mps"}):
        assert same_versions(versions_text(made), versions_text({name: value for name, value in made.items() if name != "device"}))
    assert not same_versions(versions_text(versions), versions_text({**versions, "numpy": "2.3"}))


def test_a_run_goes_on_where_it_began(gpus, db, cli):
    gpus("cuda")
    with Store(db) as store:
        begun = add_run(store, RunConfig(device="cuda", days=1))
        assert run_config(begun).device == "cuda"
        assert run_config(add_run(store, RunConfig(days=1))).device == "auto", "until its model is loaded"
    done = json.loads(cli("run", "--assistant", "llama", "--until", "day 1 07:30", "--db", db, "--json").stdout)
    with Store(db) as store:
        run = record_loaded(store, store.run(done["run"]), "cuda")
        assert check_versions(store, run, force=False) == run
        gpus()
        with pytest.raises(InputError, match="device was cuda, which is not there") as caught:
            check_versions(store, run, force=False)
        assert "--force" in str(caught.value.hint)
        forced = check_versions(store, run, force=True)
        assert run_config(forced).device == "cpu"
        assert stored_versions(forced)["forced"][0]["then"]["device"] == "cuda"


def test_a_run_of_a_gpu_is_inspected_without_one(gpus, db, cli):
    done = json.loads(cli("run", "--assistant", "llama", "--until", "day 1 07:30", "--db", db, "--json").stdout)
    with Store(db) as store:
        record_loaded(store, store.run(done["run"]), "cuda")
    gpus()
    inspected = InspectedRun(db, done["run"])
    inspected.load()
    assert inspected.loaded_model.device == "cpu"
    inspected.store.close()
