"""The plots of probes: how long a contender takes, alone and under load."""

import pandas as pd
from matplotlib.figure import Figure

from kit.client import split_id
from kit.report.style import QUIET, axes, colour, described

__all__ = ["waits"]


def waits(summary: pd.DataFrame) -> Figure | None:
    """Seconds to the first token: the median as a point, the line to p95 and p99, a row a contender and load.

    Args:
        summary: From `latency.latency_summary`.

    Returns:
        None if no answer was streamed.
    """
    rows = summary[(summary["what"] == "first token") & summary["p50"].notna()]
    if rows.empty:
        return None
    fig, ax = axes(0.8 + 0.36 * len(rows))
    names, summaries = [], []
    for place, row in enumerate(rows.to_dict("records")):
        shade = colour(split_id(str(row["contender"]))[0])
        ends = [float(row[part]) for part in ("p50", "p95", "p99") if pd.notna(row[part])]
        ax.plot(ends, [place] * len(ends), color=shade, linewidth=2, alpha=0.5, zorder=1)
        for end, mark, size in zip(ends, "o||", (6.5, 9, 9), strict=False):
            ax.plot(end, place, mark, color=shade, markersize=size, markeredgewidth=1.6)
        note = "" if len(ends) == 3 else f"  {row['answers']} answers"
        ax.annotate(note, (ends[-1], place), (6, -3), textcoords="offset points", fontsize=8.5, color=QUIET)
        names.append(f"{row['contender']}, {'alone' if row['at once'] == 1 else str(row['at once']) + ' at once'}")
        summaries.append(f"{names[-1]}: median {ends[0]:.2g} s" + "".join(f", {end:.2g} s" for end in ends[1:]))
    ax.set_yticks(range(len(names)), names)
    ax.set(ylim=(len(names) - 0.4, -0.6), xlabel="seconds to the first token: median, and strokes at p95 and p99")
    ax.set_xlim(0, 1.25 * max(line.get_xdata().max() for line in ax.lines if len(line.get_xdata())))  # type: ignore
    return described(fig, "; ".join(summaries))
