"""A team's own prices, from a file that a person wrote."""

from datetime import datetime
from decimal import Decimal

import pytest
import yaml

from kit.errors import CatalogError, PriceError
from kit.pricing import ContractBook

GOOD = {
    "valid_from": datetime(2026, 1, 1).date(),
    "valid_to": datetime(2026, 12, 31).date(),
    "prices": {
        "gpt-4o": {"input": "2.10", "cached": "1.05", "output": "8.40", "batch_share": "0.5"},
        "kimi-k2.5": {"input": "0.50", "output": "2.00"},
    },
}
NOON = datetime.fromisoformat("2026-11-24T12:00Z")


def contract(folder, data=None, **changes):
    """A contract's file; a change of None leaves a key out."""
    data = {key: value for key, value in (GOOD | changes).items() if value is not None} if data is None else data
    path = folder / "mine.contract.yaml"
    path.write_text(data if isinstance(data, str) else yaml.safe_dump(data), encoding="utf-8")
    return path


def sides(rate):
    return (rate.input, rate.cached, rate.output)


def decimals(*texts):
    return tuple(None if text is None else Decimal(text) for text in texts)


@pytest.mark.parametrize(
    ("model", "batch", "prices"),
    [
        pytest.param("gpt-4o", False, ("2.10", "1.05", "8.40"), id="as signed"),
        pytest.param("gpt-4o", True, ("1.05", "0.525", "4.20"), id="a batch request costs its share"),
        pytest.param("kimi-k2.5", False, ("0.50", None, "2.00"), id="a cached price that is not signed is unknown"),
        pytest.param("kimi-k2.5", True, (None, None, None), id="a batch price that is not signed is unknown"),
        pytest.param("glm-5", False, (None, None, None), id="a model that is not in the contract is unknown"),
    ],
)
def test_rate(tmp_path, model, batch, prices):
    """A contract charges what it says, and what it does not say is unknown."""
    assert decimals(*prices) == sides(ContractBook.read(contract(tmp_path)).rate(model, NOON, batch=batch))


def test_own(tmp_path):
    """A team's own model has a price under `own`, where a slip in a known name cannot pass for one."""
    book = ContractBook.read(contract(tmp_path, own={"on-our-gpus": {"input": "0.09", "output": "0.10"}}))
    assert decimals("0.09", None, "0.10") == sides(book.rate("on-our-gpus", NOON))
    assert (True, True, False) == tuple(map(book.knows, ("on-our-gpus", "glm-5", "on-our-gpu")))
    with pytest.raises(PriceError, match="own: 'gpt-4o' is a model in the catalog; it stands under prices:"):
        ContractBook.read(contract(tmp_path, own={"gpt-4o": {"input": "1", "output": "1"}}))


def test_rate_says_where_it_is_from(tmp_path):
    """A rate names the contract's file and the day."""
    rate = ContractBook.read(contract(tmp_path)).rate("gpt-4o", NOON, batch=True)
    assert ("contract", "mine.contract.yaml", "2026-11-24", "batch") == (
        rate.book,
        rate.ref,
        rate.as_of,
        rate.condition,
    )


@pytest.mark.parametrize(
    "at",
    [
        pytest.param("2026-01-01T00:00Z", id="its first minute"),
        pytest.param("2026-12-31T23:59Z", id="its last minute"),
        pytest.param("2027-01-01T00:30+01:00", id="its last hour, told in Paris"),
    ],
)
def test_valid(tmp_path, at):
    """A contract holds from its first day to its last, both included, in UTC."""
    rate = ContractBook.read(contract(tmp_path)).rate("gpt-4o", datetime.fromisoformat(at))
    assert Decimal("2.10") == rate.input


def test_one_day(tmp_path):
    """A contract may be for one day."""
    day = GOOD["valid_to"]
    rate = ContractBook.read(contract(tmp_path, valid_from=day)).rate("gpt-4o", datetime.fromisoformat(f"{day}T12:00Z"))
    assert Decimal("2.10") == rate.input


def test_free_by_contract(tmp_path):
    """A team may have a model for nothing; 0 is a price if a contract says so."""
    own = {"gpt-4o": {"input": "0", "output": "0"}}
    assert decimals("0", None, "0") == sides(ContractBook.read(contract(tmp_path, prices=own)).rate("gpt-4o", NOON))


@pytest.mark.parametrize(
    ("at", "day"),
    [
        pytest.param("2025-12-31T23:59Z", "2025-12-31", id="the minute before"),
        pytest.param("2027-01-01T00:00Z", "2027-01-01", id="the minute after"),
    ],
)
def test_not_valid(tmp_path, at, day):
    """Outside its days a contract has no price, and says when it has."""
    path = contract(tmp_path)
    with pytest.raises(PriceError) as caught:
        ContractBook.read(path).rate("gpt-4o", datetime.fromisoformat(at))
    assert f"{path}: valid from 2026-01-01 to 2026-12-31, not on {day}" == str(caught.value)


def test_unknown_model(tmp_path):
    """A model that the catalog does not have is not taken for one without a price."""
    with pytest.raises(CatalogError, match="did you mean 'gpt-4o'"):
        ContractBook.read(contract(tmp_path)).rate("gpt4o", NOON)


def prices(**row):
    return {"prices": {"gpt-4o": {"input": "2.10", "output": "8.40"} | row}}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"valid_to": None}, "'valid_to' is missing", id="no last day"),
        pytest.param({"prices": None}, "'prices' is missing", id="no prices"),
        pytest.param(
            {"valid_until": "x"}, "'valid_until' is not a key here; did you mean 'valid_to'?", id="a wrong key"
        ),
        pytest.param({"valid_from": "January"}, "valid_from and valid_to must be dates", id="a day that is none"),
        pytest.param({"valid_from": datetime(2026, 1, 1, 8)}, "must be dates", id="an hour where a day belongs"),
        pytest.param(
            {"valid_from": GOOD["valid_to"], "valid_to": GOOD["valid_from"]}, "in that order", id="turned round"
        ),
        pytest.param(
            {"prices": {"gpt4o": {}}},
            "prices: 'gpt4o' is not a model in the catalog; did you mean 'gpt-4o'?",
            id="an unknown model",
        ),
        pytest.param({"prices": {"gpt-4o": {"input": "1"}}}, "prices.gpt-4o: 'output' is missing", id="half a price"),
        pytest.param(prices(ouput="1"), "'ouput' is not a key here; did you mean 'output'?", id="a misspelt side"),
        pytest.param(prices(input="1e400"), "1e400 is not a price", id="more than there is money"),
        pytest.param(prices(input=2.1), 'prices.gpt-4o.input: 2.1 is not a quoted number such as "2.50"', id="a float"),
        pytest.param(prices(input=2), "2 is not a quoted number", id="a whole number without quotes"),
        pytest.param(prices(input="two"), "'two' is not a quoted number", id="a word"),
        pytest.param(prices(input=None), "None is not a quoted number", id="nothing"),
        pytest.param(prices(batch_share="50"), '50 is not a share of the price; half of it is "0.5"', id="per cent"),
        pytest.param(prices(input="-1"), "prices.gpt-4o.input: -1 is not a price; it must be 0 or more", id="below 0"),
        pytest.param(prices(input="NaN"), "NaN is not a price", id="not a number"),
        pytest.param(prices(input="Infinity"), "Infinity is not a price", id="without end"),
        pytest.param({"prices": {"gpt-4o": None}}, "prices.gpt-4o: must have the keys", id="a model without prices"),
        pytest.param({"prices": ["gpt-4o"]}, "prices", id="a list of models"),
    ],
)
def test_fault(tmp_path, changes, said):
    """A fault in a contract is one line that names file and place."""
    path = contract(tmp_path, **changes)
    with pytest.raises(PriceError) as caught:
        ContractBook.read(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("", id="an empty file"),
        pytest.param("a: [", id="a file that is not YAML"),
        pytest.param("- gpt-4o", id="a list"),
        pytest.param("valid_from: 2026-01-01\nvalid_to: 2026-12-31\nprices:\n", id="a heading without prices below it"),
    ],
)
def test_unreadable(tmp_path, data):
    """A file that is no contract is told with its path."""
    path = contract(tmp_path, data)
    with pytest.raises(PriceError) as caught:
        ContractBook.read(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_another_encoding(tmp_path):
    """A file that is not UTF-8 is told with its path."""
    path = tmp_path / "mine.contract.yaml"
    path.write_bytes("# für uns".encode("latin-1"))
    with pytest.raises(PriceError, match="cannot be read"):
        ContractBook.read(path)


def test_file_that_is_not_there(tmp_path):
    """A contract that is not there is told with its path."""
    with pytest.raises(PriceError, match=r"nowhere.yaml: cannot be read"):
        ContractBook.read(tmp_path / "nowhere.yaml")


def test_example(root):
    """The example that is to be copied reads without a fault, its comment's prices included."""
    rate = ContractBook.read(root / "params" / "contract.example.yaml").rate("gpt-4o", NOON)
    assert decimals("2.10", "1.05", "8.40") == sides(rate)


def test_price_given_twice(tmp_path):
    """Of two prices for one model neither wins in silence."""
    path = contract(tmp_path)
    path.write_text(path.read_text().replace("prices:", 'prices:\n  gpt-4o: {input: "9", output: "9"}'))
    with pytest.raises(PriceError, match=r"cannot be read: 'gpt-4o' is given twice [^\n]+$"):
        ContractBook.read(path)


@pytest.mark.parametrize(
    ("signed", "asked"),
    [
        pytest.param("gpt-5-mini", "gpt-5-mini", id="a model on sale by its name"),
        pytest.param("openai/gpt-5-mini", "gpt-5-mini", id="signed under its provider's name"),
        pytest.param("gpt-5-mini", "openai/gpt-5-mini", id="asked for under its provider's name"),
    ],
)
def test_any_model_on_sale(tmp_path, signed, asked):
    """A contract may be on any model that is on sale, by any of its names."""
    book = ContractBook.read(contract(tmp_path, prices={signed: {"input": "0.20", "output": "1.60"}}))
    assert decimals("0.20", None, "1.60") == sides(book.rate(asked, NOON))


def test_one_model_under_two_names(tmp_path):
    """Of two prices for one model under two names neither wins in silence."""
    price = {"input": "0.20", "output": "1.60"}
    with pytest.raises(PriceError, match="prices: gpt-5-mini and openai/gpt-5-mini are one model; give one price"):
        ContractBook.read(contract(tmp_path, prices={"gpt-5-mini": price, "openai/gpt-5-mini": price}))
