"""Multiple choice: the question as its benchmark's authors ask it, and a letter read out of the answer.

Zero-shot or with examples before the question, in the format of Hendrycks et al. (2021), arXiv 2009.03300, appendix A,
and of C-Eval (Huang et al. 2023), arXiv 2305.08322, figure 4.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase
from typing import Any

from kit.benchmarks import choice_letters
from kit.benchmarks.score import Score

__all__ = ["PARAMETERS", "Choice", "messages", "score"]

PARAMETERS = {"temperature": 0, "max_tokens": 64}

_WORDS = {
    "en": (
        "The following are multiple choice questions (with answers){subject}.",
        " about {}",
        "Answer:",
        "Answer with the letter of the right choice, and with nothing else.",
    ),
    "zh": (
        "以下是{subject}单项选择题，请选出其中的正确答案。",
        "关于{}的",
        "答案：",
        "只回答正确选项的字母，不要输出其他内容。",
    ),
}


@dataclass(frozen=True)
class Choice:
    """A question with choices, of which one is right.

    Attributes:
        choices: In the order of their letters.
        answer: The right one's letter, `A`, `B`, ...
        subject: Items of one subject are not independent of each other.
        level: 1 to 3, easy to hard; 0 where nobody said.
        label: `ok`, or in which way a second reader found the key to be wrong.
    """

    id: str
    question: str
    choices: tuple[str, ...]
    answer: str
    subject: str = ""
    level: int = 0
    label: str = "ok"


def messages(item: Choice, examples: Sequence[Choice] = (), language: str = "en") -> list[dict[str, Any]]:
    """Ask the question in the format of its benchmark's authors.

    Args:
        examples: Questions with their answers, to stand before it.
        language: Of the words around it: `en` or `zh`.
    """
    head, about, due, only = _WORDS[language]
    named = item.subject and (language == "en" or not item.subject.isascii())  # no English name in a Chinese sentence
    subject = about.format(item.subject.replace("_", " ")) if named else ""
    shown = [f"{_posed(example)}\n{due} {example.answer}" for example in examples]
    prompt = "\n\n".join([f"{head.format(subject=subject)} {only}", *shown, f"{_posed(item)}\n{due}"])
    return [{"role": "user", "content": prompt}]


def score(item: Choice, text: str) -> Score:
    """Right or wrong by the letter that the text settles on; unparsed if it settles on none."""
    reading = choice_letters.read_letter(text, item.choices)
    if reading.value is None:
        return Score("unparsed", 0.0, reading.why, valid=False)
    right = reading.value == item.answer
    return Score("right" if right else "wrong", float(right), reading.value)


def _posed(item: Choice) -> str:
    choices = (f"{letter}. {choice}" for letter, choice in zip(ascii_uppercase, item.choices, strict=False))
    return "\n".join([item.question, *choices])
