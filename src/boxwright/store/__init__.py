"""Where images and blobs are read from and kept."""
