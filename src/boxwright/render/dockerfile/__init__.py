"""Plan → Dockerfile: one file, with a target for each of the plan's images."""

from boxwright.render.dockerfile.render import render_dockerfile

__all__ = ["render_dockerfile"]
