"""What differs between two images: layers, configuration, packages, files; and why builds differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from boxwright.oci.config import ImageConfig
from boxwright.scan.contents import Contents
from boxwright.scan.filesystem import Live
from boxwright.scan.inspected import Inspected, InspectedLayer
from boxwright.scan.layer_index import DIRECTORY, FILE, HARDLINK, SYMLINK, LayerIndex, Member
from boxwright.scan.packages.package import Package
from boxwright.wheel.filename import canonical_name

_FOLDER_DEPTH = 2
"""Below how many folders files that no package owns are told of together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigChange:
    """
    A setting of the configuration that is another one, or is there in one image only.

    Values are whole: who shows them hides credentials.
    """

    key: str
    """`user`, `entrypoint`, `env PATH`, `label org.opencontainers.image.version`, …"""
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageChange:
    """A package that is in one image only, or in other versions in the other one."""

    type: str
    name: str
    before: tuple[str, ...]
    """Its versions in the first image, several where it is there several times."""
    after: tuple[str, ...]
    size: int
    """By how many bytes its files grow."""

    @property
    def how(self) -> str:
        """`added`, `removed` or `changed`."""
        if not self.before:
            return "added"
        return "changed" if self.after else "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileChange:
    """A file, link or device that is in one image only or not as in the other; or such a folder."""

    path: str
    how: str
    """`added`, `removed` or `changed`."""
    what: tuple[str, ...]
    """What of a changed one: `kind`, `content`, `target`, `mode`, `owner`, `capabilities`."""
    before: Member | None
    """Of a hard link, the file that it is."""
    after: Member | None
    size: int
    """By how many bytes of content the image grows; a hard link adds none."""
    owner: str = ""
    """The package that owns it, as `type name`; empty where none does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileGroup:
    """Changed files of one package, or of one folder where no package owns them."""

    name: str
    """`pypi numpy`, or a folder."""
    is_package: bool
    added: int
    removed: int
    changed: int
    size: int
    """By how many bytes it grows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDiff:
    """What differs between two images, `a` and then `b`."""

    shared: tuple[str, ...]
    """The diff_ids of the layers that both begin with."""
    only_a: tuple[int, ...]
    """Which layers of the first image the other one has nowhere."""
    only_b: tuple[int, ...]
    stored: tuple[int, int]
    """Bytes of the layers as they are sent."""
    shipped: tuple[int, int]
    """Bytes of all files of all layers."""
    size: tuple[int, int]
    """Bytes of the final filesystem."""
    config: tuple[ConfigChange, ...]
    packages: tuple[PackageChange, ...]
    files: tuple[FileChange, ...]
    """By path."""
    groups: tuple[FileGroup, ...]
    """The same files, those groups first that grow or shrink most."""

    @property
    def is_empty(self) -> bool:
        """Whether a container could not tell the images apart."""
        return not (self.config or self.packages or self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Why two builds that should be the same are not."""

    cause: str
    """
    `layers` (not as many), `content`, `members` (other paths), `links`, `owner`, `mode`,
    `capabilities`, `time`, `order`, `tar` (what the members do not tell of), `compression`,
    `config`, `unread`, `manifest`.
    """
    layer: int | None
    """Which layer it is in; None where it is in no layer."""
    names: tuple[str, ...]
    """The first paths, or settings, that it concerns; at most ten."""
    count: int
    """How many it concerns."""
    advice: str
    """What makes builds the same, as an order."""


def diff(a: Contents, b: Contents) -> ImageDiff:
    """Return what differs between the images *a* and *b*; times are no difference."""
    first, second = a.inspected.layers, b.inspected.layers
    shared = []
    for one, other in zip(first, second, strict=False):
        if one.diff_id != other.diff_id:
            break
        shared.append(one.diff_id)
    in_a = {layer.diff_id for layer in first}
    in_b = {layer.diff_id for layer in second}
    files = tuple(_file_changes(a, b))
    return ImageDiff(
        shared=tuple(shared),
        only_a=tuple(layer.at for layer in first if layer.diff_id not in in_b),
        only_b=tuple(layer.at for layer in second if layer.diff_id not in in_a),
        stored=(sum(layer.size for layer in first), sum(layer.size for layer in second)),
        shipped=(a.shipped, b.shipped),
        size=(a.size, b.size),
        config=tuple(_config_changes(a.inspected.config, b.inspected.config)),
        packages=tuple(_package_changes(a, b)),
        files=files,
        groups=_groups(files),
    )


def find_differences(a: Inspected, b: Inspected) -> tuple[Difference, ...]:
    """
    Return why the builds *a* and *b* are not the same image; nothing where they are.

    The causes are those of the first layer that differs, as later ones may follow from it: what
    weighs most is first, other contents before other times. Then come those outside of layers.
    """
    if a.image.digest == b.image.digest:
        return ()
    found: list[Difference] = []
    for one, other in zip(a.layers, b.layers, strict=False):
        found = list(_layer_differences(one, other))
        if found:
            break
    if not found and len(a.layers) != len(b.layers):
        count = abs(len(a.layers) - len(b.layers))
        found.append(_difference("layers", min(len(a.layers), len(b.layers)), (), count))
    changes = [change.key for change in _config_changes(a.config, b.config)]
    if a.config.created != b.config.created:
        changes.append("created")
    steps = [
        f"history {at}"
        for at, (one, other) in enumerate(zip(a.history, b.history, strict=False))
        if (one.created_by, one.created, one.comment)
        != (other.created_by, other.created, other.comment)
    ]
    changes += steps if len(a.history) == len(b.history) else ["history"]
    if changes:
        found.append(_difference("config", None, changes))
    return tuple(found) or (_difference("manifest", None, ()),)


_ADVICE = {
    "layers": "build both with the same instructions and the same settings",
    "content": "pin what is fetched, and have tools write no times, random values or paths",
    "members": "pin what is fetched, and leave caches and logs out of the layer",
    "links": "make links with the same targets",
    "owner": "set the owner: `COPY --chown`, or the same user in both builds",
    "mode": "set the mode: `COPY --chmod`, or the same umask in both builds",
    "capabilities": "set capabilities in the RUN that makes the file, in both builds",
    "time": (
        "set `SOURCE_DATE_EPOCH`, and have the builder rewrite times"
        " (`--output type=…,rewrite-timestamp=true`)"
    ),
    "order": "write the members of the layer in the order of their names",
    "tar": "use the same builder: names of users, extended attributes or padding differ",
    "compression": "use the same builder: the tar is the same, and packed in another way",
    "config": "set `SOURCE_DATE_EPOCH`, and the same arguments and labels in both builds",
    "unread": "have both images complete",
    "manifest": "use the same builder, and the same annotations",
}
_MOST_NAMES = 10


def _difference(
    cause: str, layer: int | None, names: Sequence[str], count: int | None = None
) -> Difference:
    return Difference(
        cause=cause,
        layer=layer,
        names=tuple(names[:_MOST_NAMES]),
        count=len(names) if count is None else count,
        advice=_ADVICE[cause],
    )


def _layer_differences(a: InspectedLayer, b: InspectedLayer) -> Iterator[Difference]:
    if a.diff_id == b.diff_id:
        if a.digest != b.digest:
            yield _difference("compression", a.at, ())
        return
    if a.index is None or b.index is None:
        yield _difference("unread", a.at, ())
        return
    found = _member_differences(a.index, b.index)
    for cause in ("content", "members", "links", "owner", "mode", "capabilities", "time", "order"):
        if found.get(cause):
            yield _difference(cause, a.at, found[cause])
    if not found:
        yield _difference("tar", a.at, ())


def _member_differences(a: LayerIndex, b: LayerIndex) -> dict[str, list[str]]:
    """Return the paths that each cause concerns."""
    first = {member.path: member for member in a.members}
    second = {member.path: member for member in b.members}
    found: dict[str, list[str]] = {}
    hidden = {f"{path} (removed)" for path in (*a.whiteouts, *a.opaque)} ^ {
        f"{path} (removed)" for path in (*b.whiteouts, *b.opaque)
    }
    others = [path for path, member in first.items() if path not in second] + [
        path for path in second if path not in first
    ]
    others += [
        path
        for path, member in first.items()
        if path in second and second[path].kind != member.kind
    ]
    if others or hidden:
        found["members"] = [*others, *sorted(hidden)]
    for path, one in first.items():
        other = second.get(path)
        if other is None or one == other or one.kind != other.kind:
            continue
        for cause, is_other in (
            ("content", (one.digest, one.size) != (other.digest, other.size)),
            ("links", one.link != other.link),
            ("owner", (one.uid, one.gid) != (other.uid, other.gid)),
            ("mode", one.mode != other.mode),
            ("capabilities", one.capability != other.capability),
            ("time", one.mtime != other.mtime),
        ):
            if is_other:
                found.setdefault(cause, []).append(path)
    for path, size in a.repeated.items():
        if b.repeated.get(path) != size:
            found.setdefault("content", []).append(path)
    order = [path for path in first if path in second]
    other_order = [path for path in second if path in first]
    moved = [path for path, other in zip(order, other_order, strict=True) if path != other]
    if moved:
        found["order"] = moved
    return found


def _config_changes(a: ImageConfig, b: ImageConfig) -> Iterator[ConfigChange]:
    before, after = dict(_settings(a)), dict(_settings(b))
    for key in dict.fromkeys([*before, *after]):
        if before.get(key) != after.get(key):
            yield ConfigChange(key=key, before=before.get(key), after=after.get(key))


def _settings(config: ImageConfig) -> Iterator[tuple[str, str]]:
    """Yield what is set, by key, in the order in which people look for it."""
    yield "platform", str(config.platform)
    for key, text in (
        ("user", config.user),
        ("working directory", config.working_dir),
        ("entrypoint", _words(config.entrypoint)),
        ("command", _words(config.cmd)),
        ("shell", _words(config.shell)),
        ("stop signal", config.stop_signal),
        ("ports", " ".join(sorted(config.exposed_ports))),
        ("volumes", " ".join(sorted(config.volumes))),
        ("on build", _words(config.on_build)),
    ):
        if text:
            yield key, text
    check = config.healthcheck
    if check is not None:
        when = f"every {check.interval:g} s, {check.timeout:g} s at most"
        after = f"from {check.start_period:g} s on, {check.retries} times"
        yield "health check", f"{_words(check.test)} {when}, {after}"
    for name, value in config.env:
        yield f"env {name}", value
    for name, value in sorted(config.labels.items()):
        yield f"label {name}", value


def _words(words: Iterable[str]) -> str:
    import shlex

    return shlex.join(words)


def _package_changes(a: Contents, b: Contents) -> Iterator[PackageChange]:
    before, after = _versions(a), _versions(b)
    for key in sorted(before.keys() | after.keys()):
        versions, others = before.get(key, {}), after.get(key, {})
        if versions.keys() == others.keys():
            continue
        yield PackageChange(
            type=key[0],
            name=key[1],
            before=tuple(sorted(versions)),
            after=tuple(sorted(others)),
            size=sum(others.values()) - sum(versions.values()),
        )


def _versions(contents: Contents) -> dict[tuple[str, str], dict[str, int]]:
    """Return the sizes of all versions of each package; copies within others are no packages."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    for package in contents.inventory.packages:
        if package.vendored_in:
            continue
        name = canonical_name(package.name) if package.type == "pypi" else package.name
        sizes = found.setdefault((package.type, name), {})
        sizes[package.version] = sizes.get(package.version, 0) + contents.size_of(package)
    return found


def _file_changes(a: Contents, b: Contents) -> Iterator[FileChange]:
    before, after = a.files, b.files
    for path in sorted(before.keys() | after.keys()):
        one, other = before.get(path), after.get(path)
        first = None if one is None else _content(one, before)
        second = None if other is None else _content(other, after)
        what: tuple[str, ...] = ()
        if first is not None and second is not None:
            what = () if first is second else tuple(_what(first, second))
            if not what:
                continue
        elif _is_folder(one or other):
            continue
        owner = b.owner(path) if other is not None else a.owner(path)
        yield FileChange(
            path=path,
            how="added" if one is None else "removed" if other is None else "changed",
            what=what,
            before=first,
            after=second,
            size=_size(other) - _size(one),
            owner=_named(owner),
        )


def _is_folder(live: Live | None) -> bool:
    return live is not None and live.member.kind == DIRECTORY


def _content(live: Live, files: Mapping[str, Live]) -> Member:
    """Return the member; of a hard link, the file that it is."""
    if live.member.kind != HARDLINK:
        return live.member
    return files[live.member.link].member


def _what(one: Member, other: Member) -> Iterator[str]:
    if one.kind != other.kind:
        yield "kind"
    elif one.kind == FILE:
        if (one.digest, one.size) != (other.digest, other.size):
            yield "content"
    elif one.link != other.link:
        yield "target"
    # A link's mode means nothing.
    if one.mode != other.mode and not one.kind == other.kind == SYMLINK:
        yield "mode"
    if (one.uid, one.gid) != (other.uid, other.gid):
        yield "owner"
    if one.capability != other.capability:
        yield "capabilities"


def _size(live: Live | None) -> int:
    return live.member.size if live is not None and live.member.kind == FILE else 0


def _named(package: Package | None) -> str:
    if package is None:
        return ""
    name = canonical_name(package.name) if package.type == "pypi" else package.name
    return f"{package.type} {name}"


def _groups(files: Iterable[FileChange]) -> tuple[FileGroup, ...]:
    counts: dict[tuple[str, bool], Counter[str]] = {}
    sizes: Counter[tuple[str, bool]] = Counter()
    for change in files:
        folder = "/".join(change.path.split("/")[:-1][:_FOLDER_DEPTH])
        key = (change.owner or folder or "/", bool(change.owner))
        counts.setdefault(key, Counter())[change.how] += 1
        sizes[key] += change.size
    groups = [
        FileGroup(
            name=name,
            is_package=is_package,
            added=count["added"],
            removed=count["removed"],
            changed=count["changed"],
            size=sizes[name, is_package],
        )
        for (name, is_package), count in counts.items()
    ]
    groups.sort(key=lambda group: (-abs(group.size), group.name))
    return tuple(groups)
