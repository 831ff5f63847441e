"""An image as a value: blobs, layers, the tar and gzip forms of a layer."""
