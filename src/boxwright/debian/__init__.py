"""The Debian archive and its packages: signatures, index, resolution, .deb, base."""
