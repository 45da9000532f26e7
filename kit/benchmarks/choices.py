"""Multiple choice: the question as its benchmark's authors ask it, and a letter read out of the answer.

Zero-shot or with examples before the question, in the format of Hendrycks et al. (2021), arXiv 2009.03300, appendix A,
and of C-Eval (Huang et al. 2023), arXiv 2305.08322, figure 4.
"""

from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any

from kit.benchmarks import readings
from kit.benchmarks.items import Choice
from kit.benchmarks.marks import Mark

__all__ = ["PARAMETERS", "mark", "messages"]

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


def messages(item: Choice, examples: Sequence[Choice] = (), language: str = "en") -> list[dict[str, Any]]:
    """The question as it is asked.

    Args:
        examples: Questions with their answers, to stand before it.
        language: Of the words around it: `en` or `zh`.
    """
    head, about, due, only = _WORDS[language]
    named = item.subject and (language == "en" or not item.subject.isascii())  # no English name in a Chinese sentence
    subject = about.format(item.subject.replace("_", " ")) if named else ""
    shown = [f"{_posed(example)}\n{due} {example.answer}" for example in examples]
    asked = "\n\n".join([f"{head.format(subject=subject)} {only}", *shown, f"{_posed(item)}\n{due}"])
    return [{"role": "user", "content": asked}]


def mark(item: Choice, text: str) -> Mark:
    """Right or wrong by the letter that the text settles on; unparsed if it settles on none."""
    reading = readings.read_letter(text, item.choices)
    if reading.value is None:
        return Mark("unparsed", 0.0, reading.why, valid=False)
    right = reading.value == item.answer
    return Mark("right" if right else "wrong", float(right), reading.value)


def _posed(item: Choice) -> str:
    choices = (f"{letter}. {choice}" for letter, choice in zip(ascii_uppercase, item.choices, strict=False))
    return "\n".join([item.question, *choices])
