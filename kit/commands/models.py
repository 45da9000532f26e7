"""Commands on the catalog: `prices`, `models` and `ways`."""

import os
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from kit.commands.options import NumberRange, moment
from kit.errors import CatalogError, near_miss
from kit.text import plain

if TYPE_CHECKING:
    from kit.catalog import Provider

__all__ = ["models", "prices", "ways"]


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
@click.option("--max-input-price", type=NumberRange(min=0), help="USD per million tokens at most.")
@click.option("--max-output-price", type=NumberRange(min=0), help="USD per million tokens at most.")
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
    if not offers and maker and not pricing.search(at, maker=maker):
        makers = sorted({offer.model.maker for offer in pricing.search(at)})
        raise CatalogError(f"--maker: {maker!r} sells no model of the catalog{near_miss(maker, makers)}")
    if not offers and len(words) == 1:
        catalog.model(words[0])  # raises, with the nearest name
    click.echo(plain(pricing.listing(offers, at)))


@click.command()
@click.argument("name", required=False, default="")
def ways(name: str) -> None:
    """List the providers: address, variable of the key, and whether it is set here; or tell all of one, NAME.

    A provider of your own is an entry in params/mine.ways.yaml, and a model is asked there as model@NAME:

    \b
    gpu-box: {name: Our GPU box, base_url: "http://gpu-box:8000/v1", key: GPU_BOX_KEY, models: {glm-5: glm-5-awq}}
    """
    from kit import catalog

    if name:
        click.echo(plain("\n".join(_facts(catalog.provider(name)))))
        return
    known = catalog.ways().values()
    wide = max(len(way.id) for way in known), max(len(way.key or "none") for way in known)
    click.echo(f"{'way':{wide[0]}}  {'key':{wide[1]}}  {'set here':8}  base URL")
    for way in known:
        click.echo(plain(f"{way.id:{wide[0]}}  {way.key or 'none':{wide[1]}}  {_set_here(way):8}  {way.base_url}"))
    click.echo("your own: params/NAME.ways.yaml, see --help; a key itself is never shown")


def _set_here(way: "Provider") -> str:
    needed = [*way.variables, *([way.key] if way.key else [])]
    lacking = [name for name in needed if not os.environ.get(name, "").strip()]
    return "no" if lacking else "yes" if way.key else "no key"


def _facts(way: "Provider") -> list[str]:
    """One provider in full; what is not known is said to be so."""
    from kit import catalog

    served = [model.id for model in catalog.models().values() if way.id in model.providers]
    documented = next((fact.ref for fact in way.facts if fact.metric == "access.wire_format"), "unknown")
    lines = [
        f"{way.name} ({way.id}){f', {way.origin}' if way.origin else ''}", f"base URL     {way.base_url}",
        *(f"             {place}: {url}" for place, url in (way.other_urls or {}).items()),
        f"key          {way.key or 'none'}, set here: {_set_here(way)}",
        *(f"needs        {variable}, {'set' if os.environ.get(variable) else 'not set'}" for variable in way.variables),
        f"documented   {way.docs or documented}{f', read {way.as_of}' if way.as_of else ''}",
        f"region       {way.region or 'unknown'}", f"limits       {way.limits or 'unknown'}",
        f"retention    {way.retention or 'unknown'}",
        *(f"called there {model}: {called}" for model, called in way.models.items()),
    ]  # fmt: skip
    lines += [f"models       {', '.join(served)}"] if served else []
    lines += [f"quirk        {quirk}" for quirk in way.quirks]
    notes = [fact for fact in way.facts if fact.metric == "access.caveat"]
    return [*lines, *(f"quirk        {fact.note} ({fact.as_of}, {fact.ref})" for fact in notes)]
