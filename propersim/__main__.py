"""Run the command line: ``python -m propersim``."""

from propersim.core.interrupts import leave_quietly

leave_quietly()

from propersim.cli import main  # noqa: E402 - an interrupt of this import is handled

main()
