"""Kubernetes objects for the tests of rules, in as few lines as they can be."""

from __future__ import annotations

import textwrap

CONTAINER = "name: api\nimage: registry.example.org/api:1.4.2"


def pod(container: str = "", spec: str = "", *, name: str = "api", image: str = "") -> str:
    """Return a Pod whose one container has *container* besides its name and image."""
    first = CONTAINER if not image else f"name: api\nimage: {image}"
    return (
        f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\nspec:\n"
        + _indented(spec, 2)
        + _containers(f"{first}\n{container}", 2)
    )


def workload(
    container: str = "",
    spec: str = "",
    top: str = "",
    *,
    kind: str = "Deployment",
    name: str = "api",
    image: str = "",
) -> str:
    """Return an object with pods, *top* being of its own spec and *spec* of its pods'."""
    first = CONTAINER if not image else f"name: api\nimage: {image}"
    is_job = kind == "Job"
    selector = "" if is_job else f"  selector: {{matchLabels: {{app: {name}}}}}\n"
    return (
        f"apiVersion: {'batch' if is_job else 'apps'}/v1\nkind: {kind}\n"
        f"metadata:\n  name: {name}\nspec:\n{selector}"
        + _indented(top, 2)
        + f"  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n"
        + _indented(spec, 6)
        + _containers(f"{first}\n{container}", 6)
    )


def service(name: str, spec: str) -> str:
    """Return a Service."""
    head = f"apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n"
    return head + _indented(spec, 2)


def together(*objects: str) -> str:
    """Return *objects* in one file."""
    return "---\n".join(objects)


def _containers(text: str, column: int) -> str:
    lines = textwrap.indent(text.strip(), "  ")
    return _indented(f"containers:\n- {lines[2:]}", column)


def _indented(text: str, column: int) -> str:
    return textwrap.indent(text.strip("\n") + "\n", " " * column) if text.strip() else ""
