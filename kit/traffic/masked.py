"""Masked: a key that stands in a name (an endpoint's, a model's, an error's) becomes a mark before anybody sees it.

Texts of requests and answers stay in the database as they were logged: what is shown or sent of them is redacted there
(`kit.replay.sampling`). Names are shown everywhere, so here they are masked where they are read.
"""

# ruff: noqa: S608 - SQL is put together of names that are ours

from typing import TYPE_CHECKING

from kit.redaction import RULES, redact, widened

if TYPE_CHECKING:
    import duckdb

__all__ = ["NAMES", "masked", "masks"]

NAMES = ("endpoint", "logged", "provider", "status")
"""Columns of `usage` whose words are shown as they are."""

_SECRET = [rule for rule in RULES if rule.secret]
_HINT = "|".join(widened(rule.pattern) for rule in _SECRET)
"""Names that may hold a secret; DuckDB's regular expressions are RE2's."""


def masked(text: str) -> str:
    """A text with a mark in place of each key: `masked("job sk-...")` -> `job [openai key]`; addresses stay."""
    return redact(text, _SECRET)


def masks(db: "duckdb.DuckDBPyConnection", rows: str) -> dict[str, str]:
    """Make a table `name`, `mark` for each column of NAMES in which a key stands: column -> the table's name.

    Args:
        rows: The table or view of usage; tables are called after it.
    """
    made = {}
    for column in NAMES:
        distinct = f'SELECT DISTINCT "{column}" AS name FROM {rows}'  # first, since there are few
        hinted = db.execute(f"SELECT name FROM ({distinct}) WHERE regexp_matches(name, ?)", [_HINT]).fetchall()
        if found := [(name, mark) for (name,) in hinted if (mark := masked(name)) != name]:
            made[column] = f"{rows}_{column}"
            db.execute(f"CREATE TABLE {made[column]} (name VARCHAR, mark VARCHAR)")
            db.executemany(f"INSERT INTO {made[column]} VALUES (?, ?)", found)
    return made
