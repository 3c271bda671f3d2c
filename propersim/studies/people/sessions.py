"""The folder of a study with people: its items, and a file of ratings for each participant.

Ratings are kept out of the database of runs, so that a participant's can be deleted for good, and the rest be passed on without the runs.
Nothing in the folder says who a participant is, where, or when: there are codes, ratings, and the seconds that each took.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from filelock import FileLock, Timeout
from msgspec import Meta

from propersim.core.errors import InputError, StoreBusy, StoreError
from propersim.core.files import failed_file, read_text, write_atomically
from propersim.core.text import clean
from propersim.studies.people.items import Block, Drawn, Item, Part, RatedAs, blocks

MOST_PARTICIPANTS = 500
CONSENT = 1
"""Version of the consent text; it is stored with a participant's ratings."""
_STUDY = "study.json"
_LARGEST = 50_000_000
"""Most bytes of a file of the folder."""
_END = ".jsonl"


class Setup(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The setup of a study, which is the same for all its sessions.

    Attributes:
        rehearsal: whether scripted answers take the place of people's.
        participants: number of participants.
        form: ``quick`` or ``full``: the runs of the study; ``runs``: others, which were named.
        every: one in how many recommendations is rated.
        own: whether participants also rate for themselves.
        seed: seed of the draw and of the orders.
        personas: the personas as which participants rate, by key.
        items: what is rated.
    """

    rehearsal: bool
    participants: Annotated[int, Meta(ge=1, le=MOST_PARTICIPANTS)]
    form: Literal["quick", "full", "runs"]
    every: Annotated[int, Meta(ge=1)]
    own: bool
    seed: int
    personas: Annotated[dict[str, RatedAs], Meta(min_length=1)]
    items: Annotated[list[Item], Meta(min_length=1)]

    def __post_init__(self) -> None:
        """Reject an item of a persona that is not there."""
        if any(one.persona not in self.personas for one in self.items):
            raise ValueError("an item has an unknown persona")

    @property
    def codes(self) -> list[str]:
        """The codes of the participants."""
        return [code_of(number) for number in range(1, self.participants + 1)]

    def blocks(self, code: str) -> list[Block]:
        """Return what a participant rates, in order."""
        return blocks(Drawn(self.items, self.personas), int(code[1:]), self.seed, own=self.own)


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The first line of a participant's file.

    Attributes:
        participant: the participant's code.
        consent: version of the text that the participant agreed to.
    """

    participant: str
    consent: int


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An answer of a participant.

    Attributes:
        item: id of the item.
        part: as whom.
        values: four signs for a rating as the persona, one for a rating for themselves; ``-`` where they left it unrated.
        seconds: seconds that it took; 0 in a rehearsal.
    """

    item: str
    part: Part
    values: Annotated[str, Meta(pattern="^([01-]{4}|[01-])$")]
    seconds: Annotated[float, Meta(ge=0, le=1e6)]

    def __post_init__(self) -> None:
        """Reject a rating of the other part's length."""
        if len(self.values) != (4 if self.part == "persona" else 1):
            raise ValueError("the rating does not fit its part")


class Session:
    """The ratings of one participant, open for more.

    Args:
        path: path of the participant's file.
        code: the participant's code.
        given: the ratings so far.
    """

    def __init__(self, path: Path, code: str, given: list[Given]) -> None:
        self.code, self.given = code, given
        self.agreed = path.exists()
        """Whether the participant has agreed to take part."""
        self._path = path

    def begin(self) -> None:
        """Store that the participant agreed; nothing is stored before.

        Raises:
            InputError: the file cannot be written.
            StoreFull: the disk is full.
        """
        self._append(Opening(self.code, CONSENT))
        self.agreed = True

    def add(self, answer: Given) -> None:
        """Store an answer; it is on the disk when this returns.

        Raises:
            InputError: the file cannot be written.
            StoreFull: the disk is full.
        """
        self._append(answer)
        self.given.append(answer)

    def _append(self, line: Opening | Given) -> None:
        try:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(line) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise failed_file(error, f"{self._path}: cannot be written: ") from error

    def withdraw(self) -> None:
        """Delete the participant's file, with everything in it.

        Raises:
            InputError: it cannot be deleted.
        """
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise failed_file(error, f"{self._path}: cannot be deleted: ", "delete it by hand") from error
        self.given, self.agreed = [], False


class PeopleFolder:
    """The folder of a study with people.

    Args:
        path: path of the folder, which need not exist.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def setup(self) -> Setup | None:
        """Return what was set when the study began; None where it has not begun.

        Raises:
            StoreError: the file is damaged.
        """
        path = self.path / _STUDY
        if not path.exists():
            return None
        try:
            return msgspec.json.decode(read_text(path, most=_LARGEST), type=Setup)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise StoreError(f"{path}: is damaged: {clean(str(error))}", "restore it from a copy, or begin in another folder") from error

    def write(self, setup: Setup) -> None:
        """Write what is set for all sessions, into a folder that only its owner can read.

        Raises:
            InputError: the folder cannot be written.
            StoreFull: the disk is full.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise failed_file(error, f"{self.path}: cannot be made: ", "name another folder with --folder") from error
        write_atomically(self.path / _STUDY, msgspec.json.encode(setup).decode())

    def begun(self) -> list[str]:
        """Return the codes of the participants who have agreed to take part, in order."""
        if not self.path.is_dir():
            return []
        codes = [path.name.removesuffix(_END) for path in self.path.iterdir() if re.fullmatch(rf"P\d{{2,3}}\{_END}", path.name)]
        return sorted(codes, key=lambda code: int(code[1:]))

    def given(self, code: str) -> list[Given]:
        """Return the ratings of a participant.

        Of an item that was rated twice the first rating counts. A last line that was not written to its end is left out.

        Raises:
            StoreError: the file is damaged.
        """
        path = self._file(code)
        if not path.exists():
            return []
        lines = read_text(path, most=_LARGEST).split("\n")[:-1]
        found: dict[tuple[str, str], Given] = {}
        for number, line in enumerate(lines, 1):
            try:
                if number == 1:
                    opening = msgspec.json.decode(line, type=Opening)
                    if opening.participant != code:
                        raise StoreError(f"{path}: has the ratings of {clean(opening.participant, 20)}", "name it as it was, or remove it")
                    continue
                one = msgspec.json.decode(line, type=Given)
            except (msgspec.MsgspecError, RecursionError) as error:
                raise StoreError(
                    f"{path}: line {number}: {clean(str(error))}", "remove the line, or restore the file from a copy"
                ) from error
            found.setdefault((one.item, one.part), one)
        return list(found.values())

    @contextlib.contextmanager
    def session(self, code: str) -> Iterator[Session]:
        """Open the session of a participant, which no other process can open meanwhile.

        Raises:
            StoreBusy: another process has it open.
            StoreError: the file is damaged.
        """
        path = self._file(code)
        lock = FileLock(self.path / f".{code}.lock", is_singleton=False)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise StoreBusy(f"the session of {code} is open in another terminal", "take another code, or end that session") from error
        except OSError as error:
            raise failed_file(error, f"{self.path}: cannot be written: ", "name another folder with --folder") from error
        try:
            given = self.given(code)
            self._mend(path)
            yield Session(path, code, given)
        finally:
            lock.release()
            with contextlib.suppress(OSError):
                Path(lock.lock_file).unlink()

    def _mend(self, path: Path) -> None:
        """Cut off a last line that was not written to its end."""
        if not path.exists():
            return
        try:
            data = path.read_bytes()
            whole = data.rfind(b"\n") + 1
            if whole < len(data):
                os.truncate(path, whole)
            if not whole:
                # Not even the consent is whole: nobody has agreed.
                path.unlink()
        except OSError as error:
            raise failed_file(error, f"{path}: cannot be written: ") from error

    def _file(self, code: str) -> Path:
        return self.path / f"{code}{_END}"


def code_of(number: int) -> str:
    """Return the code of a participant, such as ``P03``."""
    return f"P{number:02d}"


def find_code(setup: Setup, given: str) -> str:
    """Return the code of a participant that a person names, such as ``P03``, ``p3`` or ``3``.

    Raises:
        InputError: the study has no such participant.
    """
    at = re.fullmatch(r"[Pp]?0*([1-9][0-9]{0,2})", given.strip(), re.ASCII)
    if at is None or int(at[1]) > setup.participants:
        raise InputError(
            f"no participant {clean(given, 20)!r}", f"one of {code_of(1)} to {code_of(setup.participants)}; more by --participants"
        )
    return code_of(int(at[1]))
