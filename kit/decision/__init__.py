"""Migrate, route, stay or undecided? Matchups, criteria and the rule."""

__all__ = []
