"""Commands on the catalog: `prices` and `models`."""

from decimal import Decimal

import click

from kit.commands.options import moment
from kit.text import plain

__all__ = ["models", "prices"]


@click.command()
@click.argument("names", metavar="MODEL...", nargs=-1, required=True)
@click.option("--on", "when", default="", help="Date, or date and hour in UTC: 2026-11-24, 2026-11-24T02:00Z.")
@click.option("--contract", default="", help="Your own prices, as params/contract.example.yaml.")
def prices(names: tuple[str, ...], when: str, contract: str) -> None:
    """Print what MODEL costs in each price book, in USD per million tokens, and under which condition.

    Several models are set side by side. A model is named as its maker or a provider names it: gpt-5-mini,
    openai/gpt-5-mini, us.anthropic.claude-sonnet-4-5-20250929-v1:0, openrouter/z-ai/glm-5.1.
    """
    from kit import catalog, pricing

    at, shelf = moment(when), pricing.shelf(contract)
    models = list({model.id: model for model in map(catalog.model, names)}.values())
    one = len(models) == 1
    click.echo(pricing.price_table(models[0], shelf, at) if one else pricing.side_by_side(models, shelf, at))


@click.command()
@click.argument("words", metavar="[MODEL | WORDS]...", nargs=-1)
@click.option("--maker", default="", help="Only of this maker: deepseek.")
@click.option("--vision", "abilities", flag_value="vision", multiple=True, help="Only those that take images.")
@click.option("--tools", "abilities", flag_value="tools", multiple=True, help="Only those that call tools.")
@click.option("--json-schema", "abilities", flag_value="json_schema", multiple=True, help="Only those that follow one.")
@click.option("--max-input-price", type=float, help="USD per million tokens at most.")
@click.option("--max-output-price", type=float, help="USD per million tokens at most.")
@click.option("--min-context", type=int, default=0, help="Tokens of context window at least.")
@click.option("--on", "when", default="", help="Date, or date and hour in UTC: 2026-11-24, 2026-11-24T02:00Z.")
@click.option("--retiring-before", default="", help="Instead, list what shuts down before this date.")
def models(
    words: tuple[str, ...],
    maker: str,
    abilities: tuple[str, ...],
    max_input_price: float | None,
    max_output_price: float | None,
    min_context: int,
    when: str,
    retiring_before: str,
) -> None:
    """List the models that are on sale, the cheapest output first; or print one MODEL in full.

    \b
    python -m kit models --maker deepseek --vision --max-output-price 1
    python -m kit models glm-5.3
    python -m kit models --retiring-before 2027-03-01
    """
    from kit import catalog, pricing

    at = moment(when)
    if retiring_before:
        before = moment(retiring_before, "--retiring-before").date()
        click.echo(plain(pricing.endings(catalog.calendar(at.date(), before))))
        return
    if len(words) == 1 and catalog.knows(words[0]):
        click.echo(plain(pricing.card(catalog.model(words[0]), at)))
        return
    dearest = [None if usd is None else Decimal(str(usd)) for usd in (max_input_price, max_output_price)]
    offers = pricing.search(at, " ".join(words), maker, abilities, dearest[0], dearest[1], min_context)
    if not offers and len(words) == 1:
        catalog.model(words[0])  # raises, with the nearest name
    click.echo(plain(pricing.listing(offers, at)))
