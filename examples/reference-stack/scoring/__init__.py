"""Telling which customers will leave."""
