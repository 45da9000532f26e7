"""What does a token cost, and when? Usage in tokens, and price books that turn it into exact dollars.

It imports `kit.catalog` and what stands below it, and no pandas; the public price list is loaded when first asked.
Begin with `ListBook().rate("gpt-4o", at)`, `shelf(contract)` for all price books, and `cost(usage, rate)`.
"""

from kit.pricing.books import ArticleBook, Book, price_rows, shelf
from kit.pricing.contract import ContractBook
from kit.pricing.offers import Offer, conditions, footnotes, proposals, search
from kit.pricing.price_list import TIERS, ListBook
from kit.pricing.printed import card, endings, listing, price_table, side_by_side
from kit.pricing.rates import MTOK, Bill, Rate, Steps, bill, blended, break_even, cost, monthly, multiplier, ratio_at
from kit.pricing.usage import Usage, Workload, workloads

__all__ = [
    "MTOK",
    "TIERS",
    "ArticleBook",
    "Bill",
    "Book",
    "ContractBook",
    "ListBook",
    "Offer",
    "Rate",
    "Steps",
    "Usage",
    "Workload",
    "bill",
    "blended",
    "break_even",
    "card",
    "conditions",
    "cost",
    "endings",
    "footnotes",
    "listing",
    "monthly",
    "multiplier",
    "price_rows",
    "price_table",
    "proposals",
    "ratio_at",
    "search",
    "shelf",
    "side_by_side",
    "workloads",
]
