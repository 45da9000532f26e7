"""Findings of a probe: a status a feature, with the calls that show it; kept as one JSON file an endpoint."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kit.errors import AskError
from kit.evidence import Row, contender_row
from kit.files import write_text
from kit.text import plain

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["STATUSES", "Conformance", "Finding", "load", "save", "summary", "to_table"]

STATUSES = {
    "supported": "accepted, and its effect was seen",
    "ignored": "accepted, and no effect was seen",
    "refused": "answered with an error that says no",
    "broken": "accepted, and what came back is wrong or no answer",
    "not tried": "it needs another feature, a key or money that is not there",
}
"""What a probe can find of a feature."""


@dataclass(frozen=True)
class Finding:
    """The result for one feature.

    Attributes:
        status: A key of STATUSES.
        words: What was seen, in one line; may repeat an endpoint's own words.
        calls: The calls that show it: what was sent, the status and the beginning of what came back, without the key.
    """

    status: str
    words: str
    calls: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Conformance:
    """One endpoint as it was probed.

    Attributes:
        contender: `model@provider`.
        at: When, ISO, UTC.
        findings: Feature -> finding.
        calls: Requests that were sent.
        cost_usd: What they cost, as text; empty where a price or the usage is unknown.
    """

    contender: str
    at: str
    findings: Mapping[str, Finding]
    calls: int = 0
    cost_usd: str = ""

    def to_json(self) -> str:
        """All of it, as `load` reads it."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n"

    def evidence(self) -> list[Row]:
        """A row for each feature that was tried: 1 where it is supported, 0 where it is not, the status in the note."""
        return [
            contender_row(
                self.contender, f"conformance.{name}", float(finding.status == "supported"), "yes/no", self.at[:10],
                "kit probe", note=finding.status,
            )
            for name, finding in self.findings.items() if finding.status != "not tried"
        ]  # fmt: skip


def save(result: Conformance, folder: str | Path) -> Path:
    """Write what was found to `folder/MODEL@PROVIDER.json`; a slash or colon of the name becomes a dash."""
    name = "".join("-" if letter in '/\\:*?"<>|' else letter for letter in result.contender)
    path = Path(folder) / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, result.to_json())
    return path


def load(folder: str | Path) -> list[Conformance]:
    """Read all that `save` wrote to a folder, by contender; none if the folder is not there.

    Raises:
        AskError: If a file is none of them.
    """
    found = []
    for path in sorted(Path(folder).glob("*.json")):
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            findings = {name: Finding(**finding) for name, finding in data.pop("findings").items()}
            if any(finding.status not in STATUSES for finding in findings.values()):
                raise ValueError("a status is unknown")
            found.append(Conformance(**data, findings=findings))
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            raise AskError(f"{path}: is not what `kit probe` writes; remove it, and probe again") from None
    return found


def to_table(probes: Iterable[Conformance], names: Mapping[str, str] | None = None) -> "pd.DataFrame":
    """One table of features by endpoint: a row a feature, a column an endpoint, each cell a status.

    Args:
        names: Feature -> what to call it; its id if left out.
    """
    import pandas as pd

    names = names or {}
    columns = {
        one.contender: {names.get(name, name): finding.status for name, finding in one.findings.items()}
        for one in probes
    }
    return pd.DataFrame(columns).fillna("not tried").rename_axis(index="feature")


def summary(result: Conformance) -> str:
    """Say in one line how many features were found to be what."""
    counts = {status: sum(one.status == status for one in result.findings.values()) for status in STATUSES}
    counts_in_words = ", ".join(f"{count} {status}" for status, count in counts.items() if count)
    cost = f", ${result.cost_usd}" if result.cost_usd else ""
    return plain(f"{result.contender}: {counts_in_words}; {result.calls} calls{cost}")
