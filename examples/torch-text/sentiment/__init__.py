"""Telling whether a sentence is friendly."""
