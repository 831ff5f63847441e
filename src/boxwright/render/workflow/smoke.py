"""The shell script by which CI tries an image before anybody gets it."""

from __future__ import annotations

import shlex

from boxwright.plan.model import Plan, Secret
from boxwright.render.compose import compose_variables

_LOOPBACK = "127.0.0.1"


def smoke_script(plan: Plan, *, host: str = _LOOPBACK) -> str:
    """
    Return it; the image is named by the variables that compose.yaml takes.

    The services come up as they do in production, hardened; the first is asked for its health.
    """
    if plan.accelerator == "cuda":
        return (
            "# There is no GPU here: that the interpreter starts is all that can be tried.\n"
            'docker run --rm --read-only --entrypoint /opt/venv/bin/python "$IMAGE:$TAG" --version\n'
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
    service = plan.workloads[0] if plan.workloads else None
    if service is not None and service.health is not None and service.health.path:
        url = f"http://{host}:{service.health.port}{service.health.path}"
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
