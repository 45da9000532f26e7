"""Ask a model: one question or ten thousand, at the right speed, within a budget, every answer kept."""

__all__ = []
