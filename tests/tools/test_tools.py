"""The scripts that measure and draw keep working; what they measure is not asserted."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from propersim.models.presets import preset
from tests.tui import story
from tests.tui.hostile import HOSTILE
from tools.drawing import Frame, Look, film, shape
from tools.nights import changed
from tools.picture import draw
from tools.recording import Style, Thinner, styled
from tools.screencast import GROUND, MARK, QUICK, ROWS, SCENES, record, shoot

SVG = "{http://www.w3.org/2000/svg}"
from tests.known import known
from tools.latency.figures import Row, percentile
from tools.latency.picture import Picture

ROOT = Path(__file__).parents[2]


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
@pytest.mark.timeout(1600)
@pytest.mark.skipif(sys.platform != "linux", reason="reads how long a process waited from /proc")
def test_every_scenario_of_the_screen_keeps_working():
    size = ["--keys", "8", "--personas", "2", "--passes", "1", "--lived", "14"]
    command = [sys.executable, "-m", "tools.latency", "replay", "still", "screens", "open", "jump", "memory", *size]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=1500)
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(re.findall(r"^(?:keys|jumps|opening).*\d ms", done.stdout, flags=re.MULTILINE)) == 2 + 2 + 4 + 3
    assert done.stdout.count("memory of the screen") == 2
    assert "no effect seen" not in done.stdout


def test_the_peak_of_memory_is_this_process_own():
    child = "from tools.peak import peak_memory; print(peak_memory())"
    parent = f"import subprocess, sys; held = b'x' * 300_000_000; subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    done = subprocess.run([sys.executable, "-c", parent], capture_output=True, text=True, cwd=ROOT, check=True, timeout=60)
    assert 2 < float(done.stdout) < 200


@pytest.mark.slow
@pytest.mark.timeout(1600)
def test_the_bench_keeps_working():
    done = subprocess.run([sys.executable, "-m", "tools.bench", "1"], capture_output=True, text=True, cwd=ROOT, timeout=1500)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("stored steps a second") == 3
    assert "peak memory after" in done.stdout
    assert re.search(r"speaking: .* candidates a second, [\d.]+x generate", done.stdout)
    assert re.search(r"training: .* pairs a second, [\d.]+x stock", done.stdout)
    assert len(re.findall(r"learning day \d of", done.stdout)) == 2
    assert "peak memory of learning days" in done.stdout


async def test_the_film_is_made_of_what_the_app_shows(tmp_path, monkeypatch):
    monkeypatch.setenv("PROPERSIM_SCREEN_CONFIG", os.devnull)
    story.add(tmp_path / "runs.sqlite", text=HOSTILE["markup"] + HOSTILE["wide"])
    frames = await shoot(tmp_path / "runs.sqlite", "last", QUICK)
    assert list(dict.fromkeys(frame.caption for frame in frames)) == [scene.caption for scene in QUICK]
    assert sum(frame.seconds for frame in frames) == pytest.approx(
        sum(scene.seconds + scene.each * (len(scene.keys) > 1) for scene in QUICK)
    )
    assert all(len(frame.rows) == ROWS for frame in frames)
    svg = film(frames, columns=120, title="<b>", ground=GROUND, colour=MARK)
    tree = ElementTree.fromstring(svg)
    # It stands by itself: no script, and nothing from elsewhere.
    assert not {each.tag for each in tree.iter()} & {f"{SVG}script", f"{SVG}image", f"{SVG}a", f"{SVG}foreignObject"}
    assert all(value.startswith("#") for each in tree.iter() for name, value in each.items() if name.endswith("href"))
    assert "url(" not in svg
    assert "@import" not in svg
    assert svg.count("translateY") == len(frames) + 1, "one place a picture, and the one that stands still"
    names = {each.get("id") for each in tree.iter(f"{SVG}g")}
    assert {each.get("href", "")[1:] for each in tree.iter(f"{SVG}use")} <= names
    assert len(names) < ROWS * len(frames) / 2, "rows are shared"
    assert "[@click=app.quit]" in "".join(tree.itertext()), "hostile text is text"


async def test_the_picture_of_a_moment(tmp_path, monkeypatch):
    monkeypatch.setenv("PROPERSIM_SCREEN_CONFIG", os.devnull)
    story.add(tmp_path / "runs.sqlite")
    svg = await draw(tmp_path / "runs.sqlite", "last", "day 2 09:10", (120, 40))
    text = "".join(ElementTree.fromstring(svg).itertext())
    assert "09:10:00" in text
    assert "You should log" in text


@pytest.mark.parametrize("char", [chr(each) for each in range(0x2500, 0x25A0)])
def test_blocks_and_lines_stay_in_their_cell(char):
    path = shape(char, 80)
    if path is None:
        assert char in "░▒▓" or 0x2550 <= ord(char) <= 0x2573, "only doubled, round and slanting lines are left to fonts"
        return
    for x, y, width, height in re.findall(r"M([\d.]+) ([\d.]+)h([\d.]+)v([\d.]+)h", path):
        assert float(x) >= 80
        assert float(x) + float(width) <= 89
        assert float(y) >= 0
        assert float(y) + float(height) <= 17


def test_a_picture_has_what_is_written_and_no_more():
    plain, marked = Look("#ffffff", None, False, False, False), Look("#ff0000", "#000000", True, True, True)
    rows = ((("██  a<b & ", plain), ("●◐ é", marked)),)
    tree = ElementTree.fromstring(film([Frame(rows, 1.0)], columns=20, title="t", ground="#000000", colour="#ffffff"))
    assert [each.text for each in tree.iter(f"{SVG}text")] == ["a<b &", "●◐", " é"]
    assert "M0 0h16v17" in (known(tree.find(f".//{SVG}path[@class='c0']")).get("d") or ""), "two blocks are one"


class Screen(dict[tuple[int, int], tuple[str, Style]]):
    """A terminal as simple as can be: what stands where."""

    def __init__(self) -> None:
        super().__init__()
        self.at, self.style = (1, 1), Style()

    def feed(self, text: str) -> None:
        for look, row, column, cleared, char in re.findall(r"\x1b\[([\d;]*)m|\x1b\[(\d+);(\d+)H|(\x1b\[2J)|([^\x1b])", text):
            if row:
                self.at = (int(column), int(row))
            elif cleared:
                self.clear()
            elif char:
                self[self.at] = (char, self.style if char != " " or self.style.signs else self.style._replace(front=""))
                self.at = (self.at[0] + cell_len(char), self.at[1])
            else:
                self.style = styled(self.style, look)


_COLOURS = st.sampled_from(["", "0", "1", "3;4", "22", "38;2;1;2;3", "48;2;4;5;6", "38;5;7;1", "39", "49", "31", "107", "0;48;2;9;9;9"])
_DRAWN = st.one_of(
    _COLOURS.map(lambda look: f"\x1b[{look}m"),
    st.builds("\x1b[{};{}H".format, st.integers(1, 3), st.integers(1, 6)),
    st.text("ab █", max_size=4),
    st.just("\x1b[2J"),
)


@given(st.lists(_DRAWN, max_size=40), st.integers(1, 7))
def test_what_is_left_out_of_a_recording_is_not_missed(drawn, size):
    text = "\x1b[1;1H" + "".join(drawn)
    thinner, whole, thin = Thinner(columns=200), Screen(), Screen()
    for start in range(0, len(text), size):
        # Pieces that end in the middle of a sequence are put together again.
        thin.feed(thinner.feed(text[start : start + size]))
    whole.feed(text)
    assert thin == whole
    assert thinner.feed("".join(f"\x1b[{row};{column}H\x1b[0m" for row in (1, 2) for column in (3, 4))) == ""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_the_recording_is_of_the_real_command(tmp_path, monkeypatch):
    monkeypatch.setenv("PROPERSIM_SCREEN_CONFIG", os.devnull)
    story.add(tmp_path / "runs.sqlite")
    head, *events = map(json.loads, record(tmp_path / "runs.sqlite", "last", QUICK).splitlines())
    assert (head["version"], head["width"], head["height"]) == (2, 120, ROWS)
    times = [when for when, _, _ in events]
    assert times == sorted(times)
    assert [text for _, kind, text in events if kind == "m"] == [scene.caption for scene in QUICK]
    drawn = "".join(text for _, kind, text in events if kind == "o")
    assert "Rosalind" in drawn
    assert "Traceback" not in drawn


def test_the_film_of_the_readme_is_that_of_the_scenes():
    """Small enough to be shown, and made by the tool as it is."""
    svg = (ROOT / "docs" / "assets" / "screencast.svg").read_text(encoding="utf-8")
    cast = (ROOT / "docs" / "assets" / "screencast.cast").read_text(encoding="utf-8")
    assert len(svg.encode()) < 3_000_000
    assert len(cast.encode()) < 1_500_000
    marks = [event[2] for event in map(json.loads, cast.splitlines()[1:]) if event[1] == "m"]
    assert marks == [scene.caption for scene in SCENES]
    written = "".join(ElementTree.fromstring(svg).itertext())
    assert all(scene.caption in written for scene in SCENES)


def test_a_teaching_is_changed_by_words():
    teaching = preset("homelm").teaching
    assert changed(teaching, "-") == teaching
    assert changed(teaching, "rate=1e-5,batch=2") == msgspec.structs.replace(teaching, rate=1e-5, batch=2)
    for wrong in ("speed=1", "batch=2.5", "batch=many", "rate", ""):
        with pytest.raises(msgspec.ValidationError):
            changed(teaching, wrong)


@pytest.mark.slow
@pytest.mark.timeout(1600)
def test_nights_can_be_done_over(tmp_path):
    db = str(tmp_path / "runs.sqlite")
    run = ["run", "--persona", "p29", "--days", "2", "--assistant", "llama", "--memory", "ars", "--pairs", "32", "--db", db]
    for command in (["propersim", *run], ["tools.nights", db, "last", "1", "1", "-", "rate=0.01"]):
        done = subprocess.run([sys.executable, "-m", *command], capture_output=True, text=True, cwd=ROOT, timeout=1500)
        assert done.returncode == 0, done.stderr
    before, after = done.stdout.splitlines()
    assert re.match(r"- +unwelcome \d+/\d+, misses", before)
    assert after.startswith("rate=0.01")
    assert before.split(";")[0].split(",")[-1] != after.split(";")[0].split(",")[-1]
