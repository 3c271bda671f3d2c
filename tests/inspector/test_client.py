"""The inspector process and its client, without a model: real processes, sockets and kills."""

import os
import signal
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from propersim.core.config import RunConfig
from propersim.inspector.inspector import Inspector
from propersim.inspector.process import InspectorServer
from propersim.inspector.protocol import (
    AnswerAgain,
    InspectedStep,
    InspectorError,
    InspectStep,
    MapSpeaking,
    ModelLoaded,
    SampleSuggestions,
    SearchMemory,
    decode_question,
    decode_reply,
)
from propersim.memory.state import AssistantState
from propersim.runs.child_process import log_file
from propersim.runs.create import add_run
from propersim.runs.gates import FreeGate
from propersim.runs.live import LiveRun
from propersim.runs.protocol import Committed, encode
from propersim.runs.runner import Runner
from propersim.store.store import Store
from propersim_tui.data.source import RunSource
from tests.llm_client.faulty import Faulty, embeds


@pytest.mark.parametrize(
    "question",
    [
        InspectStep(3, number=7),
        AnswerAgain(3, None),
        AnswerAgain(3, 2),
        MapSpeaking(),
        MapSpeaking(0),
        SampleSuggestions(4),
        SearchMemory(9, 'a "text"\n'),
    ],
)
def test_questions_round_trip(question):
    assert decode_question(encode(question)) == question


def test_answers_round_trip():
    state = AssistantState(450.0, 1, "reading", "reading a novel", "living room", 2)
    for answer in (
        InspectedStep(1, state, ("<bos>",), None, None, 0.5, None, 0.5, (), 0, (), ()),
        InspectorError("no", number=3),
        ModelLoaded("homelm", 1.5),
    ):
        assert decode_reply(encode(answer)) == answer


def test_a_step_of_a_control_is_inspected_without_state_and_model(db, control, asking):
    one = asking(db, control.id)
    with Store(db, read_only=True) as store:
        step = next(step for step in store.steps(control) if step.spoke)
    found = one.ask(InspectStep(step.index))
    assert [weighed.candidate for weighed in found.candidates] == list(step.candidates)
    assert [weighed.candidate.origin for weighed in found.candidates] == ["drawn"]
    assert (found.state, found.prompt, found.p_speak, found.lacking) == (None, (), None, "")
    for question in (AnswerAgain(0), MapSpeaking(), SampleSuggestions(), SearchMemory(0, "tea")):
        trouble = one.ask(question)
        assert isinstance(trouble, InspectorError)
        assert "random" in trouble.message
        assert trouble.hint
    assert one.ready == []


def test_a_step_of_a_model_at_an_endpoint_is_inspected_without_asking_it(db, asking, tmp_path, monkeypatch):
    """State, messages and memories follow from the records; the endpoint is not asked again."""
    monkeypatch.setenv("PROPERSIM_CACHE", str(tmp_path / "cache"))
    tea = {"speak": True, "suggestion": "How about a pot of tea?"}
    with Faulty(last=embeds(tea)) as server, Store(db) as store:
        options: dict[str, Any] = {
            "base_url": server.url,
            "model": "peer",
            "until": "day 1 10:00",
            "timestep": 20.0,
            "reveal_persona": "on",
        }
        options["embedder"] = f"{server.url}#tiny"
        run = Runner(store, add_run(store, RunConfig(persona="p25", assistant="api", **options)), FreeGate()).go()
        doing = list(store.steps(run))[-1].action.phrase
        sent = [asked.body["messages"] for asked in server.asked if "messages" in asked.body][-1]
    one = asking(db, run.id)
    found = one.ask(InspectStep(run.steps - 1))
    assert (found.p_speak, found.lacking, [weighed.then for weighed in found.candidates]) == (None, "", [None])
    assert found.state.memories[0].text == tea["suggestion"]
    assert [part.partition(":\n")[2].rstrip() for part in found.prompt] == [message["content"] for message in sent]
    recalled = one.ask(SearchMemory(run.steps - 1, doing))
    assert recalled.found[0].text == tea["suggestion"]
    unknown = one.ask(SearchMemory(run.steps - 1, "a text that the run never looked for"))
    assert isinstance(unknown, InspectorError)
    assert "not asked again" in unknown.message
    for question in (AnswerAgain(0), MapSpeaking(), SampleSuggestions()):
        trouble = one.ask(question)
        assert isinstance(trouble, InspectorError)
        assert "peer at an endpoint" in trouble.message
    source = RunSource(db, run.id)
    try:
        assert (source.about.assistant, source.about.remote) == ("api · peer", True)
        assert "does not learn" in source.about.unteachable
    finally:
        source.close()


HOSTILE = ["nobody", "", "last", "p25", "../../../etc/passwd", "--db=/x", "p\n{}", "x" * 300, "'; drop table runs; --"]


@pytest.mark.parametrize("run_id", HOSTILE)
def test_a_missing_run_is_reported(db, control, run_id):
    """Neither a prefix of an id nor `last` is a run's id."""
    (trouble,) = Inspector(db, run_id).answer(InspectStep(0))
    assert isinstance(trouble, InspectorError)
    assert "no run" in trouble.message


def test_an_id_is_neither_an_option_nor_a_path(db, control, asking):
    one = asking(db, "--help/../../../" + "x" * 300)
    assert "no run" in one.ask(InspectStep(0)).message
    assert one.link.alive
    assert one.link.log_path.parent == db.with_name(db.name + ".logs")
    assert one.link.log_path.exists()


@given(st.text(max_size=200))
@settings(max_examples=50)
def test_a_log_is_in_the_folder_of_logs_whatever_the_name(name):
    path = log_file(Path("/somewhere/runs.sqlite"), name)
    assert path.parent == Path("/somewhere/runs.sqlite.logs")
    assert path.resolve() == path
    assert len(path.name.encode()) < 255


def test_a_process_that_cannot_be_started_is_reported(tmp_path, control, asking):
    assert "cannot be started" in asking(tmp_path / "runs.sqlite", "a\0b").ask(InspectStep(0)).message
    nowhere = asking(tmp_path / "no" / "folder" / "runs.sqlite", control.id)
    assert "cannot be started" in nowhere.ask(InspectStep(0)).message
    assert "cannot be started" in nowhere.ask(InspectStep(0)).message


def test_a_database_that_comes_later_is_found(db, tmp_path, control, asking):
    late = tmp_path / "late.sqlite"
    one = asking(late, control.id)
    assert isinstance(one.ask(InspectStep(0)), InspectorError)
    db.rename(late)
    assert isinstance(one.ask(InspectStep(0)), InspectedStep)


def test_a_run_that_is_deleted_meanwhile_is_reported(db, control, asking):
    one = asking(db, control.id)
    assert isinstance(one.ask(InspectStep(0)), InspectedStep)
    with Store(db) as store:
        store.remove_run(store.run(control.id))
    assert "no run" in one.ask(InspectStep(0)).message
    assert one.link.alive


def test_a_kill_is_reported_once_and_the_next_question_starts_another_process(db, control, asking):
    one = asking(db, control.id)
    one.ask(InspectStep(0))
    first = one.link.pid
    os.kill(first, signal.SIGKILL)
    one.link._process.wait(timeout=60)
    (trouble,) = one.link.poll()
    assert "SIGKILL" in trouble.message
    assert str(one.link.log_path) in trouble.message
    assert one.link.poll() == []
    assert one.ask(InspectStep(1)).index == 1
    assert one.link.pid != first


def test_killed_and_asked_at_once_nothing_is_lost(db, control, asking):
    """If the next question comes before the end was noticed, the end is still reported and the question answered."""
    one = asking(db, control.id)
    one.ask(InspectStep(0))
    os.kill(one.link.pid, signal.SIGKILL)
    one.link._process.wait()
    number = one.link.ask(InspectStep(2))
    heard: list[Any] = []
    end = time.monotonic() + 60
    while len(heard) < 2 and time.monotonic() < end:
        heard += one.link.poll()
    assert [type(answer) for answer in heard] == [InspectorError, InspectedStep]
    assert heard[1].number == number


def test_only_the_last_of_many_questions_is_answered(db, control, asking):
    """All questions arrive before work on the first begins; invalid lines between them are ignored."""
    one = asking(db, control.id)
    numbers = [one.link.ask(InspectStep(index)) for index in range(50)]
    examine = InspectStep.__name__.encode()
    one.link._socket.sendall(b'{"type":"Nonsense"}\n\x00\xff\nnot json\n{"type":"%b","index":"x"}\n{"type":"%b"}\n' % (examine, examine))
    assert one.receive(numbers[-1]).index == 49
    assert one.ask(InspectStep(7)).number == 51
    assert one.link.poll() == []


class Piecework:
    """Answers every question after three pieces of work, which it records; further questions are sent during given pieces."""

    def __init__(self, ask, later):
        self.done = []
        self._ask = ask
        self._later = later

    def answer(self, question):
        for piece in range(3):
            self.done.append((type(question), question.number, piece))
            for other in self._later.get(len(self.done), ()):
                self._ask(other)
            yield None
        yield InspectorError("done", number=question.number)


@pytest.fixture
def serve():
    """A function that serves a question and others that arrive after given numbers of pieces, until the newest are answered."""
    ours, theirs = socket.socketpair()
    ours.settimeout(20)

    def served(first, later):
        work = Piecework(lambda question: ours.sendall(encode(question)), later)
        newest = {type(one): one.number for one in [first, *(one for _, some in sorted(later.items()) for one in some)]}
        ours.sendall(encode(first))
        thread = threading.Thread(target=InspectorServer(theirs, work).serve)  # type: ignore[arg-type]
        thread.start()
        heard: list[int] = []
        buffer = b""
        while set(newest.values()) - set(heard):
            *lines, buffer = (buffer + ours.recv(65536)).split(b"\n")
            for line in lines:
                reply = decode_reply(line)
                assert not isinstance(reply, ModelLoaded)
                heard.append(reply.number)
        ours.shutdown(socket.SHUT_WR)
        thread.join(timeout=60)
        assert not thread.is_alive()
        return work.done, heard

    yield served
    ours.close()
    theirs.close()


def test_a_newer_question_ends_the_work_on_an_older_one_of_its_kind(serve):
    done, heard = serve(MapSpeaking(number=1), {2: [MapSpeaking(0, number=2)]})
    assert done == [(MapSpeaking, 1, 0), (MapSpeaking, 1, 1), (MapSpeaking, 2, 0), (MapSpeaking, 2, 1), (MapSpeaking, 2, 2)]
    assert heard == [2]


def test_quick_questions_are_served_while_a_map_waits(serve):
    done, heard = serve(MapSpeaking(number=1), {1: [SampleSuggestions(number=2)], 2: [InspectStep(0, number=3)]})
    assert [kind for kind, _, _ in done] == [
        MapSpeaking,
        SampleSuggestions,
        *[InspectStep] * 3,
        *[SampleSuggestions] * 2,
        *[MapSpeaking] * 2,
    ]
    assert heard == [3, 2, 1]


def test_the_process_ends_when_the_socket_closes(db, control, asking):
    one = asking(db, control.id)
    one.ask(InspectStep(0))
    process = one.link._process
    one.link._socket.close()
    assert process.wait(timeout=60) == 0


def test_a_closed_client_has_no_process_and_no_answers(db, control, asking):
    one = asking(db, control.id)
    one.ask(InspectStep(0))
    one.link.close()
    assert not one.link.alive
    one.link.ask(InspectStep(1))
    assert one.link.poll() == []
    assert not one.link.alive


def test_steps_are_inspected_while_a_worker_writes_them(db, asking):
    with Store(db) as store:
        run = add_run(store, RunConfig(persona="p25", days=1, assistant="random"))
    one = asking(db, run.id)
    assert "no step 0" in one.ask(InspectStep(0)).message
    worker = LiveRun(db, run.id, speed=200.0)
    worker.start()
    try:
        seen, end = 0, time.monotonic() + 60
        while seen < 100 and time.monotonic() < end:
            for event in worker.poll():
                if isinstance(event, Committed) and event.steps > seen:
                    seen = event.steps
                    assert one.ask(InspectStep(seen - 1)).index == seen - 1
        assert seen >= 100
    finally:
        worker.close(timeout=60)
