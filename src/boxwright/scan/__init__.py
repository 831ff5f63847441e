"""What is inside: of files and of images."""
