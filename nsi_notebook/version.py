"""The version, in one place: below every floor, so that results can say which version made them."""

__version__ = "0.1.0"
