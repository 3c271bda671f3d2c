"""Fixtures of tiny models."""

from tests.tiny_models import chat_tokenizer, tiny_folder  # noqa: F401 - fixtures
