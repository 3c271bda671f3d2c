"""Hold the sessions of the study ``people`` at the terminal: consent, then blind rating."""

from __future__ import annotations

import shlex
import shutil
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import msgspec

from propersim.cli.console import ask, print_message
from propersim.cli.judge_person import QUESTIONS, SIGNS
from propersim.cli.options import DB
from propersim.core.errors import InputError
from propersim.core.program import program
from propersim.core.records import DIMENSIONS
from propersim.core.text import counted
from propersim.experiments.results import Result
from propersim.runs.gates import RunStopped
from propersim.store.store import Store
from propersim.studies.people.consent import consent_text
from propersim.studies.people.items import EVERY, Block, Item, Part, draw_items, named_runs, runs_of
from propersim.studies.people.ratings import RatingRow, rows_of
from propersim.studies.people.scripted import scripted_answer
from propersim.studies.people.sessions import Given, PeopleFolder, Session, Setup, code_of, find_code

PARTICIPANTS = 20
"""Default number of participants."""
AGREE, WITHDRAW = "agree", "withdraw"
_WIDEST = 100

Outcome = Literal["finished", "ended", "declined", "withdrawn"]
"""How a session ended."""


class Wanted(NamedTuple):
    """The options of the command; None is what the study has, or the default of a new one.

    Attributes:
        participants: number of participants.
        participant: the participant whose session is begun or continued; None for the next ones.
        rehearse: whether scripted answers take the place of people's.
        every: one in how many recommendations is rated.
        own: whether participants also rate for themselves.
        runs: ids of the stored runs whose recommendations are rated; empty for those of the study.
        folder: folder of the ratings; None for the one beside the database.
        report: whether to ask nobody.
        quick: whether the runs of the study are those of its small form.
    """

    participants: int | None
    participant: str | None
    rehearse: bool
    every: int | None
    own: bool | None
    runs: list[str]
    folder: Path | None
    report: bool
    quick: bool


class Voice(Protocol):
    """Who answers in a session."""

    def tell(self, text: str) -> None:
        """Show a text to the participant."""

    def ask(self, prompt: str, rated: tuple[Item, Part] | None = None) -> str:
        """Ask, and return the answer in lower case.

        Args:
            prompt: the question.
            rated: the item that it is about, and as whom it is rated; None for the consent.

        Raises:
            EOFError: there are no more answers.
        """

    def seconds(self) -> float:
        """Return the time of a clock, in seconds."""


class Terminal:
    """The person at the terminal."""

    def tell(self, text: str) -> None:
        """Show a text, its paragraphs fitted to the terminal."""
        width = max(20, min(_WIDEST, shutil.get_terminal_size().columns))
        print_message("\n".join(textwrap.fill(line, width) for line in text.split("\n")))

    def ask(self, prompt: str, rated: tuple[Item, Part] | None = None) -> str:
        """Ask, and return the answer in lower case."""
        return ask(f"{prompt}: ").lower()

    def seconds(self) -> float:
        """Return the time of the monotonic clock."""
        return time.monotonic()


class Script:
    """Scripted answers of one participant; nothing is shown.

    Args:
        code: the participant's code.
        seed: seed of the study.
    """

    def __init__(self, code: str, seed: int) -> None:
        self._code, self._seed = code, seed

    def tell(self, text: str) -> None:
        """Show nothing."""

    def ask(self, prompt: str, rated: tuple[Item, Part] | None = None) -> str:
        """Agree, and rate as :func:`scripted_answer` says."""
        return AGREE if rated is None else scripted_answer(*rated, self._code, self._seed)

    def seconds(self) -> float:
        """Return 0: scripted answers take no time."""
        return 0.0


def hold_session(setup: Setup, session: Session, voice: Voice) -> Outcome:
    """Hold the session of a participant, from where it was left.

    Args:
        setup: what is set for all sessions.
        session: the participant's ratings so far.
        voice: who answers.

    Raises:
        EOFError: there are no more answers; what was given is kept.
        KeyboardInterrupt: the participant pressed Ctrl-C; likewise.
    """
    blocks = setup.blocks(session.code)
    if session.agreed:
        voice.tell("Welcome back. q: stop · w: withdraw · s: leave out · ?: the questions again")
    else:
        voice.tell(consent_text(session.code, blocks))
        if voice.ask(f"Type {AGREE} to take part; anything else ends here and stores nothing") != AGREE:
            voice.tell("Nothing was stored. Thank you.")
            return "declined"
        session.begin()
    done = {(one.item, one.part) for one in session.given}
    count, total = len(done), sum(len(one.items) for one in blocks)
    for block in blocks:
        left = [item for item in block.items if (item.id, block.part) not in done]
        if not left:
            continue
        explain = _explanation(setup, block)
        voice.tell(f"\n{explain}")
        for item in left:
            count += 1
            values = _rated(voice, item, block.part, f"{count} of {total}", explain)
            if values.given is None:
                if values.ended == "withdrawn":
                    session.withdraw()
                    voice.tell("Everything that was stored of you is deleted. Thank you.")
                else:
                    voice.tell("Your answers so far are kept. Thank you.")
                return values.ended
            session.add(Given(item.id, block.part, values.given, values.seconds))
    voice.tell("\nThat was all. Thank you.")
    return "finished"


class _Answer(NamedTuple):
    """A rating with the seconds that it took, or how the session ended."""

    given: str | None
    seconds: float = 0.0
    ended: Outcome = "ended"


def _rated(voice: Voice, item: Item, part: Part, place: str, explain: str) -> _Answer:
    """Ask for a rating until there is one, or the session is ended.

    Args:
        voice: who answers.
        item: the item.
        part: as whom it is rated.
        place: its number and that of all, in words.
        explain: the questions, which are shown again for ``?``.
    """
    signs = len(DIMENSIONS) if part == "persona" else 1
    voice.tell(f"\n{place}  {item.situation}\n  “{item.text}”")
    began = voice.seconds()
    prompt = "four signs" if signs > 1 else "1 or 0"
    while True:
        answer = voice.ask(prompt, (item, part))
        took = round(voice.seconds() - began, 1)
        if answer == "q":
            return _Answer(None)
        if answer == "w":
            if voice.ask(f"Type {WITHDRAW} to delete everything that was stored of you; anything else goes on") == WITHDRAW:
                return _Answer(None, ended="withdrawn")
        elif answer == "s":
            return _Answer("-" * signs, took)
        elif answer == "?":
            voice.tell(explain)
        elif len(answer) == signs and set(answer) <= set(SIGNS):
            return _Answer(answer, took)
        else:
            what = "four signs, each 1, 0 or -, such as 11-1" if signs > 1 else "1, 0 or -"
            voice.tell(f"  {what}; s leaves it out, ? shows the questions, q stops, w withdraws")


def _explanation(setup: Setup, block: Block) -> str:
    """Return what is asked in a block."""
    ends = "s: leave out · ?: show this again · q: stop · w: withdraw"
    if block.part == "own":
        return (
            "Now rate for yourself. Imagine that you are in the situation, and that an assistant says this to you.\n"
            f"Would it be welcome to you now? 1 (yes), 0 (no) or - (no answer).\n{ends}"
        )
    one = setup.personas[block.persona]
    wishes = "\n".join(f"{name}: {text}" for name, text in zip(DIMENSIONS, one.rubric, strict=True))
    questions = "\n".join(f"  {name}: {question}" for name, question in zip(DIMENSIONS, QUESTIONS, strict=True))
    return (
        f"Now rate as {one.name} would. In their own words:\n\n{wishes}\n\n"
        f"Answer with four signs, 1 (yes), 0 (no) or - (left unrated), such as 11-1, in this order:\n{questions}\n{ends}"
    )


def collect(wanted: Wanted, db: Path, run: Callable[[], list[Result]]) -> tuple[list[RatingRow], bool]:
    """Hold sessions, and return the ratings so far and whether to report on them now.

    A report would show participants what the judges said: after sessions with people there is none until it is asked for.

    Args:
        wanted: what the command asks for.
        db: database of runs.
        run: makes the runs of the study that are not there, and returns their results.

    Raises:
        InputError: an option does not fit the study, or there is no terminal to ask at.
        RunStopped: it was interrupted; what was given is kept.
    """
    folder = PeopleFolder(wanted.folder or db.with_name(f"{db.name}.{'rehearsal' if wanted.rehearse else 'people'}"))
    setup = folder.setup()
    if wanted.report:
        if setup is None:
            raise InputError(f"{folder.path}: no study with people", f"begin one with `{program()} study people --participants N`")
        return rows_of(folder, setup), True
    if not wanted.rehearse and not sys.stdin.isatty():
        raise InputError(
            "nobody is asked: there is no terminal to ask at",
            "a person answers at a terminal; --rehearse tries it with scripted answers, --report reports on what there is",
        )
    setup = _new(wanted, folder, db, run) if setup is None else _same(wanted, folder, setup)
    if wanted.rehearse:
        for code in setup.codes:
            with folder.session(code) as session:
                hold_session(setup, session, Script(code, setup.seed))
        return rows_of(folder, setup), True
    command = f"{program()} study people" + ("" if wanted.folder is None and db == DB else f" --folder {shlex.quote(str(folder.path))}")
    _hold(folder, setup, wanted.participant, command)
    begun = folder.begun()
    print_message(f"{len(begun)} of {counted(setup.participants, 'participant')} have begun; `{command} --report` reports on them")
    return rows_of(folder, setup), False


def _new(wanted: Wanted, folder: PeopleFolder, db: Path, run: Callable[[], list[Result]]) -> Setup:
    """Draw the recommendations of a new study, and write what is set.

    Args:
        wanted: what the command asks for.
        folder: the folder of the study.
        db: database of runs.
        run: makes the runs of the study and returns their results.
    """
    results = [] if wanted.runs else run()
    every = wanted.every or EVERY
    with Store(db, read_only=True) as store:
        runs = named_runs(store, wanted.runs) if wanted.runs else runs_of(store, results)
        drawn = draw_items(store, runs, every=every, seed=0)
    if not drawn.items:
        raise InputError("there is nothing to rate: the runs have no recommendations", "name others with --run")
    setup = Setup(
        rehearsal=wanted.rehearse,
        participants=wanted.participants or PARTICIPANTS,
        form="runs" if wanted.runs else "quick" if wanted.quick else "full",
        every=every,
        own=True if wanted.own is None else wanted.own,
        seed=0,
        personas=drawn.personas,
        items=drawn.items,
    )
    if wanted.participant is not None:
        find_code(setup, wanted.participant)
    folder.write(setup)
    return setup


def _same(wanted: Wanted, folder: PeopleFolder, setup: Setup) -> Setup:
    """Return the setup of a study that has begun.

    It has more participants where more are asked for.

    Raises:
        InputError: something else is asked for than it has.
    """
    other = "begin another study with --folder"
    if wanted.rehearse != setup.rehearsal:
        has, not_ = ("scripted answers", "people's") if setup.rehearsal else ("people's answers", "scripted ones")
        raise InputError(f"{folder.path}: has {has}, which are never mixed with {not_}", other)
    if wanted.runs or (wanted.quick and setup.form != "quick"):
        raise InputError(f"{folder.path}: what is rated was drawn when the study began", f"leave --run and --quick out, or {other}")
    if wanted.every not in (None, setup.every):
        raise InputError(f"{folder.path}: one in {setup.every} recommendations has been drawn", f"leave --every out, or {other}")
    if wanted.own not in (None, setup.own):
        raise InputError(f"{folder.path}: participants {'also' if setup.own else 'do not'} rate for themselves", other)
    if wanted.participants is None or wanted.participants == setup.participants:
        return setup
    begun = folder.begun()
    if begun and int(begun[-1][1:]) > wanted.participants:
        raise InputError(f"{folder.path}: {begun[-1]} has begun", f"give --participants {begun[-1][1:].lstrip('0')} or more")
    changed = msgspec.structs.replace(setup, participants=wanted.participants)
    folder.write(changed)
    return changed


def _hold(folder: PeopleFolder, setup: Setup, participant: str | None, command: str) -> None:
    """Hold the session of a participant, or those of all who have not begun, one after another.

    Args:
        folder: the folder of the study.
        setup: what is set for all sessions.
        participant: the participant; None for the next ones.
        command: the command that goes on with this study.
    """
    voice = Terminal()
    code = ""
    try:
        if participant is not None:
            code = find_code(setup, participant)
            _one(folder, setup, code, voice, command)
            return
        left = [one for one in setup.codes if one not in folder.begun()]
        if not left:
            print_message(f"all {counted(setup.participants, 'participant')} have begun: --participant {code_of(1)} continues a session")
        for code in left:
            outcome: Outcome = "declined"
            while outcome == "declined":
                # The code of somebody who declines is the next one's.
                if ask(f"\nParticipant {code}: Enter begins, q ends. ").lower() == "q":
                    return
                outcome = _one(folder, setup, code, voice, command)
    except EOFError:
        return
    except KeyboardInterrupt as error:
        raise RunStopped("stopped; all answers so far are kept", f"`{command} --participant {code}` goes on") from error


def _one(folder: PeopleFolder, setup: Setup, code: str, voice: Terminal, command: str) -> Outcome:
    """Hold one session, and say how it goes on.

    Args:
        folder: the folder of the study.
        setup: what is set for all sessions.
        code: the participant's code.
        voice: who answers.
        command: the command that goes on with this study.
    """
    with folder.session(code) as session:
        outcome = hold_session(setup, session, voice)
    if outcome == "ended":
        print_message(f"{code} can go on with `{command} --participant {code}`")
    return outcome
