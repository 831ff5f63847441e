"""What rules report."""
