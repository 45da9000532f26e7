"""The article's claims, each checked by arithmetic on evidence: change a figure and the verdict changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pandas as pd
import yaml

from kit import evidence
from kit.decision.citations import Citations
from kit.decision.claim_checks import CHECKS

__all__ = ["VERDICTS", "Finding", "audit_claims", "claim_tiles"]

VERDICTS = ("holds", "holds only if", "contradicted", "not checkable")


@dataclass(frozen=True)
class Finding:
    """The result for one claim: its verdict, the condition or arithmetic behind it, and the rows it rests on."""

    claim: str
    text: str
    verdict: str
    because: str
    rows: str


def audit_claims(table: pd.DataFrame, day: date) -> list[Finding]:
    """Check all claims.

    Args:
        table: Evidence of the article, the price list, the catalog and, where a run was made, measurement.
        day: The study's date, on which a model is served or not.
    """
    findings = []
    for claim, text in _texts().items():
        citations = Citations(table, day)
        verdict, because = CHECKS[claim](citations)
        findings.append(Finding(claim, text, verdict, because, evidence.cite(citations.cited)))
    return findings


def claim_tiles(findings: Sequence[Finding], columns: int = 6) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The verdicts as a grid in claim order, and what to write in each cell."""
    rows = [findings[i : i + columns] for i in range(0, len(findings), columns)]
    labels = {"index": [""] * len(rows), "columns": [""] * columns}
    states = pd.DataFrame([[finding.verdict for finding in row] for row in rows], **labels)
    return states, pd.DataFrame([[f"{finding.claim}\n{finding.verdict}" for finding in row] for row in rows], **labels)


@cache
def _texts() -> dict[str, str]:
    return yaml.safe_load((Path(__file__).parents[1] / "data" / "claims.yaml").read_text(encoding="utf-8"))
