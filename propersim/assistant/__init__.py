"""Assistants decide at each timestep whether to speak, and what (paper, section 4).

May import `learning` and everything below it. Begin with `controls.py` (assistants without a model), then `llama.py` (a model on this
machine, which may learn) and `api.py` (a model at an endpoint, which does not). `prompts/` has the prompt of `api.py`.
"""
