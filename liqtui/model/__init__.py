"""The vocabulary everything else is written in; imports nothing of ours but itself."""
