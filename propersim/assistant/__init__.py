"""Assistants: what decides at each step whether to speak, and what to say."""
