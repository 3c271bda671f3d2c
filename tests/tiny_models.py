"""Models for tests: tiny random LLaMAs with a real tokenizer, created on demand."""

import json
import shutil

import pytest

from propersim.memory.state import AssistantState, Past, Summary, Timers
from propersim.models.homelm_weights import EAGER

TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
SIZES = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 2048,
}


def save_random_model(folder, kind, tokenizer, seed, **more):
    """Save a model of random weights with a tokenizer; return its folder.

    Args:
        folder: the new folder.
        kind: its architecture.
        tokenizer: its tokenizer.
        seed: seed of the weights.
        **more: sizes and settings beside, or instead of, SIZES.
    """
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(seed)
    config = AutoConfig.for_model(kind, pad_token_id=None, vocab_size=len(tokenizer) + 3, **{**SIZES, **more})
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def fill_adapter(model, seed, std=0.2):
    """Return a model whose new adapter, which changes nothing yet, is given random values in place."""
    import torch

    torch.manual_seed(seed)
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(std=std)
    return model


@pytest.fixture(scope="session")
def plain_tokenizer():
    """The tokenizer of `homelm-eager`: byte-level, without a chat template."""
    from transformers import PreTrainedTokenizerFast

    return PreTrainedTokenizerFast.from_pretrained(EAGER)


@pytest.fixture(scope="session")
def chat_tokenizer():
    """That tokenizer with a chat template, its two control tokens, and an added token that is not special."""
    from transformers import AddedToken, PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast.from_pretrained(EAGER)
    tokenizer.add_special_tokens({"additional_special_tokens": ["<|im_start|>", "<|im_end|>"]})
    tokenizer.add_tokens([AddedToken("<think>", special=False)])
    tokenizer.chat_template = TEMPLATE
    return tokenizer


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory, chat_tokenizer):
    folder = tmp_path_factory.mktemp("tiny") / "model"
    return save_random_model(folder, "llama", chat_tokenizer, 0, num_hidden_layers=2, tie_word_embeddings=False)


@pytest.fixture
def tiny(tiny_folder, tmp_path):
    """A folder with a whole model, which a test may change."""
    return shutil.copytree(tiny_folder, tmp_path / "tiny")


@pytest.fixture
def changed():
    """Change values in a folder's config.json."""

    def change(folder, **values):
        file = folder / "config.json"
        file.write_text(json.dumps({**json.loads(file.read_text(encoding="utf-8")), **values}), encoding="utf-8")
        return folder

    return change


@pytest.fixture(scope="session")
def full_state():
    """A state with a value in every field."""
    return AssistantState(
        450.0,
        1,
        "read_book",
        "reading a book",
        "living_room",
        2,
        12.0,
        recent=(Past("cooking", None, minutes_ago=9.0), Past("cooking", "drinks", "How about a pot of tea?", 3, 5.0)),
        hours=(Summary(1 / 6, 1.0, 3, ("music", "drinks"), ("cooking", "reading"), 2.5), Summary(7 / 6, 1.0, 0, (), ("sleeping",))),
        blocks=(Summary(25 / 6, 4.0, 2, ("music",), ("cooking",)),),
        memories=(Past("reading", "novels", "Shall I find the next chapter?", 4, 1500.0, 0.9), Past("reading", None, "", 4, 5500.0, 0.8)),
        timers=Timers(12.0, 44.0, 3, 2),
    )
