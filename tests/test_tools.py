"""The measuring scripts keep working; what they measure is not asserted."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.latency.figures import Row, percentile
from tools.latency.picture import Picture

ROOT = Path(__file__).parent.parent


def test_a_terminal_is_read_as_text_and_styles():
    picture = Picture(12, 3)
    picture.draw("\x1b[?25l\x1b[1;1H\x1b[38;2;1;2;3m╭─\x1b[0m Now ─\x1b[2;3H猫x\x1b]8;;a\x07\x1b[3;1Hold")
    picture.draw("\x1b[3;2H\x1b[1mN\x1b[0m\r\n")
    assert picture.text.split("\n") == ["╭─ Now ─    ", "  猫x       ", "oNd         "]
    assert picture.style_of(" Now ") == ";38;2;1;2;3"
    picture.resize(4, 1)
    assert picture.text == "    "


def test_figures_of_keys_leave_out_what_others_had_the_core():
    row = Row("keys", 50.0)
    for time in range(1, 101):
        row.add("n", time / 1000, time / 2000)
    row.add("x", None)
    assert percentile([3.0, 1.0, 2.0], 0.95) == 3.0
    first, unseen, by_key = row.lines(kinds=True)
    assert re.findall(r"(\d+) ms", first) == ["50", "95", "100", "48"]
    assert first.endswith("MISSED")
    assert "no effect seen: x" in unseen
    assert by_key.split()[0] == "n"


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(sys.platform != "linux", reason="reads how long a process waited from /proc")
def test_every_scenario_of_the_screen_keeps_working():
    size = ["--keys", "8", "--personas", "2", "--passes", "1", "--lived", "14"]
    command = [sys.executable, "-m", "tools.latency", "replay", "still", "open", "jump", "memory", *size]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=380)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"^(?:keys|jumps|opening).*\d ms", done.stdout, flags=re.MULTILINE)) == 2 + 4 + 3
    assert done.stdout.count("memory of the screen") == 2
    assert "no effect seen" not in done.stdout


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_the_bench_keeps_working():
    done = subprocess.run([sys.executable, "-m", "tools.bench", "1"], capture_output=True, text=True, cwd=ROOT, timeout=380)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("stored steps a second") == 3
    assert "peak memory after" in done.stdout
    assert re.search(r"speaking: .* candidates a second, [\d.]+x generate", done.stdout)
    assert re.search(r"training: .* pairs a second, [\d.]+x stock", done.stdout)
    assert len(re.findall(r"learning day \d of", done.stdout)) == 2
    assert "peak memory of learning days" in done.stdout
