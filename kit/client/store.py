"""Answers on disk: one row an answer, written before it is counted, never asked for again.

SQLite with a write-ahead log, one commit an answer: a process killed at any moment has lost nothing that it had
counted, and several processes may share one file. A question is claimed before it is sent, so that two of them do not
pay for the same answer. The claims of a process that is gone are void, and those of another machine after an hour.
"""

import json
import logging
import os
import socket
import sqlite3
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from itertools import count as numbers
from pathlib import Path
from typing import Any

from kit.client.answers import Answer, Failure, is_our_fault
from kit.client.store_repair import salvage
from kit.errors import KitError, StoreError
from kit.pricing import Usage

__all__ = ["Store", "StoredBatch", "count_answers"]

_MIGRATIONS = (
    """
    CREATE TABLE requests (digest BLOB PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE answers (
        key BLOB PRIMARY KEY, contender TEXT NOT NULL, request BLOB NOT NULL, sample INTEGER NOT NULL,
        text TEXT NOT NULL, finish_reason TEXT NOT NULL,
        prompt INTEGER, cached INTEGER, output INTEGER, reasoning INTEGER,
        asked_at TEXT NOT NULL, total_s REAL NOT NULL, first_token_s REAL, tool_calls TEXT NOT NULL,
        thinking TEXT NOT NULL, served_by TEXT NOT NULL, note TEXT NOT NULL, attempts INTEGER NOT NULL
    );
    CREATE TABLE failures (
        key BLOB PRIMARY KEY, contender TEXT NOT NULL, kind TEXT NOT NULL, message TEXT NOT NULL,
        attempts INTEGER NOT NULL, asked_at TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
    "CREATE TABLE claims (key BLOB PRIMARY KEY, owner TEXT NOT NULL) WITHOUT ROWID;",
    "ALTER TABLE claims ADD COLUMN since REAL NOT NULL DEFAULT 0;",
    "ALTER TABLE answers ADD COLUMN confidence REAL;",
    """
    ALTER TABLE answers ADD COLUMN batch TEXT NOT NULL DEFAULT '';
    CREATE TABLE batches (
        token TEXT PRIMARY KEY, place TEXT NOT NULL, contender TEXT NOT NULL, owner TEXT NOT NULL,
        id TEXT NOT NULL, since REAL NOT NULL, items TEXT NOT NULL
    ) WITHOUT ROWID;
    """,
)
"""What takes a file from each version of the schema to the next; `user_version` counts those that have run."""

_ANSWER = (
    "text, finish_reason, prompt, cached, output, reasoning, asked_at, total_s, first_token_s, tool_calls, thinking, "
    "served_by, note, attempts, confidence, batch"
)
_COLUMNS = 20
"""Of a row of answers: key, contender, request and sample, and _ANSWER."""

_LEASE_S = 3600
"""How long a claim from another machine holds: whether its process still runs cannot be seen from here."""

_LOG = logging.getLogger(__name__)

_SLICE = 500
"""Keys in one query; SQLite takes at most 999 everywhere."""


@dataclass(frozen=True)
class StoredBatch:
    """A batch that a provider works on, or was about to.

    Attributes:
        token: Ours, by which it is found again at the provider if its id was lost.
        id: The provider's; empty until it is known.
        since: When it was opened, in seconds since 1970.
        items: Key, sample and request (as JSON) of each.
    """

    token: str
    place: str
    contender: str
    id: str
    since: float
    items: tuple[tuple[bytes, int, str], ...]


class Store:
    """The answers in one file. Use as a context manager, from one thread at a time.

    Raises:
        StoreError: If the file cannot be opened for writing, is no store, or is damaged (it is set aside then).
    """

    def __init__(self, path: str | Path):
        self.path, self._me = Path(path), f"{_process()} {next(_opened)}"
        with self._store_errors():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=60, isolation_level=None, check_same_thread=False)
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back this process's claims, and close the file."""
        with suppress(sqlite3.Error):
            if self._db.execute("SELECT 1 FROM claims WHERE owner = ? LIMIT 1", (self._me,)).fetchone():
                self._db.execute("DELETE FROM claims WHERE owner = ?", (self._me,))
        self._db.close()

    def get(self, keys: Sequence[bytes]) -> dict[bytes, Answer]:
        """The answers that are there, by key; a row that cannot be one is set aside, and asked again."""
        with self._store_errors():
            answers, unsound = {}, []
            for key, *row in self._select(f"key, {_ANSWER}", "answers", keys):
                try:
                    answers[key] = _answer(row)
                except (ValueError, TypeError, AttributeError, KitError) as error:
                    unsound.append((key, str(error)))
            if unsound:
                self._set_rows_aside(unsound)
            return answers

    def answered_keys(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of the keys that have an answer."""
        with self._store_errors():
            return {row[0] for row in self._select("key", "answers", keys)}

    def claim(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of the keys that this process may ask now; the others are answered, or asked by another process."""
        with self._store_errors(), self._transaction():
            for (owner,) in set(self._select("owner", "claims", keys)):
                if self._in_a_batch(owner):
                    continue
                self._db.execute("DELETE FROM claims WHERE owner = ? AND since < ?", (owner, _void_before(owner)))
            self._db.executemany(
                "INSERT OR IGNORE INTO claims SELECT ?1, ?2, ?3 "
                "WHERE NOT EXISTS (SELECT 1 FROM answers WHERE key = ?1)",
                [(key, self._me, time.time()) for key in keys],
            )
            return {key for key, owner in self._select("key, owner", "claims", keys) if owner == self._me}

    def waiting(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of the keys that wait in a batch."""
        with self._store_errors():
            return {key for key, owner in self._select("key, owner", "claims", keys) if self._in_a_batch(owner)}

    def open_batch(self, batch: "StoredBatch") -> None:
        """Note a batch before it is sent, and let it hold the claims on its requests, whatever becomes of this process.

        Its `id` is not known yet: what a crash leaves so was sent, or was not.
        """
        items = json.dumps([[key.hex(), sample, request_json] for key, sample, request_json in batch.items])
        row = (batch.token, batch.place, batch.contender, self._me, batch.id, batch.since, items)
        with self._store_errors(), self._transaction():
            self._db.execute("INSERT INTO batches VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self._db.executemany(
                "INSERT OR REPLACE INTO claims VALUES (?, ?, ?)",
                [(key, f"batch {batch.token}", batch.since) for key, _, _ in batch.items],
            )

    def name_batch(self, token: str, id: str) -> None:
        """Note the provider's id of a batch."""
        with self._store_errors(), self._transaction():
            self._db.execute("UPDATE batches SET id = ? WHERE token = ?", (id, token))

    def take_batch(self, token: str) -> bool:
        """Become the one who sends a batch without an id; False if the process that opened it still runs."""
        with self._store_errors(), self._transaction():
            row = self._db.execute("SELECT owner FROM batches WHERE token = ? AND id = ''", (token,)).fetchone()
            if row is None or (row[0] != self._me and _void_before(row[0]) != float("inf")):
                return False
            self._db.execute("UPDATE batches SET owner = ? WHERE token = ?", (self._me, token))
            return True

    def close_batch(self, token: str) -> None:
        """Forget a batch that has ended, and give back what it claimed and did not answer."""
        with self._store_errors(), self._transaction():
            self._db.execute("DELETE FROM batches WHERE token = ?", (token,))
            self._db.execute("DELETE FROM claims WHERE owner = ?", (f"batch {token}",))

    def batches(self, place: str, contender: str) -> "list[StoredBatch]":
        """The batches of a contender that have not been fetched, the oldest first."""
        with self._store_errors():
            rows = self._db.execute(
                "SELECT token, place, contender, id, since, items FROM batches WHERE place = ? AND contender = ? "
                "ORDER BY since, token", (place, contender),
            ).fetchall()  # fmt: skip
        open_batches = []
        for token, place, contender, id, since, items in rows:
            parts = tuple((bytes.fromhex(key), sample, request_json) for key, sample, request_json in json.loads(items))
            open_batches.append(StoredBatch(token, place, contender, id, since, parts))
        return open_batches

    def _in_a_batch(self, owner: str) -> bool:
        if not owner.startswith("batch "):
            return False
        token = owner.removeprefix("batch ")
        return self._db.execute("SELECT 1 FROM batches WHERE token = ?", (token,)).fetchone() is not None

    def put(self, key: bytes, contender: str, request_json: str, sample: int, answer: Answer) -> None:
        """Keep an answer; when this returns, a crash of the process cannot lose it.

        Args:
            asked: The request as JSON, kept once however many contenders it was put to.
        """
        digest, used = sha256(request_json.encode()).digest()[:16], answer.usage
        counts = (used.prompt, used.cached, used.output, used.reasoning) if used else (None,) * 4
        row = (
            key, contender, digest, sample, answer.text, answer.finish_reason, *counts, answer.asked_at, answer.total_s,
            answer.first_token_s, json.dumps(answer.tool_calls), answer.thinking, answer.served_by, answer.note,
            answer.attempts, answer.confidence, answer.batch,
        )  # fmt: skip
        self._write(request_json, row)

    def fail(self, key: bytes, contender: str, failure: Failure) -> Failure:
        """Note why there is no answer yet, and let the question be asked again.

        Returns:
            The failure that stands: an earlier one of the model's or its provider's outlasts a later one of ours, such
            as a request that was not sent again. Otherwise asking twice would take failures out of a score.
        """
        row = (key, contender, failure.kind, failure.message, failure.attempts, failure.asked_at)
        with self._store_errors(), self._transaction():
            self._db.execute("DELETE FROM claims WHERE key = ? AND owner NOT LIKE 'batch %'", (key,))
            if is_our_fault(failure.kind, failure.message):
                earlier = self._select("kind, message, attempts, asked_at", "failures", [key])
                for standing in (Failure(*columns) for columns in earlier):
                    if not is_our_fault(standing.kind, standing.message):
                        return standing
            self._db.execute("INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?, ?)", row)
            return failure

    def release(self, keys: Iterable[bytes]) -> None:
        """Give back claims on what will not be asked after all."""
        with self._store_errors(), self._transaction():
            self._db.executemany("DELETE FROM claims WHERE key = ? AND owner = ?", [(key, self._me) for key in keys])

    def _set_rows_aside(self, unsound: Sequence[tuple[bytes, str]]) -> None:
        """Move rows that cannot be answers out of the way, so that their questions are asked again."""
        with self._transaction():
            self._db.execute("CREATE TABLE IF NOT EXISTS unsound AS SELECT * FROM answers WHERE 0")
            for key, _ in unsound:
                self._db.execute("INSERT INTO unsound SELECT * FROM answers WHERE key = ?", (key,))
                self._db.execute("DELETE FROM answers WHERE key = ?", (key,))
        names = ", ".join(f"{key.hex()} ({why})" for key, why in unsound[:3]) + (", ..." if len(unsound) > 3 else "")
        _LOG.warning("%s: %d damaged rows are set aside in its table unsound: %s", self.path, len(unsound), names)

    def _write(self, request_json: str, row: tuple[Any, ...]) -> None:
        try:
            with self._store_errors(), self._transaction():
                self._db.execute("INSERT OR IGNORE INTO requests VALUES (?, ?)", (row[2], request_json))
                self._db.execute(f"INSERT OR REPLACE INTO answers VALUES ({', '.join('?' * len(row))})", row)  # noqa: S608
                self._db.execute("DELETE FROM failures WHERE key = ?", (row[0],))
                self._db.execute("DELETE FROM claims WHERE key = ?", (row[0],))
        except StoreError as error:
            rescue = self._rescue()
            plain = [value.hex() if isinstance(value, bytes) else value for value in row]
            try:
                # the folder is everybody's: nobody else may read the file, or put another one in its way
                mode = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
                with os.fdopen(os.open(rescue, mode, 0o600), "a", encoding="utf-8") as file:
                    file.write(json.dumps([request_json, plain]) + "\n")
            except OSError as fault:
                raise StoreError(f"{error}; nor could {rescue}: {fault.strerror}") from None
            raise StoreError(f"{error}; what came back is safe in {rescue} and will be taken from there") from None

    def _open(self) -> None:
        self._db.execute("BEGIN")  # one look at both, since another process may just be making them
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        tables = {name for (name,) in self._db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        self._db.execute("COMMIT")
        if version > len(_MIGRATIONS):
            raise StoreError(f"{self.path}: was written by a newer kit (schema {version}); update this one")
        if tables and (version == 0 or "answers" not in tables):
            raise StoreError(f"{self.path}: is a database, but not a store of answers; choose another path")
        self._log_ahead()  # not before it is known to be ours: this writes to the file
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA wal_autocheckpoint = 10000")  # 40 MB; what comes in meanwhile waits for each
        if version < len(_MIGRATIONS):
            self._migrate()
        self._db.execute("BEGIN IMMEDIATE")  # a file that cannot be written is told before anything is paid for
        self._db.execute("ROLLBACK")
        self._absorb()

    def _log_ahead(self) -> None:
        for left in reversed(range(200)):
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:  # the one lock that SQLite itself does not wait for
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or not left:
                    raise
                time.sleep(0.05)

    def _migrate(self) -> None:
        with self._transaction():
            version = self._db.execute("PRAGMA user_version").fetchone()[0]  # another process may have been faster
            for script in _MIGRATIONS[version:]:
                for statement in script.split(";"):
                    self._db.execute(statement)
            self._db.execute(f"PRAGMA user_version = {len(_MIGRATIONS)}")

    def _absorb(self) -> None:
        """Take in what an earlier run could not write here."""
        rescue = self._rescue()
        if rescue.is_file() and not rescue.is_symlink() and rescue.stat().st_uid == self.path.stat().st_uid:
            for line in rescue.read_text(encoding="utf-8").splitlines():
                with suppress(ValueError):  # a line cut short by a full disk holds no answer
                    request_json, row = json.loads(line)
                    row = _padded(row)
                    self._write(request_json, (bytes.fromhex(row[0]), row[1], bytes.fromhex(row[2]), *row[3:]))
            rescue.unlink(missing_ok=True)  # another process may have been faster

    def _rescue(self) -> Path:
        name = sha256(str(self.path.resolve()).encode()).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"kit-rescued-{name}.jsonl"

    def _select(self, columns: str, table: str, keys: Sequence[bytes]) -> Iterator[tuple[Any, ...]]:
        for start in range(0, len(keys), _SLICE):
            portion = keys[start : start + _SLICE]
            marks = ", ".join("?" * len(portion))
            yield from self._db.execute(f"SELECT {columns} FROM {table} WHERE key IN ({marks})", portion)  # noqa: S608

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")
            raise

    @contextmanager
    def _store_errors(self) -> Iterator[None]:
        """SQLite's errors as one line; a damaged file is set aside."""
        try:
            yield
        except OSError as error:
            raise StoreError(f"{self.path}: cannot be opened: {error.strerror}") from None
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise StoreError(self._set_aside(str(error))) from None
            raise StoreError(f"{self.path}: cannot be read or written: {error}") from None

    def _set_aside(self, fault: str) -> str:
        if self.path.suffix not in (".sqlite", ".db"):
            return f"{self.path}: is not a store of answers ({fault}); a store ends in .sqlite"
        self._db.close()
        number = 1
        while (aside := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists():
            number += 1
        os.replace(self.path, aside)
        for side in ("-wal", "-shm"):  # the log belongs to the damaged file, not to its successor
            with suppress(FileNotFoundError):
                os.replace(f"{self.path}{side}", f"{aside}{side}")
        salvaged = self._salvage(aside)
        begin = f"with the {salvaged:,} answers that could be read from it" if salvaged else "to begin a new store"
        return (
            f"{self.path}: is damaged ({fault}) and was set aside as {aside.name}; put a backup in its place, "
            f"or run again {begin}"
        )

    def _salvage(self, aside: Path) -> int:
        """Begin a new store with what can be read from a damaged one; none if nothing can."""
        draft = self.path.with_name(f"{self.path.name}.salvage-{os.getpid()}.sqlite")
        salvaged = 0
        try:
            Store(draft).close()
            salvaged = salvage(aside, draft, _sound)
            if salvaged:
                os.replace(draft, self.path)
        except (OSError, sqlite3.Error, StoreError):  # the damaged file is safe, whatever comes of its salvage
            salvaged = 0
        for side in ("", "-wal", "-shm"):
            Path(f"{draft}{side}").unlink(missing_ok=True)
        return salvaged


def _padded(row: Sequence[Any]) -> list[Any]:
    """A row of answers as wide as it is now: what an older kit left has no confidence, and came in no batch."""
    return [*row, *(None, "")[len(row) - _COLUMNS :]] if len(row) < _COLUMNS else list(row)


def _sound(row: Sequence[Any]) -> list[Any]:
    """A row of the table of answers, as wide as it is now; an error if it cannot be one."""
    whole = _padded(row)
    _answer(whole[4:])
    return whole


def _answer(row: Sequence[Any]) -> Answer:
    text, finish_reason, *counts, asked_at, total_s, first_token_s, calls, thinking = row[:-5]
    if (
        not all(isinstance(part, str) for part in (text, finish_reason, thinking, row[-5], row[-4], row[-1]))
        or not total_s >= 0
    ):
        raise ValueError("a text or a time is of another type")
    if asked_at:
        datetime.fromisoformat(asked_at)
    if any(type(count) is not int for count in counts) and set(counts) != {None} and None not in counts:
        raise ValueError("tokens are no whole numbers")
    return Answer(
        text, finish_reason, None if None in counts else Usage(*counts), asked_at, total_s, first_token_s,
        tuple(map(dict, json.loads(calls))) if calls != "[]" else (), thinking, *row[-5:],
    )  # fmt: skip


def count_answers(path: str | Path) -> int:
    """Return how many answers a file holds; 0 where it cannot be read just now. Changes nothing in it."""
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM answers").fetchone()[0])
    return 0


@cache
def _process() -> str:
    import psutil

    return f"{socket.gethostname()} {os.getpid()} {psutil.Process().create_time()}"


_opened = numbers()


def _void_before(owner: str) -> float:
    """The time before which an owner's claims are void: for ever if its process is gone, by age on another machine."""
    if len(owner.split(" ")) < 3:  # no name that a process of ours gives itself
        return float("inf")
    host, pid, created = owner.split(" ")[:3]
    if host != socket.gethostname():
        return time.time() - _LEASE_S
    if owner.startswith(_process()):
        return 0.0
    import psutil

    with suppress(psutil.Error, ValueError, OverflowError):
        if f"{psutil.Process(int(pid)).create_time()}" == created:
            return 0.0
    return float("inf")
