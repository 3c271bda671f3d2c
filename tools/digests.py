"""Compare the digests of some twenty short runs with a stored table: ``python -m tools.digests``.

A digest covers every record of a run, so a change that moves code and keeps behaviour leaves the whole table as it is.
Digests hold for one machine type and one set of versions: make the table anew (``--update``) on the machine where you compare.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.llm_client.answering import answers_schema
from tests.llm_client.faulty import Faulty

TABLE = Path(__file__).with_name("digests.tsv")
PUBLISHED = "tests/data/official_personas/persona_03.scratch.json"
MORNING_AFTER = ("--days", "2", "--until", "day 2 09:00")
USER = ("--user-model", "any", "--user-base-url", "{url}")

CASES: dict[str, tuple[str, ...]] = {
    "silent p01": ("--persona", "p01", "--assistant", "silent", "--days", "2"),
    "eager p02": ("--persona", "p02", "--assistant", "eager", "--days", "2"),
    "random p12 seed 3": ("--persona", "p12", "--assistant", "random", "--days", "3", "--seed", "3"),
    "oracle p29": ("--persona", "p29", "--assistant", "oracle", "--days", "3"),
    "oracle p25 every 10 minutes": ("--persona", "p25", "--assistant", "oracle", "--days", "2", "--timestep", "10"),
    "oracle p11 of a user who reacts": ("--persona", "p11", "--assistant", "oracle", "--days", "2", "--reactive", "on"),
    "eager p25 of a user who reacts": ("--persona", "p25", "--assistant", "eager", "--days", "2", "--reactive", "on"),
    "oracle published": ("--persona", PUBLISHED, "--assistant", "oracle", "--days", "2"),
    "evidence p01": ("--persona", "p01", *MORNING_AFTER),
    "evidence p17 seed 1": ("--persona", "p17", "--seed", "1", *MORNING_AFTER),
    "evidence published": ("--persona", PUBLISHED, *MORNING_AFTER),
    "shown p06": ("--persona", "p06", "--feedback", "shown", *MORNING_AFTER),
    "noise and delay p20": ("--persona", "p20", "--feedback-noise", "0.1", "--feedback-delay", "on", *MORNING_AFTER),
    "drift p13": ("--persona", "p13", "--drift", "2", *MORNING_AFTER),
    "gate p24": ("--persona", "p24", "--decisions", "gate", "--learn", "none", "--until", "day 1 12:00"),
    "ars trained p05 four candidates": ("--persona", "p05", "-n", "4", "--pairs", "60", "--memory", "ars", *MORNING_AFTER),
    "clocks off p09": ("--persona", "p09", "--clocks", "off", "--pairs", "60", "--memory", "ar", *MORNING_AFTER),
    "paper p05": ("--persona", "p05", "--scheme", "paper", "--pairs", "30", *MORNING_AFTER),
    "kto p07": ("--persona", "p07", "--learn", "kto", "--pairs", "60", "--memory", "ar", *MORNING_AFTER),
    "ars p04": ("--persona", "p04", "--until", "day 1 11:00", "--learn", "none", "--memory", "ars"),
    "ar p24": ("--persona", "p24", "--until", "day 1 11:00", "--learn", "none", "--memory", "ar"),
    "no memory p26": ("--persona", "p26", "--until", "day 1 11:00", "--learn", "none", "--memory", "none"),
    "not quantized p31": ("--persona", "p31", "--until", "day 1 10:00", "--quantize", "none", "--learn", "none"),
    "random p14 every half minute": ("--persona", "p14", "--assistant", "random", "--days", "1", "--timestep", "0.5"),
    "llm user p25": ("--persona", "p25", "--until", "day 1 08:00", "--assistant", "random", "--user", "llm", *USER),
    "llm ratings p04": ("--persona", "p04", "--until", "day 1 08:00", "--assistant", "oracle", "--user-ratings", "llm", *USER),
    "llm plans p11": ("--persona", "p11", "--until", "day 1 12:00", "--assistant", "eager", "--user-plans", "llm", *USER),
    "api assistant p08": (
        "--persona", "p08", "--until", "day 1 08:00", "--assistant", "api", "--base-url", "{url}", "--model", "any",
    ),
}  # fmt: skip


def digest_of(options: tuple[str, ...], without: frozenset[str] = frozenset()) -> str:
    """Return the digest of a run with these options, or the last line of its error.

    Args:
        options: options of ``propersim run``; ``{url}`` stands for the address of a test server.
        without: names of fields that are left out of the records; the digest is then another one than the run's own.
    """
    with tempfile.TemporaryDirectory() as folder, Faulty(last=answers_schema(seed=5)) as server:
        given = [option.format(url=server.url) for option in options]
        environment = {**os.environ, "PROPERSIM_CACHE": folder, "HF_HUB_OFFLINE": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "propersim", "run", *given, "--json", "--db", f"{folder}/runs.sqlite"],
            capture_output=True, text=True, check=False, env=environment,
        )  # fmt: skip
        if done.returncode != 0:
            return f"exit {done.returncode}: {done.stderr.strip().splitlines()[-1]}"
        if not without:
            return str(json.loads(done.stdout)["digest"])
        with closing(sqlite3.connect(f"{folder}/runs.sqlite")) as connection:
            records = [json.loads(text) for (text,) in connection.execute("select record from steps order by idx")]
    return hashlib.sha256(json.dumps(stripped(records, without)).encode()).hexdigest()


def stripped(value: Any, names: frozenset[str]) -> Any:
    """Return JSON data without the fields of these names, at any depth."""
    if isinstance(value, dict):
        return {key: stripped(inner, names) for key, inner in value.items() if key not in names}
    return [stripped(inner, names) for inner in value] if isinstance(value, list) else value


def read_table(path: Path) -> dict[str, str]:
    """Return the stored digests by case."""
    return dict(line.split("\t") for line in path.read_text(encoding="utf-8").splitlines())


def main() -> int:
    """Run every case, print a line for each, and return 1 where one differs from the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, default=TABLE, help="the table to compare with")
    parser.add_argument("--update", action="store_true", help="store the digests instead of comparing them")
    parser.add_argument("--only", default="", help="run only the cases whose name holds this text")
    parser.add_argument(
        "--without", default="", help="leave out fields of records, such as reasons,origin: shows which fields a change changed"
    )
    given = parser.parse_args()
    known = read_table(given.table) if given.table.exists() else {}
    found: dict[str, str] = {}
    for name, options in CASES.items():
        if given.only not in name:
            continue
        began = time.perf_counter()
        found[name] = digest_of(options, frozenset(filter(None, given.without.split(","))))
        verdict = "stored" if given.update else "same" if known.get(name) == found[name] else f"DIFFERS from {known.get(name)}"
        print(f"{name:30} {found[name][:16]}  {time.perf_counter() - began:5.1f} s  {verdict}", flush=True)
    if given.update:
        given.table.write_text(
            "".join(
                f"{name}\t{digest}\n"
                for name, digest in {name: digest for name, digest in {**known, **found}.items() if name in CASES}.items()
            ),
            encoding="utf-8",
        )
        return 0
    return int(any(known.get(name) != digest for name, digest in found.items()))


if __name__ == "__main__":
    sys.exit(main())
