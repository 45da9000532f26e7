"""Normal: SQL that turns a source's rows into rows of `usage`, once, by its format's rules.

A row that cannot count says why in a column `why`: NULL for a row that counts, empty for one that is no call of a
model (a blank bucket, another kind of span), else words.
"""

# ruff: noqa: S608 - SQL is put together of names that are ours and of values that `cells` has quoted

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from kit.traffic.columns import Cell, cell, first, texts
from kit.traffic.duckdb_source import Table
from kit.traffic.formats import NUMBERS, OK, TOKENS, Format
from kit.traffic.usage_table import TYPES

__all__ = ["BUNDLE", "SINCE", "TIERS", "charges", "times", "usage"]

TIERS = ("flex", "priority", "fast")
"""Tiers of service that have a price of their own, beside batch."""

_FIGURES = ("cached", "written", "reasoning", "total", "latency_s", "first_token_s", "logged_usd")
"""Columns without which a row still counts."""

_TEXTS = ("id", "endpoint", "logged", "provider", "batch", "tier", "long", "billed", "unbilled", "status", "currency",
          "answer", "request", "body", "messages", "parameters")  # fmt: skip
BUNDLE = "*"
"""In place of a path: each row says its own, in `kit.file`."""

_NAMES = ("id", "endpoint", "logged", "provider")
_MOMENTS = ("at", "until", "first")


def usage(format: Format, table: Table, file: str, now: datetime) -> str:
    """A SELECT of the columns of `usage`, and `mark` (what tells rows of a bucket apart), `bad`, `why` and `line`.

    `bad` is whether there is a reason why, which DuckDB can tell of most files by their statistics alone.

    Args:
        file: Its path, or BUNDLE.
        now: What starts more than a day later than this starts in the future.
    """
    cells = {name: _cell(format, table, name) for name in (*NUMBERS, *_TEXTS, *_MOMENTS)}
    marks = [f"coalesce({place.text()}, '')" for key in format.keys if (place := cell(key, table.types)).there]
    marks += [
        f"CASE WHEN {place.text()} IS NOT NULL THEN {texts([name])} END"
        for name, path in format.dialects.items()
        if (place := cell(path, table.types)).there
    ]
    # a name is empty where nothing is said; under one coalesce DuckDB goes through a column's few words, not its rows
    raw = [f"{place.sql if name in _NAMES else place.said} AS {name}_" for name, place in cells.items()]
    raw += [f"concat_ws('|', {', '.join(marks)}) AS mark" if marks else "'' AS mark", f"{table.line} AS line"]
    raw += [f"{_other(format, table)} AS other"]
    if format.group:
        together = [cell(path, table.types) for path in format.group]
        words = ", ".join(f"coalesce({place.text()}, '')" for place in together if place.there)
        raw += [f"concat_ws('|', {words}) AS together"]
    raw += ['"kit.file" AS file_'] if file == BUNDLE else []
    if format.parent:
        raw += [
            f"{cell(path, table.types).text()} AS {name}_"
            for name, path in (("span", format.span), ("above", format.parent))
        ]
    sql = f"SELECT {', '.join(raw)} FROM {table.sql}"
    cells = {name: replace(place, sql=f"{name}_") if place.there else place for name, place in cells.items()}
    if format.last:
        later = "row_number() OVER (PARTITION BY id_ ORDER BY line DESC) = 1"
        sql = f"SELECT * FROM ({sql}) QUALIFY coalesce(id_, '') = '' OR {later}"
    if format.group:
        sql, cells = _grouped(sql, cells)
    if format.chunks:
        sql, cells = _joined(sql, cells, cell(format.chunks, table.types).number())
    sql = f"SELECT *, {', '.join(_typed(format, cells))} FROM ({sql})"
    if format.lends_time:
        lent = """coalesce("at", CASE WHEN status <> 'ok' THEN max("at") OVER () END) AS "at\""""
        sql = f"SELECT * REPLACE ({lent}) FROM ({sql})"
    if format.parent:
        sql = _leaves_only(sql)
    sql = f"SELECT *, {_inside(format)} AS inside, {_more(format)} FROM ({sql})"
    sql = f"SELECT *, {', '.join(_normal(format, cells, file))} FROM ({sql})"
    chosen = [f'TRY_CAST(n_{name} AS {kind}) AS "{name}"' for name, kind in TYPES.items()]
    reasons = _reasons(format, cells, now)
    bad = " OR ".join(f"({test})" for test, _ in reasons)
    why = " ".join(f"WHEN {test} THEN {words}" for test, words in reasons)
    extra = f"{_odd(cells)} AS odd, {_off(format)} AS off, more"
    return f"SELECT {', '.join(chosen)}, mark, {bad} AS bad, CASE {why} END AS why, line, {extra} FROM ({sql})"


def _odd(cells: Mapping[str, Cell]) -> str:
    """The first figure of a row that is there and cannot be read, with its column; NULL if there is none."""
    odd = [
        f"WHEN {cells[name].said} IS NOT NULL AND {name} IS NULL THEN '{name}: ' || left({cells[name].text()}, 40)"
        for name in _FIGURES
        if cells[name].there and cells[name].kind == "VARCHAR"
    ]
    return f"CASE {' '.join(odd)} END" if odd else "NULL"


def _off(format: Format) -> str:
    """By how many tokens a row's own total is more than prompt and output; NULL where they agree, or it says none."""
    return "nullif(total - n_prompt - n_output, 0)" if "total" in format.columns else "NULL"


def charges(format: Format, table: Table, file: str) -> str:
    """A SELECT of the columns of `charges`, and `why` and `line` as in `usage`."""
    at, until = (_cell(format, table, name).moment(format.zone, format.times) for name in ("at", "until"))
    hours = f"epoch({until} - {at}) / 3600" if "hours" not in format.constants else str(format.constants["hours"])
    usd, item, model, currency = (
        Cell(place.said, place.kind)
        for name in ("usd", "what", "model", "currency")
        if (place := _cell(format, table, name))
    )
    other, words = _foreign(currency)
    named = f"CASE WHEN contains({item.text()}, ', ') THEN split_part({item.text()}, ', ', 1) END"
    return f"""SELECT {at} AS "at", {hours} AS hours, coalesce({item.text()}, '') AS what,
        coalesce({model.text()}, {named}, '') AS model, {usd.number()} {_cents(format)} AS usd,
        {texts([format.name])} AS format, {texts([file])} AS file,
        CASE WHEN {usd.sql} IS NULL THEN '' WHEN {other} THEN {words}
        WHEN {usd.number()} IS NULL THEN 'the amount is no number' WHEN {at} IS NULL THEN 'it has no time' END AS why,
        {table.line} AS line FROM {table.sql}"""


def times(format: Format, table: Table) -> str:
    """A SELECT of `id` and `latency_s`, of a source that holds no more than that."""
    latency = f"{_cell(format, table, 'latency_s').number()} {_scale(format)}"
    return f"SELECT {_cell(format, table, 'id').text()} AS id, max({latency}) AS latency_s FROM {table.sql} GROUP BY 1"


def _cell(format: Format, table: Table, column: str) -> Cell:
    if column in format.constants:
        return Cell(texts([str(format.constants[column]).lower()]))
    place = first(format.paths(column), table.types)
    if format.decimal and column in NUMBERS and place.kind == "VARCHAR" and place.there:
        if format.decimal == ".":
            return Cell(f"replace({place.sql}, ',', '')")
        # a number of JSON has its point as a fraction's, whatever people write: points go where they part thousands
        grouped = f"regexp_matches({place.sql}, '^[-+]?[0-9]{{1,3}}(\\.[0-9]{{3}})+(,[0-9]*)?$')"
        bare = f"CASE WHEN {grouped} THEN replace({place.sql}, '.', '') ELSE {place.sql} END"
        return Cell(f"replace({bare}, ',', '.')")
    return place


def _other(format: Format, table: Table) -> str:
    """Return whether a row is of a kind that is no call of a model; one that does not say its kind may be."""
    kinds = [(cell(path, table.types), values) for path, values in format.only.items()]
    again = [cell("kit.again", table.types).among(["true"])] if format.again else []
    for kind, values in kinds:
        not_these = [value[1:].lower() for value in values if value.startswith("!")]
        words = not_these or [value.lower() for value in values]
        if kind.there:
            again.append(f"coalesce(lower({kind.text()}) {'IN' if not_these else 'NOT IN'} ({texts(words)}), false)")
    return " OR ".join(again) or "false"


def _grouped(sql: str, cells: Mapping[str, Cell]) -> tuple[str, dict[str, Cell]]:
    """One row of those that agree in the group's columns: figures are added up, of all else the first is taken."""
    chosen = {}
    cells = dict(cells)
    for name, place in cells.items():
        if not place.there:
            chosen[name] = "NULL"
        elif name in NUMBERS and name != "hours":
            chosen[name], cells[name] = f"sum({place.number()})", Cell(f"{name}_", "DOUBLE")
        else:
            chosen[name] = f"min({name}_)"
    columns = ", ".join(f"{sql} AS {name}_" for name, sql in chosen.items())
    return (
        f"SELECT {columns}, min(mark) AS mark, min(line) AS line, bool_and(other) AS other FROM ({sql}) "
        "GROUP BY together",
        cells,
    )


def _joined(sql: str, cells: Mapping[str, Cell], number: str) -> tuple[str, dict[str, Cell]]:
    """One row a call of which several rows may tell: figures stand in one of them, texts go on from row to row."""
    sql = sql.replace("SELECT ", f"SELECT {number} AS part, ", 1)
    joined = {}
    for name, place in cells.items():
        if not place.there:
            joined[name] = "NULL"
        elif name in NUMBERS:
            joined[name], cells = f"max({place.number()})", {**cells, name: Cell(f"{name}_", "DOUBLE")}
        elif name in ("messages", "answer"):
            joined[name] = f"string_agg({place.text()}, '' ORDER BY part)"
        elif name != "id":
            joined[name] = f"arg_min({name}_, part)"
    selected = ", ".join(f"{sql} AS {name}_" for name, sql in joined.items())
    each = f"SELECT DISTINCT ON (id_, part) * FROM ({sql})"
    return (
        f"SELECT id_, {selected}, '' AS mark, min(line) AS line, bool_and(other) AS other FROM ({each}) GROUP BY id_",
        dict(cells),
    )


def _typed(format: Format, cells: Mapping[str, Cell]) -> list[str]:
    """Figures as numbers, times as times; what cannot be read becomes NULL."""
    status = cells["status"].text()
    bad = (
        f"lower({status}) IN ({texts(format.failed)})"
        if format.failed
        else f"lower({status}) NOT IN ({texts(format.ok or OK)})"
    )
    return [
        *(f"{cells[name].number()} AS {name}" for name in NUMBERS),
        *(f'{cells[name].moment(format.zone, format.times)} AS "{name}"' for name in _MOMENTS),
        f"CASE WHEN {bad} THEN {status} ELSE 'ok' END AS status" if cells["status"].there else "'ok' AS status",
    ]


def _leaves_only(sql: str) -> str:
    """Set aside a row that repeats the calls inside it: same model, and the same tokens as those together."""
    return f"""WITH spans AS MATERIALIZED ({sql}),
        inner_calls AS (
            SELECT above_, logged_ AS model_, sum(prompt) AS all_prompt, sum(output) AS all_output FROM spans
            WHERE NOT other AND above_ <> '' AND above_ <> span_ AND prompt + coalesce(output, 0) > 0 GROUP BY ALL)
        SELECT s.* REPLACE (s.other OR coalesce(i.all_prompt = s.prompt AND i.all_output = s.output, false) AS other)
        FROM spans s LEFT JOIN inner_calls i ON i.above_ = s.span_ AND i.model_ = s.logged_"""


def _more(format: Format) -> str:
    """Tell, where senders differ, whether a model's rows count cached or reasoning tokens beside; one shows it."""
    if not format.mixed:
        return "false AS more, false AS more_out"
    parts, spoken = "(coalesce(cached, 0) + coalesce(written, 0))", "coalesce(prompt, 0) + coalesce(output, 0)"
    prompt, output = f"{parts} > coalesce(prompt, 0)", "reasoning > coalesce(output, 0)"
    if "total" in format.columns:  # a total that counts them on top shows it, too
        prompt += f" OR ({parts} > 0 AND total = {spoken} + {parts})"
        output += f" OR (reasoning > 0 AND total = {spoken} + reasoning)"
    alike = "OVER (PARTITION BY logged_)"
    return f"coalesce(bool_or({prompt}) {alike}, false) AS more, coalesce(bool_or({output}) {alike}, false) AS more_out"


def _inside(format: Format) -> str:
    """Return whether a row counts its parts inside though the format counts them beside: its own total tells."""
    if not format.beside() or "total" not in format.columns:
        return "false"
    fits = "coalesce(cached, 0) + coalesce(written, 0) <= prompt AND coalesce(reasoning, 0) <= output"
    return f"coalesce(total = prompt + output AND {fits}, false)"


def _normal(format: Format, cells: Mapping[str, Cell], file: str) -> list[str]:
    def whole(tokens: str, *parts: str) -> str:
        added = " + ".join(f"coalesce({part}, 0)" for part in parts if part in format.beside())
        whole = f"coalesce({tokens}, 0)" + (f" + CASE WHEN inside THEN 0 ELSE {added} END" if added else "")
        rest = " + ".join(f"coalesce({part}, 0)" for part in parts if part not in format.beside())
        shown = "more_out" if tokens == "output" else "more"
        return whole + (f" + CASE WHEN {shown} THEN {rest} ELSE 0 END" if format.mixed and rest else "")

    bucket = format.row == "bucket"
    streamed = 'CASE WHEN "first" < until THEN epoch("first" - "at") END'
    free = f"coalesce(ends_with({cells['logged'].text()}, ':free'), false)"
    timed = 'epoch(until - "at")' if cells["until"].there else ""
    columns = {name: f"coalesce({cells[name].text()}, '')" for name in _NAMES} | {
        "at": '"at"',
        "hours": 'coalesce(hours, epoch(until - "at") / 3600, 0)' if bucket else "coalesce(hours, 0)",
        "requests": "requests" if bucket or cells["requests"].there else "1",
        "prompt": whole("prompt", "cached", "written"),
        "cached": "coalesce(cached, 0)",
        "written": "coalesce(written, 0)",
        "written_1h": "coalesce(written_1h, 0)",
        "output": whole("output", "reasoning"),
        "reasoning": "reasoning",
        "batch": f"{cells['batch'].among(format.batch)} OR {cells['tier'].among(['batch'])}",
        "tier": f"CASE WHEN {cells['tier'].among(TIERS)} THEN lower({cells['tier'].text()}) ELSE '' END",
        "long": cells["long"].among(format.long),
        "billed": f"NOT {cells['unbilled'].among(format.unbilled)} AND NOT {free}"
        + (f" AND {cells['billed'].among(['true'])}" if cells["billed"].there else ""),
        "status": "status",
        "latency_s": f"latency_s {_scale(format)}"
        if bucket or not timed
        else f"coalesce(latency_s {_scale(format)}, {timed})",
        "first_token_s": f"coalesce(first_token_s {_scale(format)}, {streamed})",
        "logged_usd": f"logged_usd {_cents(format)}",
        "request": _request(cells),
        "answer": cells["answer"].text(),
        "format": texts([format.name]),
        "file": "file_" if file == BUNDLE else texts([file]),
    }
    return [f"{columns[name]} AS n_{name}" for name in TYPES]


def _request(cells: Mapping[str, Cell]) -> str:
    """The request as JSON without its model: as logged, or of a whole body, or of messages and parameters."""
    ready, body, messages, parameters = (cells[name].text() for name in ("request", "body", "messages", "parameters"))
    whole = f"""TRY(json_merge_patch(CAST({body} AS JSON), '{{"model": null}}'))"""
    rest = f"coalesce(TRY(CAST({parameters} AS JSON)), '{{}}')"
    put = f"TRY(json_merge_patch({rest}, json_object('messages', CAST({messages} AS JSON))))"
    choices = [
        *([ready] if cells["request"].there else []),
        *([f"CASE WHEN {_asks(body)} THEN {whole} END"] if cells["body"].there else []),
        *([f"CASE WHEN TRY(json_array_length({messages})) > 0 THEN {put} END"] if cells["messages"].there else []),
    ]
    return f"coalesce({', '.join(choices)})" if choices else "NULL"


def _asks(body: str) -> str:
    """True for a body of a call: with messages, or in the words of OpenAI's Responses or of Gemini."""
    other = " OR ".join(f"TRY(json_exists({body}, '/{name}'))" for name in ("input", "contents"))
    return f"(TRY(json_array_length({body}, '/messages')) > 0 OR {other})"


def _scale(format: Format) -> str:
    return {"ms": "/ 1000", "us": "/ 1000000", "ns": "/ 1000000000"}.get(format.latency, "")


def _cents(format: Format) -> str:
    return {"cents": "/ 100", "nanousd": "/ 1e9"}.get(format.usd, "")


SINCE = "2020-01-01"
"""No model was sold by the token before it, so an earlier time is that of a wrong clock."""

_MOST = 100_000_000
"""More tokens than any model takes in one call."""


_UNNAMED = "'it names no model: ask for usage by model (group_by=model) and export it again'"

_UNTIMED = "'it has no time; where its file says none, constants: {at: 2026-11-02} in the rules gives it one'"

_TIMES = "', cannot be read; its form belongs under times: in the rules, as %d/%m/%Y %H:%M'"


def _reasons(format: Format, cells: Mapping[str, Cell], now: datetime) -> list[tuple[str, str]]:
    """Return what may be wrong with a row, in SQL, and the words for it: the first that holds is why it does not count.

    Without words it is no call of a model, and counts as nothing.

    Args:
        cells: A row as its source has it; `n_prompt` and so on are as they count, `prompt` and so on as logged.
        now: What starts more than a day later than this starts in the future.
    """
    late = (now.astimezone(UTC) + timedelta(days=1)).replace(tzinfo=None).isoformat(" ")
    blank = "n_logged = '' AND n_prompt = 0 AND n_output = 0" + (" AND status = 'ok'" if format.lends_time else "")
    reasons = [("other", "''")] if format.only or format.again or format.parent else []
    reasons += [(blank, "''"), *([_foreign(cells["currency"])] if cells["currency"].there else [])]
    for name, place in ((name, cells[name]) for name in (*TOKENS, "requests") if cells[name].there):
        if not place.whole:
            if format.decimal == "" and cells[name].kind == "VARCHAR":
                pattern = "'^[0-9]{1,3}([.,][0-9]{3})+$'"
                dotted = f"contains({name}_, '.') OR contains({name}_, ',')"  # a tenth of the pattern's cost
                unclear = f"CASE WHEN {dotted} THEN regexp_matches({name}_, {pattern}) ELSE false END"
                unclear = f"coalesce({unclear}, false)"
                ask = '\' may be thousands or a fraction: say decimal: "," or "." in the rules\''
                reasons.append((unclear, f"'{name}: ' || left({name}_, 40) || {ask}"))
            odd = f"({name}_ IS NOT NULL AND {name} IS NULL) OR {name} <> floor({name})"
            reasons.append((odd, f"'{name}: ' || left({place.text()}, 40) || ' is no whole number'"))
        reasons.append((f"{name} < 0", f"'{name}: ' || {_shown(name)} || ' is negative'"))
    time_reason = f"'its time, ' || left({cells['at'].text()}, 40) || {_TIMES}"
    prompt, cached, written, _, output, reasoning = (_shown(f"n_{name}") for name in TOKENS)
    early = ["n_latency_s < 0", "n_hours < 0", *(['until < "at"'] if cells["until"].there else [])]
    most = f"{_MOST} * greatest(coalesce(n_requests, 1), 1)"
    reasons += [
        ('"at" IS NULL', f"coalesce({time_reason}, {_UNTIMED})"),
        (f"\"at\" < TIMESTAMP '{SINCE}'", f"'it starts at ' || \"at\" || ', before {SINCE[:4]}'"),
        (f"\"at\" > TIMESTAMP '{late}'", "'it starts at ' || \"at\" || ', in the future'"),
        *((test, "'it ends before it starts'") for test in early),
        ("n_hours > 8784", "'it covers more than a year'"),
        (f"(n_prompt > {_MOST} OR n_output > {_MOST}) AND (n_prompt > {most} OR n_output > {most}) "
         "AND (n_hours = 0 OR n_requests IS NOT NULL)",
         f"{prompt} || ' prompt and ' || {output} || ' output tokens are more than a call can have'"),
        ("n_cached + n_written > n_prompt",
         f"{cached} || ' tokens read from the cache and ' || {written} || ' written to it, of ' || {prompt} "
         "|| ' in the prompt'"),
        ("reasoning > n_output", f"{reasoning} || ' tokens of reasoning, of ' || {output} || ' in the output'"),
        ("n_output > 0 AND n_prompt = 0", f"{output} || ' output tokens and no prompt'"),
        ("n_logged = '' AND n_prompt > 0", _UNNAMED if format.row == "bucket" else "'it names no model'"),
        ("prompt IS NULL AND output IS NULL AND status = 'ok'", "'it says ok, and has no token counts'"),
    ]  # fmt: skip
    return reasons


def _foreign(currency: Cell) -> tuple[str, str]:
    """Return whether an amount is of another currency, in SQL, and the words for it."""
    stated = currency.text()
    return f"lower({stated}) <> 'usd'", f"{stated} || ' where USD belongs; no other currency is converted'"


def _shown(number: str) -> str:
    """A number in words, which may be any, without the point that whole ones have not."""
    return f"coalesce(CAST(TRY_CAST({number} AS HUGEINT) AS VARCHAR), CAST({number} AS VARCHAR))"
