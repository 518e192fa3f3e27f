"""Measurements beside the product; see docs/benchmarks.md."""
