"""The commands of `python -m kit`, one module for each group; a module is imported when its command is needed.

A new command: write a `click.command` in a module here, add it to COMMANDS.
"""

from importlib import import_module

import click

__all__ = ["COMMANDS", "Commands"]

COMMANDS = {
    "bill": "logs",
    "check": "studies",
    "explore": "explore",
    "lab": "new",
    "label": "label",
    "models": "models",
    "new": "new",
    "policy": "policy",
    "prices": "models",
    "probe": "probe",
    "recorded": "logs",
    "report": "studies",
    "serve": "serve",
    "suites": "suites",
    "ways": "models",
    "watch": "watch",
}
"""Command -> the module in `kit.commands` that defines it, under its own name."""


class Commands(click.Group):
    """A group that imports a command's module when the command is run or its help is shown."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of all commands."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None if there is none."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"kit.commands.{COMMANDS[cmd_name]}"), cmd_name)
        return command
