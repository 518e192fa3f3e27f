"""The transforms, a few related ones per module."""
