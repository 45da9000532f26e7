"""Suggest rules for a log of no known format: its fields, a column of ours for each that is clear, and questions.

A question stands in the rules as "?", which is refused where they are read, so that nothing is guessed in silence.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from kit.errors import UsageError
from kit.text import plain
from kit.traffic import model_names
from kit.traffic.detect import Source, log_files, look_into
from kit.traffic.formats import OK, recognised
from kit.traffic.line_reader import flat
from kit.traffic.model_names import masked

__all__ = ["suggest_rules"]

_MOST = 100
"""Rows that are looked at."""

_IN = "(?:input|prompt|in|request|req|context)"
_OUT = "(?:output|completions?|out|response|res|generated|generation)"
_COUNT = r"(?:_?(?:count|used|total))?"
_NAMES: dict[str, tuple[str, ...]] = {
    "at": (r"time_?stamp|ts|at|date_?time|date|day|time|when|usage_date(_utc)?",
           r"(created|start(ed)?|requested|logged|begin)(_?(at|time|on))?",
           r"(request|event|start|create|call)_?(time|date|ts)(stamp)?"),
    "logged": (r"(response_|request_|llm_|ai_|base_)?model(_?(name|id|version))?", r"engine|deployment(_?name)?"),
    "prompt": (rf"(num_|n_|total_)?{_IN}_?(tokens?|toks?){_COUNT}", rf"tokens?_?{_IN}", rf"{_IN}_?token_?count"),
    "output": (rf"(num_|n_|total_)?{_OUT}_?(tokens?|toks?){_COUNT}", rf"tokens?_?{_OUT}", rf"{_OUT}_?token_?count"),
    "cached": (r"(tokens_?)?cached?(_?(input|prompt|read|hit))*(_?(tokens?|count|input))*", r"cache_?read\w*tokens?"),
    "written": (r"(input_)?cache_?(creation|write|written)\w*",),
    "reasoning": (r"(reasoning|thinking|thoughts?)_?(output_?)?(tokens?)?(_?count)?",),
    "total": (r"total_?tokens?(_?count)?|tokens?_?total|tokens|token_?count|usage_total",),
    "id": (r"(request|call|response|generation|log|event|completion)?_?(id|uuid)",),
    "endpoint": (r"endpoint|route|feature|use_?case|team|path", r"(app(lication)?|service|project)(_?name)?"),
    "provider": (r"(llm_|model_|ai_)?(provider|vendor)",),
    "status": (r"(http_|response_)?status(_?(code|text))?|outcome|success|error_?(code|type)?",),
    "latency_s": (r"(total_)?(latency|duration|elapsed|took|response_?time|run_?time)(_?(ms|s|secs?|seconds))?",
                  r"ms|millis(econds)?|secs?|seconds"),
    "logged_usd": (r"(total_|est(imated)?_)?(cost|price|spend|amount|charge)(_?(in_)?(usd|dollars?|cents?))?",
                   r"usd|dollars"),
}  # fmt: skip
"""Column of ours -> names that mean it, in small letters with `_` between words."""

_FIGURES = ("prompt", "output", "cached", "written", "reasoning", "total", "latency_s", "logged_usd")
_FIGURE = r"[-+$€£]?\d[\d.,_ ]*(?:e[-+]?\d+)?\s*(?:ms|s|usd)?"
_UNIT = {"latency": "s or ms", "usd": "usd or cents"}
_MEANT = {"at": "its time", "logged": "its model", "prompt": "tokens sent", "output": "tokens that came back"}


@dataclass(frozen=True)
class _Field:
    """A field of the rows: its path, and its values where it has one."""

    path: str
    values: Sequence[Any]

    @property
    def name(self) -> str:
        """The last part of its path, words parted by `_`."""
        last = re.sub(r"[ .:$-]+", "_", self.path.rpartition("/")[2])
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", last).lower().strip("_")

    def figures(self) -> bool:
        """Tell whether it holds figures, as numbers or as texts, in four rows of five."""
        fits = sum(bool(re.fullmatch(_FIGURE, str(value), re.IGNORECASE)) for value in self.values)
        return fits >= 0.8 * len(self.values)


def suggest_rules(path: str | Path) -> str:
    """Write a rules file for a log, in YAML: what is clear, and a "?" with a question for what is not.

    Raises:
        UsageError: If it is no text of rows.
    """
    sources = [look_into(file) for file, _ in log_files(path)]
    source = next((one for one in sources if one.kind not in ("empty", "other")), sources[0])
    if source.kind in ("empty", "other"):
        raise UsageError(f"{source.path}: {source.why or 'it is empty'}")
    if format := recognised(source.rows):
        return f"# known ({format.title}): `kit bill` reads it without rules\nformat: {format.name}\n"
    where, rows = _rows(source)
    fields = list(_fields(rows))
    if not fields:
        raise UsageError(f"{source.path}: it holds no rows with columns or keys")
    return "\n".join([*_head(source, rows[0], fields), *_rules(where, fields, rows)]) + "\n"


def _rows(source: Source) -> tuple[str, list[dict[str, Any]]]:
    """Where rows stand in a file, and the first of them: as they are, or in the longest list inside a document."""
    lists: dict[str, list[dict[str, Any]]] = {}
    for where in ["", *_lists(source.rows[0] if source.rows else {})]:
        lists[where] = [row for record in source.rows for row in islice(flat(record, where), _MOST)][:_MOST]
    most = max(lists, key=lambda where: (len(lists[where]) if len(source.rows) == 1 else where == "", where == ""))
    return most, lists[most]


def _lists(record: Any, above: str = "") -> Iterator[str]:
    """Paths of lists of objects inside a record."""
    for key, value in record.items() if isinstance(record, dict) and above.count("/") < 3 else ():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            yield f"{above}{key}[]"
            yield from _lists(value[0], f"{above}{key}[].")
        elif isinstance(value, dict):
            yield from _lists(value, f"{above}{key}/")


def _fields(rows: Sequence[Mapping[str, Any]], above: str = "", depth: int = 3) -> Iterator[_Field]:
    for key in dict.fromkeys(key for row in rows for key in row):
        values = [row[key] for row in rows if row.get(key) not in (None, "")]
        inner = [value for value in values if isinstance(value, dict)]
        if inner and depth:
            yield from _fields(inner, f"{above}{key}/", depth - 1)
        elif not inner:
            yield _Field(f"{above}{key}", [value for value in values if not isinstance(value, list)])


def _head(source: Source, row: Mapping[str, Any], fields: Sequence[_Field]) -> Iterator[str]:
    yield f'# Rules for {_line(source.path.name)}: check them, answer each "?", save them as params/mine.logs.yaml'
    yield "# The fields of its rows, with a value of each:"
    for field in fields[:60]:
        shown = masked(plain(str(field.values[0]))) if field.values else ""
        yield f"#   {_line(field.path)}: {_line(shown)[:60]}"
    if len(fields) > 60:
        yield f"#   and {len(fields) - 60} more"


def _rules(where: str, fields: Sequence[_Field], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    chosen, questions = _columns(fields)
    if where:
        yield f"rows: {_quoted(where)}"
    yield "columns:"
    for column, field in chosen.items():
        yield f"  {column}: {_quoted(field.path)}"
    for column, fields_asked in questions.items():
        which = f"which of {', '.join(field.path for field in fields_asked)}?" if fields_asked else "which field is it?"
        yield f'  {column}: "?"   # {_MEANT.get(column, column)}: {_line(which)}'
    yield from _units(chosen)
    yield from _parts(chosen, rows)
    yield from _times(chosen)
    yield from _words(chosen)


def _columns(fields: Sequence[_Field]) -> tuple[dict[str, _Field], dict[str, list[_Field]]]:
    """Fields that are clearly a column of ours; and columns that are needed, or several fields may be, with those."""
    chosen: dict[str, _Field] = {}
    questions: dict[str, list[_Field]] = {}
    for column, names in _NAMES.items():
        fits = [field for field in fields if re.fullmatch("|".join(names), field.name) and field.values]
        fits = [field for field in fits if field.figures() == (column in _FIGURES) or column in ("at", "id", "status")]
        if column == "logged":  # what was answered by goes before what was asked for
            fits = [field for field in fits if field.name.startswith("response")] or fits
        fits = [field for field in fits if field not in chosen.values()]
        if len(fits) == 1:
            chosen[column] = fits[0]
        elif column in _MEANT or (fits and column in _FIGURES):
            questions[column] = fits
    return chosen, questions


def _units(chosen: Mapping[str, _Field]) -> Iterator[str]:
    units = {}
    if field := chosen.get("latency_s"):
        match = re.search(r"(?:_|^)(ms|millis\w*|s|secs?|seconds)$", field.name)
        units["latency"] = ("ms" if match[1].startswith("m") else "s") if match else "?"
    if field := chosen.get("logged_usd"):
        units["usd"] = "cents" if "cent" in field.name else "usd" if re.search("usd|dollar", field.name) else "?"
    if units:
        questions = [_UNIT[key] for key, value in units.items() if value == "?"]
        stated = ", ".join(f"{key}: {_quoted(value)}" for key, value in units.items())
        yield f"units: {{{stated}}}" + (f"   # {', '.join(questions)}?" if questions else "")


def _parts(chosen: Mapping[str, _Field], rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Return whether cached, written and reasoning tokens are counted beside prompt and output, as the totals show."""
    texts = [(name, str(value)) for name in _FIGURES if name in chosen for value in chosen[name].values]
    money = ("latency_s", "logged_usd")
    forms = {name: r"\d+,\d+" if name in money else r"[1-9]\d{0,2}([.,]\d{3})+" for name in _FIGURES}
    if unclear := [text for name, text in texts if re.fullmatch(forms[name], text)]:
        yield f'decimal: "?"   # figures such as {unclear[0]}: is "," or "." before a fraction?'
    parts = [part for part in ("cached", "written", "reasoning") if part in chosen]
    if not parts:
        return
    beside = _beside(chosen, parts, rows)
    if beside is None:
        yield f'beside: ["?"]   # which of {", ".join(parts)} are not counted in prompt or output? [] for none'
    elif beside:
        yield f"beside: [{', '.join(beside)}]   # as the totals show"


def _beside(chosen: Mapping[str, _Field], parts: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> list[str] | None:
    """Parts to add so that every row fits its total, or has no more of a part than of the whole; None if unknown."""
    numbers = [{name: _number(row, chosen[name].path) for name in chosen if name in _FIGURES} for row in rows]
    used = [row for row in numbers if any(row.get(part) for part in parts)]
    if "total" not in chosen or not used:
        return None if used or not rows else []
    fits = []
    for mask in range(2 ** len(parts)):
        some = [part for n, part in enumerate(parts) if mask >> n & 1]
        if all(row["total"] == sum(row.get(name, 0) for name in ("prompt", "output", *some)) for row in used):
            fits.append(some)
    return fits[0] if len(fits) == 1 else None


def _times(chosen: Mapping[str, _Field]) -> Iterator[str]:
    if not (field := chosen.get("at")):
        return
    texts = [str(value).strip() for value in field.values]
    if all(re.fullmatch(r"\d{10,19}(\.\d+)?", text) for text in texts):
        return
    if not all(re.match(r"\d{4}[-/]?\d\d[-/]?\d\d", text) for text in texts):
        yield f'times: ["?"]   # how are times such as {_line(texts[0])[:40]} written? as %d/%m/%Y %H:%M'
    if not all(re.search(r"(?:Z|UTC|GMT|[+-]\d\d:?\d\d)$|^\d{4}-\d\d-\d\d$", text) for text in texts):
        yield 'zone: "?"   # times name no zone: which one are they of? UTC, Europe/Berlin, ...'


def _words(chosen: Mapping[str, _Field]) -> Iterator[str]:
    if field := chosen.get("status"):
        words = sorted({str(value).lower() for value in field.values})
        if strange := [
            word for word in words if word not in OK and not re.fullmatch(r"[45]\d\d|.*(err|fail).*|false", word)
        ]:
            yield f'ok: ["?"]   # which of {_line(", ".join(strange[:6]))} mean that a call went well?'
    if field := chosen.get("logged"):
        names = sorted({str(value) for value in field.values})
        unknown = [name for name in names if model_names.resolve(name) is None]
        if unknown:
            yield "# models:   # in no price list; say what each means, or give it a price in a contract"
            for name in unknown[:10]:
                yield f"#   {_quoted(plain(name))}: {model_names.nearest(name) or '...'}"


def _number(row: Mapping[str, Any], path: str) -> float:
    value: Any = row
    for part in [path] if path in row else path.split("/"):
        value = value.get(part) if isinstance(value, dict) else None
    try:
        return float(value or 0)
    except (TypeError, ValueError):
        return 0


def _quoted(text: str) -> str:
    """A text as YAML takes it."""
    return yaml.safe_dump(text, default_flow_style=True, allow_unicode=True, width=10_000).split("\n...")[0].strip()


def _line(text: str) -> str:
    """Return a text on one line, without control characters."""
    return " ".join(plain(text).split())
