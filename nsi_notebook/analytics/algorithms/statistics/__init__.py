"""What samples say: descriptions, tests, correlation, regression."""
