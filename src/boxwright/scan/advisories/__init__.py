"""Advisories in the format of OSV: reading, keeping, asking for and evaluating them."""
