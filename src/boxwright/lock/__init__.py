"""Plan to exactly which wheels and Debian packages: resolve, verify, pin."""
