"""What does a token cost, and when? Usage in tokens, and price books that turn it into exact dollars.

It imports `kit.catalog` and what stands below it, and no pandas; the public price list is loaded when first asked.
Begin with `ListBook().rate("gpt-4o", at)`, `shelf(contract)` for all price books, and `cost(usage, rate)`.
"""

from kit.pricing.books import ArticleBook, Book, price_rows, shelf
from kit.pricing.contract import ContractBook
from kit.pricing.price_list import ListBook
from kit.pricing.rates import MTOK, Bill, Rate, Steps, bill, blended, break_even, cost, monthly, multiplier, ratio_at
from kit.pricing.usage import Usage, Workload, workloads

__all__ = [
    "MTOK",
    "ArticleBook",
    "Bill",
    "Book",
    "ContractBook",
    "ListBook",
    "Rate",
    "Steps",
    "Usage",
    "Workload",
    "bill",
    "blended",
    "break_even",
    "cost",
    "monthly",
    "multiplier",
    "price_rows",
    "ratio_at",
    "shelf",
    "workloads",
]
