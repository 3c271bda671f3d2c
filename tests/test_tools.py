"""The measuring scripts keep working; what they measure is not asserted."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_keys_are_answered_at_full_speed():
    done = subprocess.run([sys.executable, "-m", "tools.latency", "3"], capture_output=True, text=True, cwd=ROOT, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"median \d+ ms, 95th percentile \d+ ms", done.stdout)) == 2


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
