"""The probe finds exactly the quirks that an endpoint has, and says what a workload makes of them."""

import json
from decimal import Decimal

import pytest
import quirks
from click.testing import CliRunner

from kit.__main__ import main
from kit.conformance import FEATURES, drop_in, features_used, load, planned_cost, probe, save, to_table
from kit.errors import AskError
from kit.pricing import ListBook


@pytest.fixture(scope="module")
def endpoint():
    """One quirky endpoint for this file."""
    with quirks.running() as running:
        yield running


@pytest.fixture
def found(endpoint, monkeypatch):
    """Probe the endpoint with these quirks switched on: `found("seed ignored")`."""
    monkeypatch.setenv("QUIRKY_KEY", quirks.KEY)

    def run(*switched, **options):
        endpoint.quirks, endpoint.bodies, endpoint.cached = set(switched), [], set()
        contender = {"model": "gpt-4o", "base_url": endpoint.url, "called": "good-1", "key": "QUIRKY_KEY", "way": "q"}
        return probe(contender, **options)

    return run


NO_THOUGHT = dict.fromkeys(("thinking_apart", "thinking_tokens", "thinking_off"), "not tried")
IDEAL = dict.fromkeys(FEATURES, "supported") | NO_THOUGHT
THINKS = dict.fromkeys(NO_THOUGHT, "supported")
NO_CALLS = {"parallel_tools": "not tried"} | dict.fromkeys(("tools", "forced_tool", "required_tool"), "ignored")
BAD_CALLS = {"parallel_tools": "not tried"} | dict.fromkeys(("tools", "forced_tool", "required_tool"), "broken")
NO_TOOLS = {"parallel_tools": "not tried"} | dict.fromkeys(
    ("tools", "forced_tool", "required_tool", "tool_results"), "refused"
)
SHAPES = dict.fromkeys(("error_key", "error_model", "error_parameter", "error_messages"), "broken")


@pytest.mark.parametrize(
    ("switched", "changes"),
    [
        pytest.param((), {}, id="an endpoint without quirks"),
        pytest.param(("no usage",), {"usage": "ignored", "stream_usage": "ignored", "cache": "ignored"}, id="no usage"),
        pytest.param(("no output counted",), {"usage": "broken"}, id="an answer of no tokens"),
        pytest.param(("another finish reason",), {"finish_reason": "broken", "max_tokens": "broken",
                      "max_completion_tokens": "broken"}, id="a finish reason that no client knows"),
        pytest.param(("another model",), {"served_model": "broken"}, id="another model answers"),
        pytest.param(("no model name",), {"served_model": "ignored"}, id="an answer that names no model"),
        pytest.param(("stream refused",), {"stream": "refused", "stream_usage": "not tried"}, id="no streams"),
        pytest.param(("stream ignored",), {"stream": "ignored", "stream_usage": "not tried"}, id="no stream comes"),
        pytest.param(("stream without end",), {"stream": "broken", "stream_usage": "not tried"}, id="no [DONE]"),
        pytest.param(("stream_options refused",), {"stream_usage": "refused"}, id="no stream options"),
        pytest.param(("stream usage ignored",), {"stream_usage": "ignored"}, id="no usage in streams"),
        pytest.param(("system refused",), {"system_role": "refused"}, id="no system role"),
        pytest.param(("system ignored",), {"system_role": "ignored"}, id="the system message is dropped"),
        pytest.param(("disobeys",), {}, id="orders are read, though not obeyed"),
        pytest.param(("developer refused",), {"developer_role": "refused"}, id="no developer role"),
        pytest.param(("developer ignored",), {"developer_role": "ignored"}, id="the developer message is dropped"),
        pytest.param(("late system refused",), {"late_system": "refused"}, id="a system message only at the start"),
        pytest.param(("late system ignored",), {"late_system": "ignored"}, id="a late system message is dropped"),
        pytest.param(("two users refused",), {"user_twice": "refused"}, id="roles must take turns"),
        pytest.param(("parts refused",), {"content_parts": "refused", "images": "refused"}, id="no content in parts"),
        pytest.param(("parts ignored",), {"content_parts": "ignored"}, id="only the first part is read"),
        pytest.param(("images refused",), {"images": "refused"}, id="no images"),
        pytest.param(("images ignored",), {"images": "ignored"}, id="images are taken and not seen"),
        pytest.param(("mojibake",), {"unicode": "broken"}, id="damaged characters"),
        pytest.param(("long prompt refused",), {"long_prompt": "refused", "cache": "not tried"}, id="a small window"),
        pytest.param(("long prompt cut",), {"long_prompt": "broken"}, id="a long prompt is cut"),
        pytest.param(("cache not told",), {"cache": "ignored"}, id="cached tokens are not told"),
        pytest.param(("never cached",), {"cache": "ignored"}, id="nothing is cached"),
        pytest.param(("json mode refused",), {"json_mode": "refused"}, id="no JSON mode"),
        pytest.param(("json mode ignored",), {"json_mode": "ignored"}, id="JSON mode without effect"),
        pytest.param(("json schema refused",), {"json_schema": "refused"}, id="no JSON schema"),
        pytest.param(("json schema ignored",), {"json_schema": "ignored"}, id="a JSON schema is only accepted"),
        pytest.param(("tools refused",), NO_TOOLS, id="no tools"),
        pytest.param(("tools ignored",), NO_CALLS, id="tools without effect"),
        pytest.param(("broken arguments",), BAD_CALLS, id="arguments that are not JSON"),
        pytest.param(("calls without id",), BAD_CALLS, id="calls without an id"),
        pytest.param(("parallel tools ignored",), {"parallel_tools": "ignored"}, id="one call at a time"),
        pytest.param(("forced tool refused",), {"forced_tool": "refused"}, id="no forced tool"),
        pytest.param(("forced tool ignored",), {"forced_tool": "ignored"}, id="a forced tool without effect"),
        pytest.param(("required tool ignored",), {"required_tool": "ignored"}, id="a required tool without effect"),
        pytest.param(("tool results refused",), {"tool_results": "refused"}, id="no tool results"),
        pytest.param(("tool results ignored",), {"tool_results": "ignored"}, id="tool results are dropped"),
        pytest.param(("logprobs refused",), {"logprobs": "refused"}, id="no logprobs"),
        pytest.param(("logprobs ignored",), {"logprobs": "ignored"}, id="logprobs without effect"),
        pytest.param(("seed refused",), {"seed": "refused"}, id="no seed"),
        pytest.param(("seed ignored",), {"seed": "ignored"}, id="a seed that does not repeat"),
        pytest.param(("always the same",), {"seed": "ignored"}, id="one answer whatever the seed"),
        pytest.param(("n refused",), {"n": "refused"}, id="no choices"),
        pytest.param(("n ignored",), {"n": "ignored"}, id="one choice for two"),
        pytest.param(("stop refused",), {"stop": "refused"}, id="no stop words"),
        pytest.param(("stop ignored",), {"stop": "ignored"}, id="stop words without effect"),
        pytest.param(("stop word kept",), {"stop": "broken"}, id="the stop word stays in the answer"),
        pytest.param(("max_tokens refused",), {"max_tokens": "refused"}, id="only max_completion_tokens"),
        pytest.param(("max_tokens ignored",), {"max_tokens": "ignored"}, id="max_tokens without effect"),
        pytest.param(("max_completion_tokens refused",), {"max_completion_tokens": "refused"}, id="only max_tokens"),
        pytest.param(("max_completion_tokens ignored",), {"max_completion_tokens": "ignored"}, id="new name ignored"),
        pytest.param(("temperature 0 varies",), {"temperature_0": "ignored"}, id="temperature 0 that varies"),
        pytest.param(("temperature refused",), {"temperature_2": "refused"}, id="no temperature above 1"),
        pytest.param(("top_p refused",), {"top_p": "refused"}, id="no top_p"),
        pytest.param(("frequency_penalty refused",), {"penalties": "refused"}, id="no penalties"),
        pytest.param(("user refused",), {"user": "refused"}, id="no user"),
        pytest.param(("reasoning_effort refused",), {"reasoning_effort": "refused"}, id="no reasoning effort"),
        pytest.param(("thinks",), THINKS, id="a model that thinks, and can be told not to"),
        pytest.param(("thinks", "thinking stays on"), THINKS | {"thinking_off": "ignored"}, id="thinking stays on"),
        pytest.param(("thinks", "thoughts not told apart"), THINKS | {"thinking_tokens": "ignored"}, id="not apart"),
        pytest.param(("thinks", "thoughts not counted"), THINKS | {"thinking_tokens": "broken"}, id="not counted"),
        pytest.param(("thoughts in the answer",), THINKS | {"thinking_apart": "broken", "thinking_tokens": "ignored"},
                     id="thoughts in the answer"),
        pytest.param(("any key",), {"error_key": "ignored"}, id="any key will do"),
        pytest.param(("key error 500",), {"error_key": "broken"}, id="a wrong key is a failure of the server"),
        pytest.param(("any model",), {"error_model": "ignored"}, id="any model will do"),
        pytest.param(("any temperature",), {"error_parameter": "ignored"}, id="any temperature will do"),
        pytest.param(("no messages",), {"error_messages": "ignored"}, id="an empty request is answered"),
        pytest.param(("messages error 500",), {"error_messages": "broken"}, id="an empty request breaks the server"),
        pytest.param(("another error shape",), SHAPES, id="errors of another shape"),
        pytest.param(("no rate limits",), {"rate_limits": "ignored"}, id="no rate-limit headers"),
        pytest.param(("no models",), {"models": "refused"}, id="no list of models"),
        pytest.param(("no batches",), {"batches": "refused"}, id="no batches"),
    ],
)  # fmt: skip
def test_quirks(found, switched, changes):
    """Each quirk is found as what it is, and no other is invented."""
    statuses = {name: finding.status for name, finding in found(*switched).findings.items()}
    assert IDEAL | changes == statuses


def test_shared_quirks(found):
    """Several quirks at once are all found."""
    findings = found("system ignored", "json schema ignored", "seed ignored", "no batches", "stop refused").findings
    found_ones = {name: finding.status for name, finding in findings.items() if finding.status != IDEAL[name]}
    expected = {"system_role": "ignored", "json_schema": "ignored", "seed": "ignored", "batches": "refused"}
    assert expected | {"stop": "refused"} == found_ones


def test_nothing_to_probe(found):
    """Where the chat itself is refused, nothing else is tried, and the reason stands there."""
    result = found("html")
    assert "broken" == result.findings["chat"].status
    assert "a web page" in result.findings["chat"].words
    assert {"not tried"} == {finding.status for name, finding in result.findings.items() if name != "chat"}
    assert 1 == result.calls


def test_evidence(found, tmp_path):
    """Each finding keeps the calls that show it, never the key, and comes back from its file as it was."""
    result = found("json schema ignored", "any key")
    path = save(result, tmp_path / "probes")
    assert "gpt-4o@q.json" == path.name
    assert [result.to_json()] == [one.to_json() for one in load(tmp_path / "probes")]
    (call,) = result.findings["json_schema"].calls
    assert ("q7-dark" in call["sent"], 200, "Good morning" in call["got"]) == (True, 200, True)
    assert quirks.KEY not in path.read_text(encoding="utf-8")
    rows = {row.metric: (row.subject, row.way, row.value, row.note) for row in result.evidence()}
    assert ("gpt-4o", "q", 0.0, "ignored") == rows["conformance.json_schema"]
    assert ("gpt-4o", "q", 1.0, "supported") == rows["conformance.seed"]
    assert "conformance.thinking_off" not in rows, "what was not tried is no evidence"


def test_unreadable_findings(tmp_path):
    """A file that is none of the probe's is refused with its name."""
    (tmp_path / "x.json").write_text('{"contender": "a@b", "at": "", "findings": {"chat": {"status": "fine"}}}')
    with pytest.raises(AskError, match=r"x\.json: is not what `kit probe` writes"):
        load(tmp_path)


def test_table(found):
    """One table: a row a feature, a column an endpoint."""
    table = to_table([found("seed ignored", features=["seed"])], {"seed": "a seed"})
    assert {"chat": "supported", "a seed": "ignored"} == table["gpt-4o@q"].to_dict()


def test_price(found, endpoint):
    """A probe is priced before it is made, costs less than that, and keeps its budget."""
    book = ListBook()
    contender = {"model": "gpt-4o", "base_url": endpoint.url}
    most, features = planned_cost(contender, book), ["json_mode", "long_prompt"]
    cheap = found(features=features, book=book)
    assert 0 < Decimal(cheap.cost_usd) < planned_cost(contender, book, ["chat", *features]) < most < 1
    poor = found(features=features, book=book, budget_usd="0.003")
    assert ("supported", "supported", "not tried") == tuple(
        poor.findings[name].status for name in ("chat", "json_mode", "long_prompt")
    )
    assert "could pass the budget of $0.003" == poor.findings["long_prompt"].words


@pytest.mark.parametrize(
    ("options", "said"),
    [
        pytest.param({"features": ["seeed"]}, "'seeed' is not a feature; did you mean 'seed'", id="a misspelt feature"),
        pytest.param({"budget_usd": "1"}, "a budget cannot be kept", id="a budget without prices"),
    ],
)
def test_refused(found, endpoint, options, said):
    """What cannot be probed is refused before anything is sent."""
    with pytest.raises(AskError, match=said):
        found(**options)
    assert [] == endpoint.bodies


HELLO = [{"role": "user", "content": "Hello"}]
SYSTEM = [{"role": "system", "content": "Be brief."}, *HELLO]
SCHEMA = {"response_format": {"type": "json_schema", "json_schema": {}}}
TURNS = [*HELLO, {"role": "assistant", "tool_calls": [{}, {}]}, {"role": "tool", "content": "x"}, *HELLO, *HELLO]


@pytest.mark.parametrize(
    ("body", "features"),
    [
        pytest.param({"messages": HELLO}, set(), id="a plain question"),
        pytest.param({"messages": SYSTEM, "temperature": 0}, {"system_role", "temperature_0"}, id="an order, calmly"),
        pytest.param({"messages": HELLO, "temperature": 0.7, "metadata": {}}, set(), id="what every endpoint takes"),
        pytest.param({"messages": HELLO, **SCHEMA}, {"json_schema"}, id="a schema"),
        pytest.param({"messages": HELLO, "stream": True, "stream_options": {"include_usage": True}},
                     {"stream", "stream_usage"}, id="a stream with its usage"),
        pytest.param({"messages": TURNS, "tools": [{}], "tool_choice": "required"},
                     {"tools", "required_tool", "tool_results", "parallel_tools", "user_twice"}, id="a tool's turns"),
        pytest.param({"messages": [*HELLO, *SYSTEM]}, {"system_role", "late_system"}, id="a late order"),
        pytest.param({"messages": HELLO, "stop": None, "n": 1}, set(), id="parameters left at their defaults"),
        pytest.param({"messages": HELLO, "verbosity": "low"}, {"verbosity"}, id="a parameter that no check knows"),
        pytest.param({"messages": "odd"}, set(), id="messages that are none"),
    ],
)  # fmt: skip
def test_features_used(body, features):
    """The features that a request uses are read from its body."""
    assert {"chat"} | features == {use.feature for use in features_used([(body, 1)])}


@pytest.mark.parametrize(
    ("switched", "body", "verdict", "said"),
    [
        pytest.param((), {"seed": 7}, True, "is a drop-in for the 4 logged requests: all 2 features", id="yes"),
        pytest.param(("seed ignored",), {"seed": 7}, False, "seed that repeats (25% of requests): ignored", id="no"),
        pytest.param(
            (), {"verbosity": "low"}, None, "the parameter verbosity (25% of requests): not probed", id="open"
        ),
        pytest.param(("seed ignored",), {}, True, "all 1 features", id="a quirk that nobody uses"),
    ],
)
def test_drop_in(found, switched, body, verdict, said):
    """An endpoint is a drop-in for a workload if each feature in use is supported; else it is said why not."""
    uses = features_used([({"messages": HELLO}, 3), ({"messages": HELLO, **body}, 1)])
    answer, words = drop_in(found(*switched, features=["seed"]), uses)
    assert (verdict, True) == (answer, said in words), words


@pytest.fixture
def run(found, endpoint, tmp_path):
    """Run `python -m kit probe` against the quirky endpoint, and return its exit code and what it printed."""

    def command(*arguments, switched=()):
        endpoint.quirks, endpoint.bodies, endpoint.cached = set(switched), [], set()
        given = ["probe", *arguments, "--out", str(tmp_path / "probes")]
        if "gpt-4o" in arguments:
            given += ["--base-url", endpoint.url, "--key", "QUIRKY_KEY"]
        done = CliRunner(env={"QUIRKY_KEY": quirks.KEY}).invoke(main, given)
        return done.exit_code, done.output

    return command


def test_command(run, tmp_path):
    """The command prices, probes, prints one table, and tells by its exit code whether it is a drop-in."""
    log = tmp_path / "usage.jsonl"
    row = {
        "time": "2026-11-24T10:00:00.000Z", "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 9,
        "gen_ai.usage.output_tokens": 2, "kit.id": "a", "kit.status": "ok", "kit.endpoint": "sort",
        "kit.request": {"model": "gpt-4o", "messages": HELLO, "seed": 7},
    }  # fmt: skip
    log.write_text(json.dumps(row) + "\n")
    code, said = run("gpt-4o", "--log", str(log), switched=("any model", "seed ignored"))
    assert 3 == code, said
    assert "is no drop-in for the 1 logged requests: seed that repeats (100% of requests): ignored" in said
    assert "at most $0." in said
    code, said = run()
    assert (0, True) == (code, "JSON schema, enforced" in said), "without a name, what was probed before"
    assert quirks.KEY not in said


def test_dry_run(run, endpoint):
    """A dry run says the price and sends nothing."""
    code, said = run("gpt-4o", "--dry-run")
    assert (0, [], True) == (code, endpoint.bodies, "at most $0." in said)
