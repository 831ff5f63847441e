"""YAML, and the documents written in it: Compose files and Kubernetes objects."""
