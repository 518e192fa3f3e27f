"""Frozen values that the stages exchange; no I/O, no Flask, no numba."""
