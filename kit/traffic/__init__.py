"""What did our calls cost? Logs of model calls, read from any format, become one table of usage; bills; what-if.

It may import `pricing`, `catalog`, `stats` and what stands below them.
Start with `read_logs`, `bill` and `daily_bills_elsewhere`.
"""

from kit.traffic.billing import bill, bill_elsewhere, charged_costs, logged_costs, unpriced_calls
from kit.traffic.formats import Format, Rules, known_formats
from kit.traffic.profile import call_spread, chinese_share
from kit.traffic.projection import (
    PRINTED,
    TOTALS_FORMATS,
    bill_multiples,
    daily_spend,
    extent_in_words,
    log_name,
    log_reference,
    models_to_price,
    monthly_bills,
    monthly_by_endpoint,
    totals,
    traffic_evidence,
    trusted_bill,
)
from kit.traffic.reader import read_logs
from kit.traffic.scenario import AS_LOGGED, Scenario, daily_bills_elsewhere, first_and_last_day, under_scenario
from kit.traffic.sensitivity import RANGE_MEANINGS, RANGES, check_ranges, saving_sensitivity
from kit.traffic.suggest import suggest_rules
from kit.traffic.summary import STATED_FORMATS, bill_table, reading_summary, stated_costs
from kit.traffic.usage_table import COLUMNS, Traffic

__all__ = [
    "AS_LOGGED",
    "COLUMNS",
    "PRINTED",
    "RANGES",
    "RANGE_MEANINGS",
    "STATED_FORMATS",
    "TOTALS_FORMATS",
    "Format",
    "Rules",
    "Scenario",
    "Traffic",
    "bill",
    "bill_elsewhere",
    "bill_multiples",
    "bill_table",
    "call_spread",
    "charged_costs",
    "check_ranges",
    "chinese_share",
    "daily_bills_elsewhere",
    "daily_spend",
    "extent_in_words",
    "first_and_last_day",
    "known_formats",
    "log_name",
    "log_reference",
    "logged_costs",
    "models_to_price",
    "monthly_bills",
    "monthly_by_endpoint",
    "read_logs",
    "reading_summary",
    "saving_sensitivity",
    "stated_costs",
    "suggest_rules",
    "totals",
    "traffic_evidence",
    "trusted_bill",
    "under_scenario",
    "unpriced_calls",
]
