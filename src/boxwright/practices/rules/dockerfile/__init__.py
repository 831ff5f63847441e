"""Rules for Dockerfiles, with their build context."""
