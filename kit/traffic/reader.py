"""Reading: files of logs, each by its own format, become one Traffic that says what it is made of."""

# ruff: noqa: S608 - SQL is put together of names that are ours and of values that `cells` has quoted

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from kit.errors import UsageError, near_miss
from kit.text import plain, plural
from kit.traffic import model_names
from kit.traffic.deduplicate import drop_duplicate_charges, drop_duplicates
from kit.traffic.detect import Source, log_files, look_into
from kit.traffic.formats import Format, Rules, fitted, has, known_formats, lacking, leaves, recognised
from kit.traffic.line_reader import flat, joined
from kit.traffic.load import Part, is_small, load, load_bundle
from kit.traffic.model_names import masked
from kit.traffic.usage_table import FILES, UNKNOWN, UNREAD, Traffic, database

__all__ = ["SHIPPED", "read_logs"]

_LOGS = Path(__file__).parents[1] / "data" / "logs"
SHIPPED = {"synthetic": _LOGS / "synthetic.jsonl.gz", "traces": _LOGS / "traces.jsonl.gz"}
"""Name of a log that comes with the kit -> its file: a support desk with some texts; lengths of public traces."""

_BUNDLED = 20
"""Small files of one format that are read into one table; fewer have one each, and a line each in the summary."""


def read_logs(
    source: str | Path | Iterable[str | Path],
    rules: str | Path | Rules = "",
    now: datetime | None = None,
    progress: Callable[[str], None] | None = None,
) -> Traffic:
    """Read logs of model calls, in any of the formats of `formats.known_formats()`, into one table of usage.

    Each file is recognised by what it holds. What cannot be read is listed by file and line, and not counted; what
    several files tell of is counted once.

    Args:
        source: `synthetic` or `traces` (logs that the kit ships), or a file, folder or pattern, or a list of them.
        rules: A file such as `params/logs.example.yaml`, or its content.
        now: What starts a day later starts in the future; None for the clock's.
        progress: Called with a line as large inputs are read: which file, and how much of all is behind it.

    Raises:
        UsageError: If there is no such file, a file that was named is no log that is known, no file is, the rules
            cannot be, or buckets and calls that are read together tell of the same traffic.
    """
    rules = rules if isinstance(rules, Rules) else Rules.read(rules)
    many = [source] if isinstance(source, str | Path) else list(source)
    files = log_files([SHIPPED.get(str(one), one) for one in many])
    db = database()
    parts, strange = _parts(db, _with_progress(files, progress), rules, now or datetime.now(UTC))
    if not parts:
        why = "; ".join(f"{Path(file).name}: {problem}" for file, problem in strange[:3])
        raise UsageError(f"{', '.join(map(str, many))}: no log of model calls in it: {why}")
    _latencies(db, parts)
    models = _models(parts, rules)
    left_out, notes = drop_duplicates(db, [part for part in parts if part.format.holds == "usage"], models)
    left_out |= drop_duplicate_charges(db, [part for part in parts if part.format.holds == "charges"])
    unknown = _unknown(db, models)
    notes += _notes(db, parts, list(unknown["logged"]), rules)
    unread = [part.unread for part in parts if part.missed] or [pd.DataFrame(columns=list(UNREAD))]
    files_said = _files(parts, left_out, strange)
    return Traffic(db, models, files_said, pd.concat(unread, ignore_index=True), unknown, tuple(notes))


def _parts(
    db: Any, files: Iterable[tuple[Path, bool]], rules: Rules, now: datetime
) -> tuple[list[Part], list[tuple[str, str]]]:
    """Return what is in each file; and each file that is no log, and why."""
    parts: list[Part] = []
    small: list[tuple[Source, Format]] = []
    place: dict[str, int] = {}
    strange: list[tuple[str, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        spool = Path(folder) / "spool.jsonl"
        for n, (path, named) in enumerate(files):
            place[str(path)] = n
            peek = look_into(path)
            format = _format(peek, rules)
            if format is None and peek.kind == "csv":
                peek, format = _plain_lines(peek, rules)
            if format and is_small(peek, format):
                small.append((peek, format))
                continue
            if format:
                parts.append(load(db, peek, format, f"part_{n}", spool, now))
                continue
            strange.append((str(path), _strange(peek, rules)))
            if named and peek.kind != "empty":
                raise UsageError(f"{path}: {strange[-1][1]}")
        for n, (format, sources) in enumerate(_alike(small)):
            if len(sources) < _BUNDLED:
                parts += [load(db, one, format, f"small_{n}_{k}", spool, now) for k, one in enumerate(sources)]
            else:
                parts.append(load_bundle(db, sources, format, f"bundle_{n}", spool, now))
    return sorted(parts, key=lambda part: place.get(part.file, len(place))), strange


def _with_progress(
    files: Sequence[tuple[Path, bool]], progress: Callable[[str], None] | None
) -> Iterator[tuple[Path, bool]]:
    """Yield the files, and say of large inputs how far it is: before each large file, and each hundredth one."""
    sizes = [path.stat().st_size for path, _ in files] if progress else []
    large, total, done = 20 * 2**20, sum(sizes), 0
    for n, (path, named) in enumerate(files, start=1):
        if progress and (sizes[n - 1] > large or (total > large and n == 1) or (n % 100 == 0)):
            position = f"file {n:,} of {len(files):,}, " if len(files) > 1 else ""
            progress(f"reading {plain(path.name)} ({position}{done / 2**20:,.0f} of {total / 2**20:,.0f} MB behind it)")
        yield path, named
        done += sizes[n - 1] if progress else 0


def _alike(small: Sequence[tuple[Source, Format]]) -> list[tuple[Format, list[Source]]]:
    """Files by format, those of one format together."""
    groups: list[tuple[Format, list[Source]]] = []
    for source, format in small:
        for known, sources in groups:
            if known == format:
                sources.append(source)
                break
        else:
            groups.append((format, [source]))
    return groups


def _format(peek: Source, rules: Rules) -> Format | None:
    """By which format a file is read: the one that is forced, the team's own columns where it has them, or as known."""
    if peek.kind in ("empty", "other"):
        return None
    if rules.format:
        forced = rules.applied(fitted(known_formats()[rules.format], peek.rows))
        return forced if lacking(forced, peek.rows) is None else None
    if rules.columns and _has_own(peek, rules.own()):
        return rules.own()
    format = recognised(peek.rows)
    return format and replace(rules, columns={}).applied(format)


def _plain_lines(peek: Source, rules: Rules) -> tuple[Source, Format | None]:
    """A file of plain text as rows, if the rules or a known format have patterns that fit its lines."""
    for format in [rules.own()] if rules.lines else known_formats().values():
        if format.lines:
            shown = [
                row for _, row in joined(peek.path, peek.encoding, format.lines, most=5_000) if isinstance(row, dict)
            ]
            if shown:
                return replace(peek, kind="lines", rows=shown[:100]), rules.applied(format)
    return peek, None


def _has_own(peek: Source, own: Format) -> bool:
    """Tell whether rows have the columns of a team's own: those that each needs in one row, the others in any."""
    rows = [row for record in peek.rows for row in islice(flat(record, own.rows, own.spread), 100)]
    needed = [path for column in ("at", "logged", "prompt") for path in own.paths(column)[:1]]
    parts = [part for path in needed for part in leaves(path) if part not in own.carried]
    together = any(all(_holds(peek, row, part) for part in parts) for row in rows)
    return together and all(any(_holds(peek, row, sign) for row in rows) for sign in own.signs)


def _holds(peek: Source, row: Mapping[str, Any], path: str) -> bool:
    """Return whether a row has what a path names; of what is nested in Parquet only the column is known."""
    return has(row, path) or (peek.kind == "parquet" and path.partition("/")[0] in row)


def _strange(peek: Source, rules: Rules) -> str:
    """Why a file is not read, in words."""
    if peek.kind == "empty":
        return "it is empty"
    if peek.kind == "other":
        return peek.why
    columns = list(peek.columns or {key: None for row in peek.rows for key in row})
    if not columns:
        return "no log that is known; it holds no rows with columns or keys"
    if rules.format and (column := lacking(rules.applied(fitted(known_formats()[rules.format], peek.rows)), peek.rows)):
        return f"it cannot be read as {rules.format}, which the rules name: nothing in it says {column!r}"
    if rules.columns and (
        none := [name for name in rules.own().signs if not any(_holds(peek, row, name) for row in _shown(peek, rules))]
    ):
        return f"the rules name a column {none[0]!r}, which it has not{near_miss(none[0], columns[:200])}"
    # a CSV without a head has its first call here
    few = f"{', '.join(f'{masked(name):.40}' for name in columns[:6])}{', ...' if len(columns) > 6 else ''}"
    return plain(f"no log that is known; it has {few}; `kit bill FILE --suggest-rules` writes a file of rules for it")


def _shown(peek: Source, rules: Rules) -> list[dict[str, Any]]:
    return [row for record in peek.rows for row in islice(flat(record, rules.rows), 100)]


def _latencies(db: Any, parts: Sequence[Part]) -> None:
    """Seconds for the calls of Azure's gateway log, which has none, from the log beside it, which has nothing else."""
    for beside in (part for part in parts if part.format.name == "azure-diagnostics"):
        for part in (part for part in parts if part.format.name == "azure-gateway" and part.rows):
            db.execute(
                f"UPDATE {part.name} SET latency_s = t.latency_s FROM {beside.name} t "
                f"WHERE {part.name}.id = t.id AND {part.name}.latency_s IS NULL"
            )


def _models(parts: Sequence[Part], rules: Rules) -> dict[str, str | None]:
    providers = {logged: provider for part in reversed(parts) for logged, provider in part.models.items()}
    return {
        logged: rules.models.get(logged) or model_names.resolve(logged, providers[logged])
        for logged in sorted(providers)
    }


def _unknown(db: Any, models: dict[str, str | None]) -> pd.DataFrame:
    strange = [logged for logged, model in models.items() if logged and model is None]
    if not strange:
        return pd.DataFrame(columns=list(UNKNOWN))
    counts = db.execute(
        "SELECT logged, sum(requests)::BIGINT AS requests, sum(prompt + output)::BIGINT AS tokens FROM usage "
        "WHERE list_contains(?, logged) GROUP BY 1 ORDER BY tokens DESC, logged",
        [strange],
    ).df()
    return counts.assign(nearest=counts["logged"].map(model_names.nearest))


def _files(parts: Sequence[Part], duplicates: dict[str, int], strange: Sequence[tuple[str, str]]) -> pd.DataFrame:
    rows = [
        (part.file, part.format.name, part.rows - twice, twice, part.missed, _summary(part))
        for part in parts for twice in (duplicates.get(part.file, 0),)
    ]  # fmt: skip
    rows += [(file, "", 0, 0, 0, why) for file, why in strange]
    return pd.DataFrame(rows, columns=list(FILES))


def _summary(part: Part) -> str:
    format = part.format
    kind = "charge" if format.holds == "charges" else "call" if format.row == "call" else "row of buckets"
    parts = [f"{format.title}: {plural(part.rows, kind)}" if format.holds != "nothing" else format.title]
    if part.skipped and format.holds == "usage":
        parts.append(f"{plural(part.skipped, 'row')} besides, no call of a model")
    parts += [f"{plural(part.missed, 'line')} not readable"] if part.missed else []
    return "; ".join([*parts, *filter(None, [format.says])])


def _notes(db: Any, parts: Sequence[Part], unknown: Sequence[str], rules: Rules) -> list[str]:
    """Return what must be said aloud of what was read."""
    notes = [remark for part in parts for remark in part.remarks]
    for format in {part.format.name: part.format for part in parts if part.rows}.values():
        notes += _meanings(db, format, rules)
    held = {part.format.holds for part in parts}
    if "charges" in held:
        notes.append("what was charged is kept beside the usage, and is not added to it")
    missed = sum(part.missed for part in parts)
    notes += [f"{plural(missed, 'line')} could not be read and count for nothing; see them by file and line"] * bool(
        missed
    )
    if unknown:
        examples = f"{', '.join(unknown[:5])}{', ...' if len(unknown) > 5 else ''}"
        notes.append(
            f"{plural(len(unknown), 'model name')} in no price list ({examples}); say under models: in the rules what "
            "is meant, or give them a price in a contract"
        )
    unbilled = _count(db, "NOT billed")
    notes += [f"{plural(unbilled, 'call')} not billed: out of a proxy's own cache, or of a free variant"] * bool(
        unbilled
    )
    return notes


def _meanings(db: Any, format: Format, rules: Rules) -> list[str]:
    notes = []
    if format.holds == "usage":
        silent = [part for part in ("cached", "written", "reasoning") if getattr(format, part) == "unstated"]
        kinds = {"cached": "read from a cache", "written": "written to a cache", "reasoning": "reasoning"}
        if silent:
            priced = "" if silent == ["reasoning"] else "; those of a cache are priced as ordinary ones"
            kinds_in_words = " or ".join(kinds[part] for part in silent)
            notes.append(f"{format.title} does not say which tokens were {kinds_in_words}{priced}")
    own = f"format = '{format.name}'"
    if format.row == "bucket" and _count(db, f"{own} AND requests IS NULL"):
        notes.append(f"{format.title} does not say how many requests its tokens are of")
    if format.unverified and (
        n := _count(db, f"{own} AND provider ILIKE '{format.unverified}' AND cached + written > 0")
    ):
        notes.append(
            f"{format.title}: whether prompts of {format.unverified.title()} include cache tokens is not verified; "
            f"{plural(n, 'call')} with some, read as their totals say"
        )
    if format.lends_time and (n := _count(db, f"{own} AND status <> 'ok'")):
        notes.append(f"{format.title}: {plural(n, 'line')} failed and without a time, put at the last of the file")
    if format.name == "own":
        zone = "" if rules.zone else "times that name no zone are read as UTC"
        inside = [
            part
            for part in ("cached", "written", "reasoning")
            if part in format.columns and part not in format.beside()
        ]
        notes += [zone] * bool(zone) + [f"{' and '.join(inside)} are read as counted inside prompt or output"] * bool(
            inside
        )
    return notes


def _count(db: Any, where: str) -> int:
    return int(db.execute(f"SELECT count(*) FROM usage WHERE {where}").fetchall()[0][0])
