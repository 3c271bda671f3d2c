"""Estimates of a model's memory and time, and the check of free memory."""

import pytest

from propersim.core.errors import InputError
from propersim.models import estimate
from propersim.models.estimate import available, check_fits, day_seconds, duration, gigabytes, needs
from propersim.models.loading import load
from propersim.models.sources import resolve
from tests.known import known


def test_what_the_presets_need():
    need = {name: known(needs(resolve(name), "nf4")) for name in ("homelm", "smollm2", "llama-3.3-70b")}
    assert need["homelm"].total < 1e9
    assert 0.16e9 < need["smollm2"].weights < 0.18e9
    assert 42e9 < need["llama-3.3-70b"].weights < 45e9
    assert 38e9 < known(needs(resolve("llama-3.3-70b"), "nf4", "cuda")).weights < 41e9, "half the bytes for what is not in 4-bit"
    assert known(needs(resolve("smollm2"), "none")).weights == 4 * 134_515_008
    assert known(needs(resolve("smollm2"), "none", "cuda")).weights == 2 * 134_515_008
    assert needs(resolve("llama-3.3-70b"), "none") == need["llama-3.3-70b"]


@pytest.mark.parametrize("quantize", ["nf4", "none"])
def test_weights_are_counted_as_they_are_held(quantize):
    """The estimate compared with the model in memory; 4-bit layers hold small tables in addition."""
    source = resolve("homelm")
    held = load(source, quantize).model.get_memory_footprint()
    assert known(needs(source, quantize)).weights == pytest.approx(held, rel=0.08)


def test_too_little_memory_is_reported_before_a_download(monkeypatch):
    monkeypatch.setattr(estimate, "available", lambda on: 23e9)
    with pytest.raises(InputError, match=r"needs about 49 GB of memory, and 23 GB are free") as caught:
        check_fits(resolve("llama-3.3-70b"))
    assert "billion parameters" in known(caught.value.hint)
    with pytest.raises(InputError, match=r"^llama-3\.3-70b: needs about"):
        load(resolve("llama-3.3-70b"))
    check_fits(resolve("smollm2"))


def test_four_bits_are_offered_where_they_help(monkeypatch):
    monkeypatch.setattr(estimate, "available", lambda on: 1.6e9)
    check_fits(resolve("smollm2"), "nf4")
    with pytest.raises(InputError) as caught:
        check_fits(resolve("smollm2"), "none")
    assert "--quantize nf4" in known(caught.value.hint)


def test_limits_of_control_groups(tmp_path):
    def group(folder, **files):
        folder.mkdir(parents=True, exist_ok=True)
        for name, value in files.items():
            (folder / name.replace("_dot_", ".")).write_text(f"{value}\n")

    member = tmp_path / "cgroup"
    root = tmp_path / "fs"
    member.write_text("0::/a/b\n")
    group(root / "a" / "b", memory_dot_max="max", memory_dot_current=5)
    assert estimate._groups(root, member) == []
    group(root / "a", memory_dot_max=1000, memory_dot_current=400, memory_dot_stat="anon 1\ninactive_file 100")
    assert estimate._groups(root, member) == [700.0]
    member.write_text("4:memory:/box\n3:cpuset:/\n")
    limit = {"memory_dot_limit_in_bytes": 2000, "memory_dot_usage_in_bytes": 2500}
    group(root / "memory" / "box", **limit)
    group(root / "memory", memory_dot_limit_in_bytes=2**63 - 4096, memory_dot_usage_in_bytes=1)
    assert estimate._groups(root, member) == [0.0]
    member.write_text("4:memory:/gone\n")
    group(root / "memory", memory_dot_limit_in_bytes=3000, memory_dot_usage_in_bytes=1000)
    assert estimate._groups(root, member) == [2000.0]
    assert estimate._groups(root, tmp_path / "none") == []


def test_there_is_some_memory():
    assert 1e8 < available() < 1e14


def test_times_grow_with_the_model_and_shrink_with_the_device():
    days = [sum(known(day_seconds(resolve(name)))) for name in ("homelm", "smollm2", "llama-3.3-70b")]
    assert days == sorted(days)
    assert sum(known(day_seconds(resolve("llama-3.3-70b"), on="cuda"))) < days[2]


def test_figures_in_words():
    assert [gigabytes(x) for x in (44.1e9, 0.93e9)] == ["44 GB", "0.9 GB"]
    assert [duration(x) for x in (0.2, 12, 572, 20_000, 900_000)] == ["1 s", "12 s", "10 min", "6 h", "10 days"]
