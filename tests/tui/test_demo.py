"""``propersim demo``: the captions in order, skipping them, and the run that stays."""

import pytest

from propersim.core.clock import format_time
from propersim.demo import Rank, open_demo
from propersim_tui.data.run_list import read_runs
from propersim_tui.demo.app import demo_app
from propersim_tui.demo.captions import _nights, _rank, _worst, own_run
from propersim_tui.messages import ShowRun, StartRun
from propersim_tui.screens.compare import CompareScreen
from propersim_tui.screens.inspect import InspectScreen
from propersim_tui.screens.learned import LearnedScreen
from propersim_tui.screens.live import LiveScreen
from propersim_tui.widgets.assistant_feed import AssistantFeed
from tests.tui.hosts import text_of
from tests.tui.legible import faint_text
from tests.tui.scenes import LIGHT
from tests.tui.story import night
from tests.waiting import wait_for_async


@pytest.fixture(scope="module")
def demo():
    with open_demo() as opened:
        yield opened


@pytest.fixture
def app(demo):
    made = demo_app(demo)
    yield made
    made.source.close()


async def shown(app, pilot, title):
    async def there():
        app.tick()
        await pilot.pause()
        return app.caption is not None and app.caption.title.startswith(title) and app._panel is not None and app._panel.is_mounted

    await wait_for_async(there, title)


async def begun(app, pilot):
    await shown(app, pilot, "Day 1, morning")


async def answered(app, pilot):
    """Wait until no panel waits for an answer; none may say that something is missing."""

    async def there():
        app.tick()
        await pilot.pause()
        text = " ".join(str(part.content_shown) for part in app.screen.query("ScrollPanel"))
        assert "propersim[llama]" not in text
        return "asking" not in text

    await wait_for_async(there, "an answer")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_enter_goes_through_all_captions_without_a_process(app, size):
    async with app.run_test(size=size) as pilot:
        await begun(app, pilot)
        seen = []
        while app.caption is not None:
            for _ in range(3):
                app.tick()
                await pilot.pause()
            panel, below = app._panel, app.screen.region
            assert panel.region.bottom <= below.bottom - 1, "the footer stays in sight"
            assert panel.region.height <= 9
            assert panel.query("Static").first().region.height >= 2
            seen.append((app.caption.place, type(app.screen)))
            if app.caption.place in ("learned", "inspect"):
                await answered(app, pilot)
            await pilot.press("enter")
        assert [place for place, _ in seen] == ["live"] * 5 + ["learned", "inspect", "compare", "live"]
        assert {screen for _, screen in seen} == {LiveScreen, LearnedScreen, InspectScreen, CompareScreen}
        assert app.inspector.process.pid is None, "all answers were stored"
        assert isinstance(app.screen, LiveScreen)
        await pilot.press("b")
        assert app.frame.step.index == app._facts.stops.last - 1


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_recommendation_of_a_caption_begins_in_view(app, size):
    async with app.run_test(size=size) as pilot:
        await begun(app, pilot)
        begins = 0
        for _ in range(5):
            feed, step = app.live.query_one("#assistant", AssistantFeed), app.frame.step
            await pilot.pause()
            if step.spoke and feed.display and feed.content_size.height:
                first = f"{format_time(step.minute, wrap=True)} ▸"
                lines = ["".join(part for part, _ in row) for row, _ in feed.seen()]
                assert any(line.startswith(first) and step.answer.text[:8] in line for line in lines), (app.caption.title, lines)
                begins += 1
            await pilot.press("enter")
        assert begins >= 2


async def test_escape_skips_and_the_run_stays_free(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await begun(app, pilot)
        await pilot.press("enter", "enter", "backspace")
        assert app.caption.title.startswith("Day 1: four")
        before = app.frame.step.index
        await pilot.press("n")
        assert app.frame.step.index == before + 1, "the keys of the replay work meanwhile"
        await pilot.press("escape")
        assert (app.caption, len(app.screen_stack)) == (None, 1)
        assert not app.query("CaptionPanel")
        app.post_message(StartRun("p07"))
        app.post_message(ShowRun(app._facts.run, resume=True))
        await pilot.pause()
        assert app.source.live is None
        assert app.source.about.run_id == app._facts.run


async def test_captions_go_on_by_a_click(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(app, pilot)
        await pilot.click("CaptionLink")
        await shown(app, pilot, "Day 1: four")


async def test_days_to_come_are_not_given_away(app):
    async with app.run_test(size=(120, 40)) as pilot:
        await begun(app, pilot)
        for title in ("Day 1, morning", "Day 1: four", "The night", "Day 2"):
            await shown(app, pilot, title)
            frame = app.frame
            assert frame.days_so_far[-1].day == frame.step.day, title
            assert all(each.at <= frame.step.index + 1 for each in frame.nights_so_far)
            assert "days 1–14" not in text_of(app)
            if frame.step.day == 1 and title != "The night":
                assert not frame.nights_so_far
            await pilot.press("enter")
        await shown(app, pilot, "Day 14")
        assert "days 1–14" in text_of(app)
        await pilot.press("backspace", "escape")
        await pilot.pause()
        assert [figures.day for figures in app.frame.days_so_far] == [1, 2], "a replay shows no later days either"


@pytest.mark.parametrize(
    ("size", "words", "others"), [((80, 24), "↑ and ↓ scroll", "left to right"), ((120, 40), "left to right", "↑ and ↓")]
)
async def test_a_caption_speaks_of_what_the_terminal_shows(app, size, words, others):
    async with app.run_test(size=size) as pilot:
        await begun(app, pilot)
        await app.show_caption(6)
        await shown(app, pilot, "Why it said that")
        await answered(app, pilot)
        await pilot.pause()
        text = " ".join(str(app._panel.query_one("#told").content).split())
        assert words in text
        assert others not in text
        panel = app.screen.query_one("#weighed")
        assert panel.region.y < app._panel.region.y - 5, "the candidates are in sight"
        assert "stays silent" in text_of(app)


async def test_the_comparison_shows_a_moment_at_which_the_runs_differ(app):
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(app, pilot)
        await app.show_caption(7)
        await shown(app, pilot, "Compared")

        async def there():
            await pilot.pause()
            return "  said" in text_of(app)

        await wait_for_async(there, "the moment")
        assert "  silent" in text_of(app)


def test_the_worst_later_day_the_judge_and_the_traits_are_named(app):
    text = " ".join(caption.text for caption in app._told)
    assert "Worst later day: day 6, F1 .55 (all days .92)." in text
    assert "a program that knows Rosalind's rubric" in text
    assert "Big Five traits O+ C+" in text
    assert _worst([]) == ""


def test_the_list_of_runs_has_the_two_of_the_demo_alone(demo):
    assert {item.id for item in read_runs(demo.db)} == {demo.facts.run, demo.facts.oracle}


def test_the_night_and_the_rank_are_told_as_they_were():
    assert "after no night of 14" in _nights([night(1, 402, pairs=0)], 14)
    assert "after night 6 of 14" in _nights([night(1, 402, pairs=0), night(6, 2412)], 14)
    assert "after nights 2 and 6 of 14" in _nights([night(2, 804), night(6, 2412)], 14)
    assert "after every day" in _nights([night(1, 402)], 1)
    assert "number 3 of the 32 personas" in _rank(Rank(3, 32, "evidence"))
    assert "harder" not in _rank(Rank(3, 32, "evidence"))
    assert "one of the harder ones" in _rank(Rank(25, 32, "evidence"))
    assert "not ranked" in _rank(Rank(None, 8, "evidence"))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_a_caption_looks_as_it_did(app, size, snap_compare):
    async def go(pilot):
        await begun(app, pilot)
        await pilot.press("enter")
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=go)


@pytest.mark.parametrize("look", ["no-colour", LIGHT])
@pytest.mark.parametrize(("caption", "title"), [(0, "Day 1, morning"), (4, "Day 14")], ids=["first", "day-14"])
def test_captions_can_be_read_without_colours_and_on_white(demo, look, caption, title, snap_compare, monkeypatch):
    if look == "no-colour":
        monkeypatch.setenv("NO_COLOR", "1")
    app = demo_app(demo)
    if look == LIGHT:
        app.theme = LIGHT

    async def go(pilot):
        await begun(app, pilot)
        await app.show_caption(caption)
        await shown(app, pilot, title)
        await pilot.pause()
        assert not faint_text(app, 0.0 if look == "no-colour" else 2.2)

    try:
        assert snap_compare(app, terminal_size=(80, 24) if caption == 0 else (120, 40), run_before=go)
    finally:
        app.source.close()


@pytest.mark.parametrize(
    ("missing", "said"), [((), "propersim watch"), (("torch",), "pip install 'propersim[llama]', then propersim watch")]
)
def test_the_end_names_the_command_that_learns(monkeypatch, missing, said):
    monkeypatch.setattr("propersim_tui.demo.captions.missing_libraries", lambda: missing)
    assert own_run().removeprefix("For a run of your own").lstrip(":, ").removeprefix("in which HomeLM learns: ").startswith(said)
    assert ("oracle" in own_run()) == bool(missing)
