"""Reading handwritten digits."""
