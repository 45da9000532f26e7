"""From a study's file to its report: notebooks run, outputs collected, PDF and HTML written."""

__all__ = []
