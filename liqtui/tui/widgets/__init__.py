"""Thin widgets: each keeps finished rows and repaints those that changed."""
