"""The command `serve`: the embedded model for other clients."""

from contextlib import suppress
from threading import Event

import click

__all__ = ["serve"]


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="On loopback; a free one if left out.")
def serve(port: int) -> None:
    """Run the embedded model (SmolLM2-135M) until Ctrl-C, for any OpenAI client on this machine."""
    from kit import client

    with client.serve_local_model(port) as url, suppress(KeyboardInterrupt):
        click.echo(f"{url}    model: {client.read_contenders(client.EMBEDDED)[0].called}, no key; Ctrl-C ends it")
        Event().wait()
