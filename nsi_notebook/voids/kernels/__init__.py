"""Compiled inner loops: serial, releasing the GIL, cached on disk.

A kernel with `parallel=True` can abort the interpreter under Dask's threads (numba issue 9288) and is slower on small
frames, so parallelism stays outside, over frames and chunks. The modules here import numba, so they are imported where
they are called.
"""
