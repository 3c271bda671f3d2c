"""Unpack the recorded run of the demo, and read the answers that were computed with it."""

from __future__ import annotations

import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Final

import msgspec

from propersim.core.errors import InputError
from propersim.inspector.protocol import Question, Reply

ARCHIVE: Final = "demo.tar.xz"
"""Name of the archive in this package."""
DATABASE: Final = "demo.sqlite"
FACTS: Final = "demo.json"
"""Names of the files in the archive; the adapters lie beside the database."""


class Stops(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The steps at which the demo stops, by index.

    Attributes:
        morning: a step of the first morning.
        said: the first recommendation.
        night: the last step of day 1.
        second: a recommendation of day 2.
        last: the last recommendation of day 14.
    """

    morning: int
    said: int
    night: int
    second: int
    last: int


class Rank(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the run stands among the stored results of its variant, by F1 over all days.

    Attributes:
        place: place of the persona, 1 is the best; None where the results lack it.
        personas: number of personas in the results.
        variant: name of the variant.
    """

    place: int | None
    personas: int
    variant: str


class Answered(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question and its answers, computed when the run was recorded."""

    question: Question
    replies: tuple[Reply, ...]


class Facts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Facts about the recorded runs, and stored answers.

    Attributes:
        run: id of the recorded run.
        oracle: id of the oracle's run of the same persona and seed.
        stops: the steps at which the demo stops.
        rank: where the run stands.
        answers: the questions of the screens ``w`` and ``i`` at these steps, answered.
    """

    run: str
    oracle: str
    stops: Stops
    rank: Rank
    answers: tuple[Answered, ...]


class Demo(msgspec.Struct, frozen=True):
    """The unpacked demo.

    Attributes:
        db: the database, in a temporary folder.
        facts: what is stored beside it.
    """

    db: Path
    facts: Facts


@contextmanager
def open_demo() -> Iterator[Demo]:
    """Unpack the demo into a temporary folder, which is deleted afterwards.

    Raises:
        InputError: the package lacks the recording, or it cannot be read.
    """
    folder = Path(tempfile.mkdtemp(prefix="propersim-demo-"))
    try:
        try:
            with as_file(files(__package__) / ARCHIVE) as path, tarfile.open(path, "r:xz") as archive:
                archive.extractall(folder, filter="data")
            facts = msgspec.json.decode((folder / FACTS).read_bytes(), type=Facts)
        except (OSError, tarfile.TarError, EOFError, msgspec.MsgspecError) as error:
            raise InputError(f"the demo's recording cannot be read: {error}", "install propersim again") from error
        yield Demo(folder / DATABASE, facts)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
