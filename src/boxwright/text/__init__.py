"""Pointing into text and changing it."""
