"""Samples, times and series: what every part of the analytics engine passes to the next."""
