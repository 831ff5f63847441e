"""Bills of materials: what is in an image, in the forms that others read."""
