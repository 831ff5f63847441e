"""Secrets in pods: as files in /run/secrets, as variables where the code takes no file."""

from __future__ import annotations

from boxwright.plan.model import Secret
from boxwright.render.kubernetes.names import Object, literal
from boxwright.render.kubernetes.stack import Stack, ingredients
from boxwright.syntax.yaml.written import Commented

FOLDER = "/run/secrets"
VOLUME = "secrets"


def secret_files(stack: Stack, owner: str) -> tuple[Secret, ...]:
    """Return the secrets that the workload or companion *owner* reads from files."""
    return tuple(it for it in stack.secrets_of(owner) if it.form == "file")


def secret_volume(stack: Stack, owner: str) -> Object:
    """Return the volume with the files that *owner* gets, and no others."""
    items = [{"key": it.name, "path": it.name} for it in secret_files(stack, owner)]
    return {
        "name": VOLUME,
        "projected": {
            "defaultMode": Commented(0o440, "0440: for the group that `fsGroup` sets."),
            "sources": [{"secret": {"name": stack.secret_name, "items": items}}],
        },
    }


def secret_variables(stack: Stack, owner: str, *, is_companion: bool = False) -> list[Object]:
    """Return the variables with secrets of *owner*, what others are made of first."""
    given = stack.secrets_of(owner)
    names = {
        it.name: it.variable
        for it in given
        if it.form == "value" and not it.template and it.variable
    }
    inner = [name for it in given if it.template for name in ingredients(it, stack.plan.secrets)]
    for name in inner:
        names.setdefault(name, name.upper())
    optional = {it.name for it in given if it.is_optional}
    found: list[Object] = [
        {
            "name": variable,
            "valueFrom": {
                "secretKeyRef": {
                    "name": stack.secret_name,
                    "key": name,
                    **({"optional": True} if name in optional else {}),
                }
            },
        }
        for name, variable in sorted(names.items(), key=lambda item: item[1])
    ]
    found += [
        {"name": it.variable, "value": _filled(it, names)}
        for it in given
        if it.form == "value" and it.template
    ]
    if not is_companion:
        # A companion has variables of its own for the files: POSTGRES_PASSWORD_FILE.
        found += [
            {"name": it.variable, "value": f"{FOLDER}/{it.name}"}
            for it in secret_files(stack, owner)
            if it.variable
        ]
    return found


def _filled(secret: Secret, names: dict[str, str]) -> str:
    text = literal(secret.template)
    for name, variable in names.items():
        text = text.replace(f"{{{name}}}", f"$({variable})")
    return text
