"""Container images for machine learning, built right."""

__version__ = "0.1.0"
