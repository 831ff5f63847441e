"""Registries, as the distribution specification has them: what is read from them."""
