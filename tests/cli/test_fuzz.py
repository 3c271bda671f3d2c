"""No input of a user ends in a traceback: odd options, variables, files and rows, thousands of each, all slow."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.config import OPTIONS
from propersim.experiments.results import COLUMNS
from propersim.persona.library import personas_folder
from propersim.world.floor_plan import load_world
from tests.cli.fuzzing import ODD_JSON, call, check, mangled, mutated_json, numbers, texts

pytestmark = pytest.mark.slow
TINY = ("--days", "1", "--timestep", "60", "--until", "day 1 08:00")
"""Options of a run of two steps."""
CONTROL = st.sampled_from(("silent", "eager", "random", "oracle"))
NUMBERS = [name for name, option in OPTIONS.items() if option.least is not None or name == "max_cost"]
TEXTS = [name for name in OPTIONS if name not in NUMBERS and name not in ("assistant", "user", "user_plans", "user_ratings")]


@pytest.fixture(scope="module")
def folder():
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


@pytest.fixture(scope="module")
def stored(folder):
    """A database with a finished run, a stopped one, and one that learns, with a row in every table."""
    db = folder / "stored.sqlite"
    for arguments in (("silent", "day 1 12:00"), ("oracle", "day 2 09:00")):
        done = call(folder, "run", "--db", db, "--assistant", arguments[0], "--days", "2", "--timestep", "60", "--until", arguments[1])
        assert done.code == 0, done
    connection = sqlite3.connect(db)
    with connection:
        connection.execute("update runs set state = 'stopped', digest = '' where key = 2")
        connection.execute("update days set figures = null where run = 2 and day = 2")
        connection.execute("update runs set days_done = 1 where key = 2")
        connection.execute("insert into warnings (run, at, day, kind, text) values (2, 3, 1, 'collapse', 'speaks never')")
    connection.close()
    return db


# -- options ----------------------------------------------------------------------------------------------------------


few_days = numbers.filter(lambda value: not value.isdecimal() or value in ("0", "1") or len(value) > 5)
"""Numbers of days that are refused, or soon simulated."""


@st.composite
def run_options(draw):
    """Options of a run, some of them odd."""
    found = [*TINY, "--assistant", draw(CONTROL)]
    for _ in range(draw(st.integers(1, 3))):
        kind = draw(st.sampled_from(("number", "text", "assistant", "user", "unknown")))
        if kind == "number":
            name = draw(st.sampled_from(NUMBERS))
            value = draw(few_days if name == "days" else numbers)
            found += [OPTIONS[name].name, value]
        elif kind == "text":
            name = draw(st.sampled_from(TEXTS))
            found += [OPTIONS[name].name, draw(texts)]
        elif kind == "assistant":
            found += ["--assistant", draw(texts.filter(lambda text: text not in ("llama", "api")))]
        elif kind == "user":
            found += [draw(st.sampled_from(("--user", "--user-plans", "--user-ratings"))), draw(texts)]
        else:
            found += [draw(st.sampled_from(("--home", "--sede", "-x", "--", "--no-json", "--json=1", "extra")))]
    return found


OTHERS = st.one_of(
    st.tuples(st.just("judge"), st.just("last"), st.sampled_from(("--sample", "--seed", "--show", "--max-cost")), numbers),
    st.tuples(st.just("judge"), st.just("last"), st.sampled_from(("--with", "--rating-calls", "--user-price")), texts),
    st.tuples(st.just("judge"), texts),
    st.tuples(
        st.just("report"),
        st.sampled_from(("--at", "--figures", "--csv", "--csv-out", "--curves", "--html", "--db")),
        st.one_of(texts, numbers),
    ),
    st.tuples(st.just("export"), st.just("last"), st.sampled_from(("--format", "--out", "--db")), texts),
    st.tuples(st.just("runs"), st.sampled_from(("show", "rm", "ls")), texts),
    st.tuples(st.just("runs"), st.just("ls"), st.just("--db"), texts),
    st.tuples(st.just("resume"), texts),
    st.tuples(st.just("resume"), st.just("last"), st.sampled_from(("--max-cost", "--speed", "--theme")), st.one_of(texts, numbers)),
    st.tuples(st.just("replay"), st.just("last"), st.sampled_from(("--from", "--speed", "--theme")), st.one_of(texts, numbers)),
    st.tuples(st.just("watch"), st.sampled_from(("--speed", "--theme", "--seed")), st.one_of(texts, numbers)),
    st.tuples(st.just("serve"), st.just("nothing"), st.sampled_from(("--host", "--port", "--db")), st.one_of(texts, numbers)),
    st.tuples(st.just("personas"), st.sampled_from(("show", "validate", "import", "ls", "nothing")), texts),
    st.tuples(st.just("personas"), st.sampled_from(("new", "schema")), st.just("-o"), texts),
    st.tuples(st.just("models"), st.sampled_from(("build", "check", "nothing")), texts.filter(lambda text: text != "homelm")),
    st.tuples(st.just("controls"), texts, st.just("--days"), st.sampled_from(("0", "1", "x", "nan", "9" * 30))),
    st.tuples(st.just("batch"), st.sampled_from(("--personas", "--variants")), texts.filter(lambda text: text not in ("p01", "oracle"))),
    st.tuples(
        *(st.just(part) for part in ("batch", "--personas", "p01", "--variants", "silent", "--days", "0", "--set")),
        st.one_of(texts, st.tuples(st.sampled_from(sorted(OPTIONS)), st.one_of(texts, numbers)).map("=".join)),
    ),
    st.tuples(st.just("doctor"), st.just("--model"), texts),
    st.tuples(st.just("world"), texts),
    st.tuples(texts, texts),
)


def fresh(folder, stored):
    """An empty folder with a copy of the stored database."""
    place = folder / "place"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copy(stored, place / "runs.sqlite")
    return place


@settings(max_examples=450)
@given(arguments=run_options())
def test_options_of_a_run(folder, stored, arguments):
    check(call(fresh(folder, stored), "run", *arguments), arguments)


@settings(max_examples=500)
@given(arguments=OTHERS, stdin=st.sampled_from(("", "y\n", "1101\n", "s\nq\n", "\udcff\n")))
def test_options_of_the_other_commands(folder, stored, arguments, stdin):
    check(call(fresh(folder, stored), *arguments, stdin=stdin), arguments)


# -- environment ------------------------------------------------------------------------------------------------------

VARIABLES = [option.variable for name, option in OPTIONS.items() if name not in ("assistant", "days")]
VARIABLES += ["PROPERSIM_DB", "PROPERSIM_CONFIG", "PROPERSIM_SPEED", "PROPERSIM_THEME", "PROPERSIM_HOME", "PROPERSIM_TELEPATHY", "NO_COLOR"]
VARIABLES += ["PROPERSIM_CACHE", "PROPERSIM_API_KEY", "XDG_DATA_HOME", "XDG_CACHE_HOME", "COLUMNS", "TERM", "HOME", "TZ", "PYTHONHASHSEED"]


@settings(max_examples=300)
@given(
    env=st.dictionaries(
        st.sampled_from(VARIABLES), st.one_of(texts, numbers).filter(lambda text: "\x00" not in text), min_size=1, max_size=3
    ),
    command=st.sampled_from((("run", "--days", "1", "--assistant", "oracle"), ("judge", "last"), ("report",), ("runs", "ls"), ("watch",))),
)
def test_the_environment(folder, stored, env, command):
    env = {
        name: value.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape") if _encodable(value) else "x"
        for name, value in env.items()
    }
    check(call(fresh(folder, stored), *command, env=env), (env, command))


def _encodable(text):
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


# -- files ------------------------------------------------------------------------------------------------------------

YAML = (personas_folder() / "p01.yaml").read_text(encoding="utf-8")
LINES = YAML.splitlines(keepends=True)
CSV = ",".join(COLUMNS) + "\nabc,p01,O+ C+,1,2,0,oracle,0,1,1.0,d,v=1,1,16.0," + ",".join("1" * (len(COLUMNS) - 14)) + "\n"
TOML = 'persona = "p01"\nseed = 3\ntimestep = 60\nuntil = "day 1 08:00"\nscheme = "paper"\nmax_cost = 1.5\n'


@st.composite
def yaml_texts(draw):
    """The file of a persona with lines removed, doubled, indented or given other values."""
    lines = list(LINES)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        action = draw(st.sampled_from(("remove", "double", "indent", "value")))
        if action == "remove":
            del lines[at]
        elif action == "double":
            lines.insert(at, lines[at])
        elif action == "indent":
            lines[at] = "  " + lines[at]
        else:
            lines[at] = (
                lines[at].split(":")[0]
                + ": "
                + draw(
                    st.one_of(texts, numbers, st.sampled_from(("[", "{a: b}", "!!python/object:os.system x", "&a [*a]", "|", "2001-01-01")))
                )
                + "\n"
            )
    return draw(mangled("".join(lines)))


PERSONAS = st.one_of(
    st.tuples(st.just("me.yaml"), yaml_texts()),
    st.tuples(st.just("me.json"), st.deferred(lambda: mutated_json(_persona_json()))),
    st.tuples(st.just("me.toml"), mangled('id = "me"\nname = "X"\n')),
    st.tuples(st.just("me.scratch.json"), st.deferred(lambda: mutated_json(json.dumps({"name": "X", "criteria": {"a": "b"}, "age": 3})))),
)


def _persona_json():
    from propersim.persona.library import load_persona

    return load_persona("p01").model_dump_json()


@settings(max_examples=350)
@given(
    file=PERSONAS,
    bom=st.booleans(),
    command=st.sampled_from(
        (
            ("personas", "show"),
            ("personas", "validate", "--quick"),
            ("personas", "import", "-o", "out"),
            ("run", *TINY, "--assistant", "oracle", "--persona"),
        )
    ),
)
def test_persona_files(folder, stored, file, bom, command):
    place = fresh(folder, stored)
    (place / file[0]).write_bytes((b"\xef\xbb\xbf" if bom else b"") + file[1].encode("utf-8", "surrogatepass"))
    check(call(place, *command, file[0]), (file[1][:200], command))


WORLD = load_world().text
OTHER_FILES = st.one_of(
    st.tuples(st.just(("run", *TINY, "--assistant", "oracle", "--world")), mangled(WORLD)),
    st.tuples(st.just(("run", *TINY, "--assistant", "oracle", "--config")), mangled(TOML)),
    st.tuples(
        st.just(("run", *TINY, "--assistant", "oracle", "--config")),
        st.tuples(
            st.sampled_from([*sorted(OPTIONS), "home", "db", "x"]),
            st.sampled_from(ODD_JSON).map(lambda value: json.dumps(value, ensure_ascii=True)),
        ).map(lambda pair: f"{pair[0]} = {pair[1]}\n"),
    ),
    st.tuples(st.just(("report", "--csv")), mangled(CSV)),
    st.tuples(st.just(("report", "--db")), mangled("SQLite format 3\x00" + "x" * 200)),
    st.tuples(st.just(("run", *TINY, "--assistant", "oracle", "--db")), mangled("SQLite format 3\x00" + "x" * 5000)),
)


@settings(max_examples=250)
@given(case=OTHER_FILES, odd=st.sampled_from((b"", b"", b"\xff", b"\xef\xbb\xbf", b"\x00")))
def test_other_files(folder, stored, case, odd):
    place = fresh(folder, stored)
    (place / "given").write_bytes(odd + case[1].encode("utf-8", "surrogatepass"))
    check(call(place, *case[0], "given"), case)


@settings(max_examples=100)
@given(
    at=st.floats(0, 1),
    size=st.integers(1, 200),
    cut=st.booleans(),
    command=st.sampled_from((("runs", "ls"), ("report",), ("export", "last"), ("resume", "last"))),
)
def test_damaged_databases(folder, stored, at, size, cut, command):
    place = fresh(folder, stored)
    data = (place / "runs.sqlite").read_bytes()
    start = int(at * len(data))
    (place / "runs.sqlite").write_bytes(data[:start] if cut else data[:start] + b"\xa5" * size + data[start + size :])
    check(call(place, *command), (at, size, cut, command))


# -- rows -------------------------------------------------------------------------------------------------------------

JSON_COLUMNS = (
    ("runs", "config_json"),
    ("runs", "persona_json"),
    ("runs", "versions_json"),
    ("days", "plan"),
    ("days", "figures"),
    ("steps", "record"),
)
COLUMNS_OF = {
    "runs": (
        "id",
        "persona",
        "name",
        "seed",
        "assistant",
        "model",
        "days",
        "days_done",
        "steps",
        "state",
        "created",
        "wall_s",
        "digest",
        "error",
        "world_text",
    ),
    "days": ("day", "first"),
    "steps": ("idx", "day", "minute", "spoke", "score"),
    "warnings": ("at", "day", "kind", "text"),
}
ROWS = {"runs": "key = 2", "days": "run = 2 and day = 1", "steps": "run = 2 and idx = 3", "warnings": "run = 2"}
CELLS = st.one_of(
    st.none(),
    st.sampled_from(
        (-1, 0, 2, 2**40 + 1, 2**62, -(2**63), 0.5, float("inf"), "", "x", "\u202e\x1b[31m", b"\xff", b"", "running", "finished", "[]")
    ),
)
ROW_COMMANDS = st.sampled_from(
    (
        *(("resume", "last"), ("resume", "last", "--json"), ("report",), ("report", "--json"), ("runs", "ls"), ("runs", "ls", "--json")),
        *(("runs", "show", "last"), ("runs", "show", "last", "--json"), ("export", "last"), ("export", "last", "--format", "dpo")),
        *(
            ("judge", "last"),
            ("judge", "last", "--silence", "--json"),
            ("runs", "rm", "last", "--yes"),
            ("resume", "last", "--max-cost", "1"),
        ),
        *(("judge", "last", "--with", "llm", "--dry-run", "--user-model", "x", "--user-base-url", "http://127.0.0.1:1/v1"),),
    )
)


@st.composite
def damage(draw, db):
    """A statement that damages a row, and its values."""
    if draw(st.booleans()):
        table, column = draw(st.sampled_from(JSON_COLUMNS))
        key = "key" if table == "runs" else "run"
        connection = sqlite3.connect(db)
        (text,) = connection.execute(f"select {column} from {table} where {key} = 2 and {column} is not null limit 1").fetchone()
        connection.close()
        return f"update {table} set {column} = ? where {key} = 2", draw(mutated_json(text))
    table = draw(st.sampled_from(sorted(COLUMNS_OF)))
    column = draw(st.sampled_from(COLUMNS_OF[table]))
    return f"update {table} set {column} = ? where {ROWS[table]}", draw(CELLS)


@settings(max_examples=700)
@given(data=st.data(), command=ROW_COMMANDS)
def test_rows(folder, stored, data, command):
    place = fresh(folder, stored)
    statement, value = data.draw(damage(stored))
    if isinstance(value, str):
        value = value.encode("utf-8", "replace").decode("utf-8")
    connection = sqlite3.connect(place / "runs.sqlite")
    try:
        with connection:
            connection.execute(statement, (value,))
    except sqlite3.IntegrityError:
        return
    finally:
        connection.close()
    check(call(place, *command), (statement, value, command))
