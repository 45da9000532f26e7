"""How sure is a figure? Intervals, paired differences, ratios and monthly means; of the kit it imports only errors."""

__all__ = []
