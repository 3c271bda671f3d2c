"""The command line: parse, call, print. stdout is data, stderr is narration."""

from propersim.cli.main import main

__all__ = ["main"]
