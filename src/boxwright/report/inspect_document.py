"""
A look into an image → one document: `boxwright inspect --format json`, version 1.

Sizes are bytes; layers and steps are counted from 0, the lowest and the first; what is not known is
null. Names are as the image has them, so whoever shows them makes them harmless. Credentials are
never whole: `[hidden]` stands for them, and `redacted` is what may be shown. Later versions of
Boxwright add keys; `version` rises when one is taken away or means something else.

    version, tool {name, version}
    image
      name, digest, platform, created
      distribution {id, version_id, name, codename}, or null
      sizes
        stored       of the layers as they are sent
        unpacked     of all files of all layers
        final        of the files that a container sees
        needed       of `unpacked` what a container can need
        waste        the rest
        efficiency   needed / unpacked, 0 to 1
      files {files, directories, links, other} of the final filesystem
      config {user, working_dir, entrypoint, cmd, env [{name, value, hidden}], ports, volumes,
        labels [{name, value, hidden}], stop_signal, shell, on_build,
        healthcheck {test, interval, timeout, start_period, retries}, or null}
    causes []        what `unpacked` consists of, each byte in one of them, largest first:
      {cause, title, size, files, largest [{name, size}]}
    actions []       what to do, the most pressing first: {kind, text, saves, count, severity}
    layers []
      at, digest, diff_id, media_type, step, instruction, created, problem
      stored, tar (null where it was not read), content (of its files)
      added, changed, removed        counts of files
      hidden         bytes of its content that no container sees
      waste          bytes of it that are likely not needed, beyond `hidden`
      packages       how many it brought in
    history []       {created_by, instruction, created, comment, layer}
    packages []      type, name, version, architecture, source, source_version, licences, supplier,
      homepage, installer, origin, requires, vendored_in, path, size, files, layer
    hidden_packages []   those that only deleted files tell of, as `packages`
    package_types [] {type, title, count, size}
    waste []         {practice, title, size, layer, removed_by, paths [{path, size}], count, advice,
      certain}
    leaks []         {kind, redacted, place, name, line, layer, step, state, removed_by,
      removing_step, certain}
    artifacts []     {path, role, format, size, details, dangerous, unknown, layer, state,
      removed_by, package}   the test data and the like of packages last
    binaries         {count, machines {machine: count}}
    gpu              null where nothing says that the image is for one, else
      {cuda, driver, requires, releases [{part, version, origin, in_wheel}], common, conflicts,
      unused [{path, size, why}], architectures, size, packages [{name, version, size,
      architectures}], env [{name, value}]}
    vulnerabilities  null where none were looked for, else
      {counts {severity: count}, fixable, matches [{id, aliases, severity, score, vector, summary,
      package {type, name, version, path}, record, ecosystem, evidence, fixed, layer, state,
      reason, advice, source, published, references}]}
    practices        null where none were checked, else
      findings [{rule, severity, message, path, line, column, step, layer, fingerprint, fix}]
      broken [{rule, severity, count, summary, page}],  kept [{rule, severity, summary}]
    unchecked []     what was not looked for, in clauses
    unread []        what could not be read of package databases, in clauses
    problems []      what of the image is not what it says, in clauses
    tree             {folders, packages, layers}: nodes {name, size, files, layer, hidden, kind,
      children}; what has less than a five-hundredth of the whole is in its folder's size only
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from boxwright import __version__
from boxwright.practices.redaction import Redaction
from boxwright.practices.registry import find_rule, rule_names
from boxwright.report.inspect_tree import SMALLEST, Leaf, group, tree
from boxwright.scan.layer_index import DIRECTORY, FILE, HARDLINK, SYMLINK
from boxwright.scan.recovered import instruction_of
from boxwright.scan.vulnerability import SEVERITIES, Match

if TYPE_CHECKING:
    from boxwright.findings.finding import Finding
    from boxwright.practices.rule import Rule
    from boxwright.scan.contents import Contents
    from boxwright.scan.layer_index import LayerIndex, Member
    from boxwright.scan.packages.package import Package

VERSION = 1

_Key = tuple[str, str, str, str, str]

_TITLES = {
    "pypi": "Python packages",
    "deb": "Debian packages",
    "apk": "Alpine packages",
    "rpm": "RPM packages",
    "conda": "conda packages",
    "npm": "npm packages",
    "generic": "interpreters",
    "nvidia": "NVIDIA libraries",
    "model": "models",
    "dataset": "data sets",
    "bytecode": "compiled byte code",
    "hidden": "deleted or replaced later",
    "unowned": "files of no package",
}
_NVIDIA = (
    "nvidia-", "cuda-", "libcublas", "libcudnn", "libcufft", "libcufile", "libcurand",
    "libcusolver", "libcusparse", "libnccl", "libnpp", "libnvjpeg", "libnvjitlink", "tensorrt",
)  # fmt: skip
_LARGEST = 5
"""How many names a cause has."""
_ACTIONS = 20
_LEAST_SAVED = 1000
"""What saves less than one part in so many of the image is no advice."""
_SMALL_NAME = "smaller packages"
_NEARLY_ALL = 100


def document(
    contents: Contents,
    *,
    findings: Sequence[Finding] | None = None,
    rules: Mapping[str, Rule[Any]] | None = None,
    matches: Sequence[Match] | None = None,
    unchecked: Sequence[str] = (),
    with_tree: bool = True,
) -> dict[str, Any]:
    """
    Return what *contents* tell.

    Without *findings* or *matches*, nobody looked for them, and the document says so. Of *rules*,
    those that were checked, the ones with no finding are told as kept. `inspect_text` needs no
    tree.
    """
    look = _Look(contents)
    made = look.document(findings=findings, rules=rules or {}, matches=matches, unchecked=unchecked)
    return {**made, "tree": look.trees()} if with_tree else made


@dataclass(slots=True)
class _Owned:
    """The live files of a package."""

    package: Package
    leaves: list[Leaf] = field(default_factory=list)
    size: int = 0


class _Look:
    """What several parts of the document need."""

    def __init__(self, contents: Contents) -> None:
        self._contents = contents
        self._inspected = contents.inspected
        config = contents.inspected.config
        self._redaction = Redaction(
            contents.leaks, env=config.env, labels=tuple(config.labels.items())
        )
        by_identity: dict[int, _Owned] = {}
        self._unowned: list[Leaf] = []
        self._hidden: list[Leaf] = []
        self._roles = {
            found.artifact.path: found.artifact.role
            for found in contents.artifacts
            if found.state == "live" and found.artifact.path not in contents.owners
        }
        owners = contents.owners
        for path, live in contents.files.items():
            if live.member.kind not in (FILE, HARDLINK):
                continue
            leaf = Leaf(path, live.member.size, live.layer)
            owner = owners.get(path)
            if owner is None:
                self._unowned.append(leaf)
            else:
                owned = by_identity.get(id(owner))
                if owned is None:
                    owned = by_identity[id(owner)] = _Owned(owner)
                owned.leaves.append(leaf)
                owned.size += leaf.size
        self._owned = {_key(owned.package): owned for owned in by_identity.values()}
        for gone in contents.gone:
            if gone.member.kind in (FILE, HARDLINK):
                self._hidden.append(Leaf(gone.member.path, gone.member.size, gone.layer, True))

    def document(
        self,
        *,
        findings: Sequence[Finding] | None,
        rules: Mapping[str, Rule[Any]],
        matches: Sequence[Match] | None,
        unchecked: Sequence[str],
    ) -> dict[str, Any]:
        """Return all but the trees."""
        vulnerabilities = None if matches is None else _vulnerabilities(matches)
        return {
            "version": VERSION,
            "tool": {"name": "boxwright", "version": __version__},
            "image": self._image(),
            "causes": self._causes(),
            "actions": self._actions(matches or ()),
            "layers": self._layers(),
            "history": self._history(),
            "packages": [self._package(package) for package in self._contents.inventory.packages],
            "hidden_packages": [
                self._package(package) for package in self._contents.hidden_packages
            ],
            "package_types": self._package_types(),
            "waste": self._waste(),
            "leaks": self._leaks(),
            "artifacts": self._artifacts(),
            "binaries": self._binaries(),
            "gpu": self._gpu(),
            "vulnerabilities": vulnerabilities,
            "practices": None if findings is None else self._practices(findings, rules),
            "unchecked": list(unchecked),
            "unread": list(self._contents.inventory.unread),
            "problems": list(self._problems()),
        }

    def _image(self) -> dict[str, Any]:
        contents, inspected = self._contents, self._inspected
        distribution = contents.inventory.distribution
        kinds = Counter(live.member.kind for live in contents.files.values())
        needed = round(contents.shipped * contents.efficiency)
        return {
            "name": inspected.name,
            "digest": inspected.image.digest,
            "platform": str(inspected.config.platform),
            "created": inspected.config.created,
            "distribution": {
                "id": distribution.id,
                "version_id": distribution.version_id,
                "name": distribution.name,
                "codename": distribution.codename,
            }
            if distribution
            else None,
            "sizes": {
                "stored": sum(layer.size for layer in inspected.layers),
                "unpacked": contents.shipped,
                "final": contents.size,
                "needed": needed,
                "waste": contents.shipped - needed,
                "efficiency": round(contents.efficiency, 4),
            },
            "files": {
                "files": kinds[FILE] + kinds[HARDLINK],
                "directories": kinds[DIRECTORY],
                "links": kinds[SYMLINK],
                "other": kinds.total()
                - sum(kinds[kind] for kind in (FILE, HARDLINK, DIRECTORY, SYMLINK)),
            },
            "config": self._config(),
        }

    def _config(self) -> dict[str, Any]:
        config, shown = self._inspected.config, self._redaction
        health = config.healthcheck

        def pairs(place: str, found: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
            values = ((name, shown.value(place, name, value)) for name, value in found)
            return [
                {"name": name, "value": value, "hidden": is_hidden}
                for name, (value, is_hidden) in values
            ]

        return {
            "user": config.user,
            "working_dir": config.working_dir,
            "entrypoint": [shown.text(word) for word in config.entrypoint],
            "cmd": [shown.text(word) for word in config.cmd],
            "env": pairs("environment", config.env),
            "ports": list(config.exposed_ports),
            "volumes": list(config.volumes),
            "labels": pairs("label", config.labels.items()),
            "stop_signal": config.stop_signal,
            "shell": list(config.shell),
            "on_build": [shown.text(instruction) for instruction in config.on_build],
            "healthcheck": {
                "test": [shown.text(word) for word in health.test],
                "interval": health.interval,
                "timeout": health.timeout,
                "start_period": health.start_period,
                "retries": health.retries,
            }
            if health
            else None,
        }

    def _history(self) -> list[dict[str, Any]]:
        return [
            {
                "created_by": self._redaction.text(step.created_by),
                "instruction": self._redaction.text(instruction_of(step.created_by)),
                "created": step.created,
                "comment": self._redaction.text(step.comment),
                "layer": step.layer,
            }
            for step in self._inspected.history
        ]

    def _layers(self) -> list[dict[str, Any]]:
        contents = self._contents
        hidden: Counter[int] = Counter()
        changed: Counter[int] = Counter()
        removed: Counter[int] = Counter()
        for gone in contents.gone:
            hidden[gone.layer] += gone.member.size
            if gone.member.kind == DIRECTORY:
                continue
            if gone.how == "deleted":
                removed[gone.removed_by] += 1
            elif gone.how in ("replaced", "rewritten"):
                changed[gone.removed_by] += 1
        likely: Counter[int] = Counter()
        for waste in contents.waste:
            if waste.layer is not None and not waste.certain:
                likely[waste.layer] += waste.size
        packages = Counter(contents.layer_of(package) for package in contents.inventory.packages)
        history = self._history()
        result = []
        for layer in self._inspected.layers:
            at, index = layer.at, layer.index
            content = _content(index) if index else 0
            members = index.members if index else ()
            files = sum(member.kind != DIRECTORY for member in members)
            step = history[layer.step] if layer.step is not None else None
            result.append(
                {
                    "at": at,
                    "digest": layer.digest,
                    "diff_id": layer.diff_id,
                    "media_type": layer.media_type,
                    "step": layer.step,
                    "instruction": step["instruction"] if step else "",
                    "created": step["created"] if step else "",
                    "problem": layer.problem,
                    "stored": layer.size,
                    "tar": index.size if index else None,
                    "content": content,
                    "added": max(files - changed[at], 0),
                    "changed": changed[at],
                    "removed": removed[at],
                    "hidden": min(hidden[at], content),
                    "waste": min(likely[at], max(content - hidden[at], 0)),
                    "packages": packages[at],
                }
            )
        return result

    def _package(self, package: Package) -> dict[str, Any]:
        owned = self._owned.get(_key(package))
        return {
            "type": package.type,
            "name": package.name,
            "version": package.version,
            "architecture": package.architecture,
            "source": package.source,
            "source_version": package.source_version,
            "licences": list(package.licences),
            "supplier": package.supplier,
            "homepage": package.homepage,
            "installer": package.installer,
            "origin": package.origin,
            "requires": list(package.requires),
            "vendored_in": package.vendored_in,
            "path": package.path,
            "size": self._contents.size_of(package),
            "files": len(owned.leaves) if owned else 0,
            "layer": self._contents.layer_of(package),
        }

    def _package_types(self) -> list[dict[str, Any]]:
        counts = Counter(
            package.type for package in self._contents.inventory.packages if not package.vendored_in
        )
        sizes: Counter[str] = Counter()
        for owned in self._owned.values():
            sizes[owned.package.type] += owned.size
        return [
            {"type": kind, "title": _title(kind), "count": counts[kind], "size": sizes[kind]}
            for kind in sorted(counts, key=lambda kind: (-sizes[kind], kind))
        ]

    def _causes(self) -> list[dict[str, Any]]:
        """Return what all shipped bytes are there for."""
        sizes: Counter[str] = Counter()
        files: Counter[str] = Counter()
        names: dict[str, Counter[str]] = {}

        def count(cause: str, name: str, size: int, number: int = 1) -> None:
            sizes[cause] += size
            files[cause] += number
            if cause not in names:
                names[cause] = Counter()
            names[cause][name] += size

        for owned in self._owned.values():
            package = owned.package
            kind = "nvidia" if package.name.lower().startswith(_NVIDIA) else package.type
            count(kind, package.name, owned.size, len(owned.leaves))
        for leaf in self._unowned:
            role = self._roles.get(leaf.path)
            if role:
                count(role, _base_name(leaf.path), leaf.size)
            elif leaf.path.endswith(".pyc"):
                count("bytecode", _folder(leaf.path), leaf.size)
            else:
                count("unowned", _folder(leaf.path), leaf.size)
        for leaf in self._hidden:
            count("hidden", _folder(leaf.path), leaf.size)
        return [
            {
                "cause": cause,
                "title": _title(cause),
                "size": sizes[cause],
                "files": files[cause],
                "largest": [
                    {"name": name, "size": size}
                    for name, size in names[cause].most_common(_LARGEST)
                    if size
                ],
            }
            for cause in sorted(sizes, key=lambda cause: (-sizes[cause], cause))
        ]

    def _waste(self) -> list[dict[str, Any]]:
        return [
            {
                "practice": waste.practice,
                "title": waste.title,
                "size": waste.size,
                "layer": waste.layer,
                "removed_by": waste.removed_by,
                "paths": [{"path": path, "size": size} for path, size in waste.paths],
                "count": waste.count,
                "advice": waste.advice,
                "certain": waste.certain,
            }
            for waste in self._contents.waste
        ]

    def _leaks(self) -> list[dict[str, Any]]:
        return [
            {
                "kind": leak.kind,
                "redacted": leak.redacted,
                "place": leak.place,
                "name": leak.name,
                "line": leak.line,
                "layer": leak.layer,
                "step": leak.step,
                "state": leak.state,
                "removed_by": leak.removed_by,
                "removing_step": leak.removing_step,
                "certain": leak.certain,
            }
            for leak in self._contents.leaks
        ]

    def _artifacts(self) -> list[dict[str, Any]]:
        return [
            {
                "path": found.artifact.path,
                "role": found.artifact.role,
                "format": found.artifact.format,
                "size": found.artifact.size,
                "details": dict(found.artifact.details),
                "dangerous": list(found.artifact.dangerous),
                "unknown": list(found.artifact.unknown),
                "layer": found.layer,
                "state": found.state,
                "removed_by": found.removed_by,
                "package": self._owner_name(found.artifact.path),
            }
            for found in sorted(
                self._contents.artifacts,
                key=lambda found: (
                    found.artifact.path in self._contents.owners,
                    -found.artifact.size,
                    found.artifact.path,
                    found.layer,
                ),
            )
        ]

    def _owner_name(self, path: str) -> str:
        owner = self._contents.owner(path)
        return owner.name if owner else ""

    def _binaries(self) -> dict[str, Any]:
        machines = Counter(
            binary.machine for binary in self._contents.binaries.values() if binary.machine
        )
        return {
            "count": len(self._contents.binaries),
            "machines": dict(sorted(machines.items(), key=lambda item: (-item[1], item[0]))),
        }

    def _gpu(self) -> dict[str, Any] | None:
        config = self._inspected.config
        env = [
            {"name": name, "value": self._redaction.value("environment", name, value)[0]}
            for name, value in config.env
            if name.startswith(("NVIDIA_", "CUDA_", "NCCL_", "TORCH_CUDA_"))
        ]
        architectures: dict[_Key, set[str]] = {}
        sizes: Counter[_Key] = Counter()
        versions: dict[_Key, tuple[str, str]] = {}
        for path, binary in self._contents.binaries.items():
            if not binary.gpu_architectures:
                continue
            owner = self._contents.owner(path)
            key = _key(owner) if owner else ("", "", "", "", _folder(path))
            versions[key] = (owner.name, owner.version) if owner else (_folder(path), "")
            architectures.setdefault(key, set()).update(binary.gpu_architectures)
            sizes[key] += binary.size
        facts = self._contents.gpu
        if not env and not architectures and not facts.has_gpu_code:
            return None
        return {
            "cuda": facts.cuda or None,
            "driver": facts.driver_release or None,
            "requires": facts.requires or None,
            "releases": [
                {
                    "part": release.part,
                    "version": release.version,
                    "origin": release.origin,
                    "in_wheel": release.is_in_wheel,
                }
                for release in facts.releases
            ],
            "common": list(facts.architectures),
            "conflicts": list(facts.conflicts),
            "unused": [
                {"path": each.path, "size": each.size, "why": each.why} for each in facts.unused
            ],
            "architectures": sorted(set().union(*architectures.values()), key=_architecture_key),
            "size": sizes.total(),
            "packages": [
                {
                    "name": versions[key][0],
                    "version": versions[key][1],
                    "size": size,
                    "architectures": sorted(architectures[key], key=_architecture_key),
                }
                for key, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
            ],
            "env": env,
        }

    def _practices(
        self, findings: Sequence[Finding], rules: Mapping[str, Rule[Any]]
    ) -> dict[str, Any]:
        history = self._inspected.history
        told = []
        for finding in findings:
            # The recovered Dockerfile has a line that names the image, and then one for each entry.
            at = finding.start.line - 2
            is_step = finding.path == self._inspected.name and 0 <= at < len(history)
            step = at if is_step else None
            told.append(
                {
                    "rule": finding.rule,
                    "severity": str(finding.severity),
                    "message": finding.message,
                    "path": finding.path,
                    "line": finding.start.line,
                    "column": finding.start.column,
                    "step": step,
                    "layer": history[step].layer if step is not None else None,
                    "fingerprint": finding.fingerprint,
                    "fix": finding.fix.title if finding.fix else None,
                }
            )
        worst = {
            name: max(finding.severity for finding in findings if finding.rule == name)
            for name in {finding.rule for finding in findings}
        }
        counts = Counter(finding.rule for finding in findings)
        return {
            "findings": told,
            "broken": [
                {
                    "rule": name,
                    "severity": str(worst[name]),
                    "count": counts[name],
                    **_page(rules.get(name) or _rule(name)),
                }
                for name in sorted(worst, key=lambda name: (-worst[name], name))
            ],
            "kept": [
                {"rule": rule.name, "severity": str(rule.severity), "summary": rule.summary}
                for rule in sorted(rules.values(), key=lambda rule: (-rule.severity, rule.name))
                if rule.name not in worst
            ],
        }

    def _actions(self, matches: Sequence[Match]) -> list[dict[str, Any]]:
        actions = [
            *self._against_leaks(),
            *self._against_pickles(),
            *_against_vulnerabilities(matches),
            *self._against_waste(),
        ]
        ranks = {"error": 0, "warning": 1, "info": 2}
        actions.sort(key=lambda action: ranks[action["severity"]])
        return actions[:_ACTIONS]

    def _against_leaks(self) -> Iterator[dict[str, Any]]:
        certain = [leak for leak in self._contents.leaks if leak.certain]
        if certain:
            places = {(leak.place, leak.name) for leak in certain}
            where = (
                "in it" if len(places) > 1 else f"in {_place(certain[0].place, certain[0].name)}"
            )
            one = len(certain) == 1
            what = certain[0].kind if one else f"{len(certain)} credentials"
            yield {
                "kind": "leak",
                "text": f"revoke {what} {where}, and build again without {'it' if one else 'them'}:"
                " whoever has the image can read every layer",
                "saves": 0,
                "count": len(certain),
                "severity": "error",
            }

    def _against_pickles(self) -> Iterator[dict[str, Any]]:
        for found in self._contents.artifacts:
            if found.artifact.path in self._roles and found.artifact.dangerous:
                yield {
                    "kind": "artifact",
                    "text": f"do not load `{found.artifact.path}`:"
                    f" that runs `{found.artifact.dangerous[0]}`",
                    "saves": 0,
                    "count": 1,
                    "severity": "error",
                }

    def _against_waste(self) -> Iterator[dict[str, Any]]:
        """Yield what saves much, one order for all that it saves."""
        sizes: Counter[tuple[bool, str, str]] = Counter()
        counts: Counter[tuple[bool, str, str]] = Counter()
        for waste in self._contents.waste:
            key = (waste.certain, waste.title, waste.advice)
            sizes[key] += waste.size
            counts[key] += waste.count
        least = self._contents.shipped // _LEAST_SAVED
        for key in sorted(sizes, key=lambda key: (not key[0], -sizes[key], key)):
            certain, title, advice = key
            if sizes[key] > least:
                yield {
                    "kind": "waste",
                    "text": f"{title}: {advice}",
                    "saves": sizes[key],
                    "count": counts[key],
                    "severity": "warning" if certain else "info",
                }

    def _problems(self) -> Iterator[str]:
        yield from self._inspected.problems
        for layer in self._inspected.layers:
            if layer.problem:
                yield f"layer {layer.at}: {layer.problem}"
        yield from self._contents.problems

    def trees(self) -> dict[str, Any]:
        """Return the folders of the final filesystem, of its packages and of the layers."""
        live = [leaf for owned in self._owned.values() for leaf in owned.leaves] + self._unowned
        least = max(self._contents.shipped // SMALLEST, 1)
        return {
            "folders": tree("/", live, least=max(self._contents.size // SMALLEST, 1)),
            "packages": self._package_tree(least),
            "layers": self._layer_tree([*live, *self._hidden], least),
        }

    def _package_tree(self, least: int) -> dict[str, Any]:
        types: dict[str, list[dict[str, Any]]] = {}
        small: dict[str, list[Leaf]] = {}
        for owned in self._owned.values():
            if owned.size < least:
                small.setdefault(owned.package.type, []).extend(owned.leaves)
                continue
            name = f"{owned.package.name} {owned.package.version}".rstrip()
            node = _without_its_only_folder(tree(name, owned.leaves, least=least))
            types.setdefault(owned.package.type, []).append({**node, "kind": "package"})
        for kind, leaves in small.items():
            rest = tree(_SMALL_NAME, leaves, least=least)
            rest.pop("children", None)
            types.setdefault(kind, []).append(rest)
        nodes = [group(_title(kind), children, kind=kind) for kind, children in types.items()]
        roles: dict[str, list[Leaf]] = {}
        for leaf in self._unowned:
            roles.setdefault(self._roles.get(leaf.path, "unowned"), []).append(leaf)
        nodes += [
            {**tree(_title(role), leaves, least=least), "kind": role}
            for role, leaves in roles.items()
        ]
        return group("packages", nodes)

    def _layer_tree(self, leaves: Iterable[Leaf], least: int) -> dict[str, Any]:
        of: dict[int, list[Leaf]] = {}
        for leaf in leaves:
            of.setdefault(leaf.layer, []).append(leaf)
        nodes = [
            {**tree(f"layer {at}", found, least=least), "kind": "layer", "layer": at}
            for at, found in sorted(of.items())
        ]
        return group("layers", nodes)


def _without_its_only_folder(node: dict[str, Any]) -> dict[str, Any]:
    """Return *node* with what is in its only child, where that is nearly all of it."""
    children = node.get("children", [])
    while len(children) == 1 and "children" in children[0]:
        if children[0]["size"] * _NEARLY_ALL < node["size"] * (_NEARLY_ALL - 1):
            break
        children = children[0]["children"]
    return {**node, "children": children} if children else node


def _key(package: Package) -> _Key:
    return package.type, package.name, package.version, package.architecture, package.path


def _title(cause: str) -> str:
    return _TITLES.get(cause, f"{cause} packages")


def _content(index: LayerIndex) -> int:
    return sum(member.size for member in _files(index.members)) + sum(index.repeated.values())


def _files(members: Iterable[Member]) -> Iterator[Member]:
    return (member for member in members if member.kind == FILE)


def _base_name(path: str) -> str:
    return path.rpartition("/")[2]


def _folder(path: str) -> str:
    """Return the folder of *path*, cut to three names."""
    return "/" + "/".join(path.split("/", 3)[:-1][:3])


def _place(place: str, name: str) -> str:
    return f"`{name}`" if name else f"the {place}"


def _architecture_key(architecture: str) -> tuple[str, int, str]:
    """Return what orders `sm_80`, `sm_100` and `ptx_90`: machine code first, then by number."""
    kind, _, number = architecture.partition("_")
    digits = "".join(char for char in number if char.isdecimal())[:6]
    return {"sm": "0"}.get(kind, kind), int(digits or 0), number


def _rule(name: str) -> Rule[Any] | None:
    return find_rule(name) if name in rule_names() else None


def _page(rule: Rule[Any] | None) -> dict[str, str]:
    return {"summary": rule.summary if rule else "", "page": rule.page.strip() if rule else ""}


def _severity(match: Match) -> str:
    return match.advisory.severity if match.advisory.severity in SEVERITIES else "unknown"


def _vulnerabilities(matches: Sequence[Match]) -> dict[str, Any]:
    affected = [match for match in matches if match.state == "affected"]
    counts = Counter(map(_severity, affected))
    ordered = sorted(
        matches,
        key=lambda match: (
            match.state != "affected",
            SEVERITIES.index(_severity(match)),
            -(match.advisory.score or 0),
            match.package.name,
            match.advisory.id,
            match.package.path,
        ),
    )
    return {
        "counts": {severity: counts[severity] for severity in SEVERITIES},
        "fixable": sum(bool(match.fixed) for match in affected),
        "matches": [
            {
                "id": match.advisory.id,
                "aliases": list(match.advisory.aliases),
                "severity": _severity(match),
                "score": match.advisory.score,
                "vector": match.advisory.vector,
                "summary": match.advisory.summary,
                "package": {
                    "type": match.package.type,
                    "name": match.package.name,
                    "version": match.package.version,
                    "path": match.package.path,
                },
                "record": match.record,
                "ecosystem": match.ecosystem,
                "evidence": match.evidence,
                "fixed": list(match.fixed),
                "layer": match.layer,
                "state": match.state,
                "reason": match.reason,
                "advice": match.advice,
                "source": match.source,
                "published": match.advisory.published,
                "references": list(match.advisory.references),
            }
            for match in ordered
        ],
    }


def _against_vulnerabilities(matches: Sequence[Match]) -> Iterator[dict[str, Any]]:
    """Yield the ways that mend most, one for all the matches that it mends."""
    ways: dict[str, Counter[str]] = {}
    for match in matches:
        if match.state == "affected" and match.advice:
            ways.setdefault(match.advice, Counter())[_severity(match)] += 1
    for advice, counts in sorted(
        ways.items(),
        key=lambda item: (*(-item[1][severity] for severity in SEVERITIES), item[0]),
    ):
        told = ", ".join(
            f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity]
        )
        yield {
            "kind": "vulnerability",
            "text": f"{advice} (mends {told})",
            "saves": 0,
            "count": counts.total(),
            "severity": "error" if counts["critical"] else "warning" if counts["high"] else "info",
        }
