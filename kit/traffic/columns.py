"""Cells: SQL that reads one value of a source, be it text, a number, a time, or nested in JSON."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

__all__ = ["Cell", "cell", "first", "identifier", "texts"]

_WHOLE = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_FLOAT = {"FLOAT", "DOUBLE"}


@dataclass(frozen=True)
class Cell:
    """SQL for a value, and its type in SQL."""

    sql: str
    kind: str = "VARCHAR"

    @property
    def there(self) -> bool:
        """Return whether the source has it at all."""
        return self.sql != "NULL"

    @property
    def whole(self) -> bool:
        """Return whether it can be no fraction."""
        return self.kind in _WHOLE

    @property
    def said(self) -> str:
        """The value, and NULL where it is an empty text."""
        return f"nullif({self.sql}, '')" if self.kind == "VARCHAR" and self.there else self.sql

    def text(self) -> str:
        """The value as text."""
        return self.sql if self.kind == "VARCHAR" else f"CAST({self.sql} AS VARCHAR)"

    def number(self) -> str:
        """The value as a number; NULL if it is none."""
        return self.sql if self.kind in _WHOLE | _FLOAT else f"TRY_CAST({self.sql} AS DOUBLE)"

    def among(self, values: Iterable[object]) -> str:
        """Return whether the value, in lower case, is one of some; false if there is none."""
        if self.kind == "BOOLEAN":
            return f"coalesce({self.sql}, false)"
        values = list(values)
        if self.there and "*" in values:  # anything that is said
            none = texts(["", "false", "0", "null", "none", "00000000-0000-0000-0000-000000000000"])
            return f"coalesce(lower({self.text()}) NOT IN ({none}), false)"
        return f"coalesce(lower({self.text()}) IN ({texts(values)}), false)" if self.there else "false"

    def moment(self, zone: str, times: Iterable[str] = ()) -> str:
        """The value as a time in UTC; NULL if it is none.

        ISO 8601, or seconds, milli-, micro- or nanoseconds since 1970, which their size tells apart: 1e11 seconds are
        the year 5138, 1e11 milliseconds 1973. `times` are forms as of `strptime`, tried first.
        """
        if self.kind == "TIMESTAMP WITH TIME ZONE":
            return f"timezone('UTC', {self.sql})"
        if self.kind.startswith("TIMESTAMP") or self.kind == "DATE":
            plain = f"CAST({self.sql} AS TIMESTAMP)"
            return plain if zone == "UTC" else f"timezone('UTC', timezone({texts([zone])}, {plain}))"
        n = self.number()
        scale = f"CASE WHEN {n} < 1e11 THEN 1e6 WHEN {n} < 1e14 THEN 1e3 WHEN {n} < 1e17 THEN 1 ELSE 1e-3 END"
        since = f"TRY(make_timestamp(TRY_CAST({n} * {scale} AS BIGINT)))"
        if self.kind != "VARCHAR":
            return since
        # a cast to TIMESTAMP is five times faster, but drops an offset in silence: right for Z alone;
        # one to TIMESTAMPTZ takes a time without an offset as the session's, which is UTC
        text = f"regexp_replace({self.sql}, ' ?(\\+0000 UTC|UTC|GMT)$', 'Z')"
        text = f"regexp_replace({text}, '(:\\d\\d(?:\\.\\d+)?[+-]\\d\\d)(\\d\\d)$', '\\1:\\2')"
        zoned = f"TRY_CAST({text} AS TIMESTAMPTZ)"  # of which infinity is one
        stated = f"CASE WHEN isfinite({zoned}) THEN timezone('UTC', {zoned}) END"
        if zone != "UTC":
            in_zone = f"timezone('UTC', timezone({texts([zone])}, TRY_CAST({self.sql} AS TIMESTAMP)))"
            zone_said = f"regexp_matches({text}, ':\\d\\d.*([zZ]|[+-]\\d\\d(:?\\d\\d)?)$')"
            stated = f"CASE WHEN {zone_said} THEN {stated} ELSE {in_zone} END"
        stated = f"CASE WHEN ends_with({self.sql}, 'Z') THEN TRY_CAST({self.sql} AS TIMESTAMP) ELSE {stated} END"
        day = f"CASE WHEN regexp_matches({self.sql}, '^(19|20)\\d{{6}}$') THEN try_strptime({self.sql}, '%Y%m%d') END"
        forms = [f"try_strptime({self.sql}, {texts([form])})" for form in times]
        if forms and zone != "UTC":
            forms = [f"timezone('UTC', timezone({texts([zone])}, {form}))" for form in forms]
        return f"coalesce({', '.join([*forms, stated, day, since])})"


def first(paths: Iterable[str], types: Mapping[str, str]) -> Cell:
    """The first of some places in a row that holds something.

    Args:
        types: Column of the source -> its SQL type.
    """
    cells = [place for path in paths if (place := cell(path, types)).there]
    if len(cells) < 2:
        return cells[0] if cells else Cell("NULL")
    values = (place.said if place.kind == "VARCHAR" else place.text() for place in cells)
    return Cell(f"coalesce({', '.join(values)})")


def cell(path: str, types: Mapping[str, str]) -> Cell:
    """Find one place in a row.

    A column, `a/b` (b inside a), `a + b` (their sum, of which one may be absent), `a | b` (the larger), or `a[b=x]`
    (a, where b is x).
    """
    if path in types:
        return Cell(identifier(path), types[path])
    if " | " in path:
        parts = [place.number() for part in path.split(" | ") if (place := cell(part, types)).there]
        return Cell(f"greatest({', '.join(parts)})", "DOUBLE") if parts else Cell("NULL")
    if " + " in path:
        parts = [place.number() for part in path.split(" + ") if (place := cell(part, types)).there]
        any_part = " OR ".join(f"{part} IS NOT NULL" for part in parts)
        total = " + ".join(f"coalesce({part}, 0)" for part in parts)
        return Cell(f"CASE WHEN {any_part} THEN {total} END", "DOUBLE") if parts else Cell("NULL")
    if path.endswith("]") and "=" in path.partition("[")[2]:
        value, _, condition = path[:-1].partition("[")
        key, _, word = condition.partition("=")
        of, kind = cell(value, types), cell(key, types)
        if not (of.there and kind.there):
            return Cell("NULL")
        return Cell(f"CASE WHEN {kind.text()} = {texts([word])} THEN {of.text()} END")
    head, _, inner = path.partition("/")
    if not inner or head not in types:
        return Cell("NULL")
    source = identifier(head) if types[head] in ("VARCHAR", "JSON") else f"to_json({identifier(head)})"
    # where JSON should be may be none, or half of it
    return Cell(f"TRY(json_extract_string({source}, {texts(['/' + inner])}))")


def identifier(name: str) -> str:
    """A column's name as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'


def texts(values: Iterable[object]) -> str:
    """Words as SQL takes them."""
    return ", ".join("'" + str(value).replace("'", "''") + "'" for value in values)
