"""``propersim models export``: which adapter is written, what is said of it, and what is refused."""

import hashlib
import json
import shutil
from types import SimpleNamespace
from typing import Any

import pytest

from propersim.cli import completion
from propersim.core.config import RunConfig
from propersim.core.records import Night
from propersim.models.presets import preset
from propersim.runs.create import add_run
from propersim.store.store import Store
from tests.cli.test_completion import _context
from tests.tiny_models import chat_tokenizer, fill_adapter, tiny, tiny_folder  # noqa: F401 - fixtures

WHOLE = {"peft": {"adapter_config.json", "adapter_model.safetensors"}, "gguf": {"model.gguf"}}


def add_night(store, run, model, day, at, *, loaded=True):
    """Store a night of a run whose adapter changes something."""
    from propersim.models.adapters import add_adapter, save_adapter

    teaching = preset(run.model).teaching
    changed = fill_adapter(add_adapter(model, teaching, day), day)
    name = f"{at:08}.safetensors"
    digest = save_adapter(changed, store.adapter_folder(run) / name)
    store.end_night(run, Night(at=at, day=day, adapter=name, sha256=digest, loaded=loaded, threshold=0.25 if day == 1 else None), 0.0)
    return changed


@pytest.fixture(scope="module")
def made(tmp_path_factory, tiny_folder):  # noqa: F811
    """A folder with a database of runs: of a tiny model and of HomeLM with nights, of the same without, and of a control."""
    import torch

    from propersim.models.loading import load
    from propersim.models.sources import resolve

    folder = tmp_path_factory.mktemp("made")
    base = shutil.copytree(tiny_folder, folder / "base")
    torch.set_num_threads(1)
    ids, logits = {}, {}
    with Store(folder / "runs.sqlite") as store:
        options: dict[str, dict[str, Any]] = {
            "control": {"assistant": "oracle"},
            "new": {"model": str(base)},
            "homelm": {"model": "homelm"},
            "tiny": {"model": str(base)},
        }
        for name, chosen in options.items():
            run = add_run(store, RunConfig(persona="p08", days=9, **{"assistant": "llama", **chosen}))
            ids[name] = run.id
            if name not in ("tiny", "homelm"):
                continue
            model = load(resolve(run.model), "none").model
            for day, loaded in ((1, True), (2, False), (3, True)):
                model = add_night(store, run, model, day, 100 * day, loaded=loaded)
                with torch.no_grad():
                    logits[name, day] = model.eval()(torch.tensor([[5, 9, 300, 7]])).logits[0]
    return folder, ids, logits


@pytest.fixture
def there(made, tmp_path):
    """The database in a folder of its own, where the commands run, and the runs' ids."""
    shutil.copytree(made[0], tmp_path, dirs_exist_ok=True)
    return made[1]


def logits_of(model):
    import torch

    with torch.no_grad():
        return model.eval()(torch.tensor([[5, 9, 300, 7]])).logits[0]


@pytest.mark.parametrize("name", ["tiny", "homelm"])
def test_each_form_computes_what_the_run_computes(cli, made, there, tmp_path, name):
    import peft
    import torch
    from transformers import AutoModelForCausalLM

    from propersim.models.homelm_weights import WEIGHTS

    base = WEIGHTS if name == "homelm" else tmp_path / "base"
    said = cli("models", "export", there[name], "--to", "a").stdout
    assert "of the night of day 3" in said
    assert "4-bit (NF4" in said
    opened = peft.PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), tmp_path / "a")
    torch.testing.assert_close(logits_of(opened), made[2][name, 3], atol=1e-4, rtol=1e-4)
    said = cli("models", "export", there[name], "--to", "b", "--form", "merged", "--night", "1").stdout
    assert "of the night of day 1" in said
    assert "where P(speak) is above 25 %" in said
    assert "differ a little from the run's" in said
    torch.testing.assert_close(logits_of(AutoModelForCausalLM.from_pretrained(tmp_path / "b")), made[2][name, 1], atol=1e-3, rtol=1e-3)
    assert ("HomeLM's tokens are fields of a moment, not words" in " ".join(said.split())) == (name == "homelm")
    assert {file.name for file in (tmp_path / "a").iterdir()} == WHOLE["peft"]
    modes = {file.stat().st_mode & 0o777 for file in (tmp_path / "b").iterdir()}
    assert len(modes) == 1


def test_a_gguf_file_as_json(cli, made, there, tmp_path):
    import torch
    from transformers import AutoModelForCausalLM

    found = json.loads(cli("models", "export", there["tiny"][:-1], "--to", "a/b", "--form", "gguf", "--dtype", "float32", "--json").stdout)
    assert (found["day"], found["files"], found["form"], found["threshold"]) == (3, ["model.gguf"], "gguf", 0.9)
    assert found["size"] == (tmp_path / "a" / "b" / "model.gguf").stat().st_size
    again = AutoModelForCausalLM.from_pretrained(tmp_path / "a" / "b", gguf_file="model.gguf", dtype=torch.float32)
    torch.testing.assert_close(logits_of(again), made[2]["tiny", 3], atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (("none",), "no run 'none'"),
        (("control",), "is oracle, a control without a model"),
        (("new",), "has no adapter yet: no night has made one that it uses"),
        (("new", "--night", "0"), "began without a starter adapter"),
        (("tiny", "--night", "2"), "has no adapter of night 2\n  nights with an adapter: 1, 3"),
        (("homelm", "--form", "gguf"), "whose tokens are fields of a moment, not words"),
        (("tiny", "--dtype", "float16"), "--dtype: has no effect without --form merged"),
        (("tiny", "--form", "onnx"), "--form"),
    ],
)
def test_what_cannot_be_exported_is_said(cli, there, tmp_path, arguments, wanted):
    name, *options = arguments
    error = cli("models", "export", there.get(name, name), "--to", "a", *options, code=2).stderr
    assert wanted in error
    assert len(error.strip().splitlines()) <= 2
    assert not (tmp_path / "a").exists()


def test_folders_with_files_are_kept(cli, there, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine", encoding="utf-8")
    assert "exists and is not empty" in cli("models", "export", there["tiny"], "--to", "full", code=2).stderr
    assert "is not a folder" in cli("models", "export", there["tiny"], "--to", "full/mine.txt", code=2).stderr
    assert [file.name for file in (tmp_path / "full").iterdir()] == ["mine.txt"]
    (tmp_path / "empty").mkdir()
    cli("models", "export", there["tiny"], "--to", "empty")
    assert {file.name for file in (tmp_path / "empty").iterdir()} == WHOLE["peft"]


def test_damaged_adapters_and_other_weights(cli, there, tmp_path):
    base = tmp_path / "base"
    with Store(tmp_path / "runs.sqlite") as store:
        run = store.run(there["tiny"])
        file = store.adapter_folder(run) / store.nights(run)[-1].adapter
        # The run was made with the weights in the other folder.
        config = {**json.loads(run.config_json), "model": str(base)}
        store.update_run(run, config_json=json.dumps(config))
    kept = file.read_bytes()
    file.write_bytes(kept[:-9])
    assert "is not the adapter that the run was trained to on day 3" in cli("models", "export", run.id, "--to", "a", code=2).stderr
    file.unlink()
    assert "cannot be read (No such file or directory)" in cli("models", "export", run.id, "--to", "a", code=2).stderr
    file.write_bytes(kept)
    config_file = base / "config.json"
    config_file.write_text(config_file.read_text(encoding="utf-8") + " ", encoding="utf-8")
    for form in ("peft", "merged"):
        assert f"was made with another {base}" in cli("models", "export", run.id, "--to", "a", "--form", form, code=2).stderr
    shutil.rmtree(base)
    assert "no such folder" in cli("models", "export", run.id, "--to", "a", "--form", "merged", code=2).stderr
    assert not (tmp_path / "a").exists()
    # An adapter needs no base to be written; that it was not compared is said.
    assert "was not compared with the run's" in " ".join(cli("models", "export", run.id, "--to", "a").stdout.split())


def test_a_full_disk_leaves_nothing(cli, there, tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda path: SimpleNamespace(free=1000))
    for form in ("peft", "merged"):
        assert "MB are free on its disk" in cli("models", "export", there["tiny"], "--to", "a", "--form", form, code=3).stderr
    assert not (tmp_path / "a").exists()


def test_a_write_that_fails_leaves_nothing(cli, there, tmp_path):
    """A limit on the size of files stands for a full disk; SQLite's own file for readers is smaller."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, hard))
    try:
        for form in ("peft", "merged", "gguf"):
            assert "a: cannot be written: " in cli("models", "export", there["tiny"], "--to", "a", "--form", form, code=3).stderr
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (tmp_path / "a").exists()


def test_the_starter_of_a_run(cli, there, tmp_path, monkeypatch, made):
    """It is found by its hash, among those of this machine."""
    from propersim.models import starters

    with Store(tmp_path / "runs.sqlite") as store:
        run = store.run(there["new"])
        adapter = next(store.adapter_folder(store.run(there["tiny"])).glob("*.safetensors"))
        digest = hashlib.sha256(adapter.read_bytes()).hexdigest()[:16]
        versions = {**json.loads(run.versions_json), "starter": {"sha256": digest, "rank": 16, "layers": 2, "threshold": 0.5}}
        store.update_run(run, versions_json=json.dumps(versions))
    assert "--night 0 is its starter adapter" in cli("models", "export", run.id, "--to", "a", code=2).stderr
    assert "is not on this machine" in cli("models", "export", run.id, "--to", "a", "--night", "0", code=2).stderr
    monkeypatch.setattr(starters, "own_folder", lambda: adapter.parent)
    said = cli("models", "export", run.id, "--to", "a", "--night", "0").stdout
    assert "the starter adapter, of before the first night" in said
    assert "where P(speak) is above 50 %" in said


def test_runs_with_adapters_are_offered(there, tmp_path):
    found = completion.runs_with_adapters(_context(db=tmp_path / "runs.sqlite"), "")
    assert [value for value, _ in found] == ["last", there["tiny"], there["homelm"]]


def test_last_is_the_newest_run_with_an_adapter(cli, there, tmp_path):
    with Store(tmp_path / "runs.sqlite") as store:
        newest = add_run(store, RunConfig(persona="p08", assistant="oracle"))
    done = cli("models", "export", "last", "--to", "a")
    assert newest.id in done.stderr
    assert there["tiny"] in done.stdout
