"""Windows over streams, and the same windows over history."""
