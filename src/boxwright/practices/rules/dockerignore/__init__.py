"""Rules for .dockerignore files, with the tree that they are in."""
