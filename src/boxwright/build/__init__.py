"""Plan and Lock → Image, without a daemon and without a Dockerfile."""
