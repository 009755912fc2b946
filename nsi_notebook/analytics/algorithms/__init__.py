"""Statistics of labelled arrays: a file a method, plain functions, nothing that waits."""
