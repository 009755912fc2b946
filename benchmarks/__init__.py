"""Side by side with named peers: `make bench`, or `python -m benchmarks [--seed N] [words of a case]`.

Each case runs us and the peer in one process on the same data, turn by turn, checks that the answers agree, and prints the
median of the ratios. Machines are noisy: read the ratio, not the milliseconds.
"""
