"""The shape of public traffic as figures: `python tools/evidence/traffic_shapes.py AZURE.csv.gz KIMI.csv.gz`.

Writes `tools/traffic_shapes.json`: quantiles of what a call sends and gets, and of calls a minute. No row of a trace is
in it. `tools/traced_log.py` draws calls anew from these figures.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pandas as pd

from kit.files import write_text

__all__ = ["FILE", "main", "shapes"]

FILE = Path(__file__).parents[1] / "traffic_shapes.json"

AZURE = {
    "source": "https://github.com/Azure/AzurePublicDataset, commit b469a113ce, LLM inference traces of 2023-11-16",
    "licence": "CC BY 4.0",
}
KIMI = {
    "source": "https://github.com/kvcache-ai/Mooncake, commit 3b5a594133, conversation trace",
    "licence": "Apache-2.0",
}

_FIFTHS = 5
"""Output, and the share that is read again, are kept by fifths of the input: the two depend on its length."""

_TAIL = [0.97, 0.98, 0.99, 0.995, 0.999, 1.0]
_FINE = [*(n / 100 for n in range(97)), *_TAIL]
_COARSE = [*(n / 20 for n in range(20)), *_TAIL]
"""Places of the quantiles; the last ones are closer, since few long calls make much of a bill."""


def shapes(azure: pd.DataFrame, kimi: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """`places` of the quantiles by how many there are, and name -> source, licence, and figures of a trace.

    Args:
        azure: `kind` (code or conversation), `seconds`, `input_tokens`, `output_tokens`.
        kimi: `seconds`, `input_tokens`, `seen_before_tokens`, `output_tokens`.
    """
    named = {f"azure-{kind}": (some, AZURE) for kind, some in azure.groupby("kind")} | {
        "kimi-conversation": (kimi, KIMI)
    }
    places = {"places": {str(len(_FINE)): _FINE, str(len(_COARSE)): _COARSE}}
    return places | {str(name): {**origin, **_figures(trace)} for name, (trace, origin) in named.items()}


def _figures(trace: pd.DataFrame) -> dict[str, Any]:
    fifth = (trace["input_tokens"].rank(method="first", pct=True) * _FIFTHS).clip(upper=_FIFTHS - 0.01).astype(int)
    minutes = (trace["seconds"] // 60).astype(int)
    counts = minutes.value_counts().reindex(range(minutes.max() + 1), fill_value=0)
    figures: dict[str, Any] = {
        "requests": len(trace),
        "minutes": len(counts),
        "calls_a_minute_over_mean": _quantiles(counts / counts.mean(), _COARSE),
        "input_tokens": _quantiles(trace["input_tokens"], _FINE),
        "output_tokens_by_fifth_of_input": [
            _quantiles(some, _COARSE) for _, some in trace["output_tokens"].groupby(fifth)
        ],
    }
    if "seen_before_tokens" in trace:
        share = (trace["seen_before_tokens"] / trace["input_tokens"]).clip(upper=1)
        figures["seen_before_share_by_fifth_of_input"] = [_quantiles(some, _COARSE) for _, some in share.groupby(fifth)]
    return figures


def _quantiles(values: pd.Series, at: list[float]) -> list[float]:
    return [float(f"{value:.5g}") for value in values.quantile(at)]


def main(azure: str, kimi: str) -> None:
    """Write the file."""
    found = shapes(pd.read_csv(azure), pd.read_csv(kimi))
    parts = []
    for name, shape in found.items():
        lines = ",\n".join(f'  "{key}": {json.dumps(value)}' for key, value in shape.items())
        parts.append(f' "{name}": {{\n{lines}\n }}')
    write_text(FILE, "{\n" + ",\n".join(parts) + "\n}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
