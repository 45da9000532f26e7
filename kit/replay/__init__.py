"""Would the same requests be answered as well elsewhere? Logged requests, drawn, asked again, compared, judged."""

__all__ = []
