"""Feed steps to an evidence memory as a run does."""

from propersim.core.feedback import Feedback, FeedbackMode
from propersim.memory.evidence import EvidenceMemory

COMPLETE = FeedbackMode()


def fed(steps, mode=COMPLETE):
    memory = EvidenceMemory()
    today: list[Feedback] = []
    for step in steps:
        feedback = mode.reveal(step)
        if today and today[-1].day != feedback.day:
            for one in mode.at_night(today):
                memory.reveal(one)
            today = []
        today.append(feedback)
        memory.observe(mode.at_once(feedback))
    return memory
