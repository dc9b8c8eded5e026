"""A terminal monitor for crypto liquidations: what happened, and where the next ones are likely."""

__version__ = "0.1.0"
