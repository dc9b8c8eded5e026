"""The only client network code: sockets and REST calls, from a venue's data to events."""
