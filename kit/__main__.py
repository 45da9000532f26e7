"""The command line: `python -m kit --help`. The commands themselves are in `kit.commands`."""

import sys

import click

from kit.commands import Commands
from kit.errors import KitError, RunError
from kit.text import plain

__all__ = ["main"]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Should we move this workload to a cheaper model? Evidence in, a decision report out.

    \b
    python -m kit report                      the article's study, to reports/article/decision.pdf
    python -m kit new mine --incumbent gpt-4o  a short study of your own, what it lacks and what it would cost
    python -m kit report mine --dry-run       what a build of params/mine.yaml would run and ask, and its price
    python -m kit check mine                  whether the verdicts of the earlier run still hold; for CI
    python -m kit explore mine                open the page to filter, sort and search all items of a built study
    python -m kit label mine                  say by eye which of two answers is better, blind
    python -m kit bill logs/*.jsonl           what your own traffic costs, from the logs that are there
    python -m kit probe gpt-4o                whether an endpoint is a drop-in: which features it really has
    python -m kit serve                       the embedded model, for any OpenAI client on this machine
    python -m kit prices gpt-4o               what a model costs, in every price book, now
    python -m kit prices deepseek-v4-flash --on 2026-11-24T02:00Z
    python -m kit models --vision             which models are on sale, with prices, abilities and shutdown dates
    """


def _run() -> None:
    try:
        sys.exit(main(prog_name="python -m kit", standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except KitError as error:
        click.echo(plain(str(error)), err=True)
        sys.exit(1 if isinstance(error, RunError) else 2)
    except ModuleNotFoundError as error:
        if (error.name or "kit").partition(".")[0] == "kit":
            raise
        needs = f"this command needs {error.name}, which is not installed"
        click.echo(f"{needs}: python -m pip install 'migration-kit[study]'", err=True)
        sys.exit(2)
    except click.Abort:
        click.echo("stopped; what has run is kept, and the next build goes on from there", err=True)
        sys.exit(130)


if __name__ == "__main__":
    _run()
