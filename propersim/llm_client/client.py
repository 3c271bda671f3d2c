"""An OpenAI-compatible endpoint: here are messages and a schema, there is a validated answer, and what it cost."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final, Generic, Self, TypeVar

import msgspec

from propersim.core.errors import InputError, PropersimError
from propersim.core.text import clean
from propersim.llm_client.cache import Cache, Had, key_of
from propersim.llm_client.costs import Budget, Call, Meter, price_of
from propersim.llm_client.errors import NoAnswer, Refused, Stopped
from propersim.llm_client.json_modes import Form, Message, as_told, astray, cut, with_example
from propersim.llm_client.negotiation import Line, Tally, Wording, tokens_of
from propersim.llm_client.retry import Patience
from propersim.llm_client.schema import schema_of
from propersim.llm_client.secrets import KEY_VARIABLES, read_key
from propersim.llm_client.transport import Fault, Reply, Transport
from propersim.llm_client.url import is_local, normal

T = TypeVar("T", bound=msgspec.Struct)
R = TypeVar("R")

TIMEOUT_S: Final = 120.0
LOCAL_TIMEOUT_S: Final = 600.0
"""A model on one's own processor thinks long, and one that is given up goes on thinking: the next question would wait for it."""
AT_ONCE: Final = 8
LOOK_UP: Final = 0.2
"""Seconds between two looks at whether an answer is still wanted."""
ASKED_AGAIN: Final = 2
"""Times that a model is asked again because its answer was no good."""
MORE: Final = 4
"""Times as many tokens for an answer that was cut off: what a reasoning model thinks before it answers counts as well."""
WARM: Final = 0.7
"""Least temperature of another draw."""
_SEEDS: Final = 1 << 31
_QUOTED: Final = 4000


@dataclass(frozen=True)
class Request(Generic[T]):
    """A question.

    Attributes:
        messages: of the chat, each with ``role`` and ``content``.
        kind: the msgspec type of the answer; see :func:`propersim.llm_client.schema.schema_of` for what it may hold.
        purpose: what it is for, for the record of the call.
        max_tokens: of the answer.
        temperature: of drawing.
        seed: likewise; None: none is sent.
        draw: number of the draw, where the same question is to be answered more than once: each is stored for itself.
        example: an answer that is none, its texts placeholders such as "(your own words)": shown as a last resort to a model that
            does not see what an answer looks like. Only where nothing in it leads anybody on: never for ratings.
        draws: times that it is put to the model, each another draw, where what it answers is no good: at the same temperature and seed
            a model says the same again, and whoever resumes a run would get no further.
    """

    messages: Sequence[Message]
    kind: type[T]
    purpose: str
    max_tokens: int = 1024
    temperature: float = 0.0
    seed: int | None = None
    draw: int = 0
    draws: int = 1
    example: T | None = None

    def again(self) -> Request[T]:
        """Return the next draw of the same question."""
        seed = None if self.seed is None else (self.seed + 1) % _SEEDS
        return replace(self, draw=self.draw + 1, draws=self.draws - 1, seed=seed, temperature=max(self.temperature, WARM))

    @property
    def parameters(self) -> dict[str, Any]:
        """What is sent besides messages, model and form."""
        return {"temperature": self.temperature} | ({} if self.seed is None else {"seed": self.seed})


@dataclass(frozen=True)
class Answer(Generic[T]):
    """A validated answer, and what it cost."""

    value: T
    call: Call


@dataclass(frozen=True)
class Estimate:
    """What questions would take at most, those that are stored already left out.

    Attributes:
        calls: to be sent.
        cached: answered before, or asked twice.
        tokens_in: about.
        tokens_out: at most, if no answer has to be asked for again.
        cost: dollars; None where the price is not known.
    """

    calls: int
    cached: int
    tokens_in: int
    tokens_out: int
    cost: float | None


@dataclass(frozen=True)
class Probe:
    """What an endpoint is like.

    Attributes:
        reachable: whether it answers at all.
        usable: whether it answers a question with this model.
        models: that it lists; empty where it lists none.
        form: best form of JSON that it takes.
        seconds: of a small question.
        problem: in words; "" where it is usable.
    """

    reachable: bool
    usable: bool
    models: tuple[str, ...]
    form: Form | None
    seconds: float
    problem: str


class _Ready(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    ready: bool


class Endpoint:
    """One model at one address, for any number of threads. The key comes from the environment only.

    Args:
        base_url: such as ``http://127.0.0.1:8080/v1``.
        model: as the endpoint calls it.
        key_env: environment variables that may hold the key, the first one that is set wins; without any a placeholder is sent.
        timeout_s: seconds between two signs of life while an answer is on its way; None: :data:`TIMEOUT_S`, or :data:`LOCAL_TIMEOUT_S`
            where the address is on this machine.
        connect_s: seconds to connect.
        patience: how often and how long faults that may pass are waited for.
        cache: of answers; None: every question is sent.
        price: dollars per million tokens in and out; None: as in prices.yaml, nothing where the address is on this machine.
        budget: limit of what is spent; None: none.
        meter: running totals.
        pause: waits so many seconds, instead of really waiting.
        clock: seconds, for how long things take.
        wall: seconds since the epoch.
        jitter: where chance in waiting comes from.

    Raises:
        InputError: address, key or price cannot be, or there is a limit but no price to keep it by.
    """

    def __init__(
        self,
        base_url: str,
        model: str,
        *,
        key_env: Sequence[str] = KEY_VARIABLES,
        timeout_s: float | None = None,
        connect_s: float = 10.0,
        patience: Patience | None = None,
        cache: Cache | None = None,
        price: tuple[float, float] | None = None,
        budget: Budget | None = None,
        meter: Meter | None = None,
        pause: Callable[[float], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
        jitter: random.Random | None = None,
    ) -> None:
        self.base_url, self.model = normal(base_url), model
        self.price = price_of(self.base_url, model, price)
        if budget is not None and self.price is None:
            raise InputError(f"the price of {model} at {self.base_url} is not known: no limit can be kept", "give the price, in and out")
        self.cache, self.meter = cache, meter or Meter()
        if timeout_s is None:
            timeout_s = LOCAL_TIMEOUT_S if is_local(self.base_url) else TIMEOUT_S
        transport = Transport(self.base_url, read_key(key_env), timeout_s, connect_s, wall)
        self._line = Line(transport, model, patience or Patience(), cache, self.price, budget, pause, clock, jitter)
        self._clock, self._wall = clock, wall
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[Answer[Any]]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close connections; the cache is its owner's."""
        self._line.transport.close()

    def ask(self, request: Request[T], stop: threading.Event | None = None) -> Answer[T]:
        """Return a validated answer: a stored one, that of the same question under way, or a fresh one.

        Args:
            request: the question.
            stop: set by whoever does not want to know any more; looked at before each request, and while waiting for the next.

        Raises:
            Outage: it cannot be had now; its kinds are in :mod:`propersim.llm_client.errors`.
            Unusable: it can never be had.
        """
        stop = stop or threading.Event()
        draws = [request]
        while draws[-1].draws > 1:
            draws.append(draws[-1].again())
        # The first draw that was ever answered is the answer: a run that is made again is the same, and free.
        known = next((one for one in draws if len(draws) > 1 and self.cache and self.cache.answer(self.key(one))), None)
        for one in draws[:-1] if known is None else ():
            try:
                return self._drawn(one, stop)
            except NoAnswer:
                continue
        return self._drawn(known or draws[-1], stop)

    def _drawn(self, request: Request[T], stop: threading.Event) -> Answer[T]:
        key = self.key(request)
        while True:
            with self._lock:
                other = self._under_way.get(key)
                mine: Future[Answer[Any]] = Future()
                if other is None:
                    self._under_way[key] = mine
            if other is None:
                return self._first(request, key, mine, stop)
            try:
                had = other.result()
            except Stopped:
                if stop.is_set():
                    raise
                continue  # Whoever asked first was stopped; nobody has stopped this one.
            return Answer(had.value, self._counted(self._free(request, had.call.form)))

    def ask_all(self, requests: Iterable[Request[T]], at_once: int = AT_ONCE, waiting: Callable[[], None] | None = None) -> list[Answer[T]]:
        """Return the answers of independent questions in their order, some of them asked at once.

        Args:
            requests: the questions.
            at_once: so many, at most.
            waiting: called a few times a second until all are answered; where it raises, what is not answered yet is called off.

        Raises:
            Outage: one could not be had; the others are called off. What had been answered by then is in the cache.
            Unusable: likewise.
        """
        return self._at_once([partial(self.ask, request) for request in requests], at_once, waiting)

    def embed(self, text: str, waiting: Callable[[], None] | None = None) -> list[float]:
        """Return the vector of a text; it is not stored here.

        Args:
            text: that is embedded.
            waiting: called a few times a second until it is there; where it raises, it is called off.

        Raises:
            Outage: it cannot be had now.
            Unusable: it can never be had.
        """
        return self._at_once([partial(self._embedded, text)], 1, waiting)[0]

    def _at_once(self, works: Sequence[Callable[[threading.Event], R]], at_once: int, waiting: Callable[[], None] | None) -> list[R]:
        """Return what some works give, in their order; each is handed what is set once nobody wants to know any more."""
        stop = threading.Event()
        found: list[Future[R]] = [Future() for _ in works]
        left = iter(zip(works, found, strict=True))
        for number in range(min(at_once, len(works))):
            # Not of a pool, whose threads are waited for when the process ends: it may be the endpoint that says nothing.
            threading.Thread(target=self._do_each, args=(left, stop), name=f"ask-{number}", daemon=True).start()
        pending = set(found)
        try:
            while pending:
                done, pending = wait(pending, LOOK_UP if waiting else None, FIRST_EXCEPTION)
                for one in done:
                    one.result()
                if waiting:
                    waiting()
        except BaseException:
            # Requests that are on their way are left to themselves: their answers go into the cache.
            stop.set()
            raise
        return [one.result() for one in found]

    def _do_each(self, left: Iterator[tuple[Callable[[threading.Event], R], Future[R]]], stop: threading.Event) -> None:
        """Do the next work that nobody has taken, until there is none or nobody wants to know."""
        while not stop.is_set():
            with self._lock:
                taken = next(left, None)
            if taken is None:
                return
            work, found = taken
            try:
                found.set_result(work(stop))
            except BaseException as error:
                found.set_exception(error)

    def _embedded(self, text: str, stop: threading.Event) -> list[float]:
        tally = Tally(form="embedding")
        question: Request[Any] = Request(({"role": "input", "content": text},), _Ready, "embed")
        return self._counting(question, tally, lambda: self._line.embed(text, tally, stop))[0]

    def estimate(self, requests: Iterable[Request[Any]]) -> Estimate:
        """Return what questions would take, without sending anything."""
        fresh: dict[str, Request[Any]] = {}
        total = 0
        for request in requests:
            total += 1
            key = self.key(request)
            if key not in fresh and not (self.cache and self.cache.answer(key)):
                fresh[key] = request
        into = sum(tokens_of(r.messages, schema_of(r.kind)) for r in fresh.values())
        out = sum(r.max_tokens for r in fresh.values())
        return Estimate(len(fresh), total - len(fresh), into, out, self.price.of(into, out) if self.price else None)

    def probe(self) -> Probe:
        """Ask for the list of models, and one small question, without trying again; nothing is raised for what is found."""
        names: tuple[str, ...] = ()
        began = self._clock()
        transport = self._line.transport
        try:
            names = transport.models()
        except Fault as fault:
            if fault.kind in ("connection", "timeout"):
                return Probe(False, False, (), None, self._clock() - began, self._line.error_of(fault).message)
        began = self._clock()
        question = ({"role": "user", "content": "Say that you are ready: true."},)
        request = Request(question, _Ready, "probe", max_tokens=64)
        problem = ""
        try:
            self._fresh(request, threading.Event(), Patience(tries=1))
        except PropersimError as error:
            problem = error.message
        return Probe(True, not problem, names, self._line.manners.form, self._clock() - began, problem)

    def key(self, request: Request[Any]) -> str:
        """Return the key of a question in the cache: it stands for address, model, messages, schema and parameters."""
        return key_of(
            {
                "base_url": self.base_url,
                "model": self.model,
                "messages": [dict(m) for m in request.messages],
                "schema": schema_of(request.kind).json,
                "parameters": {**request.parameters, "max_tokens": request.max_tokens, "draw": request.draw},
            }
        )

    def _first(self, request: Request[T], key: str, mine: Future[Answer[Any]], stop: threading.Event) -> Answer[T]:
        try:
            answer = self._stored(request, key)
            if answer is None:
                answer = self._fresh(request, stop)
                self._keep(key, answer)
        except BaseException as error:
            mine.set_exception(error if isinstance(error, Exception) else Stopped("interrupted"))
            raise
        else:
            mine.set_result(answer)
            return answer
        finally:
            with self._lock:
                self._under_way.pop(key, None)

    def _keep(self, key: str, answer: Answer[Any]) -> None:
        if self.cache:
            call = answer.call
            had = Had(call.tokens_in, call.tokens_out, call.form, call.when)
            self.cache.keep(key, msgspec.json.encode(answer.value).decode(), had)

    def _stored(self, request: Request[T], key: str) -> Answer[T] | None:
        found = self.cache.answer(key) if self.cache else None
        if found is None:
            return None
        try:
            value = schema_of(request.kind).read(found[0])
        except ValueError:
            return None  # Somebody has edited it: as good as none.
        return Answer(value, self._counted(self._free(request, found[1].form)))

    def _fresh(self, request: Request[T], stop: threading.Event, patience: Patience | None = None) -> Answer[T]:
        tally = Tally()
        return Answer(*self._counting(request, tally, lambda: self._valid(request, tally, stop, patience)))

    def _counting(self, request: Request[Any], tally: Tally, work: Callable[[], R]) -> tuple[R, Call]:
        """Return what a work gives and what it took; counted, also where it fails after something was sent."""
        began = self._clock()
        try:
            found = work()
        except BaseException as error:
            if tally.requests:
                self._counted(self._call(request, tally, self._clock() - began, type(error).__name__))
            raise
        return found, self._counted(self._call(request, tally, self._clock() - began))

    def _valid(self, request: Request[T], tally: Tally, stop: threading.Event, patience: Patience | None) -> T:
        """Return an answer that fits, asking again with what was wrong; one that was cut off first with more tokens."""
        schema = schema_of(request.kind)
        tokens, wrong, correction = request.max_tokens, "", list[Message]()
        # How plainly it is put: by the form alone, with the schema in words, and last with an example.
        most = 2 if request.example is not None else 1
        plain = min(self._line.manners.plain, most)
        while True:
            shown = with_example(request.messages, schema, request.example) if plain == 2 else list(request.messages)
            wording = Wording([*shown, *correction], schema, tokens, request.parameters, plain == 1)
            reply = self._line.send(wording, tally, stop, patience)
            if reply.refusal or reply.finish == "content_filter":
                said = f": {reply.refusal}" if reply.refusal else " (a filter of the endpoint's)"
                raise Refused(f"{self.model} refused to answer{said}", "nothing was made up in its place; try another model")
            try:
                value = schema.read(cut(reply.text))
                if value != request.example:
                    self._line.answered(plain)
                    return value
                wrong = "it is the example, and no answer"
            except ValueError as error:
                wrong = clean(str(error), limit=400)
            cut_off = reply.finish == "length" and not astray(reply.text, schema.longest)
            if cut_off:
                if tokens == request.max_tokens:
                    tokens *= MORE
                    tally.retries += 1
                    continue
                wrong = f"it was cut off after {tokens} tokens"
            if tally.again == ASKED_AGAIN:
                break
            tally.again += 1
            plainer = plain if cut_off or as_told(reply.text, schema) else min(plain + 1, most)
            # An example says better what was wrong than words about the answer before.
            correction = _correction(reply, wrong) if plainer < 2 else []
            plain = plainer
        hint = "nothing was made up in its place; try again, or another model"
        raise NoAnswer(f"{self.model} gave no usable answer in {ASKED_AGAIN + 1} tries: {wrong}", hint)

    def _call(self, request: Request[Any], tally: Tally, seconds: float, failed: str = "") -> Call:
        return Call(
            purpose=request.purpose,
            prompt=key_of([dict(m) for m in request.messages]),
            model=self.model,
            tokens_in=tally.tokens_in,
            tokens_cached=tally.tokens_cached,
            tokens_out=tally.tokens_out,
            seconds=seconds,
            retries=tally.retries,
            again=tally.again,
            form=tally.form,
            cached=False,
            cost=self.price.of(tally.tokens_in, tally.tokens_out, tally.tokens_cached) if self.price else None,
            when=datetime.fromtimestamp(self._wall(), UTC).isoformat(timespec="seconds"),
            guessed=tally.guessed,
            failed=failed,
        )

    def _free(self, request: Request[Any], form: str) -> Call:
        call = self._call(request, Tally(form=form), 0.0)
        return msgspec.structs.replace(call, cached=True, cost=0.0)

    def _counted(self, call: Call) -> Call:
        self.meter.add(call)
        return call


def _correction(reply: Reply, wrong: str) -> list[Message]:
    """Return the messages that say what was wrong with an answer; none to one that was empty."""
    if not reply.text.strip():
        return []
    again = f"That answer cannot be used: {wrong}. Answer again, with one JSON object that follows the schema, and nothing else."
    return [{"role": "assistant", "content": reply.text[:_QUOTED]}, {"role": "user", "content": again}]
