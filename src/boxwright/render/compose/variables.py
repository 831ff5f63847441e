"""The variables that the Compose files take from `.env` or the environment."""

from __future__ import annotations

from boxwright.plan.model import Plan
from boxwright.render.compose.names import Variable
from boxwright.render.compose.stack import Stack
from boxwright.render.model import Surroundings


def compose_variables(plan: Plan) -> tuple[Variable, ...]:
    """Return them, secrets first."""
    stack = Stack(plan=plan, around=Surroundings())
    found = [
        *_secrets(plan),
        Variable("IMAGE", stack.name, "the image's name, with its registry"),
        Variable("TAG", "local", "the image's tag"),
        Variable("VERSION", stack.version, "the version that the image says it has"),
        Variable("REVISION", "", "the commit that the image is built from"),
    ]
    if any(it.kind == "service" and it.name in stack.published for it in plan.workloads):
        what = "the address of this machine that services listen on"
        found.append(Variable("BIND", "127.0.0.1", what))
    found += stack.published.values()
    for published in stack.published_in_development.values():
        found += published.values()
    found += [variable for it in stack.services if (variable := stack.cpus(it)) is not None]
    if stack.writes_to_project:
        what = "your number (`id -u`): what containers write into the project is yours"
        found.append(Variable("UID", "1000", what))
    return tuple(found)


def _secrets(plan: Plan) -> list[Variable]:
    found: dict[str, Variable] = {}
    files = {secret.name for secret in plan.secrets if secret.form == "file"}
    for secret in plan.secrets:
        if secret.form != "value":
            continue
        users = ", ".join(f"`{name}`" for name in secret.workloads)
        inner = sorted(it.name for it in plan.secrets if f"{{{it.name}}}" in secret.template)
        for name in inner or [secret.name]:
            what = f"{'for ' if inner else ''}`{secret.variable}` of {users}"
            if name in files:
                what += f", the same as in secrets/{name}"
            found.setdefault(name, Variable(name.upper(), "", what, is_secret=True))
    return list(found.values())
