"""What is kept: rings in memory, the latest of every market, lines on disk."""
