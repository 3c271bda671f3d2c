"""Feed steps to a memory as a run does, and make entries of a log."""

from propersim.core.feedback import Feedback, FeedbackMode
from propersim.memory.day_log import Began, Entry, Suggested
from propersim.memory.evidence import EvidenceMemory

COMPLETE = FeedbackMode()


def told(steps, mode=COMPLETE):
    """Yield each step with what was revealed in the night before it, and what the step itself reveals at once."""
    today: list[Feedback] = []
    for step in steps:
        overnight: list[Feedback] = []
        if today and today[-1].day != step.day:
            overnight, today = mode.at_night(today), []
        feedback = mode.reveal(step)
        today.append(feedback)
        yield step, overnight, mode.at_once(feedback)


def fed(steps, mode=COMPLETE, optimism=0.0):
    """Return an evidence memory that was given the feedback of steps."""
    memory = EvidenceMemory(optimism)
    for _, overnight, at_once in told(steps, mode):
        for one in overnight:
            memory.reveal(one)
        memory.observe(at_once)
    return memory


def began(minute, *what):
    return Entry(minute, began=Began(*what))


def suggested(minute, *what):
    return Entry(minute, suggested=Suggested(*what))
