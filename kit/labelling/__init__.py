"""Ask a person which of two answers to one logged request is better: without names, in random order.

It may import `report`, `replay` and what stands below them. `kit.replay` reads both files that a session writes.
Begin with `Session`, which keeps each verdict on disk before the next question, and `serve`, which shows them.
"""

from kit.labelling.questions import Question, questions
from kit.labelling.server import serve
from kit.labelling.session import Session

__all__ = ["Question", "Session", "questions", "serve"]
