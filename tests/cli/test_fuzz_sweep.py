"""Every odd text and number, for every option and argument: no traceback, and a known exit code; all slow."""

from __future__ import annotations

import pytest

from propersim.core.config import OPTIONS
from tests.cli.fuzzing import ODD_NUMBERS, ODD_TEXTS, call, check

pytestmark = pytest.mark.slow
RUN = ("run", "--timestep", "60", "--until", "day 1 08:00", "--assistant", "silent")
COMMANDS = {
    "judge": ("judge",),
    "judge --seed": ("judge", "nothing", "--seed"),
    "judge --rating-calls": ("judge", "last", "--rating-calls"),
    "report --at": ("report", "--at"),
    "report --figures": ("report", "--figures"),
    "report --csv": ("report", "--csv"),
    "report --csv-out": ("report", "--csv-out"),
    "export": ("export",),
    "export --out": ("export", "last", "--out"),
    "runs show": ("runs", "show"),
    "runs rm": ("runs", "rm"),
    "runs ls --db": ("runs", "ls", "--db"),
    "run --db": (*RUN, "--db"),
    "run --config": (*RUN, "--config"),
    "resume": ("resume",),
    "resume --max-cost": ("resume", "last", "--max-cost"),
    "replay --from": ("replay", "last", "--from"),
    "watch --speed": ("watch", "--speed"),
    "serve --host": ("serve", "nothing", "--host"),
    "serve --port": ("serve", "nothing", "--port"),
    "personas show": ("personas", "show"),
    "personas validate": ("personas", "validate", "--quick"),
    "personas import": ("personas", "import", "-o", "out"),
    "personas schema -o": ("personas", "schema", "-o"),
    "personas new -o": ("personas", "new", "-o"),
    "models build": ("models", "build"),
    "controls": ("controls", "--days", "1"),
    "batch --personas": ("batch", "--variants", "nothing", "--personas"),
    "batch --set": ("batch", "--personas", "p01", "--variants", "silent", "--days", "0", "--set"),
    "batch --csv": ("batch", "--personas", "p01", "--variants", "nothing", "--csv"),
    "doctor --model": ("doctor", "--model"),
    "doctor --base-url": ("doctor", "--base-url"),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_arguments(tmp_path, command):
    for value in (*ODD_TEXTS, *ODD_NUMBERS):
        check(call(tmp_path, *COMMANDS[command], value), (command, value))


@pytest.mark.parametrize("field", OPTIONS)
def test_options_and_variables_of_a_run(tmp_path, field):
    for value in (*ODD_TEXTS, *ODD_NUMBERS):
        if field == "days" and value in ("60", "1_000", "1e3"):
            continue
        check(call(tmp_path, *RUN, OPTIONS[field].name, value), (field, value))
        if "\x00" not in value and value.isprintable():
            rest = [word for word in RUN if OPTIONS[field].name not in (word,)]
            check(call(tmp_path, *rest, env={OPTIONS[field].variable: value}), (field, value))
