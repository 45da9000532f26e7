"""The command `watch`: does what was moved still agree with the old model?"""

import sys

import click

from kit.commands.options import NumberRange

__all__ = ["watch"]


@click.command()
@click.argument("logs", metavar="LOG...", nargs=-1, required=True)
@click.option("--least", type=NumberRange(0, 100), required=True, help="Agreement before the move, in percent.")
@click.option("--margin", type=NumberRange(0, 100), default=0.0, show_default=True, help="Points it may lose.")
@click.option("--endpoint", "endpoints", multiple=True, help="Only this endpoint; may be given more than once.")
def watch(logs: tuple[str, ...], least: float, margin: float, endpoints: tuple[str, ...]) -> None:
    """Judge each endpoint in LOG, which a kit.Shadow wrote, by an interval that is valid at any look.

    Ends with 3 if the agreement of an endpoint has drifted below --least less --margin for certain, else with 0; so it
    can run every hour and raise an alert.
    """
    from kit.service import drift
    from kit.text import plain

    drifts = [one for one in drift(logs, least, margin) if not endpoints or one.endpoint in endpoints]
    for one in drifts:
        click.echo(plain(str(one)))
    if any(one.drifted for one in drifts):
        sys.exit(3)
