"""How good are answers to known items? Items, prompts, scores, and results that other tools recorded."""

__all__ = []
