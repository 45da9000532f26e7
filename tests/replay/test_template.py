"""Templates: requests that one program wrote with other numbers in them are of one group."""

import pytest

from kit.client import Request
from kit.replay.template import template


def of(text):
    return template(Request("r", [{"role": "user", "content": text}]))


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        pytest.param("Where is parcel 17?", "Where is parcel 4,711?", True, id="another number"),
        pytest.param("Where is DE4471-9?", "Where is FR0001-2?", True, id="another id"),
        pytest.param("Sent on 2026-10-02 at 10:15", "Sent on 2026-11-30 at 9:00", True, id="another day and hour"),
        pytest.param("see https://a.example/1", "see https://b.example/x?y=2", True, id="another address"),
        pytest.param("Ask [email] today", "Ask [phone] today", True, id="another mark of redaction"),
        pytest.param("WHERE  is it", "where is it", True, id="case and spacing"),
        pytest.param("Where is my parcel?", "Where is my refund?", False, id="another word"),
        pytest.param("客户 17 要退款", "客户 18 要退款", True, id="numbers in Chinese"),
    ],
)
def test_template(one, other, alike):
    """What is masked does not tell templates apart, and words do."""
    assert alike == (of(one) == of(other))


def test_parts():
    """Text in parts counts, and pictures do not."""
    parts = [{"type": "text", "text": "Ticket 1"}, {"type": "image_url", "image_url": {"url": "data:,"}}]
    assert of("ticket 2") == template(Request("r", [{"role": "user", "content": parts}]))
