"""Small files for the tests of rules over deployments."""

from __future__ import annotations

from textwrap import indent


def pod(container: str = "", spec: str = "", image: str = "registry.example.org/api:1.4.2") -> str:
    """Return a pod with one container `api`, with what is given in it and in its `spec`."""
    return (
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: api\nspec:\n"
        f"  containers:\n    - name: api\n      image: {image}\n"
        + indent(container, "      ")
        + indent(spec, "  ")
    )


def compose(
    service: str = "", image: str = "registry.example.org/api:1.4.2", rest: str = ""
) -> str:
    """Return a Compose file with one service `api`, with what is given in it and behind it."""
    return f"services:\n  api:\n    image: {image}\n" + indent(service, "    ") + rest
