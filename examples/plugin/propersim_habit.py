"""An assistant that repeats what would have been welcome at this hour."""

from collections import defaultdict

from propersim.assistant.controls import any_sentence
from propersim.core.interfaces import Response
from propersim.core.rng import generator


class Habit:
    name = "habit"

    def __init__(self, seed):  # what changes is changed in observe() alone, which a resumed run calls again with every step
        self.seed, self.welcome = seed, defaultdict(list)

    def respond(self, observation):
        fresh = any_sentence(generator(self.seed, "habit", observation.day, observation.step))
        known = self.welcome[observation.minute // 60 % 24]
        return Response((known[-1], fresh) if known else (None, fresh))  # the first is shown; all of them are rated

    def observe(self, feedback):
        known = self.welcome[feedback.minute // 60 % 24]
        for candidate in feedback.candidates:
            if candidate.text in known:
                known.remove(candidate.text)
            if candidate.text is not None and candidate.rating is not None and candidate.rating.score == 4:
                known.append(candidate.text)

    def reveal(self, feedback):  # the ratings that --feedback-delay keeps until the night
        for step in feedback:
            self.observe(step)


def make_assistant(config, persona, session):
    return Habit(config.seed)
