"""What the documents say works: links lead somewhere, examples run, tables have what they promise."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_python_example_of_the_readme_runs(tmp_path):
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines
    assert all(line.endswith("| 4") for line in lines)


def test_the_controls_page_has_every_persona_and_no_bad_oracle():
    rows = re.findall(r"^\| (p\d\d) .*\|$", (ROOT / "docs" / "concepts" / "controls.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert rows == [f"p{n:02d}" for n in range(1, 33)]


def test_traits_in_the_docs_are_those_of_the_code():
    from propersim.user import traits

    text = (ROOT / "docs" / "concepts" / "user-agent.md").read_text(encoding="utf-8")
    for (trait, level), factors in traits.TAG_WEIGHTS.items():
        column = 3 if level == "high" else 4
        rows = [line.split("|") for line in text.splitlines() if line.startswith("| ") and line.count("|") == 6]
        named = ""
        figures = set()
        for row in rows:
            named = row[1].strip() or named
            if named == trait:
                figures |= set(re.findall(r"\d+\.?\d*", row[column]))
        assert {f"{factor:g}" for factor in factors.values()} <= {f"{float(f):g}" for f in figures}, (trait, level)


def test_nothing_names_a_machine_or_a_secret():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if files.returncode:
        pytest.skip("not in a checkout")
    for name in files.stdout.split():
        path = ROOT / name
        if path.suffix in (".npz", ".svg", ".raw") or not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        assert not re.search(r"sk-[A-Za-z0-9]{20}|/r[o]ot/|/home/[a-z]+/", text), name


def test_the_table_of_presets_is_that_of_the_code():
    from propersim.models.presets import Teaching, preset

    rows = [line.split("|") for line in (ROOT / "docs" / "concepts" / "learning.md").read_text(encoding="utf-8").splitlines()]
    (head,) = [row for row in rows if "`homelm`" in "".join(row) and "`smollm2`" in "".join(row) and len(row) > 5]
    names = [cell.strip(" `") for cell in head[2:5]]
    table = {row[1].strip(" `"): [float(cell) for cell in row[2:5]] for row in rows if len(row) == 7 and re.fullmatch(r"[\d. ]+", row[2])}
    for field in Teaching.__struct_fields__:
        assert table[field] == [getattr(preset(name).teaching, field) for name in names], field
