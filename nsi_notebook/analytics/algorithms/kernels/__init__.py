"""Compiled inner loops: serial, releasing the GIL, cached on disk; imported where they are called (see `voids.kernels`)."""
