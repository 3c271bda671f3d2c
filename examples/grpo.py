"""Train a language model on the ratings of simulated users with TRL's GRPO: ``python examples/grpo.py MODEL [STEPS]``.

MODEL is a folder or a GGUF file of a model that reads text; its starter adapter is merged first. With ``--tools`` the model calls tools.
"""

import argparse
from typing import Any

from datasets import Dataset
from peft import LoraConfig
from trl.trainer.grpo_config import GRPOConfig
from trl.trainer.grpo_trainer import GRPOTrainer

from propersim.gym.conversation import ANSWER_START, Conversation, answer_reward, moments
from propersim.models.model import LoadedModel

PERSONAS = ("p01", "p02", "p03", "p04")
SIZES: dict[str, Any] = {"per_device_train_batch_size": 8, "num_generations": 8, "max_completion_length": 64}


def trained(model: Any, tokenizer: Any, steps: int, folder: str, *, tools: bool = False) -> GRPOTrainer:
    """Train an adapter; return the trainer, whose ``state.log_history`` has the rewards."""
    rows = moments(PERSONAS, max(steps, 8), tools=tools, wanted=0.5)
    for row in rows if not tools else ():
        # As text, because the answer begins in the prompt.
        row["prompt"] = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, tokenize=False) + ANSWER_START
    trainer = GRPOTrainer(
        model=model,
        reward_funcs=[] if tools else [answer_reward],
        args=GRPOConfig(
            folder, max_steps=steps, learning_rate=1e-4, logging_steps=1, save_strategy="no", report_to=[], bf16=False, **SIZES
        ),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        environment_factory=Conversation if tools else None,
        peft_config=LoraConfig(r=8, lora_alpha=16, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"),
    )
    trainer.train()
    return trainer


def main() -> None:
    """Train, print the mean reward of each step, and save the adapter."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("steps", nargs="?", type=int, default=20)
    parser.add_argument("--tools", action="store_true")
    parser.add_argument("--folder", default="grpo")
    args = parser.parse_args()
    loaded = LoadedModel(args.model, quantize="none", evidence=True)
    model = loaded.model.merge_and_unload() if hasattr(loaded.model, "merge_and_unload") else loaded.model
    trainer = trained(model, loaded.tokenizer, args.steps, args.folder, tools=args.tools)
    for row in trainer.state.log_history:
        if "reward" in row:
            print(f"step {row['step']}: reward {row['reward']:+.2f}, mean length {row['completions/mean_length']:.0f} tokens")
    trainer.save_model(args.folder)


if __name__ == "__main__":
    main()
