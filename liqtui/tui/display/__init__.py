"""The way from the compositor's strips to a terminal: only what changed, at the pace it reads."""
