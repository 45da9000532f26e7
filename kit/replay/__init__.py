"""Replay: send logged requests to the incumbent and to candidates, and compare the answers request by request.

It may import `client`, `traffic`, `benchmarks` and what stands below them. Entry points: `run` draws, asks, judges and
compares; `compare` compares answers that are there; `costs` says what an accepted answer costs.
"""

from kit.replay.adapt import ADJUSTMENTS, Adaptation, adapt
from kit.replay.agreement import FieldComparison, compare_fields, matches, same, word_overlap
from kit.replay.compare import compare, pairs_to_judge, table_rows
from kit.replay.cost_per_success import (
    COST_FORMATS,
    costs,
    costs_evidence,
    costs_table,
    required_columns,
    with_fallback,
)
from kit.replay.difference import Difference, difference, effective_requests, helps_most, student_point
from kit.replay.disagreements import disagreements
from kit.replay.form import format_error
from kit.replay.judge import KAPPA, Exam, Judgement, Pair, exam_requests, examine, judge_pairs, labelled_pairs
from kit.replay.outcomes import EXACT, Outcomes, outcomes
from kit.replay.outputs import Output
from kit.replay.plan import Plan, read_plan
from kit.replay.run import Look, Replay, run
from kit.replay.sampling import LoggedRequest, Sample, planned_requests, sample
from kit.replay.summary import by_contender, by_endpoint, evidence_rows, explanation, shares
from kit.replay.tokens import estimated_ratios, text_kind, token_ratios, token_rows, token_words
from kit.replay.values import check_fields

__all__ = [
    "ADJUSTMENTS",
    "COST_FORMATS",
    "EXACT",
    "KAPPA",
    "Adaptation",
    "Difference",
    "Exam",
    "FieldComparison",
    "Judgement",
    "LoggedRequest",
    "Look",
    "Outcomes",
    "Output",
    "Pair",
    "Plan",
    "Replay",
    "Sample",
    "adapt",
    "by_contender",
    "by_endpoint",
    "check_fields",
    "compare",
    "compare_fields",
    "costs",
    "costs_evidence",
    "costs_table",
    "difference",
    "disagreements",
    "effective_requests",
    "estimated_ratios",
    "evidence_rows",
    "exam_requests",
    "examine",
    "explanation",
    "format_error",
    "helps_most",
    "judge_pairs",
    "labelled_pairs",
    "matches",
    "outcomes",
    "pairs_to_judge",
    "planned_requests",
    "read_plan",
    "required_columns",
    "run",
    "same",
    "sample",
    "shares",
    "student_point",
    "table_rows",
    "text_kind",
    "token_ratios",
    "token_rows",
    "token_words",
    "with_fallback",
    "word_overlap",
]
