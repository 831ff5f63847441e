"""Scores of the Common Vulnerability Scoring System, computed from vectors."""
