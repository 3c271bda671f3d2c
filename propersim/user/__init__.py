"""The user agent: plans the user's days, and rates recommendations (paper, section 3).

May import ``persona``, ``rubric``, ``llm_client``, ``reading``, ``world`` and ``core``. Begin with ``judge.py`` (rates by the persona's
rules, with ``rules.py`` and ``clocks.py``) and ``routine.py`` (plans days, with ``traits.py`` and ``timetable.py``); both work offline.
``llm/`` holds the planner and the rater that ask a language model.
"""
