"""Dockerfiles: text to tree, as BuildKit reads them."""
