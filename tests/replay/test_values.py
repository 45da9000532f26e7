"""Values of a field are compared as a reader would, by the kind of the field."""

import pytest

from kit.errors import AskError
from kit.replay.values import check_fields, equal


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        pytest.param("70,000", "70000", True, id="thousands with a comma"),
        pytest.param("70 000", "70000.00", True, id="thousands with a space"),
        pytest.param("1,234,567.5", 1234567.5, True, id="millions"),
        pytest.param("1.234,56", "1234.56", True, id="as in German"),
        pytest.param("$70,000", "70000 USD", True, id="with a currency"),
        pytest.param("-5", "5", False, id="the sign counts"),
        pytest.param("5%", "5", False, id="a percentage is no number"),
        pytest.param("7", "7.5", False, id="another number"),
        pytest.param("2026-11-30", "Nov 30, 2026", True, id="a date in words"),
        pytest.param("30.11.2026", "November 30th, 2026", True, id="a German date"),
        pytest.param("11/30/2026", "2026-11-30", True, id="a date that can be but one day"),
        pytest.param("03/04/2026", "2026-04-03", False, id="a date that may be two days"),
        pytest.param("2026-11-30", "2026-11-29", False, id="another day"),
        pytest.param("2026-11-30T10:00:00Z", "2026-11-30T11:00:00+01:00", True, id="one instant in two zones"),
        pytest.param("2026年11月30日", "2026-11-30", True, id="a Chinese date"),
        pytest.param("DE 4471-9x", "de44719X", True, id="an id"),
        pytest.param("DE44719", "DE44718", False, id="another id"),
        pytest.param("1-5", "15", False, id="a range is no id"),
        pytest.param("Billing.", "billing", True, id="a full stop"),
        pytest.param("`billing`", '"Billing"', True, id="quotes"),
        pytest.param("C++", "C", False, id="a sign that is no punctuation"),
        pytest.param("billing", "account", False, id="another label"),
        pytest.param(True, "true", True, id="a boolean as text"),
        pytest.param(1, True, False, id="a number is no boolean"),
        pytest.param(None, "null", False, id="nothing is no word"),
        pytest.param("We will write to you again tomorrow.", "You will hear from us again soon.", None, id="free text"),
        pytest.param("We will write to you again tomorrow.", "no", False, id="a label is no text"),
    ],
)
def test_equal(one, other, same):
    """Values are the same, another, or text that only a judge can tell; either way round."""
    assert (same, same) == (equal(one, other), equal(other, one))


def test_kinds():
    """A field's kind is a word of eight, and a near miss is named."""
    with pytest.raises(AskError, match="fields: reason: 'ignored' is not a kind of field; did you mean 'ignore'"):
        check_fields({"reason": "ignored"})
