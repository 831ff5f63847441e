"""Rules for what both Compose files and Kubernetes objects say of running containers."""
