"""Benchmarks: what this machine gives, each figure beside a bare baseline of the same run."""
