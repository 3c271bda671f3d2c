"""The pages of results say what the files of results say."""

import json

import pytest

from propersim.core.records import DayFigures
from propersim.experiments.report import report
from propersim.experiments.results import Result
from tools.results_page import BLOCKS, CURVES, FIRST, MOMENTS, PAGES, PRETRAINED, RESULTS, Page, misses, tables


def runs():
    found = []
    for number in range(1, 7):
        for variant, shown in (("factored", 4), ("silent", 0)):
            days = [
                DayFigures(day, steps=100, hours=10.0, dimensions=(90, 90, 90, 100 - number), shown=shown + 70 * (day == 1 and shown > 0),
                           welcome=shown, success=shown,
                           answers=100, malformed=number, silent=250, oracle=400, oracle_shown=5)
                for day in range(1, 15)
            ]  # fmt: skip
            found.append(
                Result(
                    f"{variant}{number}", f"p{number:02d}", "O+ C+ E+ A+ N-", (3.0, 4.0), number > 3, variant, 0, 9.0, "d", "v", tuple(days)
                )
            )
    return found


@pytest.fixture(scope="module")
def page():
    named = {"factored": "evidence"}
    now = [one._replace(variant=named.get(one.variant, one.variant)) for one in runs()]
    now += [one._replace(variant=name, hash=f"{one.hash}{name}") for one in now if one.variant == "evidence" for name in ("noisy", "drift")]
    now += [one._replace(persona=f"persona_{one.persona[1:]}", hash=f"{one.hash}x") for one in now]
    moment = {"p_speak": 0.25, "silence": 3, "said": [{"text": "Tea | or *milk*?", "score": 2}]}
    nothing = {"p_speak": 0.75, "silence": 3, "said": []}
    said = {"persona": "p01", "seed": 0, "step": 9, "when": "day 2, 08:00", "doing": "cooking", "before": moment, "after": nothing}
    learned = {"p_open": 0.5, "p_closed": None, "topics": [["art", 0.5]], "tones": [["warm", 1.0]], "preference": 0.5, "communication": 1.0}
    pretrained = [one._replace(variant="evidence model=tiny.gguf", hash=f"{one.hash}t") for one in runs() if one.variant == "factored"]
    moments = {"moments": [said], "learned": {"p01": {"before": learned, "after": learned}}}
    return Page(report(runs()), moments, report(now), None, report(pretrained))


def test_the_pages_say_what_the_files_say():
    moments = json.loads(MOMENTS.read_text(encoding="utf-8")) if MOMENTS.exists() else {}
    page = Page(tables(), moments, tables(RESULTS), tables(FIRST), tables(PRETRAINED))
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        assert page.filled(text) == text, f"{path.name}: python -m tools.results_page"
    assert CURVES.exists()


def test_figures_are_put_in_by_name_group_day_and_variant(page):
    text = (
        "F1 <!--f1 all 12-14-->0<!--/-->, worst <!--worst score all 14-->x<!--/--> (<!--who score all 5--><!--/-->), "
        "<!--unwelcome all run--><!--/--> unwelcome, <!--low malformed conditional run--><!--/-->, "
        "silence <!--score all 14 silent-->1<!--/-->."
    )
    with pytest.raises(SystemExit, match="too few personas"):
        page.filled(text)
    filled = page.filled(text.replace("low malformed conditional run", "low malformed all run"))
    assert filled.startswith(
        "F1 <!--f1 all 12-14-->0.89<!--/-->, worst <!--worst score all 14-->3.64<!--/--> (<!--who score all 5-->p06<!--/-->), "
        "<!--unwelcome all run-->70.0<!--/--> unwelcome, "
    )
    assert "silence <!--score all 14 silent-->3.67<!--/-->." in filled
    assert page.filled(filled) == filled
    with pytest.raises(SystemExit, match="no row all, 14, oracle"):
        page.filled("<!--f1 all 14 oracle-->0<!--/-->")


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks_are_tables_and_are_put_in_once(page, name):
    empty = f"before\n\n<!-- begin {name} -->\n<!-- end -->\n\nafter\n"
    filled = page.filled(empty)
    rows = filled.splitlines()[3:-3]
    assert len(rows) > 2
    assert len({row.replace("\\|", "").count("|") for row in rows}) == 1
    assert page.filled(filled) == filled
    assert (filled.splitlines()[0], filled.splitlines()[-1]) == ("before", "after")


def test_a_pretrained_models_runs_stand_beside_homelms(page):
    heads, _, first, *_ = ([cell.strip() for cell in row.split("|")[1:-1]] for row in page.pretrained().splitlines())
    row = dict(zip(heads, first, strict=True))
    assert (row["variant"], row["persona"], row["days"]) == ("evidence", "p01", "14")
    assert row["HomeLM's F1"] == row["F1, whole run"] != "–"


def test_what_a_model_says_cannot_break_the_table(page):
    assert "“Tea \\| or \\*milk\\*?” (2)" in page.moments()
    assert page.moments().splitlines()[-1].split("|")[-2].strip() == "–"


def test_conditional_and_worst_are_told(page):
    assert "conditional" in page.personas()
    assert "3.64 (p06)" in page.goals()


def test_the_first_table_tells_the_whole_run_and_the_days_come_below(page):
    heads, _, row, *_ = ([cell.strip() for cell in line.strip("|").split("|")] for line in page.headline().splitlines())
    found = dict(zip(heads, row, strict=True))
    assert (found["variant"], found["feedback"], found["days"], found["personas"]) == ("factored", "complete", "14", "6")
    # 56 of 70 wanted, after 70 unwelcome ones on the first day: 2 · 56 / (126 + 70).
    assert found["F1"].startswith("0.57 [")
    assert found["unwelcome"].startswith("70.0 [")
    goals = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.goals().splitlines()]
    assert goals[0][1:7] == ["whole run", "day 1", "day 2", "day 3", "days 3–5", "days 12–14"]
    assert goals[3][:4] == ["unwelcome recommendations", "70.0 [70.0, 70.0]", "70.0", "0.0"]


@pytest.mark.parametrize(
    ("value", "goal", "variant", "missed"),
    [
        (0.8, "≥ 0.80", "evidence", False),
        (0.79, "≥ 0.80", "evidence", True),
        (20.0, "≤ 20", "shown", False),
        (20.1, "≤ 20", "shown", True),
        (0.7, "≥ 0.90; shown ≥ 0.60", "shown", False),
        (0.7, "≥ 0.90; shown ≥ 0.60", "evidence", True),
        (0.0, "", "evidence", False),
        (0.0, "within 0.05", "evidence", False),
    ],
)
def test_a_figure_that_misses_its_goal_is_marked(value, goal, variant, missed):
    assert misses(value, goal, variant) is missed
