"""Rules are suggested for a log of no known format: what is clear stands there, what is not is asked and refused."""

import json

import pytest
from click.testing import CliRunner

from kit.__main__ import main
from kit.errors import UsageError
from kit.traffic import Rules, read_logs, suggest_rules

CLEAR = {"request_id": "a", "started": "2026-11-02T09:00:00Z", "usage": {"promptTokens": 1000, "completionTokens": 100},
         "model": "gpt-4o", "duration_ms": 1500}  # fmt: skip


def written(tmp_path, rows):
    path = tmp_path / "log.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def saved(tmp_path, text):
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_clear_log_is_read_by_the_rules_suggested_for_it(tmp_path):
    """Where names and values leave nothing open, the rules can be used as they are."""
    path = written(tmp_path, [CLEAR])
    traffic = read_logs(path, saved(tmp_path, suggest_rules(path)))
    found = traffic.db.execute("SELECT id, prompt, output, latency_s FROM usage").fetchall()
    assert [("a", 1000, 100, 1.5)] == found


@pytest.mark.parametrize(
    ("more", "line"),
    [
        pytest.param({"cached_tokens": 600}, 'beside: ["?"]', id="whether cached tokens are inside"),
        pytest.param({"cached_tokens": 600, "total_tokens": 1700}, "beside: [cached]", id="the total shows: beside"),
        pytest.param({"cost": 0.1}, "units: {latency: ms, usd: '?'}   # usd or cents?", id="dollars or cents"),
        pytest.param({"started": "02/11/2026 09:00"}, 'times: ["?"]', id="the form of times"),
        pytest.param({"started": "2026-11-02 09:00"}, 'zone: "?"', id="the zone"),
        pytest.param({"started_at": "2026-11-02T08:00:00Z"}, 'at: "?"   # its time: which of started, started_at?',
                     id="two fields of times"),
        pytest.param({"model": "our-helper"}, "#   our-helper: ", id="a model that nobody knows"),
        pytest.param({"status": "fine"}, 'ok: ["?"]   # which of fine', id="words of status"),
        pytest.param({"usage": {"promptTokens": "2.000", "completionTokens": 100}}, 'decimal: "?"', id="2.000"),
    ],
)  # fmt: skip
def test_what_is_not_clear_is_asked(tmp_path, more, line):
    """A question stands where its answer belongs."""
    assert line in suggest_rules(written(tmp_path, [CLEAR | more]))


def test_open_question_is_refused(tmp_path):
    """Rules whose question nobody answered are not used."""
    path = written(tmp_path, [CLEAR | {"cached_tokens": 600}])
    with pytest.raises(UsageError, match="beside: '\\?' is a question that is still open"):
        Rules.read(saved(tmp_path, suggest_rules(path)))


def test_rows_inside_a_document_are_found(tmp_path):
    """The longest list of a document holds the rows."""
    path = tmp_path / "log.json"
    path.write_text(json.dumps({"page": 1, "answer": {"calls": [CLEAR, CLEAR | {"request_id": "b"}]}}))
    traffic = read_logs(path, saved(tmp_path, suggest_rules(path)))
    assert [(2,)] == traffic.db.execute("SELECT count(*) FROM usage").fetchall()


def test_suggestion_shows_no_key_and_no_control_character(tmp_path):
    """Fields are somebody's text: keys are masked, and nothing in a name or value leaves its comment."""
    odd = {"note": "sk-proj-" + "a1B2" * 12, "text": "one\ncolumns: {at: x}", "\x1b[31mred\nat: x": 1}
    text = suggest_rules(written(tmp_path, [CLEAR | odd]))
    assert (False, False, "started") == (
        "a1B2a1B2" in text,
        "\x1b" in text,
        Rules.read(saved(tmp_path, text)).columns["at"],
    )


def test_known_format_needs_no_rules(tmp_path):
    """A log that is known is named."""
    row = {"id": "c", "created": 1793610000, "model": "gpt-4o", "usage": {"prompt_tokens": 1, "completion_tokens": 1}}
    assert "format: openai-chat" in suggest_rules(written(tmp_path, [row]))


def test_command(tmp_path):
    """`kit bill` names the way, and the way writes the rules."""
    path = written(tmp_path, [CLEAR])
    refused = CliRunner().invoke(main, ["bill", str(path)])
    assert "--suggest-rules" in str(refused.exception)
    assert suggest_rules(path) in CliRunner().invoke(main, ["bill", str(path), "--suggest-rules"]).output
