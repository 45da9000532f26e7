"""Which models are there, through whom, since and until when? Dated facts with sources; and the audited article."""

__all__ = []
