"""Run the command line: ``python -m propersim``."""

from propersim.cli import main

main()
