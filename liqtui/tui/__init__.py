"""The screen: reads snapshots, writes views and commands; does no I/O but the terminal's."""
