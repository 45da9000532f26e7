"""What does a token cost, and when? Usage in tokens, and price books that turn it into exact dollars."""

__all__ = []
