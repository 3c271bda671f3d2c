"""The page of a report: its figures are those of the report, it asks no network for anything, and no text becomes markup."""

import base64
import csv
import hashlib
import io
import json
import re
import shlex
import sqlite3
import sys
from html import unescape
from html.parser import HTMLParser
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.cli.report import head
from propersim.cli.report_page import sections
from propersim.cli.report_page.cells import Table, as_csv, number_cell, text_cell
from propersim.cli.report_page.charts import HEIGHT, MARKERS, WIDTH, Point, Style, line_chart
from propersim.cli.report_page.commands import open_command
from propersim.cli.report_page.page import report_page
from propersim.cli.report_page.sections import MOST_PERSONA_ROWS, Stored
from propersim.core.call_record import CallRecord
from propersim.core.config import RunConfig
from propersim.core.records import DIMENSIONS, Action, Candidate, Clocks, Place, Rating, Shadow, Step, UserState
from propersim.core.text import printable
from propersim.experiments.examples import Chosen, Example, ExampleDay, choose_examples
from propersim.experiments.parts import number
from propersim.experiments.periods import HEADLINE
from propersim.experiments.published import published
from propersim.experiments.report import choose, report
from propersim.experiments.results import results_of, to_csv
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.runner import Runner
from propersim.store.store import CallTotals, Store
from tests.experiments.test_report import FIVE, day, result
from tests.known import known

VOID = {"meta", "input", "br", "link", "img"}
HOSTILE = (
    "</script><script>alert(1)</script>",
    "\"onmouseover='x' <b>",
    "a\u202egnp.exe",
    "=HYPERLINK(1)",
    "javascript:alert(1)",
    "{{ 7*7 }}{% raw %}",
    "'; rm -rf ~; '",
    "--help",
    "a\nb",
)


class Page(HTMLParser):
    """A parsed page: its tags in order, its texts, and its tables by id."""

    def __init__(self, text):
        super().__init__()
        self.tags: list[tuple[str, dict[str, Any]]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.tables: dict[str, list[list[str]]] = {}
        self.inside: dict[str, str] = {}
        self._table: list[list[str]] = []
        self._cells = ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "table":
            self._table = self.tables.setdefault(dict(attrs)["id"], [])
        elif tag == "tr":
            self._table.append([])
        elif tag in ("td", "th"):
            self._table[-1].append("")
            self._cells = tag
        elif tag == "small":
            self._table[-1][-1] += "\n"
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        if tag == self._cells:
            self._cells = ""

    def handle_data(self, data):
        self.texts.append(data)
        self.inside[self.open[-1] if self.open else ""] = self.inside.get(self.open[-1] if self.open else "", "") + data
        if self._cells:
            self._table[-1][-1] += data

    def downloads(self):
        found = {}
        for tag, attributes in self.tags:
            if tag == "a" and "download" in attributes:
                kind, _, data = attributes["href"].partition(";base64,")
                assert kind == "data:text/csv;charset=utf-8"
                found[attributes["download"]] = list(csv.DictReader(io.StringIO(base64.b64decode(data).decode())))
        return found


def step(text="Try a walk by the river.", reason="I like it.", phrase="reading", room="study"):
    rating = Rating(1, 0, None, 1, (reason, "", "", ""))
    action = Action("read", phrase, Place(room, "chair", 1, 1), 480.0, 540.0, 2)
    return Step(7, 1, 510.0, action, 1, 1, Clocks(1.0, 1.0), UserState(), (Candidate(text, rating),), 0, Shadow(2, 4))


def made(variant="evidence", persona="p01", run="p01-llama-abcd", name="Ada", **texts):
    """Return a page over one persona with one example."""
    one = result(persona, FIVE, variant=variant, name="h")
    example = Example(Chosen(variant, "only persona", 0.5, run, one), name, (ExampleDay(1, 3, (step(**texts),)), ExampleDay(5, 0, ())))
    stored = Stored("runs.sqlite", {one.key: run}, {run: CallTotals(3, 10.0, 5.0, 0.25, 1)})
    return report_page(report([one]), [one], to_csv([one]), stored=stored, examples=[example])


MANY = [
    result(f"p{at:02d}", [day(n, shown=n + at % 3, welcome=max(0, n - 1 - at % 2)) for n in range(1, 6)], variant=variant, traits=traits)
    for at, traits in enumerate(("O+ C+ E+ A+ N+", "O- C- E- A- N-") * 5, 1)
    for variant in ("ar", "oracle")
]


def test_its_figures_are_those_of_the_report():
    tables = report(MANY)
    page = Page(report_page(tables, MANY, to_csv(MANY)))
    rows = {row["variant"]: row for row in tables["variants"] if (row["group"], row["period"]) == ("all", "run")}
    heads, *lines = page.tables["variants-table"]
    assert {line[0] for line in lines} == set(rows)
    for line in lines:
        cells = dict(zip(heads, line, strict=True))
        for name, title in (("f1", "F1"), ("unwelcome", "unwelcome"), ("score", "score")):
            one = rows[line[0]]["figures"][name]
            low, high = (number(name, bound) for bound in one["interval"])
            assert cells[title].split("\n")[:2] == [number(name, one["mean"]), f"[{low}, {high}]"]
        assert cells["personas"] == str(rows[line[0]]["personas"])
    found = page.downloads()
    for row in found["variants-table.csv"]:
        (mine,) = [one for one in tables["variants"] if all(one[key] == row[key] for key in ("group", "variant", "period"))]
        for name in HEADLINE:
            one = mine["figures"][name]
            assert row[f"{name}_mean"] == ("" if one["mean"] is None else str(round(one["mean"], 6)))
            assert row[f"{name}_n"] == str(one["over"])
            assert row[f"{name}_low"] == ("" if one["interval"] is None else str(round(one["interval"][0], 6)))
    points = [one for one in tables["curves"] if one["group"] == "all"]
    drawn = [row for row in found["curves.csv"] if row["figure"] == "f1"]
    assert [(row["variant"], row["day"]) for row in drawn] == [(one["variant"], str(one["day"])) for one in points]
    assert [float(row["mean"]) for row in drawn] == pytest.approx([one["f1"] for one in points], abs=1e-6)
    # The last point of the unwelcome recommendations so far is their number in a run.
    last = {row["variant"]: float(row["mean"]) for row in found["values-unwelcome-so-far.csv"] if row["day"] == "5"}
    assert last == {name: pytest.approx(row["figures"]["unwelcome"]["mean"]) for name, row in rows.items()}
    assert len(found["personas-table.csv"]) == len(MANY)
    traits = {(row["group"], row["variant"]): row for row in found["traits-f1.csv"]}
    (high,) = [one for one in tables["variants"] if (one["group"], one["variant"], one["period"]) == ("high openness", "ar", "run")]
    assert float(traits["high openness", "ar"]["f1_mean"]) == pytest.approx(high["figures"]["f1"]["mean"], abs=1e-6)
    assert {row["first"] for row in found["differences-table.csv"]} >= {"ar", "high openness"}


def test_intervals_are_spoken_of_only_where_there_are_some():
    words = ("with 95 % intervals", "In brackets the 95 % interval", "bands are 95 % intervals")
    many, few = ("".join(Page(report_page(report(runs), runs, to_csv(runs))).texts) for runs in (MANY, MANY[:4]))
    assert all(one in many for one in words)
    assert "No intervals: fewer than five personas." in few
    assert not any(one in few for one in words)
    assert "F1 over all days\n" in few


def test_a_column_without_any_figure_is_left_out_of_the_page_but_not_of_the_csv():
    tables = report(MANY)
    empty = [head(name) for name in HEADLINE if all(row["figures"][name]["mean"] is None for row in sections.run_rows(tables))]
    assert empty, "there is nothing to leave out"
    page = Page(report_page(tables, MANY, to_csv(MANY)))
    shown = [text.replace("\u00a0", " ") for text in page.tables["variants-table"][0]]
    assert shown == [one for one in sections.headline(tables).heads if one not in empty]
    assert f"Left out, because no row has a figure: {', '.join(empty)}; the CSV has them." in "".join(page.texts)
    assert all(f"{name}_mean" in page.downloads()["variants-table.csv"][0] for name in HEADLINE)
    for heads, *rows in page.tables.values():
        assert all(len(row) == len(heads) for row in rows)
        for at in range(1, len(heads)):
            assert any(row[at] not in ("–", "") for row in rows), heads[at]


def test_a_day_of_a_heading_stays_on_one_line_with_its_number():
    table = Table("t", "", ["variant", "in band from day 3", "F1 days 3–5", "a day off"], [[text_cell("x"), *[number_cell(1)] * 3]], "")
    assert [name for name, _ in table.columns] == ["variant", "in band from\u00a0day\u00a03", "F1\u00a0days\u00a03–5", "a day off"]


def test_it_is_one_file_that_asks_for_nothing_and_allows_only_its_own_script():
    text = made()
    page = Page(text)
    assert not re.search(r"https?:|//[a-z]+\.|@import|url\(", text)
    for tag, attributes in page.tags:
        assert not {name for name in attributes if name.startswith("on") or name in ("src", "style", "srcset", "action", "xlink:href")}
        if "href" in attributes:
            assert attributes["href"].startswith(("#", "data:text/csv;charset=utf-8;base64,"))
            assert tag == "a"
    (policy,) = [one["content"] for tag, one in page.tags if tag == "meta" and one.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        assert sum(name == tag for name, _ in page.tags) == 1
        digest = base64.b64encode(hashlib.sha256(page.inside[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_it_can_be_read_without_seeing_the_charts():
    page = Page(report_page(report(MANY), MANY, to_csv(MANY)))
    ids = [one["id"] for _, one in page.tags if "id" in one]
    assert len(ids) == len(set(ids))
    anchors = {one["href"][1:] for tag, one in page.tags if tag == "a" and one["href"].startswith("#")}
    assert anchors <= set(ids)
    pictures = [one for tag, one in page.tags if tag == "svg" and one.get("role") == "img"]
    assert len(pictures) == 5
    for one in pictures:
        assert set(one["aria-labelledby"].split()) <= set(ids)
    said = "".join(page.texts)
    assert re.search(r"F1 by day\. ar: \d\.\d\d on day 1, \d\.\d\d on day 5\. oracle: ", said)
    scrolled = [one for _, one in page.tags if one.get("class") == "scroll"]
    assert all(one["tabindex"] == "0" and one["aria-label"] for one in scrolled)


@settings(max_examples=40, deadline=None)
@given(st.fixed_dictionaries({
    name: st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1, max_size=30))
    for name in ("variant", "persona", "run", "name", "text", "reason", "phrase", "room")
}))  # fmt: skip
def test_no_text_becomes_markup(texts):
    plain = made(**dict.fromkeys(texts, "word"))
    page = Page(made(**texts))

    def shape(found):
        # A command is offered only where it is safe, and a figure's own words stand in attributes.
        return [(tag, sorted(one)) for tag, one in found.tags if tag not in ("code", "button") and one.get("class") != "command"]

    assert shape(page) == shape(Page(plain))
    assert page.inside["script"] == Page(plain).inside["script"]
    said = "".join(page.texts)
    for name in ("text", "variant", "name"):
        assert printable(texts[name]).replace("\r", "\n") in said or "\n" in texts[name]
    assert not {ch for ch in said if not ch.isprintable() and ch != "\n"}
    for lines in page.downloads().values():
        for line in lines:
            assert not [cell for cell in line.values() if cell and cell.startswith(("=", "+", "@", "-")) and not _is_number(cell)]


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_a_formula_in_csv_is_a_text_and_a_number_stays_one():
    rows: list[list[Any]] = [*([text] for text in ("=1+1", "+1", "-1", "@a", "\t=1", "a=b")), [-1.5], [None]]
    assert as_csv(["a"], rows) == "a\n'=1+1\n'+1\n'-1\n'@a\n'=1\na=b\n-1.5\n\"\"\n"


@given(run=st.one_of(st.sampled_from(HOSTILE), st.text(min_size=1)), db=st.text(min_size=1), minute=st.integers(0, 1679))
def test_a_command_names_its_run_or_is_not_offered(run, db, minute):
    command = open_command(run, db, 3, minute)
    if printable(run) != run or printable(db) != db or "\n" in run + db:
        assert command == ""
        return
    words = shlex.split(command)
    assert words[:2] == ["propersim", "replay"]
    assert words[-1] == run
    assert db in words or f"--db={db}" in words
    assert words[words.index("--open") + 1] == f"day 3 {minute // 60:02d}:{minute % 60:02d}"
    assert printable(command) == command


def test_the_same_data_make_the_same_page_in_any_order():
    orders = [choose(each)[0] for each in (MANY, MANY[::-1])]
    pages = {report_page(report(order), order, to_csv(order)) for order in orders}
    assert len(pages) == 1
    assert made() == made()


def test_a_long_table_is_cut_and_its_csv_is_not():
    many = [result(f"mine_{at:03d}", FIVE, variant=variant) for at in range(150) for variant in ("ar", "oracle")]
    page = Page(report_page(report(many), many, to_csv(many)))
    assert len(page.tables["personas-table"]) == 1 + MOST_PERSONA_ROWS
    assert len(page.downloads()["personas-table.csv"]) == 300
    assert "The first 200 of 300 rows; the CSV has all." in "".join(page.texts)


VALUES = st.one_of(st.none(), st.floats(0, 6_000, allow_nan=False, allow_subnormal=False))


@given(st.lists(st.lists(VALUES, min_size=1, max_size=30), min_size=1, max_size=4), st.integers(1, 400))
def test_every_point_is_inside_its_chart(values, first):
    series = [
        (Style(at, f"v{at}"), [Point(first + d, value, None if value is None else (value / 2, value), 5) for d, value in enumerate(each)])
        for at, each in enumerate(values)
    ]
    chart = line_chart("c", "Title", series, digits=1)
    for line, each in zip(chart.lines, values, strict=True):
        assert len(line.marks) == sum(value is not None for value in each)
        for mark in line.marks:
            assert chart.left <= float(mark.x) <= chart.right <= WIDTH
            assert chart.top - 0.1 <= float(mark.y) <= chart.bottom <= HEIGHT
    heights = [float(tick.at) for tick in chart.y_ticks]
    assert heights == sorted(heights, reverse=True)
    assert len(chart.x_ticks) <= 12
    # Larger values are higher.
    marks = [(value, float(mark.y)) for line, each in zip(chart.lines, values, strict=True)
             for value, mark in zip([v for v in each if v is not None], line.marks, strict=True)]  # fmt: skip
    assert [y for _, y in sorted(marks)] == sorted((y for _, y in marks), reverse=True)


def test_a_missing_day_breaks_the_line_and_series_differ_without_colour():
    points = [Point(n, None if n == 3 else 0.5, None, 5) for n in range(1, 6)]
    (line,) = line_chart("c", "t", [(Style(0, "a"), points)], digits=2, top=1.0).lines
    assert line.path.count("M") == 2
    looks = {(Style(at, "").dash, Style(at, "").marker) for at in range(24)}
    assert len(looks) == 24
    assert len(set(MARKERS)) == len(MARKERS)


def test_examples_are_the_lowest_the_median_and_the_highest():
    def with_f1(persona, welcome, seed=0):
        return result(persona, [day(1, shown=4, welcome=welcome)], seed=seed, name=f"{persona}{seed}")

    runs = [with_f1("p05", 4), with_f1("p01", 2), with_f1("p02", 0, seed=1), with_f1("p02", 1), with_f1("p03", 3), with_f1("p04", 3)]
    silent = result("p01", [day(1)], variant="silent")
    keys = {one.key: one.hash for one in (*runs, silent)}
    found = choose_examples([*runs, silent], keys)
    assert [(one.place, one.run) for one in found] == [("lowest F1", "p020"), ("median F1", "p030"), ("highest F1", "p050")]
    assert [one.run for one in choose_examples(runs[:1], keys)] == ["p050"]
    assert [one.place for one in choose_examples(runs[:2], keys)] == ["lowest F1", "highest F1"]
    assert choose_examples(runs, {}) == []


def test_the_published_figures_agree_with_each_other():
    paper = published()
    first, *_ = paper.assistants
    scores = list(paper.personas.values())
    assert len(scores) == 32
    assert sum(one.day_1 for one in scores) / 32 == pytest.approx(known(first.day_1.score), abs=0.005)
    assert sum(one.day_14 for one in scores) / 32 == pytest.approx(known(first.day_14.score), abs=0.005)
    assert max(one.day_14 for one in scores) == first.day_14.best_score
    assert min(one.day_14 for one in scores) == first.day_14.worst_score
    assert sum(one.ars_day_14 for one in scores) / 32 == pytest.approx(known(paper.assistants[1].day_14.score), abs=0.005)


def test_published_personas_stand_beside_the_paper():
    runs = [result("persona_03", [day(n, score=40 * n) for n in range(1, 15)], seed=seed) for seed in (0, 1)]
    page = Page(report_page(report(runs), runs, to_csv(runs)))
    (row,) = page.downloads()["published-personas.csv"]
    assert row == {
        "persona": "persona_03", "published, day 1": "1.93", "published, day 14": "2.53", "published ARS, day 14": "2.37",
        "ar, day 1": "0.4", "ar, day 14": "5.6",
    }  # fmt: skip
    assert "published-personas" not in Page(made()).tables


def finish(store, *assistants):
    """Finish runs of two personas in this process: a batch would start one for each run."""
    for persona in ("p02", "p25"):
        for assistant in assistants:
            Runner(store, add_run(store, RunConfig(persona=persona, assistant=assistant, days=1)), FreeGate()).go()


def test_examples_come_from_the_database_and_their_commands_open_the_moment(cli, tmp_path, db, monkeypatch):
    with Store(db) as store:
        finish(store, "oracle", "silent")
        rows = {row.persona: row for row in store.runs() if row.assistant == "oracle"}
        row = rows["p02"]
        paid = CallRecord(0, 1, "rate", "x", "m", "json", 10, 0, 4, 1.0, 0, 0, False, False, 0.5, "", "")
        store.add_calls(row, [paid, msgspec.structs.replace(paid, cost=None)])
        assert store.call_totals() == {row.id: CallTotals(2, 20.0, 8.0, 0.5, 1)}
        assert results_of(store).runs.keys() == results_of(store).results.keys()
        first = next(store.steps(row, known(store.nearest_recommendation(row, -1, forward=True))))
    said = json.loads(cli("report", "--html", "out.html", "--json").stdout)
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    page = Page(text)
    whole = "".join(page.texts)
    assert said["runs"] == 4
    assert known(first.answer.text) in whole
    for name, value in zip(DIMENSIONS, first.rating.values, strict=True):
        assert f"{name}: {value}" in whole
    costs = {line["variant"]: line for line in page.downloads()["costs-table.csv"]}
    names = ("calls", "tokens_in", "tokens_out", "dollars", "unpriced_calls")
    assert [costs["oracle"][name] for name in names] == ["2", "20.0", "8.0", "0.5", "1"]
    assert costs["silent"]["calls"] == ""
    commands = re.findall(r"<code>(propersim replay [^<]*)</code>", text)
    opened = []
    monkeypatch.setattr(sys.modules["propersim.cli.main"], "_screen", lambda path, run, **more: opened.append((run, more.get("start_at"))))
    for command in commands:
        cli(*shlex.split(unescape(command))[1:])
    assert (row.id, (1, first.minute)) in opened
    assert {run for run, at in opened if at is None} >= {one.id for one in rows.values()}
    # The same page again, and from the CSV file all but the runs themselves.
    cli("report", "--html", "again.html", "--csv-out", "r.csv")
    assert (tmp_path / "again.html").read_text(encoding="utf-8") == text
    checksum = hashlib.sha256((tmp_path / "r.csv").read_bytes()).hexdigest()
    assert checksum in whole
    cli("report", "--csv", "r.csv", "--html", "csv.html")
    plain = (tmp_path / "csv.html").read_text(encoding="utf-8")
    assert "No examples: the results were read from CSV files" in plain
    assert "propersim replay" not in plain
    assert Page(plain).tables["variants-table"] == page.tables["variants-table"]
    cli("report", "--csv", "r.csv", "--db", "runs.sqlite", "--html", "both.html")
    assert (tmp_path / "both.html").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(("option", "file"), [("--html", "out.html"), ("--csv-out", "out.csv"), ("--curves", "out.svg")])
def test_a_file_that_was_asked_for_is_named_and_tables_are_printed_only_where_they_were(cli, tmp_path, option, file):
    if option == "--curves":
        pytest.importorskip("matplotlib")
    (tmp_path / "r.csv").write_text(to_csv(MANY), encoding="utf-8")
    asked = ("report", "--csv", "r.csv", option, file)
    alone = cli(*asked)
    assert (alone.stdout, alone.stderr) == ("", f"written: {file}\n")
    assert (tmp_path / file).stat().st_size
    for more in (("--markdown",), ("--wide",), ("--figures", "f1")):
        both = cli(*asked, "--force", *more)
        assert (both.stdout, both.stderr) == (cli("report", "--csv", "r.csv", *more).stdout, f"written: {file}\n")
        assert both.stdout
    assert json.loads(cli(*asked, "--force", "--json").stdout)["runs"] == len(MANY)


def test_a_file_that_cannot_be_written_is_one_line(cli, tmp_path, db):
    with Store(db) as store:
        add_run(store, RunConfig(assistant="silent"))
    (tmp_path / "r.csv").write_text(to_csv(MANY), encoding="utf-8")
    (tmp_path / "mine.html").write_text("mine", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    asked = ("report", "--csv", "r.csv", "--html")
    assert "mine.html: already exists" in cli(*asked, "mine.html", code=2).stderr
    assert (tmp_path / "mine.html").read_text(encoding="utf-8") == "mine"
    for path in ("folder", "none/out.html"):
        said = cli(*asked, path, code=2).stderr
        assert len(said.strip().splitlines()) <= 2
        assert f"{path}: " in said
    cli(*asked, "mine.html", "--force")
    assert (tmp_path / "mine.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_damaged_steps_are_named_and_the_rest_is_there(cli, tmp_path, db):
    with Store(db) as store:
        finish(store, "oracle")
    connection = sqlite3.connect(db)
    connection.execute("update steps set record = '{\"<b>' where run = (select min(key) from runs) and spoke")
    connection.commit()
    connection.close()
    cli("report", "--html", "out.html")
    text = (tmp_path / "out.html").read_text(encoding="utf-8")
    assert text.count("The steps cannot be read") == 1
    assert "<blockquote>" in text
