"""Record the run that ``propersim demo`` shows: ``python -m tools.demo_run``.

It is HomeLM's run of p01 with the default options and seed 0, for 14 days, whatever comes out. Recording takes some minutes. With ``--runs
FILE`` the newest such run of a database is taken instead; with ``--answers`` the recorded run stays, and its model is asked anew; with
``--reasons`` the judge also writes the reasons of its ratings anew, after their wording has changed.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Sequence
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Final

import msgspec

from propersim.core.records import Night, to_json
from propersim.demo.recording import ARCHIVE, DATABASE, FACTS, Answered, Facts, Rank, Stops
from propersim.inspector.inspector import Inspector
from propersim.inspector.protocol import (
    AnswerAgain,
    InspectorError,
    InspectStep,
    MapSpeaking,
    MomentMap,
    Question,
    Reply,
    SampleSuggestions,
    SpeakMap,
)
from propersim.persona.drift import persona_from_json
from propersim.store.delete import remove_run
from propersim.store.store import RunRow, Store
from propersim.user.judge import OfflineJudge

PERSONA: Final = "p01"
NIGHTS: Final = (1, 2, 7, 14)
"""Nights after which the adapter in use is shipped."""
RUN, ORACLE = "p01-llama-demo", "p01-oracle-demo"
RESULTS: Final = Path("docs/results/evidence.csv")
"""Results of the variant of the default options."""
OUT: Final = Path("propersim/demo") / ARCHIVE


def record(db: Path, assistant: str) -> None:
    """Run p01 with the default options and an assistant into a database."""
    subprocess.run(
        [sys.executable, "-m", "propersim", "run", "--persona", PERSONA, "--assistant", assistant, "--db", str(db), "--json"],
        check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip


def rename(db: Path, assistant: str, name: str) -> None:
    """Give the newest run of an assistant and the demo's persona a fixed id."""
    newest = "select key, id from runs where assistant = ? and persona = ? order by key desc limit 1"
    with closing(sqlite3.connect(db)) as connection, connection:
        key, old = connection.execute(newest, (assistant, PERSONA)).fetchone()
        connection.execute("update runs set id = ? where key = ?", (name, key))
    folder = Path(f"{db}.adapters")
    if old != name and (folder / old).is_dir():
        (folder / old).rename(folder / name)


def keep_only(db: Path, run_ids: Sequence[str]) -> None:
    """Delete all runs but some: the list of runs of the demo shows no others."""
    with Store(db, read_only=True) as store:
        others = [row.id for row in store.runs() if row.id not in run_ids]
    for run_id in others:
        remove_run(db, run_id)


def renew_reasons(db: Path) -> int:
    """Write the reasons of all ratings anew, as the offline judge gives them now; return how many records changed.

    Raises:
        SystemExit: the judge now rates a candidate otherwise, so that the runs have to be recorded again.
    """
    changed = 0
    with Store(db, read_only=True) as store, closing(sqlite3.connect(db)) as connection, connection:
        for run in store.runs():
            judge = OfflineJudge(persona_from_json(run.persona_json))
            total = hashlib.sha256()
            for step in store.steps(run):
                rated = [judge.rate(one.text, step.action, step.day, step.minute, step.clocks, step.moment) for one in step.candidates]
                if [one.rating.values for one in rated] != [one.rating.values for one in step.candidates]:
                    raise SystemExit(f"{run.id}, step {step.index}: the judge rates it otherwise now; record the runs again")
                candidates = tuple(msgspec.structs.replace(one, rating=new.rating) for one, new in zip(step.candidates, rated, strict=True))
                record = to_json(msgspec.structs.replace(step, candidates=candidates)).decode()
                total.update(record.encode() + b"\n")
                if candidates != step.candidates:
                    changed += 1
                    connection.execute("update steps set record = ? where run = ? and idx = ?", (record, run.key, step.index))
            connection.execute("update runs set digest = ? where key = ?", (total.hexdigest(), run.key))
    return changed


def worn(nights: list[Night]) -> set[str]:
    """Return the files of the adapters in use after :data:`NIGHTS`."""
    files = set()
    for day in NIGHTS:
        used = [night.adapter for night in nights if night.used and night.day <= day]
        files |= set(used[-1:])
    return files


def stops_of(store: Store, run: RunRow) -> Stops:
    """Return the steps at which the demo stops."""
    days = store.days(run)
    spoken = {
        day.day: [step.index for step in store.steps(run, day.first, day.first + 500) if step.day == day.day and step.spoke] for day in days
    }
    ends = [day.first - 1 for day in days[1:]]
    return Stops(
        morning=42,
        said=min(index for indices in spoken.values() for index in indices),
        night=ends[0],
        second=(spoken[2] or [days[1].first])[0],
        last=max(index for indices in spoken.values() for index in indices),
    )


def rank_of(results: Path) -> Rank:
    """Return where p01 stands in a table of results, by F1 over all days."""
    with results.open(encoding="utf-8", newline="") as file:
        rows = sorted((row for row in csv.DictReader(file) if row["seed"] == "0"), key=lambda row: row["persona"])
    f1: dict[str, float] = {}
    for persona, days in groupby(rows, key=lambda row: row["persona"]):
        shown, welcome, oracle = (
            sum(float(row[name]) for row in group) for group in [list(days)] for name in ("shown", "welcome", "oracle_shown")
        )
        f1[persona] = 2 * welcome / (shown + oracle) if shown + oracle else 0.0
    order = sorted(f1, key=lambda persona: -f1[persona])
    return Rank(order.index(PERSONA) + 1 if PERSONA in order else None, len(order), results.stem)


def answers_of(db: Path, stops: Stops) -> tuple[Answered, ...]:
    """Ask the run's model all that the captioned screens ask."""
    inspector = Inspector(db, RUN)

    def ask(question: Question) -> tuple[Reply, ...]:
        replies = tuple(reply for reply in inspector.answer(question) if reply is not None)
        for reply in replies:
            if isinstance(reply, InspectorError):
                raise SystemExit(reply.message)
        return replies

    maps = ask(MapSpeaking())
    days = [reply.day for reply in maps if isinstance(reply, SpeakMap)]
    steps = sorted(set(msgspec.structs.astuple(stops)))
    questions: list[Question] = [SampleSuggestions(day=day) for day in days]
    questions += [question for index in steps for question in (InspectStep(index), AnswerAgain(index), SampleSuggestions(index=index))]
    return (
        Answered(MapSpeaking(), tuple(reply for reply in maps if isinstance(reply, SpeakMap))),
        # The maps of the days are stored once.
        *(Answered(question, until_map(inspector, question)) for question in (MapSpeaking(index=index) for index in steps)),
        *(Answered(question, ask(question)) for question in questions),
    )


def until_map(inspector: Inspector, question: MapSpeaking) -> tuple[Reply, ...]:
    """Return the answers to a question up to its first map, which is that of the moment that is asked about."""
    replies: list[Reply] = []
    for reply in inspector.answer(question):
        replies += [reply] if isinstance(reply, MomentMap | SpeakMap) else []
        if isinstance(reply, SpeakMap):
            break
    return tuple(replies)


def pack(folder: Path, out: Path) -> None:
    """Pack the files of a folder, the same bytes for the same files."""
    with tarfile.open(out, "w:xz", preset=9) as archive:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            member = tarfile.TarInfo(path.relative_to(folder).as_posix())
            data = path.read_bytes()
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))


def main() -> int:
    """Record, ask, pack, and print the size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, help="take HomeLM's run from this database")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--answers", action="store_true", help="keep the recorded runs, and ask only the model's answers anew")
    parser.add_argument(
        "--reasons", action="store_true", help="keep the recorded runs, write the reasons of their ratings anew, and ask anew"
    )
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        work, ship = Path(made) / "work", Path(made) / "ship"
        work.mkdir()
        ship.mkdir()
        db = work / DATABASE
        kept = given.answers or given.reasons
        if kept:
            with tarfile.open(OUT) as archive:
                archive.extractall(work, filter="data")
            if given.reasons:
                print(f"{renew_reasons(db)} records have other reasons", flush=True)
        elif given.runs:
            shutil.copy(given.runs, db)
            shutil.copytree(f"{given.runs}.adapters", f"{db}.adapters")
        else:
            record(db, "llama")
        if not kept:
            record(db, "oracle")
            rename(db, "llama", RUN)
            rename(db, "oracle", ORACLE)
            keep_only(db, (RUN, ORACLE))
        with Store(db, read_only=True) as store:
            run = store.run(RUN)
            stops, nights = stops_of(store, run), store.nights(run)
        facts = Facts(RUN, ORACLE, stops, rank_of(RESULTS), answers_of(db, stops))
        with closing(sqlite3.connect(db)) as connection:
            # The inspector still reads the database.
            connection.execute("vacuum into ?", (str(ship / DATABASE),))
        (ship / FACTS).write_bytes(msgspec.json.encode(facts))
        for name in worn(nights):
            target = ship / f"{DATABASE}.adapters" / RUN / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(Path(f"{db}.adapters") / RUN / name, target)
        pack(ship, given.out)
    print(
        json.dumps(
            {
                "file": str(given.out),
                "bytes": given.out.stat().st_size,
                "stops": msgspec.to_builtins(stops),
                "rank": msgspec.to_builtins(facts.rank),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
