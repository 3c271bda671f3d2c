"""Fixtures of tiny models."""

from tests.tiny_models import (  # noqa: F401 - fixtures
    changed,
    chat_tokenizer,
    full_state,
    plain_tokenizer,
    tiny,
    tiny_folder,
)
