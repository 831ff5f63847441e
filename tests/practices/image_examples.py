"""
Images as the pages of image rules describe them, in YAML.

    user: "65532"
    entrypoint: [python, -m, app]
    layers:
      - step: RUN pip install numpy
        files:
          root/.cache/pip/http-v2/a: 20 MB
          app/.env: |
            DEBUG=1
          usr/bin/su: {size: 60 kB, mode: "4755"}
        wheels: [numpy 2.3.0]
        debs: [openssl 3.5.1-1]
      - step: RUN rm -rf /root/.cache
        deletes: [root/.cache]
      - step: USER 65532

A file is a size or its text; the text is read as any file in a layer is. A step with nothing in
it makes no layer.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import yaml
from tests.scan import images

from boxwright.image.image import make_image
from boxwright.oci.config import Healthcheck
from boxwright.practices.check import check_image
from boxwright.practices.image_subject import ImageSubject
from boxwright.practices.selection import Selection
from boxwright.project.settings_file import settings_in
from boxwright.project.tree import MemoryTree
from boxwright.scan.contents import Contents
from boxwright.scan.layer_index import Artifact, Binary
from boxwright.scan.layer_pass import index_layer
from boxwright.scan.lookers import make_lookers
from boxwright.scan.vulnerability import Advisory, Match

_SIZE = re.compile(r"(?P<number>[\d.]+) (?P<unit>B|kB|MB|GB)")
_UNITS = {"B": 1, "kB": 10**3, "MB": 10**6, "GB": 10**9}
SITE = "opt/venv/lib/python3.13/site-packages"


def image_of(text: str, *, name: str = "example:1", today: date) -> ImageSubject:
    """Return the image that *text* describes."""
    said = yaml.safe_load(text)
    parts = [
        _part(dict(layer))
        for layer in said.pop("layers", ())
        for _ in range(layer.get("repeat", 1))
    ]
    advisories = said.pop("advisories", None)
    inspected = images.image(*parts, config=_config(said), name=name)
    if annotations := said.pop("annotations", None):
        made = inspected.image
        image = make_image(inspected.config, made.layers, annotations)
        inspected = replace(inspected, image=image)
    if media_types := said.pop("media_types", ()):
        pairs = zip(inspected.layers, media_types, strict=True)
        inspected = replace(
            inspected, layers=tuple(replace(layer, media_type=kind) for layer, kind in pairs)
        )
    for at, odd in said.pop("odd", {}).items():
        layers = list(inspected.layers)
        index = layers[at].index
        assert index is not None
        index = msgspec.structs.replace(index, problems=tuple(odd))
        layers[at] = replace(layers[at], index=index)
        inspected = replace(inspected, layers=tuple(layers))
    if problems := said.pop("problems", ()):
        inspected = replace(inspected, problems=tuple(problems))
    contents = Contents(inspected)
    matches = None if advisories is None else [_match(contents, each) for each in advisories]
    return ImageSubject(contents, today=today, matches=matches)


def found(
    rule: str, text: str, *, settings: str = "", today: date = date(2026, 12, 1)
) -> list[str]:
    """
    Return what *rule* finds in the image that *text* describes: `line: severity: message`.

    *settings* are those of the rule: `bases = true`.
    """
    tree = MemoryTree({"boxwright.toml": f"[check.rules.{rule}]\n{settings}\n".encode()})
    checked = check_image(image_of(text, today=today), Selection(settings_in(tree), select=[rule]))
    assert checked.failures == ()
    return [
        f"{finding.start.line}: {finding.severity}: {finding.message}"
        for finding in checked.findings
    ]


def _part(said: dict[str, Any]) -> Any:  # noqa: ANN401 (a layer or a step)
    by = said.pop("step", "")
    entries = list(_entries(said))
    problem = said.pop("problem", "")
    if not entries and not problem and "repeat" not in said:
        return images.step(by)
    texts = [
        entry for entry in entries if isinstance(entry, images.Entry) and entry.content is not None
    ]
    index = index_layer(io.BytesIO(images.tar_of(images.layer(*texts))), make_lookers()).index
    assert index is not None
    return images.layer(
        *entries,
        by=by,
        secrets=index.secrets,
        artifacts=(*index.artifacts, *msgspec.convert(said.pop("artifacts", []), list[Artifact])),
        binaries=msgspec.convert(said.pop("binaries", []), list[Binary]),
        problem=problem,
    )


def _entries(said: dict[str, Any]) -> Iterator[Any]:
    for deb in said.pop("debs", ()):
        name, _, version = deb.partition(" ")
        yield images.document(
            f"var/lib/dpkg/status.d/{name}",
            f"Package: {name}\nVersion: {version}\nArchitecture: amd64\n"
            "Status: install ok installed\nMaintainer: Debian <a@debian.org>\n",
        )
    for wheel in said.pop("wheels", ()):
        name, version, *licence = wheel.split(" ", 2)
        folder = f"{SITE}/{name.replace('-', '_')}-{version}.dist-info"
        declared = f"License-Expression: {licence[0]}\n" if licence else ""
        yield images.document(
            f"{folder}/METADATA",
            f"Metadata-Version: 2.4\nName: {name}\nVersion: {version}\n{declared}",
        )
        yield images.document(f"{folder}/RECORD", "")
    for path, value in said.pop("files", {}).items():
        yield _file(path, value)
    for path in said.pop("folders", ()):
        yield images.directory(path)
    for path in said.pop("deletes", ()):
        yield images.whiteout(path)


def _file(path: str, value: Any) -> images.Entry:  # noqa: ANN401 (YAML)
    details: dict[str, Any] = dict(value) if isinstance(value, Mapping) else {}
    if isinstance(value, str):
        sized = _SIZE.fullmatch(value)
        if sized:
            details["size"] = value
        else:
            return images.document(path, value)
    if "hardlink" in details:
        return images.hardlink(path, details["hardlink"])
    if "link" in details:
        return images.symlink(path, details["link"])
    mode = int(details.pop("mode", "644"), 8)
    size = details.pop("size", None)
    if details.pop("folder", False):
        return images.directory(path, mode=mode, **details)
    content: str | bytes | int = details.pop("text", "")
    if size is not None:
        sized = _SIZE.fullmatch(size)
        assert sized, f"`{size}` is no size"
        content = int(float(sized["number"]) * _UNITS[sized["unit"]])
    if "hex" in details:
        content = bytes.fromhex(details.pop("hex"))
    return images.file(path, content, mode=mode, **details)


def _config(said: dict[str, Any]) -> Any:  # noqa: ANN401 (ImageConfig)
    check = said.get("healthcheck")
    return replace(
        images.PLAIN,
        created=str(said.get("created", images.PLAIN.created)),
        user=str(said.get("user", "65532")),
        env=tuple((name, str(value)) for name, value in said.get("env", {}).items()),
        entrypoint=tuple(said.get("entrypoint", ())),
        cmd=tuple(said.get("cmd", ())),
        labels={name: str(value) for name, value in said.get("labels", {}).items()},
        exposed_ports=tuple(said.get("ports", ())),
        volumes=tuple(said.get("volumes", ())),
        stop_signal=said.get("stop_signal", ""),
        healthcheck=Healthcheck(test=tuple(check)) if check else None,
    )


def _match(contents: Contents, said: dict[str, Any]) -> Match:
    package = next(each for each in contents.inventory.packages if each.name == said.pop("package"))
    state, reason, advice = (said.pop(key, "") for key in ("state", "reason", "advice"))
    fixed = tuple(said.pop("fixed", ()))
    return Match(
        package=package,
        advisory=Advisory(**said),
        record=said["id"],
        ecosystem="PyPI" if package.type == "pypi" else "Debian:13",
        evidence="",
        fixed=fixed,
        layer=contents.layer_of(package),
        state=state or "affected",
        reason=reason,
        advice=advice,
    )
