"""File formats ⇄ trees with positions; no input, no output."""
