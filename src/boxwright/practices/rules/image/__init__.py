"""Rules for images: what they hold, whoever built them."""
