"""Lines of the feed, and of the panel of the moment, at small widths."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rich.cells import cell_len

from propersim.core.clock import format_time
from propersim.core.records import DIMENSIONS, Candidate, Rating
from propersim_tui.data.source import RunSource
from propersim_tui.render.feed import RecommendationEntry, SilenceEntry, feed_entries
from propersim_tui.render.format import LIGHTS, score_sign
from propersim_tui.widgets.assistant_feed import AssistantFeed
from propersim_tui.widgets.feed_rows import rows
from propersim_tui.widgets.now_panel import short_openness
from tests.known import known
from tests.tui import story

STEP = next(step for step in story.day_steps(2, 402) if step.spoke)
BITS = st.integers(0, 1)


def said(text, values=(1, 1, 1, 1), reasons=("", "", "", "")):
    rating = Rating(values[0], values[1], values[2], values[3], reasons)
    return RecommendationEntry(msgspec.structs.replace(STEP, candidates=(Candidate(text, rating, "music", "warm"),), judged=None))


def texts(lines):
    return ["".join(part for part, _ in line) for line, _ in lines]


@given(st.text(max_size=300), st.tuples(BITS, BITS, BITS, BITS), st.integers(20, 120), st.booleans())
@example("wide 漢字 and \u202e [b]marks[/b] " * 9, (0, 1, 0, 1), 44, True)
def test_a_recommendation_takes_one_line_that_has_time_verdict_and_score(text, values, width, current):
    (line,) = texts(rows(said(text, values), width, current=current))
    score = sum(values)
    assert cell_len(line) == width
    assert line.startswith(f"07:50 {'▸' if current else ' '}{score_sign(score)} ")
    assert line.endswith(f" {score} ")
    if width >= 32:
        assert line[: -len(f"  {score} ")][-7 if width >= 44 else -4 :].replace(" ", "") == "".join("○●"[value] for value in values)


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=9), min_size=1, max_size=40), st.integers(36, 120))
def test_an_open_recommendation_has_its_whole_text_and_every_rating_with_its_reason(words, width):
    text = " ".join(words)
    reasons = ("Not now.", "Well timed.", "Too soon after the last one.", "")
    lines = texts(rows(said(text, (0, 1, 0, 0), reasons), width, current=False, opened=True))
    assert all(cell_len(line) <= width for line in lines)
    head = next(number for number, line in enumerate(lines) if line.strip().startswith("○ preference"))
    first = lines[0][: -len("  ○ ● ○ ○  1 " if width >= 44 else "  ○●○○  1 ")]
    shown = " ".join([first[9:], *lines[1:head]])
    assert shown.replace(" ", "") == f"“{text}”".replace(" ", "")
    rest = " ".join(" ".join(lines[head:]).split())
    for name, sign in zip(DIMENSIONS, "○●○○", strict=True):
        assert f"{sign} {name}" in rest
    assert all(reason in rest for reason in ("Not now.", "Well timed.", "Too soon after the last one.", "no reason given"))
    alike = texts(rows(said(text), width, current=False, opened=True))
    assert "● preference · timing · frequency" in " ".join(" ".join(alike).split()), "ratings without a reason share a line"


@pytest.mark.parametrize(
    ("width", "missed", "overdue", "words"),
    [
        (74, 20, False, "05:30 – 12:00  silent, 40 steps · wanted one at 20 of them mean score 3.0 "),
        (73, 1, False, "05:30 – 12:00  silent, 40 steps · wanted one at 1 of them mean score 3.0 "),
        (60, 20, False, "05:30 – 12:00  silent, 40 steps · wanted at 20    score 3.0 "),
        (51, 20, False, "05:30 – 12:00  silent · wanted at 20     score 3.0 "),
        (48, 20, False, "05:30 – 12:00  silent · wanted at 20  score 3.0 "),
        (41, 20, False, "05:30 – 12:00  wanted at 20    score 3.0 "),
        (54, 0, True, "05:30 – 12:00  silent, 40 steps · too long  score 3.0 "),
        (37, 0, True, "05:30 – 12:00  too long    score 3.0 "),
        (71, 0, True, "05:30 – 12:00  silent, 40 steps · too long              mean score 3.0 "),
        (50, 0, False, "05:30 – 12:00  silent, 40 steps    mean score 3.0 "),
    ],
)
def test_a_silence_says_what_was_missed_without_being_cut(width, missed, overdue, words):
    (line,) = rows(SilenceEntry(0, "05:30", "12:00", 40, 3.0, missed, overdue), width, current=False)
    assert "".join(part for part, _ in line[0]) == words


@pytest.mark.parametrize("width", [30, 44, 71])
def test_a_silent_step_in_a_wanted_moment_shows_its_lights_and_reasons(three_days, width):
    source = RunSource(three_days, "last")
    source.poll(0.0)
    index = known(source.seek("bad", -1, forward=True))
    while known(source.frame(index).step).spoke:
        index = known(source.seek("bad", index, forward=True))
    frame = source.frame(index)
    step = known(frame.step)
    entry = feed_entries(frame.steps)[-1]
    _, head, *reasons = rows(entry, width, current=True)
    text = "".join(part for part, _ in head[0])
    assert format_time(step.minute, wrap=True) in text
    assert f" {step.rating.score} " in text
    assert text.count(LIGHTS[0]) == step.rating.values.count(0) > 0
    told = "".join("".join(part for part, _ in line[0]) for line in reasons)
    assert told.count(LIGHTS[0]) == step.rating.values.count(0)
    assert all(len("".join(part for part, _ in line[0])) <= width for line in (head, *reasons))
    blind = feed_entries(frame.steps, blind=True)[-1]
    assert isinstance(blind, SilenceEntry)
    assert blind.now is None
    source.close()


@pytest.mark.parametrize(("mean", "said"), [(4.0, "4.0"), (3.97, "3.9"), (2.3, "2.3")])
def test_only_full_scores_have_the_full_mean(mean, said):
    (line,) = rows(SilenceEntry(0, "05:30", "12:00", 40, mean, 0, False), 71, current=False)
    assert "".join(part for part, _ in line[0]).endswith(f" {said} ")


@pytest.mark.parametrize("width", [12, 17, 18, 19, 20, 24])
def test_a_narrow_panel_never_cuts_a_time(three_days, width):
    source = RunSource(three_days, "last")
    source.poll(0.0)
    for index in range(0, source.newest, 25):
        frame = source.frame(index)
        text = short_openness(frame, known(frame.step), width).plain
        assert re.fullmatch(r"receptive (yes|no)( more today| ?→ ?\d\d:\d\d)?", text)
        assert len(text) <= max(width, len("receptive yes"))


async def test_a_newest_entry_taller_than_the_panel_begins_with_its_time_and_scrolls_to_its_end(app_of, three_days):
    source = RunSource(three_days, "last")
    source.poll(0.0)
    index = known(source.seek("said", -1, forward=True))
    source.close()
    app = app_of(three_days, at=index)
    async with app.run_test(size=(120, 40)) as pilot:
        feed = app.query_one("#assistant", AssistantFeed)
        feed.focus()
        for height in (5, 4, 3):
            feed.styles.height = height
            await pilot.pause()
            whole = feed._rows(len(feed._entries) - 1)
            room = feed.content_size.height
            assert len(whole) > room > 0
            assert feed.following
            assert texts(feed.seen())[0].startswith(feed._entries[-1].time)
            assert texts(feed.seen()) == texts(whole[:room])
            assert feed._cells[0][1][0] != " ", "the scroll bar shows that there is more"
            for _ in range(len(whole)):
                await pilot.press("down")
            assert texts(feed.seen()) == texts(whole[-room:])
            assert feed.following
            feed.follow()
            await pilot.pause()
        feed.scroll_lines(len(whole))
        app.run_view.go_to_step(index + 1)
        await pilot.pause()
        assert feed.seen()[-1][1] == feed._entries[-1].index == index + 1, "entries that come are followed"


@pytest.mark.slow
async def test_arrow_keys_open_recommendations_at_every_size(app_of, three_days):
    app = app_of(three_days, at=2 * 402 - 1)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("2")
        await pilot.pause()
        feed = app.query_one("#assistant")
        for size in ((80, 24), (120, 40), (200, 60), (60, 16)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            for _ in range(40):
                await pilot.press("down")
            assert feed.following
            opened = []
            for _ in range(40):
                number = feed._opened
                assert number is not None
                if number not in opened:
                    opened.append(number)
                    assert feed._entries[number].index in [index for _, index in feed.seen()], (size, number)
                await pilot.press("up")
            recommendations = [number for number, one in enumerate(feed._entries) if isinstance(one, RecommendationEntry)]
            assert opened == recommendations[::-1], size
            assert feed.seen()[0][1] == feed._entries[0].index, "and then the day's beginning"
        app.query_one("#today").focus()
        await pilot.pause()
        assert feed._opened is None
        assert len(feed.seen()) <= len(feed._entries)
