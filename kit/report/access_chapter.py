"""The access chapter: what providers document about access, and which models are still offered."""

from collections.abc import Iterable
from datetime import date

import pandas as pd

from kit import catalog, conformance, evidence
from kit.catalog import article
from kit.conformance import Conformance
from kit.text import listed

__all__ = [
    "answer",
    "caveats",
    "concerns",
    "disputed",
    "endpoints",
    "printed",
    "printed_access",
    "probed",
    "probed_evidence",
    "probed_table",
    "probed_words",
    "published",
    "statuses",
]  # fmt: skip


def published(models: Iterable[str]) -> pd.DataFrame:
    """All that the catalog knows of models and of its providers, as evidence (source `published`)."""
    return evidence.frame(catalog.facts([*map(catalog.model, models), *catalog.providers().values()]))


def answer(facts: pd.DataFrame, status: pd.DataFrame, day: date) -> str:
    """Say which Chinese providers document a compatible endpoint, and which of the study's models are going.

    Args:
        facts: As from `published`.
        status: As from `statuses`.
    """
    chinese = [provider for provider in catalog.providers().values() if provider.origin == "CN"]
    documented = set(facts[(facts["metric"] == "access.wire_format") & (facts["value"] == 1)]["subject"])
    compatible = [provider.name for provider in chinese if provider.id in documented]
    going = status[status["status"].isin(["superseded", "deprecated", "retired"])]
    names = listed([f"{row.model} ({row.status})" for row in going.itertuples()])
    text = f"{len(compatible)} of {len(chinese)} Chinese providers document an OpenAI-compatible endpoint of their own"
    text += f" ({', '.join(compatible)})." if compatible else "."
    if not names:
        return f"{text} None of the study's {len(status)} models is on its way out on {day}."
    return f"{text} Of the study's {len(status)} models, {len(going)} on their way out or gone on {day}: {names}."


def printed_access(models: Iterable[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The article's access table (T5), as `printed` lays it out, where the article compares two of the models."""
    return printed(article.printed_for(list(models), "T5"))


def printed(rows: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The article's access table, a row a concern and a column a provider: `pass` or `blocked`, and the words.

    Args:
        rows: The printed rows of T5.
    """
    columns = {"us-direct": "US makers, direct", "chinese-direct": "Chinese makers, direct", "gateway": "the gateway"}
    rows = rows.assign(
        concern=_concern(rows), way=rows["subject"].map(columns), state=rows["value"].map({1.0: "pass", 0.0: "blocked"})
    )
    state, words = (rows.pivot_table(index="concern", columns="way", values=column, aggfunc="first", sort=False)
                    for column in ("state", "note"))  # fmt: skip
    return state.rename_axis(index=None, columns=None), words


def endpoints(table: pd.DataFrame) -> pd.DataFrame:
    """Each provider with its base URL, the variable that holds its key, and where that is documented."""
    wire = table[table["metric"] == "access.wire_format"].drop_duplicates("subject").set_index("subject")
    return pd.DataFrame(
        {"provider": way.name, "base URL": way.base_url, "key": way.key or "none",
         "documented at": wire["ref"].get(way.id, "the article" if way.id == "gateway" else ""),
         "as of": wire["as_of"].get(way.id, "")}
        for way in catalog.providers().values()
    )  # fmt: skip


def concerns(table: pd.DataFrame) -> pd.DataFrame:
    """Return what providers document on the article's other concerns: payment, signup, language and the rest."""
    rows = table[table["metric"].str.startswith("access.")]
    rows = rows[~rows["metric"].isin(["access.wire_format", "access.caveat"])]
    return pd.DataFrame({
        "provider": rows["subject"].map(_way), "concern": _concern(rows),
        "state": rows["value"].map({1.0: "open", 0.0: "blocked"}), "what it says": rows["note"],
        "as of": rows["as_of"], "source": rows["ref"],
    })  # fmt: skip


def caveats(table: pd.DataFrame) -> pd.DataFrame:
    """The limits of compatibility that providers state themselves."""
    rows = table[table["metric"] == "access.caveat"]
    return pd.DataFrame({"provider": rows["subject"].map(_way), "caveat": rows["note"], "source": rows["ref"]})


def statuses(models: Iterable[str], day: date) -> pd.DataFrame:
    """Each model's status at its maker on a day, with the first clause of its note; `unknown` if no source says."""
    rows = []
    for model in map(catalog.model, models):
        status = model.status_on(day)
        row = {"model": model.name, "status": "unknown", "since": "", "note": "no source found", "source": ""}
        if status:
            clause = status.note.partition(";")[0]
            row |= {"status": status.value, "since": str(status.since), "note": clause, "source": status.ref}
        rows.append(row)
    order = {word: place for place, word in enumerate((*catalog.STATUSES, "unknown"))}
    return pd.DataFrame(rows).sort_values("status", key=lambda s: s.map(order), kind="stable", ignore_index=True)


def disputed(table: pd.DataFrame, *metrics: str) -> pd.DataFrame:
    """Figures of models on which sources disagree."""
    rows = table[table["metric"].isin(metrics) & ~table["subject"].isin(list(catalog.providers()))]
    rows = rows.groupby(["subject", "metric"]).filter(lambda group: group["value"].nunique() > 1)
    return pd.DataFrame({
        "model": rows["subject"].map(lambda id: catalog.model(id).name), "metric": rows["metric"],
        "value": rows["value"], "source": rows["source"], "as of": rows["as_of"], "reference": rows["ref"],
    }).sort_values(["model", "metric"], kind="stable")  # fmt: skip


def probed(folder: str) -> list[Conformance]:
    """All that `kit probe` found, from a folder; none where no folder is named."""
    return conformance.load(folder) if folder else []


def probed_table(probes: Iterable[Conformance]) -> pd.DataFrame:
    """Features by endpoint: a row a feature, a column an endpoint, each cell a status of `conformance.STATUSES`."""
    names = {name: feature.name for name, feature in conformance.FEATURES.items()}
    return conformance.to_table(probes, names).reset_index()


def probed_words(probes: Iterable[Conformance]) -> str:
    """Say of each endpoint how many features it has; where none was probed, what would probe it."""
    summaries = [f"{conformance.summary(probe)}, probed on {probe.at[:10]}" for probe in probes]
    return ". ".join(summaries) + "." if summaries else (
        "No endpoint was probed: `kit probe MODEL@PROVIDER` asks one, and `probed_from: reports/probes` at this "
        "notebook's run shows it here.")  # fmt: skip


def probed_evidence(probes: Iterable[Conformance]) -> pd.DataFrame:
    """The findings as evidence."""
    return evidence.frame(row for probe in probes for row in probe.evidence())


def _concern(rows: pd.DataFrame) -> pd.Series:
    return rows["metric"].str.removeprefix("access.").str.replace("_", " ")


def _way(id: str) -> str:
    return catalog.provider(id).name
