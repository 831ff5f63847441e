"""Rules for Compose files."""
