"""The copies of three public sources: as the packages have them, small, and made anew to the same bytes."""

import json
import zipfile

import pytest
import refresh_catalog
from genai_prices.data_snapshot import get_snapshot
from places import ROOT

from kit.catalog import on_sale, price_entries

FOLDER = ROOT / "kit" / "data" / "on_sale"


def test_copy_is_the_package():
    """The copy of the price list is what the installed package says, entry for entry."""
    package = {entry["id"]: entry for entry in price_entries.convert(get_snapshot().providers)}
    assert package == on_sale.source("genai-prices").rows


@pytest.mark.parametrize("name", ["genai-prices", "litellm", "model-prices"])
def test_dated(name):
    """Each copy says what it is of, and when it was read."""
    source = on_sale.source(name)
    assert (name, True, True) == (source.name, source.version[0].isdigit(), source.read_on > "2026-11-01")


def test_small():
    """All copies together are under two megabytes, before the wheel packs them."""
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 2_000_000


@pytest.fixture
def wheels(tmp_path):
    """Two wheels, each with the one file that is read."""
    table = {
        "sample_spec": {"mode": "chat"},
        "toy-1": {
            "litellm_provider": "toy", "mode": "chat", "max_input_tokens": 1000, "input_cost_per_token": 2.5e-06,
            "input_cost_per_token_above_128k_tokens": 5e-06, "output_cost_per_token_batches": 1e-06,
            "supports_vision": True, "deprecation_date": "2027-01-14", "successor_model": "toy-2",
        },
        "toy-embed": {"litellm_provider": "toy", "mode": "embedding", "input_cost_per_token": 1e-08},
    }  # fmt: skip
    rates = {"input": 2.5, "source": "s", "valid_from": "2026-01-01T00:00:00Z", "valid_from_basis": "documented"}
    dated = {
        "prices": {"toy": {"toy-1": {"standard": [{"rates": rates, "start": day} for day in (None, "2026")]}}},
        "status": {"toy": {"toy-1": "deprecated"}}, "updated_at": "2026-10-26",
        "schedules": {}, "aliases": {"models": {}},
    }  # fmt: skip
    for name, member, data in (
        ("litellm-9.9-py3.whl", "litellm/model_prices_and_context_window_backup.json", table),
        ("model_prices-0.9-py3.whl", "model_prices/snapshot.json", dated),
    ):
        with zipfile.ZipFile(tmp_path / name, "w") as wheel:
            wheel.writestr(member, json.dumps(data))
    return tmp_path


def test_table_of_litellm(wheels):
    """Prices are per million tokens, longer prompts beside them; what is no text model is only named as such."""
    source, rows, _ = refresh_catalog.litellm(wheels)
    chat, embedding = rows
    assert ("litellm 9.9", "embedding", {"id", "provider", "mode"}) == (source, embedding["mode"], set(embedding))
    assert {"input": ["2.5", [[128000, "5"]]]} == chat["price"]
    assert ({"output": "1"}, True, "2027-01-14", "toy-2") == (
        chat["batch"], chat["vision"], chat["shutdown"], chat["successor"]
    )  # fmt: skip


def test_history_of_model_prices(wheels):
    """A price that did not change is one step of the history."""
    _, (row,), _ = refresh_catalog.model_prices(wheels)
    assert {
        "id": "toy/toy-1", "status": "deprecated", "seen": "2026-01-01",
        "prices": [{"since": "", "ref": "s", "input": "2.5"}],
    } == row  # fmt: skip


def test_changes_are_printed(tmp_path, capsys):
    """Made anew from the same rows a file has the same bytes; what changed is printed, an entry a line."""
    head = {"source": "toy", "version": "1"}
    refresh_catalog.write(tmp_path / "toy.jsonl", head, [{"id": "b", "price": "1"}, {"id": "a"}])
    first = (tmp_path / "toy.jsonl").read_bytes()
    refresh_catalog.write(tmp_path / "toy.jsonl", head, [{"id": "a"}, {"id": "b", "price": "1"}])
    assert first == (tmp_path / "toy.jsonl").read_bytes()
    capsys.readouterr()
    refresh_catalog.write(tmp_path / "toy.jsonl", head, [{"id": "b", "price": "2"}, {"id": "c"}])
    lines = capsys.readouterr().out.splitlines()[1:]
    assert ["gone  a", "changed  b  price: 1 -> 2", "new  c"] == [line.strip() for line in lines]
