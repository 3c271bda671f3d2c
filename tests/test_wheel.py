"""What is shipped is complete: the wheel alone, far from the checkout, can run."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.slow
def test_the_wheel_carries_personas_and_data_and_runs_by_itself(tmp_path):
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("propersim-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "site")
    assert sum(name.startswith("propersim/personas/p") for name in names) == 32
    for name in (
        "propersim/world/data/home.txt",
        "propersim/world/data/word_vectors.npz",
        "propersim/experiments/published.toml",
        "propersim/cli/report_page/page.html",
        "propersim/cli/report_page/page.css",
        "propersim/cli/report_page/page.js",
        "propersim_tui/propersim.tcss",
        "propersim_tui/web/page/index.html",
        "propersim_tui/web/page/page.js",
        "propersim/py.typed",
        "propersim_tui/py.typed",
    ):
        assert name in names
    assert not any(name.startswith(("tests/", "tools/", "docs/")) for name in names)
    (metadata,) = (tmp_path / "site").glob("propersim-*.dist-info/METADATA")
    assert {path.name for path in metadata.parent.rglob("licenses/*")} >= {"LICENSE", "NOTICE"}
    assert "Provides-Extra: serve\n" in metadata.read_text(), "as the command says where it is missing"
    script = "import sys; sys.path.insert(0, sys.argv.pop(1)); import propersim; print(propersim.__file__, file=sys.stderr); "
    script += "from propersim.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "site"), "run", "--days", "1", "--assistant", "oracle", "--json"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stderr
    assert str(tmp_path) in done.stderr
    assert json.loads(done.stdout)["summary"]["oracle_score"] >= 3.6
