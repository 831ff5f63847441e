"""Containers of an image on this machine: hardened, awaited, tried."""
