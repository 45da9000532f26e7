"""Compute the evidence of kind `recorded` that comes with the kit, from item tables that are not part of it.

    python tools/evidence/recorded.py agents openhands-index-items.csv.gz
    python tools/evidence/recorded.py sql scale-sql-items.csv.gz

Each writes `kit/data/recorded/NAME.csv`. README.md beside this file says where the tables come from.
"""

import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from kit import benchmarks, decision, evidence
from kit.benchmarks import Outcomes
from kit.decision import Origin
from kit.evidence import Row

FOLDER = Path(__file__).parents[2] / "kit" / "data" / "recorded"

MARGIN = 3.0
"""Points within which a policy counts as not worse: the margin of params/agents.yaml."""

AGENTS: Mapping[str, str] = {
    "claude-sonnet-4-5": "claude-sonnet-4-5", "DeepSeek-V4-Pro": "deepseek-v4-pro", "Kimi-K2.6": "kimi-k2.6",
    "GLM-5.1": "glm-5.1", "Qwen3.6-Plus": "qwen3.6-plus", "MiniMax-M3": "minimax-m3", "GPT-5.4": "gpt-5.4",
}  # fmt: skip
"""The source's name -> the kit's; the incumbent first."""

SQL: Mapping[str, str] = {
    "gpt-4o": "gpt-4o", "claude-3-5-sonnet-20241022": "claude-3.5-sonnet", "deepseek-v4-flash": "deepseek-v4-flash",
    "kimi-k2.5": "kimi-k2.5", "qwen3.5-397b-a17b": "qwen3.5-397b", "glm-5": "glm-5",
}  # fmt: skip
"""The source's name -> the kit's; the two incumbents first."""

CAVEATS: Mapping[str, tuple[str, ...]] = {
    "agents": (
        "one harness: OpenHands, in versions 1.0.0 to 1.18.1 as each model was added",
        "dollars are those of the day and provider of the run; the source warns that some are an estimate of its "
        "software, up to three times off where cached input was misreported",
        "the tasks are public, so models trained later may have seen them",
        "prices have changed since: DeepSeek V4 Pro ran at $0.435 input, $0.003625 cached and $0.87 output",
    ),
    "sql": (
        "cases are paired on item and version; the cases changed over the months",
        "hybrid cases were marked in part, subjective ones wholly, by juries of models that changed over the months",
    ),
}
"""Extract -> what to keep in mind about its source."""

_OPENHANDS = "OpenHands/openhands-index-results@3015ac612e, agent OpenHands"
_SCALE = "actiontech/sql-llm-benchmark@8a6af02905"


def agents(path: Path) -> list[Row]:
    """Return the coding agents' evidence: issues resolved (SWE-bench Verified), tests written (SWT-bench), policies."""
    items = pd.read_csv(path, dtype=str, keep_default_na=False)
    items = items[(items["agent"] == "OpenHands") & items["model"].isin(AGENTS)]
    incumbent, *candidates = AGENTS.values()
    rows: list[Row] = []
    for benchmark, suite, category in (
        ("swe-bench", "SWE-bench Verified", "agents"),
        ("swt-bench", "SWT-bench", "agent tests"),
    ):
        found = _outcomes(items[items["benchmark"] == benchmark], AGENTS)
        origin = Origin(category, f"{suite}: {_OPENHANDS}", "2026-06-30")
        rows += decision.recorded_rows(found, incumbent, candidates, origin)
        if category == "agents":
            rows += decision.policy_rows(found, incumbent, candidates, origin, MARGIN)
        rows += _caveats("agents", origin)
    return rows


def sql(path: Path) -> list[Row]:
    """Return the SQL cases' evidence, paired on item and version; how a case was judged stays apart."""
    items = pd.read_csv(path, dtype=str, keep_default_na=False)
    items = items[items["model"].isin(SQL)].assign(item=lambda table: table["item"] + "@" + table["version"])
    rows: list[Row] = []
    for judged, cases in items.groupby("judged"):
        found = _outcomes(cases, SQL)
        origin = Origin("sql", f"SCALE SQL, {judged} cases: {_SCALE}", "2026-07-01")
        asked = found.table.groupby(found.table["contender"].str.removesuffix("@recorded"))["item"].agg(set)
        for incumbent in (name for name in list(SQL.values())[:2] if name in asked):
            # the cases changed over the months, so not every pair shares some of each kind
            candidates = [name for name in list(SQL.values())[2:] if asked.get(name, set()) & asked[incumbent]]
            rows += decision.recorded_rows(found, incumbent, candidates, origin)
        rows += _caveats("sql", origin)
    return list(dict.fromkeys(rows))


def _caveats(name: str, origin: Origin) -> list[Row]:
    return [
        Row("source", "recorded.caveat", 1.0, "note", "recorded", origin.as_of, origin.ref, note=caveat)
        for caveat in CAVEATS[name]
    ]


def _outcomes(items: pd.DataFrame, names: Mapping[str, str]) -> Outcomes:
    columns = [name for name in ("item", "model", "mark", "usd") if name in items]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "items.csv"
        items[columns].assign(model=items["model"].map(names)).to_csv(path, index=False)
        return benchmarks.read_outcomes(path)


EXTRACTS: Mapping[str, Callable[[Path], list[Row]]] = {"agents": agents, "sql": sql}
"""Name of the file that is written -> what computes it from the table."""


def main(name: str, path: str) -> None:
    """Write one extract."""
    print(evidence.save(evidence.frame(EXTRACTS[name](Path(path))), FOLDER, name))


if __name__ == "__main__":
    main(*sys.argv[1:])
