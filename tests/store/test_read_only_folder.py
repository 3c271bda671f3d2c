"""Runs in a folder that cannot be written are read; what wants to write there says why it cannot."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys

import pytest

from propersim.core.errors import StoreError
from propersim.store.store import Store


@pytest.fixture
def sealed(tmp_path):
    """A function that copies a database, and its log if there is one, into a folder that is then made read-only."""
    folder = tmp_path / "sealed"
    folder.mkdir()
    mounted = os.geteuid() == 0
    if mounted and subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, check=False).returncode:
        pytest.skip("this user may write everywhere, and cannot mount a file system")

    def seal(db):
        for beside in ("", "-wal"):
            if db.with_name(db.name + beside).exists():
                shutil.copy(db.with_name(db.name + beside), folder / (db.name + beside))
        if mounted:
            subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        else:
            folder.chmod(0o555)
        return folder / db.name

    yield seal
    if mounted:
        subprocess.run(["umount", "-l", folder], check=False)
    else:
        folder.chmod(0o755)


def test_runs_in_a_folder_that_cannot_be_written_are_listed_shown_and_exported(cli, tmp_path, sealed):
    made = json.loads(cli("run", "--assistant", "random", "--until", "day 1 09:00", "--json").stdout)
    lines = cli("export", "last").stdout
    db = str(sealed(tmp_path / "runs.sqlite"))
    assert made["run"] in cli("runs", "ls", "--db", db).stdout
    assert json.loads(cli("runs", "show", "last", "--db", db, "--json").stdout)["digest"] == made["digest"]
    assert cli("export", "last", "--db", db).stdout == lines
    assert "random" in cli("report", "--db", db, "--markdown").stdout
    for wants in (("resume", "last"), ("run", "--assistant", "silent", "--until", "day 1 07:30")):
        assert "cannot be opened for writing" in cli(*wants, "--db", db, code=2).stderr


def test_what_is_in_the_log_alone_is_read_too(cli, tmp_path, sealed):
    cli("run", "--assistant", "silent", "--until", "day 1 07:30")
    with sqlite3.connect(tmp_path / "runs.sqlite") as writer:
        writer.execute("pragma wal_autocheckpoint = 0")
        writer.execute("update runs set name = 'in the log', state = 'running'")
        writer.commit()
        db = sealed(tmp_path / "runs.sqlite")
    writer.close()
    with Store(db, read_only=True) as store:
        (row,) = store.runs()
    assert (row.name, row.state) == ("in the log", "interrupted")


def test_a_file_in_the_place_of_the_lock_folder_is_named(cli, tmp_path):
    cli("run", "--assistant", "silent", "--until", "day 1 07:30")
    shutil.rmtree(tmp_path / "runs.sqlite.locks")
    (tmp_path / "runs.sqlite.locks").write_text("")
    for wants in (("run", "--assistant", "silent", "--until", "day 1 07:30"), ("resume", "last")):
        error = cli(*wants, code=2).stderr
        assert "runs.sqlite.locks: is a file, where a folder for the locks of the database belongs" in error
        assert "disk space" not in error
    assert "finished" in cli("runs", "ls").stdout
    (tmp_path / "new.sqlite.locks").write_text("")
    with pytest.raises(StoreError, match="is a file"):
        Store(tmp_path / "new.sqlite")


@pytest.mark.parametrize(
    "arguments", [["runs", "ls"], ["run", "--assistant", "silent", "--days", "1"], ["resume", "last"], ["export", "last"]]
)
def test_a_deleted_working_directory_is_named(tmp_path, arguments):
    (gone := tmp_path / "gone").mkdir()
    line = f'cd "{gone}" && rmdir "{gone}" && exec "{sys.executable}" -m propersim "$@"'
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        ["bash", "-c", line, "bash", *arguments], capture_output=True, text=True, env=environment, timeout=120, check=False
    )
    assert done.returncode == 2
    assert "error: the working directory has been deleted" in done.stderr
    assert "Traceback" not in done.stderr
