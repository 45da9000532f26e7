"""What does a reader see? Tables, plots and sentences of the chapters."""

__all__ = []
