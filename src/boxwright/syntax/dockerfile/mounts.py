"""`RUN --mount`: what a RUN sees that its layer does not keep."""

from __future__ import annotations

from boxwright.syntax.dockerfile.words import Flag
from boxwright.text.record import NamedTuple

_OTHER_NAMES = {
    "src": "source",
    "dst": "target",
    "destination": "target",
    "ro": "readonly",
    "rw": "readwrite",
}
_KEYS = (
    "type", "from", "source", "target", "readonly", "readwrite", "id", "sharing", "required",
    "size", "mode", "uid", "gid", "env",
)  # fmt: skip
_TYPES = ("bind", "cache", "tmpfs", "secret", "ssh")
_TYPES_WITH = {"required": ("secret", "ssh"), "size": ("tmpfs",)}
_SWITCHES = ("readonly", "readwrite", "required")


class Mount(NamedTuple):
    """A `--mount`; what it does not say is empty, or None."""

    type: str
    """`bind` where it does not say."""
    source: str
    target: str
    from_: str
    id: str
    env: str
    readonly: bool | None
    """As written; without it, bind, secret and ssh mounts are, cache and tmpfs mounts not."""
    required: bool
    size: str
    sharing: str
    mode: str
    uid: str
    gid: str
    options: dict[str, str]
    """Everything as written, by the long names of the keys."""
    flag: Flag
    problem: str = ""
    """What BuildKit would say of it; values with variables are not judged."""


def read_mount(flag: Flag) -> Mount:
    """Return the mount that *flag* asks for, as far as it can be read."""
    fields, problem = _fields(flag.value)
    options: dict[str, str] = {}
    kind = "bind"
    for field in fields:
        key, equals, value = field.partition("=")
        name = _OTHER_NAMES.get(key.lower(), key.lower())
        if not problem:
            problem = _field_problem(name, field, value, has_value=bool(equals))
        if not problem and kind not in _TYPES_WITH.get(name, (kind,)) and "$" not in kind:
            # What is behind does not count: the type has to come before these.
            problem = f"unexpected key '{name}' for mount type '{kind}'"
        options[name] = value if equals else "true"
        if name == "type":
            kind = value.lower()
    readonly = _truth(options.get("readonly", ""))
    if "readwrite" in options:
        writable = _truth(options["readwrite"])
        readonly = None if writable is None else not writable
    mount = Mount(
        type=kind,
        source=options.get("source", ""),
        target=options.get("target", ""),
        from_=options.get("from", ""),
        id=options.get("id", ""),
        env=options.get("env", ""),
        readonly=readonly,
        required=_truth(options.get("required", "")) is True,
        size=options.get("size", ""),
        sharing=options.get("sharing", ""),
        mode=options.get("mode", ""),
        uid=options.get("uid", ""),
        gid=options.get("gid", ""),
        options=options,
        flag=flag,
    )
    return mount._replace(problem=problem or _mount_problem(mount))


def _fields(value: str) -> tuple[list[str], str]:
    """Return the fields of a line of comma-separated values, and what is wrong with it."""
    if '"' not in value:
        return (value.split(","), "") if value else ([], "the mount is empty")
    fields: list[str] = []
    at = 0
    while True:
        if not value.startswith('"', at):
            end = value.find(",", at)
            field = value[at:] if end < 0 else value[at:end]
            fields.append(field)
            if '"' in field:
                return fields, "a quote stands inside a field that does not start with one"
            if end < 0:
                return fields, ""
            at = end + 1
            continue
        at += 1
        parts: list[str] = []
        while True:
            end = value.find('"', at)
            if end < 0:
                return [*fields, "".join([*parts, value[at:]])], "a quote is not closed"
            parts.append(value[at:end])
            at = end + 1
            if not value.startswith('"', at):
                break
            parts.append('"')
            at += 1
        fields.append("".join(parts))
        if at >= len(value):
            return fields, ""
        if value[at] != ",":
            return fields, "something follows a closing quote"
        at += 1


def _truth(text: str) -> bool | None:
    if text in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    if text in ("0", "f", "F", "FALSE", "false", "False"):
        return False
    return None


def _field_problem(name: str, field: str, value: str, *, has_value: bool) -> str:
    if name not in _KEYS:
        if not has_value:
            return f"invalid field '{field}' must be a key=value pair"
        return f"unexpected key '{name}' in '{field}'"
    if not has_value:
        return "" if name in _SWITCHES else f"invalid field '{field}' must be a key=value pair"
    if name == "from" and "$" in value[:-1]:
        return "'from' doesn't support variable expansion, define alias stage instead"
    if "$" in value:
        return ""
    is_wrong = (
        (name in _SWITCHES and _truth(value) is None)
        or (name == "type" and value.lower() not in _TYPES)
        or (name == "sharing" and value.lower() not in ("shared", "private", "locked"))
        or (name in ("uid", "gid") and not (value.isascii() and value.isdecimal()))
        or (name == "mode" and (not value or value.strip("01234567") != ""))
    )
    if not is_wrong:
        return ""
    if name == "type":
        return f'unsupported mount type "{value}"'
    if name == "sharing":
        return f'unsupported sharing value "{value}"'
    return f"invalid value for {name}: {value}"


def _mount_problem(mount: Mount) -> str:
    """Return what the keys say against each other."""
    kind, options = mount.type, mount.options
    if "$" in kind:
        return ""
    if kind in ("bind", "tmpfs"):
        for key in ("mode", "uid", "gid"):
            if key in options:
                return f'{key} not allowed for "{kind}" type mounts'
    if kind == "secret":
        if mount.from_:
            return "secret mount should not have a from"
        if mount.sharing:
            return "secret mount should not define sharing"
        if not (mount.source or mount.target or mount.id):
            return "invalid secret mount. one of source, target required"
        if mount.source and mount.id:
            return "both source and id can't be set"
    if mount.sharing and kind != "cache":
        return f"invalid cache sharing set for {kind} mount"
    return ""
