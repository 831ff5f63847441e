"""The shell script by which CI tries an image before anybody gets it."""

from __future__ import annotations

import shlex

from boxwright.plan.model import Plan, Secret
from boxwright.render.compose import compose_variables
from boxwright.render.compose.stack import Stack
from boxwright.render.model import Surroundings
from boxwright.render.workflow.images import images_of

_LOOPBACK = "127.0.0.1"


def smoke_script(plan: Plan, around: Surroundings, *, host: str = _LOOPBACK) -> str:
    """
    Return it; the image is named by the variables that compose.yaml takes.

    The services come up as they do in production, hardened; each image's is asked for its health.
    """
    if plan.accelerator == "cuda":
        images = [each for each in images_of(plan, around) if each.target == "runtime"]
        return "# There is no GPU here: that the interpreter starts is all that can be tried.\n" + (
            "".join(
                "docker run --rm --read-only --entrypoint /opt/venv/bin/python"
                f' "$IMAGE{each.suffix}:$TAG" --version\n'
                for each in images
            )
        )
    lines = [*_secrets(plan)]
    if host != _LOOPBACK:
        # The engine is another machine, from which the port has to be reached.
        lines.append("export BIND=0.0.0.0")
    lines += [
        "docker compose --file compose.yaml up --wait --wait-timeout 300 --no-build || {",
        "  docker compose --file compose.yaml logs",
        "  exit 1",
        "}",
    ]
    published = Stack(plan=plan, around=around).published
    seen: set[str] = set()
    for service in plan.workloads:
        is_first, health = service.image not in seen, service.health
        seen.add(service.image)
        if is_first and health is not None and health.path:
            port = published[service.name].default if service.name in published else health.port
            url = f"http://{host}:{port}{health.path}"
            lines.append(f"curl --fail --silent --show-error {shlex.quote(url)}")
    lines.append("docker compose --file compose.yaml down --volumes")
    return "".join(f"{line}\n" for line in lines)


def _secrets(plan: Plan) -> list[str]:
    """Return the lines that make secrets up: nothing real is needed for a test."""
    files = [secret for secret in plan.secrets if secret.form == "file"]
    known = {secret.name.upper(): secret for secret in plan.secrets}
    wanted = [each.name for each in compose_variables(plan) if each.name in known]
    lines = []
    if files:
        lines.append("mkdir -m 700 secrets")
    for secret in files:
        lines.append(f"openssl rand -hex 24 >secrets/{secret.name}")
        lines.append(f"chmod 444 secrets/{secret.name}")
    return lines + [f'export {name}="{_value(known[name], files)}"' for name in wanted]


def _value(secret: Secret, files: list[Secret]) -> str:
    if secret in files:
        return f"$(cat secrets/{secret.name})"
    return "$(openssl rand -hex 24)"
