"""Which of two answers does a person prefer? Two answers to one logged request, without names, on sides of chance.

It may import `report`, `replay` and what stands below them. `kit.replay` reads both files that a session writes.
Begin with `Session`, which keeps each verdict on disk before the next question, and `serve`, which shows them.
"""

from kit.labelling.questions import Question, questions
from kit.labelling.server import serve
from kit.labelling.session import Session

__all__ = ["Question", "Session", "questions", "serve"]
