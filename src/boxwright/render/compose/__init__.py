"""Plan → compose.yaml, the shape of production, and compose.override.yaml, for development."""

from boxwright.render.compose.names import Variable
from boxwright.render.compose.override import render_compose_override
from boxwright.render.compose.production import render_compose
from boxwright.render.compose.variables import compose_variables

__all__ = ["Variable", "compose_variables", "render_compose", "render_compose_override"]
