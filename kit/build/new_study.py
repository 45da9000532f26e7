"""Write a new study: `params/NAME.yaml` with only the chapters that its question needs, and what a verdict still lacks.

published   a mix of requests, and what is published and listed of each model
bill        a log of figures: what is paid today, and what the same calls would cost elsewhere
replay      a log with texts: the same requests put to each contender
benchmark   the team's own items, put to each contender
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import jinja2
import yaml

from kit import catalog, client, pricing
from kit.build.study import STUDY_NAME
from kit.build.study_files import study_names
from kit.errors import AskError, CatalogError, StudyError, near_miss
from kit.files import write_text

__all__ = ["KINDS", "NewStudy", "add_log", "lacking", "own_successor", "propose", "read_mix", "write_study"]

KINDS: Mapping[str, tuple[int, int]] = {
    "classification": (600, 60), "extraction": (1500, 200), "chat": (1200, 300), "generation": (400, 1200),
}  # fmt: skip
"""Kind of request -> tokens of a prompt and of an answer, assumed until a log says otherwise."""

_ENDPOINTS = 8
"""Endpoints of a log that the workload names; the others are one kind."""

_IGNORED = "logs/\nparams/*.contract.yaml\nreports/*/*\nreports/*.sqlite*\n"
"""What git should not keep of a new folder: logs, contracts, and what is built."""

_TEMPLATE = Path(__file__).parents[1] / "templates" / "study.yaml"


@dataclass(frozen=True)
class NewStudy:
    """A study that is about to be written.

    Attributes:
        candidates: Models, as a user names them.
        mix: Kind of request -> share, prompt, output, cached.
        assumed: True if the mix is nobody's measurement.
        needs: Abilities that the log's requests use: vision, tools, json_schema.
        texts: True if the log holds texts of requests.
        month: Words for the requests a month: where they are from, or why they are assumed.
        suite: The team's own items, a file.
    """

    name: str
    incumbent: str
    at: datetime
    candidates: tuple[str, ...] = ()
    log: str = ""
    log_rules: str = ""
    mix: Mapping[str, Mapping[str, Any]] | None = None
    assumed: bool = True
    requests: int = 1_000_000
    month: str = ""
    needs: tuple[str, ...] = ()
    texts: bool = False
    contract: str = ""
    suite: str = ""

    @property
    def question(self) -> str:
        """Return which starter it is: `benchmark`, `replay`, `bill` or `published`."""
        return "benchmark" if self.suite else "replay" if self.texts else "bill" if self.log else "published"

    @property
    def models(self) -> list[str]:
        """Ids of incumbent and candidates."""
        return [catalog.model(name).id for name in (self.incumbent, *self.candidates)]

    @property
    def contenders(self) -> list[str]:
        """Contenders as they would be asked, where a provider's address is known."""
        return [match for model in self.models if (match := _contender(model))]


def read_mix(text: str) -> dict[str, dict[str, Any]]:
    """Read a mix as it is typed: `classification=0.6,chat=0.4`, or with tokens, `triage=1:3000/40`.

    Raises:
        StudyError: If a part is not laid out so, a kind has no tokens of its own, or the shares do not add up to 1.
    """
    mix: dict[str, dict[str, Any]] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        match = re.fullmatch(r"([^=:]+)=([\d.]+)(?::(\d+)/(\d+))?", part)
        if not match:
            raise StudyError(f"--mix: {part!r} is not kind=share, such as chat=0.4, or triage=0.4:3000/40 with tokens")
        kind, share, prompt, output = match.groups()
        if not prompt and kind not in KINDS:
            known = f"the kit knows {', '.join(KINDS)}; of another kind give tokens, as {kind}={share}:3000/40"
            raise StudyError(f"--mix: {kind!r} has no tokens{near_miss(kind, KINDS)}; {known}")
        tokens = (int(prompt), int(output)) if prompt else KINDS[kind]
        mix[kind] = {"share": float(share), "prompt": tokens[0], "output": tokens[1], "cached": 0}
    if mix and abs(sum(entry["share"] for entry in mix.values()) - 1) > 1e-9:
        total = sum(entry["share"] for entry in mix.values())
        raise StudyError(f"--mix: the shares add up to {total:g}, not to 1")
    return mix


def add_log(new: NewStudy, log: str, rules: str = "") -> NewStudy:
    """Take mix, requests a month, needs and whether there are texts from a log.

    Mix and month are of the incumbent's own calls, since those are what a move would change; of all calls where the log
    has none of it.

    Raises:
        UsageError: As `traffic.read_logs`.
    """
    from kit import traffic

    calls = traffic.read_logs(log, rules)
    incumbent = catalog.model(new.incumbent).id
    own = [logged for logged, model in calls.models.items() if model == incumbent]
    rows = calls.db.execute(
        "SELECT endpoint, sum(requests), sum(prompt), sum(output), sum(coalesce(cached, 0)), count(request) FROM usage "
        "WHERE $own = [] OR list_contains($own, logged) GROUP BY endpoint ORDER BY sum(prompt) + sum(output) DESC",
        {"own": own},
    ).fetchall()
    calls_in_all = calls.db.execute("SELECT coalesce(sum(requests), 0) FROM usage").fetchall()[0][0]
    used = calls.db.execute(
        "SELECT bool_or(contains(request, '\"image_url\"')), bool_or(contains(request, '\"tools\"')), "
        "bool_or(contains(request, '\"json_schema\"')) FROM usage WHERE request IS NOT NULL"
    ).fetchall()[0]
    needs = tuple(need for need, uses in zip(("vision", "tools", "json_schema"), used, strict=True) if uses)
    new = replace(new, log=log, log_rules=rules, needs=needs, texts=any(row[5] for row in rows))
    total, days = sum(row[1] or 0 for row in rows), float(traffic.covered_days(calls).sum())
    if not total or any(row[1] is None for row in rows):
        return new  # a log of sums does not say how many calls there were
    groups = [*rows[:_ENDPOINTS], *([_together(rows[_ENDPOINTS:])] if len(rows) > _ENDPOINTS else [])]
    mix = {row[0] or "requests": _load(row, total) for row in groups if row[1] and row[2]}
    whose = f"{total:,} calls of {incumbent}" if own else f"{total:,} calls, none of them of {incumbent},"
    others = f"; {calls_in_all - total:,} calls of other models are left out" if calls_in_all > total else ""
    if days < 1 - 1e-9:
        month = f"assumed: the log covers less than a day, which tells no month{others}"
        return replace(new, mix=_whole(mix), month=month)
    month = f"{whose} in {days:.1f} days of log{others}"
    return replace(new, mix=_whole(mix), assumed=False, month=month, requests=round(total * 365 / 12 / days))


def propose(new: NewStudy) -> list[str]:
    """Candidates for the incumbent: cheaper at the study's mix, able to do what its log needs, of different makers."""
    prompt, output = (sum(entry["share"] * entry[side] for entry in (new.mix or _assumed()).values())
                      for side in ("prompt", "output"))  # fmt: skip
    share = Decimal(str(prompt / (prompt + output)))
    return [offer.model.id for offer in pricing.proposals(new.incumbent, new.at, share, new.needs)]


def own_successor(new: NewStudy) -> str:
    """The successor that the incumbent's maker names, or its newest model that costs less; empty if there is none."""
    model = catalog.model(new.incumbent)
    if after := catalog.successors(model, new.at.date()):
        return after[0].model.id
    near = [name for name in propose(new)[:1] if catalog.model(name).maker == model.maker]
    return near[0] if near else ""


def lacking(new: NewStudy) -> list[str]:
    """Return what a verdict still lacks, a line each: keys, texts, labels, a price."""
    lines = []
    keys = {entry.key for entry in client.read_contenders(*new.contenders) if entry.key}
    asks = new.question in ("replay", "benchmark")
    if missing := sorted(key for key in keys if asks and not os.environ.get(key)):
        lines.append(f"keys: {', '.join(missing)} not set; answers cost money only once they are")
    if unknown := [model for model in new.models if asks and not _contender(model)]:
        lines.append(f"an address: {', '.join(unknown)}; spell a server of your own out under contenders")
    if new.assumed:
        lines.append("your own traffic: the mix is assumed; --log takes usage logs or exports")
    if new.question == "bill":
        lines.append("texts of requests: the log has figures only, so no answer can be compared; kit.Meter with "
                    "requests=True writes them, or --suite takes labelled examples")  # fmt: skip
    if new.question == "published":
        lines.append("quality on your own work: labelled examples with --suite, or a log with texts with --log")
    if new.question == "replay":
        lines.append("labels: without labelled_from, the incumbent's own answers are what candidates are held to")
    book, at = pricing.shelf(new.contract)[-1], new.at
    rates = {model: [entry.rate(model, at) for entry in (book, pricing.ListBook())] for model in new.models}
    if unpriced := [model for model, match in rates.items() if not any(rate.known for rate in match)]:
        lines.append(f"a price: {', '.join(unpriced)} is in no price list; a contract can give it one")
    return lines


def write_study(new: NewStudy, root: Path) -> Path:
    """Write `params/NAME.yaml`.

    Raises:
        StudyError: If the name cannot be one, or the file is there already.
        CatalogError: If a model is not known.
    """
    path = root / "params" / f"{new.name}.yaml"
    if not STUDY_NAME.fullmatch(new.name):
        raise StudyError(f"{new.name!r} cannot name a study and its files; take small letters, digits and dashes")
    if new.name in study_names(root / "params"):
        raise StudyError(f"params/{new.name}.yaml is there already; take another name, or edit it")
    if twice := [model for model in new.models if new.models.count(model) > 1]:
        raise StudyError(f"{twice[0]!r} is named twice; a candidate is another model than the incumbent")
    if not new.candidates:
        raise StudyError(f"no candidate: none was named, and none on sale is cheaper than {new.incumbent} and able to")
    if not path.parent.exists() and not (root / ".gitignore").exists():
        write_text(root / ".gitignore", _IGNORED)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, f"{_text(new).rstrip()}\n")
    return path


def _text(new: NewStudy) -> str:
    names = catalog.names(new.models)
    page = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701 - YAML, no HTML
    page.filters["yaml"] = lambda value: (
        yaml.safe_dump(value, default_flow_style=True, width=10**6).partition("\n...")[0].strip()
    )
    return page.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        new=new, names=names, incumbent=new.models[0], candidates=new.models[1:], mix=new.mix or _assumed(),
        as_of=f"{new.at:%Y-%m-%dT%H:%M:00Z}", ids=[entry.id for entry in client.read_contenders(*new.contenders)],
        unasked=[model for model in new.models if not _contender(model)], assumed=not new.mix,
    )  # fmt: skip


def _on_one_line(value: object) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=10**6).partition("\n...")[0].strip()


def _contender(model: str) -> str:
    """Return the contender for a model: at its maker, else at the first provider of a known address; else empty."""
    known = catalog.model(model)
    for way in dict.fromkeys([known.maker, *known.providers]):
        try:
            return client.read_contenders(f"{model}@{way}")[0].id
        except (AskError, CatalogError):
            continue
    return ""


def _assumed() -> dict[str, dict[str, Any]]:
    shares = dict(zip(KINDS, (0.55, 0.25, 0.15, 0.05), strict=True))
    return {kind: {"share": shares[kind], "prompt": prompt, "output": output, "cached": 0}
            for kind, (prompt, output) in KINDS.items()}  # fmt: skip


def _load(row: Sequence[Any], total: int) -> dict[str, Any]:
    _, requests, prompt, output, cached, _ = row
    return {"share": round(requests / total, 4), "prompt": max(1, round(prompt / requests)),
            "output": round((output or 0) / requests), "cached": round(min(1, cached / prompt), 3)}  # fmt: skip


def _together(rows: Sequence[Sequence[Any]]) -> list[Any]:
    return ["all others", *(sum(row[place] or 0 for row in rows) for place in range(1, 6))]


def _whole(mix: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Shares that add up to 1 exactly: what rounding left goes to the largest."""
    largest = max(mix, key=lambda kind: mix[kind]["share"])
    rest = Decimal(1) - sum(
        (Decimal(str(entry["share"])) for kind, entry in mix.items() if kind != largest), Decimal(0)
    )
    return mix | {largest: mix[largest] | {"share": float(rest)}}
