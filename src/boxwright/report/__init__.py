"""Findings, plans and images → text, JSON and other output."""
