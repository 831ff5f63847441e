"""Rules for Kubernetes objects."""
