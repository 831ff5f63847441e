"""Wheels: members, RECORD, tags, scripts, ELF needs, and the layer that a wheel becomes."""
