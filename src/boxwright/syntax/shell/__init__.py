"""Shell scripts: text to commands."""
