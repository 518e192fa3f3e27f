"""The hierarchy builders, one module each."""
