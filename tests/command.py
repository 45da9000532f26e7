"""The command line, run in the process of the tests: a process of its own takes seconds to start."""

import io
import sys
from contextlib import chdir, redirect_stderr, redirect_stdout
from subprocess import CompletedProcess
from unittest.mock import patch

from kit import __main__ as command


def kit(*arguments, cwd):
    """Run `python -m kit` in a folder, as its entry point does; exceptions that it does not catch come out here."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    try:
        with chdir(cwd), redirect_stdout(out), redirect_stderr(err), patch.object(sys, "argv", ["kit", *arguments]):
            command._run()
    except SystemExit as ends:
        code = ends.code or 0
    return CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
