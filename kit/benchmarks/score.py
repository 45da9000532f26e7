"""The score of one answer: its outcome, its value, and what was read in it."""

from dataclasses import dataclass

__all__ = ["COUNTED", "CUT_OFF", "OUTCOMES", "SILENT", "Score"]

OUTCOMES = {
    "right": "as the key has it",
    "partly": "some of its parts as the key has them",
    "wrong": "not as the key has it",
    "unparsed": "an answer in which nothing could be read",
    "failed": "no answer because of the model or its provider, after retries: not right, and asked again",
    "cut off": "the token limit came while the model still thought; right or wrong with more room, and counted apart",
    "not runnable": "code that no sandbox here can run; counted apart, never as wrong",
    "not taken": "a picture, for a contender that takes none; counted apart, never as wrong",
    "unscored": "an answer that its source did not score, to an item that is not at hand; counted apart",
    "unanswered": "no answer because of us: no key, money or connection, or never asked; it may be right or wrong",
}
"""What can become of a request. The first five are counted: their values make a score."""

COUNTED = ("right", "partly", "wrong", "unparsed", "failed")
SILENT = ("failed", "unanswered")
CUT_OFF = "cut off"
"""Outcomes whose values make a score; those without an answer; and the one that the token limit caused."""


@dataclass(frozen=True, slots=True)
class Score:
    """The outcome and the value of one answer.

    Attributes:
        outcome: A key of OUTCOMES.
        value: 0 to 1; 0 where nothing could be read.
        read: What was read in the answer, or why nothing was.
        valid: Whether the answer had the form that was asked for, right or wrong.
    """

    outcome: str
    value: float
    read: str
    valid: bool = True
