"""Facts and settings → Plan: what the image should be, each decision with its reason."""
