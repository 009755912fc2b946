"""Watching and showing the measures."""
