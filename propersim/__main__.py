"""``python -m propersim``."""

from propersim.cli import main

main()
