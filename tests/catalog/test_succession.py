"""When models end, and what comes after them."""

from datetime import date

import pytest

from kit import catalog


@pytest.mark.parametrize(
    ("model", "day", "successors"),
    [
        pytest.param("gpt-4o", "2026-11-24", ["gpt-6-luna"], id="by litellm's table, from OpenAI's page"),
        pytest.param("deepseek-v4-flash", "2026-11-24", ["deepseek-flash"], id="hand-checked"),
        pytest.param("claude-3.5-sonnet", "2026-11-24", ["claude-sonnet-4-5"], id="while the first is served"),
        pytest.param("claude-3.5-sonnet", "2026-12-01", ["claude-sonnet-5-5"], id="and after it the next one"),
        pytest.param("qwen3-32b", "2026-11-24", [], id="no source names one"),
    ],
)
def test_successors(model, day, successors):
    """A successor is named by a source, and served on the day."""
    found = catalog.successors(catalog.model(model), date.fromisoformat(day))
    assert (successors, True) == ([one.model.id for one in found], all(one.ref and one.as_of for one in found))


def test_successor_of_a_successor():
    """The way to a later successor is told."""
    (found,) = catalog.successors(catalog.model("claude-3.5-sonnet"), date(2026, 12, 1))
    assert ("claude-sonnet-4-5",) == found.through


def test_calendar():
    """The calendar holds what ends between two days, in order, each with its source."""
    found = catalog.calendar(date(2026, 11, 30), date(2027, 3, 1))
    days = {end.model.id: str(end.day) for end in found}
    assert ("2026-12-01", "2026-12-11", "2027-01-14") == (days["gemini-2.5-flash"], days["gpt-5"], days["gpt-4o"])
    assert sorted(end.day for end in found) == [end.day for end in found]
    assert all(end.ref for end in found)


def test_ending():
    """An end is one sentence, with its successor."""
    end = catalog.ending(catalog.model("gpt-4o-mini"), date(2026, 11, 24))
    assert "gpt-4o-mini shuts down on 2027-01-14; its successor is gpt-6-luna" == str(end)
    assert catalog.ending(catalog.model("glm-5.3"), date(2026, 11, 24)) is None
