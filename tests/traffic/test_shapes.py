"""Logs of many shapes are read with the figures that list prices give by hand; `cases/logs/README.md` derives them."""

import bz2
import json
import lzma
import zipfile

import pytest
from places import SHARED

from kit import pricing
from kit.traffic import Rules, bill, read_logs

CASES = SHARED / "cases" / "logs"
OWN = Rules(columns={"id": "id", "at": "time", "logged": "model", "prompt": "tokens_in", "output": "tokens_out"})
ROW = {"id": "a", "time": "2026-11-02T09:00:00Z", "model": "gpt-4o", "tokens_in": 1000, "tokens_out": 100}
HEAD = "id,time,model,tokens_in,tokens_out\n"
LINE = "a,2026-11-02T09:00:00Z,gpt-4o,1000,100\n"


def usd(traffic):
    """The list price of all that was read."""
    return bill(traffic, [pricing.ListBook()], by=())["usd"].tolist()


@pytest.mark.skipif(not CASES.exists(), reason="the collected cases are not here")
@pytest.mark.parametrize(
    ("names", "rules", "requests", "dollars"),
    [
        pytest.param("otel-openllmetry.jsonl", "", 2, 0.00482, id="OpenLLMetry spells cached tokens in its own way"),
        pytest.param("otel-vercel-ai-sdk.jsonl", "", 1, 0.00275, id="Vercel's outer span repeats the inner one"),
        pytest.param("otel-openinference.jsonl", "", 1, 0.00275, id="OpenInference counts under llm.token_count"),
        pytest.param("otel-console-exporter.json", "", 2, 0.007, id="spans printed one after another"),
        pytest.param("langfuse-ui-events-v4.csv", "", 1, 0.00275, id="Langfuse's present CSV"),
        pytest.param("langfuse-ui-events-v4.json", "", 1, 0.00275, id="Langfuse's present JSON"),
        pytest.param("langfuse-blob-observations.jsonl", "", 1, 0.00275, id="Langfuse's blob export"),
        pytest.param("langfuse-embedding.json", "", 1, 0.000016, id="an embedding has its own price"),
        pytest.param("openai-usage-tiers.json", "", 200, 0.52, id="flex, priority, default and batch"),
        pytest.param("openai-batch-responses-only.jsonl", "", 1, 0.001125, id="a batch of Responses"),
        pytest.param("openai-responses.jsonl", "", 2, 0.001575, id="flex responses at half the price"),
        pytest.param("openai-chat-completions.jsonl", "", 2, 0.0055, id="saved chat completions"),
        pytest.param("gemini-responses.jsonl", "", 1, 0.001575, id="Gemini's thoughts beside the candidates' tokens"),
        pytest.param("openrouter-free.csv", "", 3, 0.0, id="free variants cost nothing"),
        pytest.param("openrouter-activity-api.json", "", 100, 0.35, id="OpenRouter's activity by day"),
        pytest.param("helicone-query-page.json", "", 1, 0.00275, id="a page of Helicone's API"),
        pytest.param("helicone-rows.jsonl", "", 5, 0.00482, id="Helicone's cache hits cost nothing"),
        pytest.param("claude-code-session.jsonl", "", 2, 0.035274, id="the last line of a message is the call"),
        pytest.param("cursor-usage-events.csv", "", 1, 0.018, id="heads with a slash in them"),
        pytest.param("cloudflare-ai-gateway.jsonl", "", 2, 0.0035, id="Cloudflare's cached rows are free"),
        pytest.param("litellm-daily-user-spend.csv", "", 50, 0.25, id="LiteLLM's daily table"),
        pytest.param("langsmith-runs.json", "", 1, 0.00275, id="a chain repeats what its calls used"),
        pytest.param("posthog-events.jsonl", "", 1, 0.00275, id="PostHog's events"),
        pytest.param("deepseek-amount-2026-10.csv", "", 120, 0.0462, id="one row a kind of token"),
        pytest.param("j-array-trailing-comma.json", "", 2, 0.007, id="a comma before the end of a list"),
        pytest.param("j-arrays-concat.json", "", 2, 0.007, id="lists one after another"),
        pytest.param("j-array-cut.json", "", 1, 0.0035, id="a list that is cut short"),
        pytest.param("n-sepline.csv", "rules-own.yaml", 2, 0.00317, id="Excel's sep= line"),
        pytest.param("n-zip.zip", "rules-own.yaml", 2, 0.00317, id="a zip of one file"),
        pytest.param("twice-litellm.jsonl twice-langfuse.json", "", 600, 3.5755525, id="two logs, clocks apart"),
    ],
)
def test_cases(names, rules, requests, dollars):
    """Each collected case has the calls and the price that were worked out by hand."""
    traffic = read_logs([CASES / name for name in names.split()], CASES / rules if rules else "")
    (found,) = traffic.db.execute("SELECT sum(requests) FROM usage").fetchall()[0]
    assert (requests, [pytest.approx(dollars)]) == (found, usd(traffic))


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        pytest.param("log.csv.bz2", bz2.compress, id="bz2"),
        pytest.param("log.csv.xz", lzma.compress, id="xz"),
        pytest.param("log.csv", lambda text: b"sep=,\n" + text, id="sep= in the first line"),
    ],
)
def test_containers(tmp_path, name, pack):
    """A file is unpacked by what it holds."""
    (tmp_path / name).write_bytes(pack((HEAD + LINE).encode()))
    assert [pytest.approx(0.0035)] == usd(read_logs(tmp_path / name, OWN))


def test_zip_of_several_files_says_what_to_do(tmp_path):
    """Several files in a zip are named with the cure."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.csv", HEAD + LINE)
        archive.writestr("b.csv", HEAD + LINE)
    with pytest.raises(Exception, match="a zip of 2 files: unpack it"):
        read_logs(tmp_path / "a.zip", OWN)


@pytest.mark.parametrize(
    ("text", "rules", "prompt", "why"),
    [
        pytest.param("2.000", {}, None, "may be thousands or a fraction", id="2.000 is asked about"),
        pytest.param("2.000", {"decimal": ","}, 2000, "", id="2.000 is 2000 where the rules say so"),
    ],
)
def test_german_figures(tmp_path, text, rules, prompt, why):
    """Figures with a point for thousands are never read as a few tokens."""
    path = tmp_path / "log.csv"
    path.write_text(HEAD.replace(",", ";") + f"a;2026-11-02T09:00:00Z;gpt-4o;{text};100\n")
    traffic = read_logs(path, Rules(columns=OWN.columns, **rules))
    (found,) = traffic.db.execute("SELECT sum(prompt) FROM usage").fetchall()[0]
    assert (prompt, True) == (found, all(why in line for line in traffic.unread["why"]))


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(HEAD + 'a,2026-11-02T09:00:00Z,gpt-4o,"2.000",100\n', id="commas"),
        pytest.param((HEAD + "a,2026-11-02T09:00:00Z,gpt-4o,2.000,100\n").replace(",", "\t"), id="tabs"),
        pytest.param(json.dumps(ROW | {"tokens_in": "2.000"}) + "\n", id="JSON Lines"),
        pytest.param(HEAD + 'a,2026-11-02T09:00:00Z,gpt-4o,"2,000",100\n', id="a comma"),
    ],
)
def test_thousands_are_asked_about_in_any_layout(tmp_path, line):
    """Whatever parts the fields, a figure that may be thousands or a fraction is asked about."""
    path = tmp_path / "log"
    path.write_text(line)
    assert ["may be thousands or a fraction" in why for why in read_logs(path, OWN).unread["why"]] == [True]


@pytest.mark.parametrize(
    ("time", "hour"),
    [
        pytest.param("2026-07-01 12:00:00", 10, id="no zone: the rules' own"),
        pytest.param("2026-07-01 12:00:00+00", 12, id="+00"),
        pytest.param("2026-07-01T12:00:00-05", 17, id="-05"),
        pytest.param("2026-07-01 12:00:00 UTC", 12, id="UTC in words"),
        pytest.param("2026-07-01T12:00:00+0000", 12, id="+0000"),
        pytest.param("2026-07-01 12:00:00 +0000 UTC", 12, id="as Go prints it"),
    ],
)
def test_zone_of_a_time_is_its_own(tmp_path, time, hour):
    """A zone in the time goes before that of the rules."""
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(ROW | {"time": time}) + "\n")
    traffic = read_logs(path, Rules(columns=OWN.columns, zone="Europe/Berlin"))
    (found,) = traffic.db.execute('SELECT hour("at") FROM usage').fetchall()[0]
    assert hour == found


def test_times_in_a_form_of_ones_own(tmp_path):
    """The rules can say how times are written."""
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(ROW | {"time": "02/11/2026 09:00"}) + "\n")
    traffic = read_logs(path, Rules(columns=OWN.columns, times=["%d/%m/%Y %H:%M"]))
    assert [("2026-11-02 09:00:00",)] == traffic.db.execute('SELECT "at"::VARCHAR FROM usage').fetchall()


def test_figures_that_are_not_read_are_said(tmp_path):
    """A field that looks like tokens is named, and so are a total that differs and a cost that is no number."""
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(ROW | {"all": 1500, "audio_tokens": 400, "cost": "0,5"}) + "\n")
    rules = Rules(columns={**OWN.columns, "total": "all", "logged_usd": "cost"})
    notes = " ".join(read_logs(path, rules).notes)
    assert "not used: audio_tokens (in 1 of the first 1 rows)" in notes
    assert "1 row whose own total of tokens is another than prompt and output as read, by +400 in all" in notes
    assert "logged_usd is no number in 1 row, such as '0,5'" in notes


def test_tier_without_a_price_is_not_priced_as_the_ordinary_one(tmp_path):
    """A tier that the list does not price leaves the call without a price."""
    path = tmp_path / "log.jsonl"
    path.write_text(json.dumps(ROW | {"tier": "priority", "model": "claude-3.5-sonnet"}) + "\n")
    traffic = read_logs(path, Rules(columns={**OWN.columns, "tier": "tier"}))
    assert [1] == bill(traffic, [pricing.ListBook()], by=())["unpriced"].tolist()
