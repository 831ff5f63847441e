"""The user's settings: `[tool.boxwright]` in `pyproject.toml`, or `boxwright.toml`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, TypeVar

from boxwright.errors import SettingsError
from boxwright.oci.platform import parse_platform

_PYPROJECT = "pyproject.toml"
_OWN_FILE = "boxwright.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthSettings:
    """`[health]`; what is None is decided by the plan."""

    path: str | None = None
    port: int | None = None
    interval: float | None = None
    timeout: float | None = None
    start_period: float | None = None
    retries: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InitSettings:
    """`[init]`: what `boxwright init` writes."""

    only: tuple[str, ...] = ()
    """Kinds of files; all where it is empty."""
    ci: str | None = None
    """`github`, `gitlab` or `none`."""
    boxwright: str | None = None
    """How CI installs Boxwright: a requirement (PEP 508)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerSettings:
    """`[layers]`; sizes in bytes."""

    budget: int | None = None
    own_layer_from: int | None = None
    split_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DebianSettings:
    """`[debian]`: where Debian packages come from and which ones to add."""

    mirror: str | None = None
    security_mirror: str | None = None
    keyring: str | None = None
    """A file of OpenPGP certificates, relative to the project."""
    packages: tuple[str, ...] = ()
    check_valid_until: bool = True
    """Whether an expired Release is refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexSettings:
    """`[index]`: where Python distributions come from."""

    index_url: str | None = None
    extra_index_urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageSettings:
    """`[images]`: the public images that a Dockerfile starts from, mirrors of them for one."""

    python: str | None = None
    uv: str | None = None
    runtime: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrySettings:
    """`[registry]`: where finished images and shared layers are kept."""

    repository: str | None = None
    """Where images are pushed: a reference without tag."""
    cache: str | None = None
    """The repository whose layers are shared: a reference without tag, or `none`."""
    plain_http: tuple[str, ...] = ()
    """Registries (`host` or `host:port`) that are spoken to without encryption."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkloadSettings:
    """`[workloads.NAME]`: a container of the project's own image; sizes in bytes."""

    enabled: bool = True
    command: tuple[str, ...] | None = None
    port: int | None = None
    env: tuple[tuple[str, str], ...] = ()
    cpus: float | None = None
    memory: int | None = None
    gpus: int | None = None
    shm: int | None = None
    replicas: int | None = None
    schedule: str | None = None
    stop_seconds: int | None = None
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanionSettings:
    """`[companions.NAME]`: a service of a public image beside the project's; sizes in bytes."""

    enabled: bool = True
    image: str | None = None
    cpus: float | None = None
    memory: int | None = None
    size: int | None = None
    """Of its volume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSettings:
    """`[secrets.NAME]`: a credential that the plan does not see, or should not."""

    enabled: bool = True
    variable: str | None = None
    form: str | None = None
    """`file` or `value`."""
    made: bool | None = None
    """Whether `boxwright init` makes it up."""
    workloads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumeSettings:
    """`[volumes.NAME]`: a volume of the plan, or a further one, which needs a *target*."""

    enabled: bool = True
    source: str | None = None
    target: str | None = None
    read_only: bool | None = None
    size: int | None = None
    workloads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileCheckSettings:
    """`[check.per-file."PATTERN"]`: what is different for some of the checked files."""

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    """
    `[check]`: which rules look at which files.

    Rules are named as the user wrote them: the checker knows which there are.
    """

    select: tuple[str, ...] | None = None
    """Names of rules or of areas, or `all`; None for those that are on by themselves."""
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    """Patterns of files that are not looked for; paths are relative to the settings."""
    severity: tuple[tuple[str, str], ...] = ()
    per_file_ignores: tuple[tuple[str, tuple[str, ...]], ...] = ()
    per_file: tuple[tuple[str, FileCheckSettings], ...] = ()
    rules: tuple[tuple[str, tuple[tuple[str, object], ...]], ...] = ()
    """The options of rules: their values are as TOML has them."""
    baseline: str | None = None
    fail_on: str | None = None
    unsafe_fixes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanSettings:
    """`[scan]`: what `boxwright scan` counts, and what it does not."""

    fail_on: str | None = None
    """`critical`, `high`, `medium`, `low` or `any`."""
    only_fixed: bool = False
    max_age: int | None = None
    """Days after which advisories on this machine are told to be old."""
    vex: tuple[str, ...] = ()
    """Documents, relative to the settings, that say what does not apply."""
    ignore: tuple[object, ...] = ()
    """Entries as TOML has them: whoever scans knows what may be in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromoteSettings:
    """`[promote]`: what an image has to show before it gets a version or an environment's name."""

    environments: tuple[str, ...] = ("staging", "production")
    gates: tuple[str, ...] = ("smoke", "check", "scan", "signature")
    unversioned: tuple[str, ...] = ()
    """Environments that take what has no version yet."""
    key: str | None = None
    """A file with the public key of signatures, relative to the settings."""
    identity: str | None = None
    """Who has to have signed without a key: an address, or a workflow."""
    issuer: str | None = None
    """Who has to vouch for that identity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeRequest:
    """An entry of `[[smoke.requests]]`: what `boxwright run --smoke` asks a service."""

    path: str = "/"
    workload: str | None = None
    """Whom it is for; None: the image's own process."""
    method: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    json: object = None
    """The body, as TOML has it."""
    body: str | None = None
    status: int | None = None
    contains: tuple[str, ...] = ()
    expect_json: object = None
    """What of the answer is known, as TOML has it."""
    timeout: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SmokeSettings:
    """`[smoke]`: what `boxwright run --smoke` looks at; what is None has a usual value."""

    start_within: float | None = None
    job_within: float | None = None
    memory_share: float | None = None
    requests: tuple[SmokeRequest, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All that a user can decide; None and empty tuples leave it to the plan."""

    source: str = ""
    """The file that the settings were read from; empty where there are none."""
    prefix: str = ""
    """What stands before every key in that file: `tool.boxwright.` or nothing."""

    name: str | None = None
    version: str | None = None
    description: str | None = None
    base: str | None = None
    """An image to stand on instead of one of ours: a reference, a layout, an archive."""
    python: str | None = None
    """A Python minor version (`3.13`)."""
    suite: str | None = None
    variant: str | None = None
    platform: tuple[str, ...] = ()
    """What images are wanted for; of several, one index is made."""
    accelerator: str | None = None
    entrypoint: tuple[str, ...] | None = None
    port: int | None = None
    health: HealthSettings | bool | None = None
    """False: no health check."""
    env: tuple[tuple[str, str], ...] = ()
    user: str | None = None
    working_dir: str | None = None
    stop_signal: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    include: tuple[str, ...] = ()
    """Patterns of files that come into the image although the defaults leave them out."""
    exclude: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    """Patterns of files that belong into the model layer."""
    extras: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    dependencies: str | None = None
    """The file that declares the dependencies, relative to the project."""
    package: bool | None = None
    """Whether the project is installed as a package."""
    sbom: bool = True
    """Whether a layout has the image's bill of materials beside it."""
    provenance: bool = True
    """Whether a layout has beside it how the image came to be."""
    bytecode: str | None = None
    allow_secrets: tuple[str, ...] = ()
    """Patterns of files in which what looks like a credential is none."""
    layers: LayerSettings = LayerSettings()
    debian: DebianSettings = DebianSettings()
    index: IndexSettings = IndexSettings()
    images: ImageSettings = ImageSettings()
    registry: RegistrySettings = RegistrySettings()
    workloads: tuple[tuple[str, WorkloadSettings], ...] = ()
    companions: tuple[tuple[str, CompanionSettings], ...] = ()
    secrets: tuple[tuple[str, SecretSettings], ...] = ()
    volumes: tuple[tuple[str, VolumeSettings], ...] = ()
    init: InitSettings = InitSettings()
    check: CheckSettings = CheckSettings()
    scan: ScanSettings = ScanSettings()
    promote: PromoteSettings = PromoteSettings()
    smoke: SmokeSettings = SmokeSettings()

    def key(self, name: str) -> str:
        """Return *name* as it is spelled from the root of the settings' file."""
        return f"{self.prefix}{name}"


def parse_settings(
    pyproject: Mapping[str, object] | None, boxwright_toml: Mapping[str, object] | None
) -> Settings:
    """
    Return the settings in two parsed files, either of which may be missing.

    >>> parse_settings({"tool": {"boxwright": {"port": 8080}}}, None).port
    8080
    """
    tool = (pyproject or {}).get("tool", {})
    if not isinstance(tool, Mapping):
        raise _Place(file=_PYPROJECT, path="tool").expected("a table", tool)
    table = tool.get("boxwright")
    if table is None and boxwright_toml is None:
        return Settings()
    if table is not None and boxwright_toml is not None:
        raise SettingsError(
            f"settings are in both `{_PYPROJECT}` (tool.boxwright) and `{_OWN_FILE}`",
            hint=f"keep one of them: move the keys to `{_OWN_FILE}` or delete it",
        )
    if boxwright_toml is not None:
        place = _Place(file=_OWN_FILE, path="")
        return _settings(boxwright_toml, place, source=_OWN_FILE, prefix="")
    place = _Place(file=_PYPROJECT, path="tool.boxwright")
    return _settings(table, place, source=_PYPROJECT, prefix="tool.boxwright.")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """A key of a file."""

    file: str
    path: str

    def below(self, key: str | int) -> _Place:
        if isinstance(key, int):
            return _Place(file=self.file, path=f"{self.path}[{key}]")
        if not re.fullmatch(r"[A-Za-z0-9_-]+", key):
            key = f'"{key}"'
        return _Place(file=self.file, path=f"{self.path}.{key}" if self.path else key)

    def __str__(self) -> str:
        return f"{self.file}: {self.path}" if self.path else self.file

    def expected(self, what: str, value: object, *, hint: str = "") -> SettingsError:
        return SettingsError(f"{self}: expected {what}, found {_kind(value)}", hint=hint)


_Reader = Callable[[object, _Place], Any]
_Table = TypeVar("_Table")


def _settings(value: object, place: _Place, *, source: str, prefix: str) -> Settings:
    return Settings(source=source, prefix=prefix, **_values(value, place, _SETTINGS))


def _values(value: object, place: _Place, readers: Mapping[str, _Reader]) -> dict[str, Any]:
    """Return what *readers* make of the table *value*, by field name."""
    if not isinstance(value, Mapping):
        raise place.expected("a table", value)
    result = {}
    for key, item in value.items():
        reader = readers.get(key)
        if reader is None:
            raise _unknown_key(key, place, readers)
        result[key.replace("-", "_")] = reader(item, place.below(key))
    return result


def _unknown_key(key: str, place: _Place, readers: Mapping[str, _Reader]) -> SettingsError:
    import difflib

    # Keys of the sub-tables are offered too: `mirror` at the top means `debian.mirror`.
    candidates = {name: name for name in readers}
    if readers is _SETTINGS:
        for table, keys in _TABLES.items():
            candidates |= {name: f"{table}.{name}" for name in keys if name not in candidates}
    plain = key.replace("_", "-").lower()
    nearest = difflib.get_close_matches(plain, candidates, n=1, cutoff=0.6)
    hint = (
        f"did you mean `{candidates[nearest[0]]}`?"
        if nearest
        else f"known keys are {', '.join(f'`{name}`' for name in sorted(readers))}"
    )
    return SettingsError(f"{place.below(key)}: unknown key", hint=hint)


def _kind(value: object) -> str:
    """Return what *value* is, in a few words and without its text where that may be secret."""
    match value:
        case bool():
            return f"`{str(value).lower()}`"
        case int() | float():
            return f"the number {value}"
        case str():
            return "an empty string" if not value else "a string"
        case Mapping():
            return "a table"
        case list():
            return "an array"
        case _:
            return f"a {type(value).__name__}"


def _text(value: object, place: _Place) -> str:
    if not isinstance(value, str) or not value.strip():
        raise place.expected("a string", value)
    return _printable(value, place)


def _printable(value: str, place: _Place) -> str:
    if "\x00" in value:
        raise SettingsError(f"{place}: the string has a NUL character")
    return value


def _bool(value: object, place: _Place) -> bool:
    if not isinstance(value, bool):
        raise place.expected("`true` or `false`", value)
    return value


def _kinds(value: object, place: _Place) -> tuple[str, ...]:
    known = _one_of("dockerfile", "dockerignore", "lock", "compose", "kubernetes", "ci")
    words = _texts(value, place)
    return tuple(known(word, place.below(at)) for at, word in enumerate(words))


def _texts(value: object, place: _Place) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise place.expected("an array of strings", value)
    return tuple(_text(item, place.below(number)) for number, item in enumerate(value))


def _pairs(value: object, place: _Place) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, Mapping):
        raise place.expected("a table of strings", value)
    result = []
    for key, item in value.items():
        if not key or "=" in key or "\x00" in key:
            raise SettingsError(f"{place.below(key)}: a name may not be empty or have a `=`")
        if isinstance(item, bool) or not isinstance(item, (str, int, float)):
            raise place.below(key).expected("a string", item)
        result.append((key, _printable(str(item), place.below(key))))
    return tuple(sorted(result))


def _one_of(*choices: str) -> _Reader:
    def read(value: object, place: _Place) -> str:
        if value not in choices:
            known = " or ".join(f"`{choice}`" for choice in choices)
            found = f"`{value}`" if isinstance(value, str) else _kind(value)
            raise SettingsError(f"{place}: expected {known}, found {found}")
        return str(value)

    return read


def _tags(value: object, place: _Place) -> tuple[str, ...]:
    tags = _texts(value, place)
    for number, tag in enumerate(tags):
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]{0,63}", tag) or tag.startswith("git-"):
            raise SettingsError(
                f"{place.below(number)}: `{tag}` is no name of an environment",
                hint="it becomes a tag: a letter, then letters, digits, `_`, `.` and `-`",
            )
    return tags


def _gates(value: object, place: _Place) -> tuple[str, ...]:
    gate = _one_of("smoke", "check", "scan", "signature")
    return tuple(gate(each, place.below(at)) for at, each in enumerate(_texts(value, place)))


def _whole(low: int, high: int) -> _Reader:
    def read(value: object, place: _Place) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise place.expected("a whole number", value)
        if not low <= value <= high:
            raise SettingsError(f"{place}: expected a number from {low} to {high}, found {value}")
        return value

    return read


_UNITS = {
    "": 1, "b": 1,
    "kb": 10**3, "mb": 10**6, "gb": 10**9,
    "k": 10**3, "m": 10**6, "g": 10**9,
    "kib": 2**10, "mib": 2**20, "gib": 2**30,
}  # fmt: skip


def _size(value: object, place: _Place) -> int:
    hint = 'write a number of bytes or a string such as "8 MB" or "2 GiB"'
    if isinstance(value, bool):
        raise place.expected("a size", value, hint=hint)
    if isinstance(value, int):
        if value < 0:
            raise SettingsError(f"{place}: expected a size, found {value}", hint=hint)
        return value
    if not isinstance(value, str):
        raise place.expected("a size", value, hint=hint)
    match = re.fullmatch(r"([0-9]{1,12}(?:\.[0-9]{1,6})?)\s*([a-z]*)", value.strip().lower())
    if match is None or match[2] not in _UNITS:
        raise SettingsError(f"{place}: expected a size, found `{value}`", hint=hint)
    return round(float(match[1]) * _UNITS[match[2]])


_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}


def _duration(value: object, place: _Place) -> float:
    hint = 'write a number of seconds or a string such as "30s", "500ms" or "1m30s"'
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise place.expected("a duration", value, hint=hint)
    if isinstance(value, str):
        text = value.strip().lower().replace(" ", "")
        parts = re.findall(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h)", text)
        if not parts or "".join(number + unit for number, unit in parts) != text:
            raise SettingsError(f"{place}: expected a duration, found `{value}`", hint=hint)
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in parts)
    else:
        seconds = float(value)
    # Engines refuse health intervals below a millisecond; infinities are floats in TOML.
    if not 0.001 <= seconds <= 10**7:
        raise SettingsError(f"{place}: expected a duration, found {value}", hint=hint)
    return seconds


def _period(value: object, place: _Place) -> float:
    """Return a duration that may be nought."""
    return 0.0 if value in (0, "0", "0s") and value is not False else _duration(value, place)


def _platforms(value: object, place: _Place) -> tuple[str, ...]:
    """Return one platform, or several: as a list, or with commas as `--platform` has them."""
    hint = "write `linux/amd64`, `linux/arm64`, or a list of both"
    if isinstance(value, str):
        texts = tuple(text.strip() for text in value.split(","))
    else:
        texts = _texts(value, place)
    if not texts:
        raise SettingsError(f"{place}: expected a platform, found nothing", hint=hint)
    for text in texts:
        try:
            platform = parse_platform(text)
        except ValueError as error:
            raise SettingsError(f"{place}: {error}", hint=hint) from None
        if platform.os != "linux":
            raise SettingsError(f"{place}: images are for `linux`, found `{text}`", hint=hint)
    return texts


def _python(value: object, place: _Place) -> str:
    hint = 'write the minor version as a string, such as "3.13"'
    if not isinstance(value, str):
        raise place.expected("a Python version", value, hint=hint)
    match = re.fullmatch(r"(3\.[0-9]{1,2})(\.[0-9]{1,2})?", value.strip())
    if match is None:
        raise SettingsError(f"{place}: expected a Python version, found `{value}`", hint=hint)
    return match[1]


def _entrypoint(value: object, place: _Place) -> tuple[str, ...]:
    if isinstance(value, str):
        import shlex

        try:
            words = tuple(shlex.split(value))
        except ValueError as error:
            raise SettingsError(f"{place}: {str(error).lower()}") from None
    else:
        words = _texts(value, place)
    if not words:
        raise SettingsError(
            f"{place}: expected a program and its arguments, found nothing",
            hint='write an array such as ["uvicorn", "main:app"]',
        )
    return words


def _user(value: object, place: _Place) -> str:
    hint = "write `UID` or `UID:GID`; Kubernetes cannot verify that a named user is not root"
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        value = str(value)
    if not isinstance(value, str):
        raise place.expected("a numeric user", value, hint=hint)
    match = re.fullmatch(r"([0-9]{1,10})(?::([0-9]{1,10}))?", value)
    if match is None or any(int(part) >= 2**32 - 1 for part in match.groups(default="0")):
        raise SettingsError(f"{place}: expected a numeric user, found `{value}`", hint=hint)
    return f"{int(match[1])}:{int(match[2] or match[1])}"


def _absolute(value: object, place: _Place) -> str:
    text = _text(value, place)
    if not text.startswith("/") or ".." in text.split("/"):
        raise SettingsError(f"{place}: expected an absolute path, found `{text}`")
    return "/" + "/".join(part for part in text.split("/") if part not in ("", "."))


def _inside(value: object, place: _Place) -> str:
    text = _text(value, place)
    if text.startswith("/") or ".." in text.split("/"):
        raise SettingsError(f"{place}: expected a path inside the project, found `{text}`")
    return "/".join(part for part in text.split("/") if part not in ("", "."))


def _url_path(value: object, place: _Place) -> str:
    text = _text(value, place)
    if not re.fullmatch(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*", text):
        raise SettingsError(
            f"{place}: expected the path of a URL, found `{text}`",
            hint="write a path that begins with `/`, such as `/health/ready`",
        )
    return text


def _signal(value: object, place: _Place) -> str:
    text = _text(value, place).upper()
    if not re.fullmatch(r"(SIG)?[A-Z0-9+]{1,9}|[0-9]{1,2}", text):
        raise SettingsError(f"{place}: expected the name of a signal, found `{text}`")
    return text if text.isdigit() or text.startswith("SIG") else f"SIG{text}"


def _table(kind: Callable[..., _Table], readers: Mapping[str, _Reader]) -> _Reader:
    def read(value: object, place: _Place) -> _Table:
        return kind(**_values(value, place, readers))

    return read


def _health(value: object, place: _Place) -> HealthSettings | bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return HealthSettings(path=_url_path(value, place))
    return HealthSettings(**_values(value, place, _HEALTH))


def _image(value: object, place: _Place) -> str:
    from boxwright.errors import StoreError
    from boxwright.oci.reference import parse_reference

    text = _text(value, place)
    hint = "write a name and an exact tag, such as `mirror.example.com/python:3.13.15-slim-trixie`"
    try:
        reference = parse_reference(text)
    except StoreError as error:
        raise SettingsError(f"{place}: {error.message}", hint=hint) from None
    if reference.digest is None and reference.tag == "latest":
        raise SettingsError(f"{place}: `{text}` has no tag that stays", hint=hint)
    return text


def _repository(value: object, place: _Place) -> str:
    from boxwright.errors import StoreError
    from boxwright.oci.reference import parse_reference

    text = _text(value, place)
    hint = "write a registry and a name, such as `registry.example.com/team/api`"
    try:
        reference = parse_reference(text)
    except StoreError as error:
        raise SettingsError(f"{place}: {error.message}", hint=hint) from None
    if reference.digest is not None or ":" in text.rpartition("/")[2]:
        raise SettingsError(f"{place}: `{text}` names a tag, and tags are given later", hint=hint)
    return text


def _repository_or_none(value: object, place: _Place) -> str:
    return "none" if value == "none" else _repository(value, place)


def _hosts(value: object, place: _Place) -> tuple[str, ...]:
    hosts = tuple(text.lower() for text in _texts(value, place))
    for host in hosts:
        if not re.fullmatch(r"(?:[a-z0-9._-]+|\[[0-9a-f:]+\])(?::[0-9]{1,5})?", host):
            raise SettingsError(
                f"{place}: expected the host of a registry, found `{host}`",
                hint="write `host` or `host:port`, without `http://`",
            )
    return hosts


def _base(value: object, place: _Place) -> str:
    from boxwright.errors import StoreError
    from boxwright.oci.place import parse_place

    text = _text(value, place)
    try:
        parse_place(text)
    except StoreError as error:
        raise SettingsError(f"{place}: {error.message}", hint=error.hint) from None
    return text


def _cpus(value: object, place: _Place) -> float:
    hint = "write a number of processors, such as 2 or 0.5"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise place.expected("a number", value, hint=hint)
    if not 0.01 <= value <= 1024:
        raise SettingsError(f"{place}: expected 0.01 to 1024 processors, found {value}", hint=hint)
    return float(value)


def _schedule(value: object, place: _Place) -> str:
    text = " ".join(_text(value, place).split())
    if not re.fullmatch(r"([0-9A-Za-z*/,-]+ ){4}[0-9A-Za-z*/,-]+", text):
        raise SettingsError(
            f"{place}: expected five fields as in cron, found `{text}`",
            hint='write "0 3 * * *" for three in the morning, every day',
        )
    return text


def _variable(value: object, place: _Place) -> str:
    text = _text(value, place)
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
        raise SettingsError(f"{place}: expected the name of a variable, found `{text}`")
    return text


def _named(reader: _Reader, *, also: str = "") -> _Reader:
    """Return the reader of a table whose keys are names in a network, with *also* in them."""

    def read(value: object, place: _Place) -> tuple[tuple[str, object], ...]:
        if not isinstance(value, Mapping):
            raise place.expected("a table", value)
        for key in value:
            if not re.fullmatch(rf"[a-z]([a-z0-9{also}-]{{0,61}}[a-z0-9])?", key):
                what = "dashes and underscores" if also else "dashes"
                raise SettingsError(
                    f"{place.below(key)}: a name has lower-case letters, digits and {what} only"
                )
        return tuple((key, reader(item, place.below(key))) for key, item in value.items())

    return read


def _switch(kind: Callable[..., _Table], readers: Mapping[str, _Reader]) -> _Reader:
    """Return the reader of a table that `true` and `false` may stand for."""

    def read(value: object, place: _Place) -> _Table:
        if isinstance(value, bool):
            return kind(enabled=value)
        return kind(**_values(value, place, readers))

    return read


def _secret(value: object, place: _Place) -> SecretSettings:
    if isinstance(value, str):
        return SecretSettings(variable=_variable(value, place))
    found: SecretSettings = _switch(SecretSettings, _SECRET)(value, place)
    return found


def _by_name(reader: _Reader) -> _Reader:
    """Return the reader of a table with any keys whose values *reader* reads."""

    def read(value: object, place: _Place) -> tuple[tuple[str, object], ...]:
        if not isinstance(value, Mapping):
            raise place.expected("a table", value)
        return tuple((key, reader(item, place.below(key))) for key, item in value.items())

    return read


def _as_it_is(value: object, place: _Place) -> object:  # noqa: ARG001 (a reader)
    return value


def _paths_inside(value: object, place: _Place) -> tuple[str, ...]:
    return tuple(_inside(path, place) for path in _texts(value, place))


def _entries(value: object, place: _Place) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise place.expected("an array of tables", value)
    return tuple(value)


def _method(value: object, place: _Place) -> str:
    text = _text(value, place)
    if not re.fullmatch(r"[A-Za-z]{1,20}", text):
        raise SettingsError(f"{place}: expected a method such as `POST`, found `{text}`")
    return text.upper()


def _headers(value: object, place: _Place) -> tuple[tuple[str, str], ...]:
    found = _pairs(value, place)
    for name, text in found:
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or "\n" in text or "\r" in text:
            raise SettingsError(f"{place.below(name)}: expected the name and text of a header")
    return found


def _share(value: object, place: _Place) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= 1:
        raise place.expected("a share above 0 and at most 1", value, hint="write 0.9 for 90 %")
    return float(value)


def _text_or_texts(value: object, place: _Place) -> tuple[str, ...]:
    return (_text(value, place),) if isinstance(value, str) else _texts(value, place)


def _smoke_requests(value: object, place: _Place) -> tuple[SmokeRequest, ...]:
    if not isinstance(value, list):
        raise place.expected("an array of tables", value)
    found = []
    for at, entry in enumerate(value):
        if isinstance(entry, str):
            found.append(SmokeRequest(path=_url_path(entry, place.below(at))))
            continue
        request = SmokeRequest(**_values(entry, place.below(at), _SMOKE_REQUEST))
        if request.json is not None and request.body is not None:
            raise SettingsError(f"{place.below(at)}: `json` and `body` exclude each other")
        found.append(request)
    return tuple(found)


_PORT = _whole(1, 65535)
_HEALTH: Mapping[str, _Reader] = MappingProxyType(
    {
        "path": _url_path,
        "port": _PORT,
        "interval": _duration,
        "timeout": _duration,
        "start-period": _period,
        "retries": _whole(1, 1000),
    }
)
_LAYERS: Mapping[str, _Reader] = MappingProxyType(
    {"budget": _whole(5, 125), "own-layer-from": _size, "split-from": _size}
)
_DEBIAN: Mapping[str, _Reader] = MappingProxyType(
    {
        "mirror": _text,
        "security-mirror": _text,
        "keyring": _text,
        "packages": _texts,
        "check-valid-until": _bool,
    }
)
_INDEX: Mapping[str, _Reader] = MappingProxyType(
    {"index-url": _text, "extra-index-urls": _texts, "find-links": _texts}
)
_IMAGES: Mapping[str, _Reader] = MappingProxyType(
    {"python": _image, "uv": _image, "runtime": _image}
)
_REGISTRY: Mapping[str, _Reader] = MappingProxyType(
    {"repository": _repository, "cache": _repository_or_none, "plain-http": _hosts}
)
_WORKLOAD: Mapping[str, _Reader] = MappingProxyType(
    {
        "enabled": _bool,
        "command": _entrypoint,
        "port": _PORT,
        "env": _pairs,
        "cpus": _cpus,
        "memory": _size,
        "gpus": _whole(0, 64),
        "shm": _size,
        "replicas": _whole(0, 1000),
        "schedule": _schedule,
        "stop-seconds": _whole(1, 86400),
        "extras": _texts,
        "groups": _texts,
    }
)
_COMPANION: Mapping[str, _Reader] = MappingProxyType(
    {"enabled": _bool, "image": _image, "cpus": _cpus, "memory": _size, "size": _size}
)
_SECRET: Mapping[str, _Reader] = MappingProxyType(
    {
        "enabled": _bool,
        "variable": _variable,
        "form": _one_of("file", "value"),
        "made": _bool,
        "workloads": _texts,
    }
)
_VOLUME: Mapping[str, _Reader] = MappingProxyType(
    {
        "enabled": _bool,
        "source": _inside,
        "target": _absolute,
        "read-only": _bool,
        "size": _size,
        "workloads": _texts,
    }
)
_SEVERITY = _one_of("error", "warning", "info")
_FILE_CHECK: Mapping[str, _Reader] = MappingProxyType(
    {
        "select": _texts,
        "extend-select": _texts,
        "ignore": _texts,
        "severity": _by_name(_SEVERITY),
    }
)
_CHECK: Mapping[str, _Reader] = MappingProxyType(
    {
        **_FILE_CHECK,
        "exclude": _texts,
        "per-file-ignores": _by_name(_texts),
        "per-file": _by_name(_table(FileCheckSettings, _FILE_CHECK)),
        "rules": _by_name(_by_name(_as_it_is)),
        "baseline": _inside,
        "fail-on": _SEVERITY,
        "unsafe-fixes": _bool,
    }
)
_INIT: Mapping[str, _Reader] = MappingProxyType(
    {"only": _kinds, "ci": _one_of("github", "gitlab", "none"), "boxwright": _text}
)
_SCAN: Mapping[str, _Reader] = MappingProxyType(
    {
        "fail-on": _one_of("critical", "high", "medium", "low", "any"),
        "only-fixed": _bool,
        "max-age": _whole(1, 3650),
        "vex": _paths_inside,
        "ignore": _entries,
    }
)
_PROMOTE: Mapping[str, _Reader] = MappingProxyType(
    {
        "environments": _tags,
        "gates": _gates,
        "unversioned": _tags,
        "key": _inside,
        "identity": _text,
        "issuer": _text,
    }
)
_SMOKE_REQUEST: Mapping[str, _Reader] = MappingProxyType(
    {
        "path": _url_path,
        "workload": _text,
        "method": _method,
        "headers": _headers,
        "json": _as_it_is,
        "body": _text,
        "status": _whole(100, 599),
        "contains": _text_or_texts,
        "expect-json": _as_it_is,
        "timeout": _duration,
    }
)
_SMOKE: Mapping[str, _Reader] = MappingProxyType(
    {
        "start-within": _duration,
        "job-within": _duration,
        "memory-share": _share,
        "requests": _smoke_requests,
    }
)
_TABLES = {
    "health": _HEALTH,
    "layers": _LAYERS,
    "debian": _DEBIAN,
    "index": _INDEX,
    "images": _IMAGES,
    "registry": _REGISTRY,
    "init": _INIT,
    "check": _CHECK,
    "scan": _SCAN,
    "promote": _PROMOTE,
    "smoke": _SMOKE,
}
_SETTINGS: Mapping[str, _Reader] = MappingProxyType(
    {
        "name": _text,
        "version": _text,
        "description": _text,
        "base": _base,
        "python": _python,
        "suite": _one_of("trixie", "bookworm"),
        "variant": _one_of("distroless", "slim"),
        "platform": _platforms,
        "accelerator": _one_of("cpu", "cuda"),
        "entrypoint": _entrypoint,
        "port": _PORT,
        "health": _health,
        "env": _pairs,
        "user": _user,
        "working-dir": _absolute,
        "stop-signal": _signal,
        "labels": _pairs,
        "include": _texts,
        "exclude": _texts,
        "models": _texts,
        "extras": _texts,
        "groups": _texts,
        "dependencies": _inside,
        "package": _bool,
        "sbom": _bool,
        "provenance": _bool,
        "bytecode": _one_of("all", "imported", "none"),
        "allow-secrets": _texts,
        "layers": _table(LayerSettings, _LAYERS),
        "debian": _table(DebianSettings, _DEBIAN),
        "index": _table(IndexSettings, _INDEX),
        "images": _table(ImageSettings, _IMAGES),
        "registry": _table(RegistrySettings, _REGISTRY),
        "workloads": _named(_switch(WorkloadSettings, _WORKLOAD)),
        "companions": _named(_switch(CompanionSettings, _COMPANION)),
        "secrets": _named(_secret, also="_"),
        "volumes": _named(_switch(VolumeSettings, _VOLUME)),
        "init": _table(InitSettings, _INIT),
        "check": _table(CheckSettings, _CHECK),
        "scan": _table(ScanSettings, _SCAN),
        "promote": _table(PromoteSettings, _PROMOTE),
        "smoke": _table(SmokeSettings, _SMOKE),
    }
)
