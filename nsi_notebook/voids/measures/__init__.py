"""Measures of the empty part, one file each."""
