"""KI-AIM anonymization server: policies decide, an exact search transforms, an audit proves."""

__version__ = "0.1.0"
