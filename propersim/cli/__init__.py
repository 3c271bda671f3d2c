"""The command line: parse options, call the other rooms, print results and messages.

Results go to stdout, messages to stderr.

May import every other room of the engine. Start with ``main.py`` (the commands that create, watch and resume runs, and the exit codes of
errors); ``options.py`` has the shared options, ``console.py`` prints tables, progress and errors. Each other module is a command or its
output; imports inside functions keep ``--help`` fast.
"""

import os
import sys

from propersim.core.interrupts import leave_quietly

if os.path.splitext(os.path.basename(sys.argv[0]))[0] == "propersim":
    # The installed command imports this package, and then calls main. pathlib would take another 10 ms to import.
    leave_quietly()

from propersim.cli.main import main

__all__ = ["main"]
