"""Put a language model at an OpenAI-compatible endpoint in the agent's place: ``python examples/endpoint_agent.py URL MODEL [PERSONA]``.

The key is read from ``OPENAI_API_KEY``. A day in steps of 15 minutes is some 65 requests.
"""

import sys
from typing import Any

import gymnasium

from propersim.assistant.api import EXAMPLE, MAX_TOKENS, SYSTEM, Said
from propersim.core.prompts import block
from propersim.llm_client import ModelClient, Request, Session


def decide(model: ModelClient, seen: str, number: int) -> str:
    """Return what the model says at a moment; "" is silence."""
    user = f"{block('state', [seen])}\n\nAnswer now."
    messages = ({"role": "system", "content": SYSTEM}, {"role": "user", "content": user})
    said = model.ask(Request(messages, Said, "say", max_tokens=MAX_TOKENS, temperature=0.7, seed=number, example=EXAMPLE))
    return said.suggestion if said.speak else ""


def main(url: str, name: str, persona: str = "p01", *, timestep: float = 15.0) -> None:
    """Print what was said on a day, how it was rated, and the F1 of the day."""
    options: dict[str, Any] = {"persona": persona, "timestep": timestep, "feedback": "shown", "render_mode": "ansi"}
    env = gymnasium.make("propersim.gym:propersim/ProPer-v0", observation="text", action="text", **options)
    with Session() as session:
        model = session.model_client(url, name)
        seen, info = env.reset(seed=0)
        number, ended = 0, False
        while not ended:
            seen, _, ended, _, info = env.step(decide(model, seen, number))
            number += 1
            if info["said"]:
                print(env.render())
    figures = info["true"]["episode"]
    print(f"{figures['welcome']} of {figures['shown']} recommendations welcome, F1 {figures['f1']:.2f}")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("usage: python examples/endpoint_agent.py URL MODEL [PERSONA]")
    main(*sys.argv[1:4])
