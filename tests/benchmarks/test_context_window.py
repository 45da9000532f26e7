"""A window is found by what is taken and what is refused, in few calls, and never by silence."""

import pytest

from kit import catalog, client, pricing
from kit.benchmarks import context_window


def probe(server, tmp_path, word, most=4_000, calls=12, **more):
    options = {name: more.pop(name) for name in ("book", "budget_usd") if name in more}
    return context_window.probe_window(server.contender(word, **more), tmp_path / "s.sqlite", most, calls, **options)


@pytest.mark.parametrize("size", [200, 1_000, 2_048, 3_900])
def test_found(server, tmp_path, size):
    """The window lies between what was taken and what was refused, two per cent apart or less."""
    found = probe(server, tmp_path, f"window:{size}")
    assert ("found", True) == (found.outcome, found.accepted <= size < found.refused)
    assert found.refused - found.accepted <= max(30, 0.03 * found.refused)
    assert found.message == "HTTP 400: status 400 exceeds the available context size"
    assert len(server.bodies) == found.calls <= 12


def test_few_calls(server, tmp_path):
    """Of 4,000, 2,000 and 1,000 tokens none is taken; more calls than that are not made."""
    found = probe(server, tmp_path, "window:900", calls=3)
    assert ("too small", 0, 1_000, 3) == (found.outcome, found.accepted, found.refused, len(server.bodies))


def test_not_reached(server, tmp_path):
    """A first request that is taken is the only one."""
    found = probe(server, tmp_path, "window:100000")
    assert ("not reached", 1, None) == (found.outcome, found.calls, found.refused)
    assert 4_000 == pytest.approx(found.accepted, abs=30)


def test_cut_in_silence(server, tmp_path):
    """A text that is cut without a word is told by the tokens that were counted."""
    found = probe(server, tmp_path, "cuts:500")
    assert ("found", 500) == (found.outcome, found.accepted)
    assert found.message.startswith("cut in silence: 500 tokens counted of about ")


@pytest.mark.parametrize(
    ("word", "said"),
    [
        pytest.param("401", "auth: HTTP 401", id="a wrong key"),
        pytest.param("400", "bad_request: HTTP 400", id="a request that is not taken for another reason"),
    ],
)
def test_unknown(server, tmp_path, word, said):
    """Any other failure ends the probe, in its own words: it says nothing of the window."""
    found = probe(server, tmp_path, word)
    assert ("unknown", 1, 0, True) == (found.outcome, found.calls, found.accepted, found.message.startswith(said))


def test_kept(server, tmp_path):
    """What was taken is not asked again; refusals cost nothing and are."""
    first = probe(server, tmp_path, "window:3000")
    before = len(server.bodies)
    assert first == probe(server, tmp_path, "window:3000")
    taken = [body for body in server.bodies[:before] if len(body["messages"][0]["content"]) // 4 <= 3_000]
    assert before - len(taken) == len(server.bodies) - before


def test_asked():
    """The dearest course: the first request is refused, and the rest are ever longer; so many calls, no more."""
    sizes = [int(request.id.split()[1]) for request in context_window.window_requests(4_000, 5)]
    assert [4_000, 2_000, 3_000, 3_500, 3_750] == sizes
    assert 7 == len(context_window.window_requests(4_000, 100))


def test_budget(server, tmp_path):
    """A budget holds over all calls of a probe: what could pass it is not sent."""
    found = probe(server, tmp_path, "window:3000", model="gpt-4o", book=pricing.ListBook(), budget_usd="0.02")
    assert ("unknown", True) == (found.outcome, found.message.startswith("budget: "))
    assert not server.bodies


def test_cost(server, tmp_path):
    """What the calls cost is what the answered ones did."""
    found = probe(server, tmp_path, "window:100000", model="gpt-4o", book=pricing.ListBook())
    assert pytest.approx(2.5e-6 * found.accepted + 5 * 10e-6, rel=0.01) == found.cost_usd


def test_estimate():
    """A request is as long as it says, by the kit's estimate, but for the words around the text."""
    (request,) = context_window.window_requests(2_000, 1)
    assert 2_000 == pytest.approx(client.estimate_tokens({"messages": request.messages}), abs=20)
    assert "gpt-4o" in catalog.models()
