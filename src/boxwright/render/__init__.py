"""Plan → files: Dockerfile, .dockerignore, Compose, Kubernetes, CI; nothing here writes them."""
