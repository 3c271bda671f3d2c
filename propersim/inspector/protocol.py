"""Messages between a screen and the inspector process, as JSON lines over a socket.

Every question has a number, which its answers repeat. A newer question of a kind cancels older ones of that kind.
"""

from __future__ import annotations

import msgspec

from propersim.core.records import Candidate, Pair
from propersim.memory.state import AssistantState
from propersim.runs.protocol import Message


class NumberedMessage(Message, frozen=True, kw_only=True):
    """Base of all questions and their answers.

    :class:`~propersim.inspector.client.InspectorClient` assigns the numbers.
    """

    number: int = 0


# -- questions --------------------------------------------------------------------------------------------------------


class InspectStep(NumberedMessage, frozen=True):
    """Inspect step ``index`` of the run; answered by :class:`InspectedStep`."""

    index: int


class AnswerAgain(NumberedMessage, frozen=True):
    """Answer step ``index`` again with the adapter of a night.

    ``day`` is the night's day; 0 is the base model, None the newest adapter. Answered by :class:`AnsweredAgain`.
    """

    index: int
    day: int | None = None


class MapSpeaking(NumberedMessage, frozen=True):
    """Map when the assistant speaks, as of one moment of the run or of several.

    ``day`` is the day at whose end the map is made; 0 is before day 1, None all in turn: first the moment after step ``index``, where
    that is given, then the ends of days, the newest first. Each is answered by :class:`SpeakMap`; before them comes a :class:`MomentMap`,
    unless a day is given and the model is loaded already.
    """

    day: int | None = None
    index: int | None = None


class SampleSuggestions(NumberedMessage, frozen=True):
    """Sample the suggestions of the assistant, as of one moment of the run.

    The moment is the one after step ``index``, or, without it, the end of day ``day``; 0 is before day 1, None the end of the last night.
    Answered by :class:`SuggestionSample`.
    """

    day: int | None = None
    index: int | None = None


class SearchMemory(NumberedMessage, frozen=True):
    """Find the memories at step ``index`` that are most similar to a text.

    Answered by :class:`MemoryMatches`.
    """

    index: int
    text: str


Question = InspectStep | AnswerAgain | MapSpeaking | SampleSuggestions | SearchMemory

# -- parts of answers -------------------------------------------------------------------------------------------------


class NightAdapter(msgspec.Struct, frozen=True):
    """The adapter of a night.

    ``day`` is the day before the night (or during which it was trained), ``at`` the first step that was made with it.
    """

    day: int
    at: int


class CandidateLogProbs(msgspec.Struct, frozen=True):
    """Log-probabilities (natural) of a candidate.

    Attributes:
        decision: log-probability of its decision, normalised over the two legal ones.
        words: log-probability of the suggestion's tokens after the decision to speak, its end included; 0 for silence.
        tokens: number of these tokens.
    """

    decision: float
    words: float = 0.0
    tokens: int = 0

    @property
    def total(self) -> float:
        """Log-probability of decision and suggestion together."""
        return self.decision + self.words

    @property
    def per_token(self) -> float | None:
        """Mean log-probability of the suggestion's tokens; None for silence."""
        return self.words / self.tokens if self.tokens else None


class InspectedCandidate(msgspec.Struct, frozen=True):
    """A candidate of a step, with its log-probabilities.

    Attributes:
        candidate: the candidate with its rating.
        then: its log-probabilities under the adapter that made the step; None without a model.
        now: its log-probabilities under the newest adapter of the run; None without a model.
    """

    candidate: Candidate
    then: CandidateLogProbs | None = None
    now: CandidateLogProbs | None = None


class MemoryMatch(msgspec.Struct, frozen=True):
    """A past (activity, recommendation) pair in the assistant's memory.

    Attributes:
        activity: id of the user's activity.
        topic: topic of the recommendation; None for silence.
        text: the recommendation; "" for silence.
        similarity: cosine similarity to the text of the question.
        day: day of the run on which it last occurred.
        minute: minute of that day's clock at which it last occurred.
        count: number of occurrences.
        score: its last score, 0–4; None if the memory keeps no scores.
    """

    activity: str
    topic: str | None
    text: str
    similarity: float
    day: int
    minute: float
    count: int
    score: int | None


# -- answers ----------------------------------------------------------------------------------------------------------


class ModelLoaded(Message, frozen=True):
    """The model has been loaded: its name, and the seconds that loading took."""

    model: str
    seconds: float


class InspectorError(NumberedMessage, frozen=True):
    """A question cannot be answered: the reason, and a hint what to do."""

    message: str
    hint: str = ""


class InspectedStep(NumberedMessage, frozen=True):
    """An inspected step.

    Attributes:
        index: index of the step.
        state: the assistant's state; None for a control, which has none.
        prompt: texts of the prompt's tokens; for a model at an endpoint, of its messages.
        adapter: the adapter that made the step; None is the base model.
        newest: the newest adapter of the run; None if there is none.
        p_speak: probability of speaking, computed again with ``adapter``.
        p_now: probability of speaking with ``newest``.
        stored: probability of speaking that was stored with the step.
        candidates: the candidates, in the step's order.
        shown: index of the candidate that was shown.
        pairs: preference pairs of the step, without their prompts.
        nights: days of the nights that trained on the step.
        lacking: why the figures that need a model are missing; "" if they are not.
        hint: what to do about that.
    """

    index: int
    state: AssistantState | None
    prompt: tuple[str, ...]
    adapter: NightAdapter | None
    newest: NightAdapter | None
    p_speak: float | None
    p_now: float | None
    stored: float | None
    candidates: tuple[InspectedCandidate, ...]
    shown: int
    pairs: tuple[Pair, ...]
    nights: tuple[int, ...]
    lacking: str = ""
    hint: str = ""


class AnsweredAgain(NumberedMessage, frozen=True):
    """A step answered again by an adapter.

    Attributes:
        index: index of the step.
        day: ``day`` of the question.
        adapter: the adapter that answered; None is the base model.
        p_speak: its probability of speaking.
        speaks: whether it would speak: that exceeds the threshold, and a topic is known to be good where one has to be; None in the
            published scheme, which samples decisions.
        silence: silence with its rating at that moment.
        said: suggestions drawn after the decision to speak, rated; fewer than two if one was malformed twice.
        threshold: the probability of speaking that has to be exceeded; None in the published scheme.
        lacks_topic: whether the threshold is exceeded, and it would be silent because no topic is known to be good.
    """

    index: int
    day: int | None
    adapter: NightAdapter | None
    p_speak: float
    speaks: bool | None
    silence: Candidate
    said: tuple[Candidate, ...]
    threshold: float | None = None
    lacks_topic: bool = False


class MapRow(msgspec.Struct, frozen=True):
    """An activity of the map: its id, phrase and room, and its minutes in the plans so far."""

    activity: str
    phrase: str
    room: str
    minutes: float


class SpeakMap(NumberedMessage, frozen=True):
    """Probability of speaking by activity and half-hour, as of one moment of the run.

    An assistant that reads what the ratings say is asked, for each cell that the user has been in, with its state at the last visit,
    after the longest wait for a recommendation there; a shorter wait than two comfortable gaps counts as these. Other cells are asked at a
    typical moment, with what the ratings say of it.

    Attributes:
        day: day at whose end, or (where ``minute`` is given) in which the map is made; 0 is before day 1.
        adapter: the adapter in use; None is the base model.
        place: number of this answer among those to the same question, from 0.
        places: number of answers to the question.
        rows: the activities, the longest first.
        start: minute of the day's clock at which the first column begins; a column is half an hour.
        p_speak: probabilities, shape (activities, columns).
        open: 1 where the persona is receptive and likes some topic, else 0; same shape.
        done: minutes that were spent there, same shape; until the map's moment where the assistant reads ratings, else in the whole run.
        weekday: weekday of all moments, 0 for Monday, where the persona's rules name days; else None.
        threshold: the probability of speaking that has to be exceeded.
        at: number of steps of the run before the map's moment.
        minute: minute of the day's clock of the map's moment; None is the end of the day.
        now: whether it is the moment that was asked about.
        speaks: 1 where the assistant would speak, same shape; where it needs a topic that is known to be good, P(speak) is not enough.
    """

    day: int
    adapter: NightAdapter | None
    place: int
    places: int
    rows: tuple[MapRow, ...]
    start: int
    p_speak: tuple[tuple[float, ...], ...]
    open: tuple[tuple[int, ...], ...]
    done: tuple[tuple[float, ...], ...]
    weekday: int | None = None
    threshold: float = 0.5
    at: int = 0
    minute: float | None = None
    now: bool = False
    speaks: tuple[tuple[int, ...], ...] = ()

    @property
    def trained(self) -> bool:
        """Whether the night at the map's moment trained the adapter in use."""
        return self.adapter is not None and self.adapter.at == self.at


class MomentMap(NumberedMessage, frozen=True):
    """The part of a :class:`SpeakMap` that needs no model.

    It is sent before the model is loaded, ahead of the maps.

    Attributes:
        rows: the activities, the longest first.
        start: minute of the day's clock at which the first column begins; a column is half an hour.
        open: 1 where the persona is receptive and likes some topic at the end of the run so far, else 0; shape (activities, columns).
        done: minutes that were spent there in the run, same shape.
        evidence: what the ratings so far say of topics and tones, in sentences; empty for an assistant that counts no ratings.
    """

    rows: tuple[MapRow, ...]
    start: int
    open: tuple[tuple[int, ...], ...]
    done: tuple[tuple[float, ...], ...]
    evidence: tuple[str, ...] = ()


class SuggestionSample(NumberedMessage, frozen=True):
    """A sample of an adapter's suggestions at moments where suggestions are welcome.

    Attributes:
        day: ``day`` of the question.
        adapter: the adapter; None is the base model.
        drawn: number of well-formed suggestions, on which all shares are based.
        tries: whether no topic is known to be good at any of the moments, so that the suggestions are tries, which need not be shown.
        malformed: number of malformed suggestions.
        topics: share of each topic, the largest first; "" stands for no topic.
        tones: share of each tone, the largest first; "" stands for no tone.
        preference: share with the preference point.
        communication: share with the communication point.
        examples: some of the suggestions, rated.
        likes: topics that the persona likes at some time.
        dislikes: topics that it dislikes.
        welcome: tones that it likes.
        avoid: tones that it dislikes.
    """

    day: int | None
    adapter: NightAdapter | None
    drawn: int
    malformed: int
    topics: tuple[tuple[str, float], ...]
    tones: tuple[tuple[str, float], ...]
    preference: float
    communication: float
    examples: tuple[Candidate, ...]
    likes: tuple[str, ...]
    dislikes: tuple[str, ...]
    welcome: tuple[str, ...]
    avoid: tuple[str, ...]
    tries: bool = False


class MemoryMatches(NumberedMessage, frozen=True):
    """The memories at a step that are similar to a text, most similar first."""

    index: int
    text: str
    found: tuple[MemoryMatch, ...]


Reply = ModelLoaded | InspectorError | InspectedStep | AnsweredAgain | MomentMap | SpeakMap | SuggestionSample | MemoryMatches

_questions = msgspec.json.Decoder(Question)
_answers = msgspec.json.Decoder(Reply)


def decode_question(line: bytes) -> Question:
    """Decode a question from a line.

    Raises:
        msgspec.MsgspecError: the line is not a question.
    """
    question: Question = _questions.decode(line)
    return question


def decode_reply(line: bytes) -> Reply:
    """Decode an answer from a line.

    Raises:
        msgspec.MsgspecError: the line is not an answer.
    """
    answer: Reply = _answers.decode(line)
    return answer
