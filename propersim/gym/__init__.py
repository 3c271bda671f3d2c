"""Gymnasium environments: the assistant's side of a run, and the user's side.

``import propersim.gym`` registers two environments, which ``gymnasium.make`` makes:

- ``propersim/ProPer-v0``: the agent is the assistant. It speaks or stays silent (:mod:`propersim.gym.assistant_env`).
- ``propersim/User-v0``: the agent is the user's judge. It rates what an assistant recommends (:mod:`propersim.gym.user_env`).

Needs the extra ``gym``: ``pip install 'propersim[gym]'``. ``import propersim`` alone imports none of this.
"""

from __future__ import annotations

try:
    from gymnasium.envs.registration import register, registry
except ModuleNotFoundError as error:
    if error.name != "gymnasium":
        raise
    raise ModuleNotFoundError("propersim.gym needs gymnasium: pip install 'propersim[gym]'", name="gymnasium") from error

from propersim.gym.assistant_env import AssistantEnv
from propersim.gym.features import EVIDENCE_FIELDS
from propersim.gym.user_env import UserEnv

__all__ = ["EVIDENCE_FIELDS", "AssistantEnv", "UserEnv"]

for _name, _entry in (
    ("propersim/ProPer-v0", "propersim.gym.assistant_env:AssistantEnv"),
    ("propersim/User-v0", "propersim.gym.user_env:UserEnv"),
):
    if _name not in registry:
        register(_name, entry_point=_entry)
