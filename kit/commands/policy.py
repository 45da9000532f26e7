"""The command `policy`: a routing policy for a gateway."""

import json
from pathlib import Path

import click

__all__ = ["policy"]


@click.command()
@click.argument("path", metavar="[POLICY]", type=click.Path(path_type=Path), required=False)
@click.option("--to", "gateway", type=click.Choice(["litellm", "openrouter"]), required=True, help="Whose words.")
def policy(path: Path | None, gateway: str) -> None:
    """Print POLICY (a YAML as for kit.Router; the article's if left out) as a gateway takes it.

    LiteLLM gets a config.yaml, in which each kind of request is a model with fallbacks; OpenRouter a body with `models`
    for each kind. What the gateway cannot express is told on standard error.

    \b
    python -m kit policy routes.yaml --to litellm > config.yaml
    """
    import yaml

    from kit.service import ARTICLE, Policy, to_litellm, to_openrouter
    from kit.text import plain

    read = Policy.read(path or ARTICLE)
    exported = (to_litellm if gateway == "litellm" else to_openrouter)(read)
    for line in exported.lost:
        click.echo(plain(f"not carried over: {line}"), err=True)
    if gateway == "litellm":
        click.echo(yaml.safe_dump(dict(exported.config), sort_keys=False, allow_unicode=True), nl=False)
    else:
        click.echo(json.dumps(exported.config, indent=2, ensure_ascii=False))
