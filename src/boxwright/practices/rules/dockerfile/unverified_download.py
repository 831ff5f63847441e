r"""
A file is fetched and nothing tells whether it is the right one.

What a URL leads to can be changed by whoever controls the server, the account or the name: quietly, and after years.
A program or model from there ends up in the image and runs. A checksum makes the build stop instead, and also finds downloads that broke off.

Bad:

```dockerfile
FROM debian:13-slim
RUN curl -fsSL -o /usr/local/bin/tool https://example.com/tool-1.4 && chmod +x /usr/local/bin/tool
```

```dockerfile
FROM debian:13-slim
ADD https://example.com/model.safetensors /models/
```

Good:

```dockerfile
FROM debian:13-slim
RUN curl -fsSL -o /usr/local/bin/tool https://example.com/tool-1.4 \
    && echo "24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d  /usr/local/bin/tool" | sha256sum -c \
    && chmod +x /usr/local/bin/tool
```

```dockerfile
FROM debian:13-slim
ADD --checksum=sha256:24454f830cdb571e2c4ad15481119c43b3cafd48dd869a9b2945d1036d1dc68d https://example.com/model.safetensors /models/
```

## When it is fine

Keys and checksums themselves, what a signature is checked for in the same stage, and requests whose answer is not kept.

## Equivalents

None.

## References

MLSecOps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from boxwright.findings.finding import Severity
from boxwright.practices.programs.downloads import (
    host_of,
    is_checksum_file,
    piped_scripts,
    unverified,
)
from boxwright.practices.rule import Problem, rule
from boxwright.practices.stage_facts import StageFacts
from boxwright.practices.subjects import Build
from boxwright.syntax.dockerfile.instructions import Add
from boxwright.syntax.shell.command import Command


@rule(Build, severity=Severity.WARNING)
def unverified_download(build: Build) -> Iterator[Problem]:
    stages = {found.stage.index: found.stage for found in build.commands_of(*_TOOLS)}
    for stage in stages.values():
        yield from _of_stage(stage)
    for add in build.of(Add):
        if add.checksum is not None:
            continue
        for word in add.sources:
            # A repository is pinned by a commit, not by a checksum.
            path = word.value.partition("#")[0]
            if (
                path.startswith(("http://", "https://"))
                and not path.endswith(".git")
                and not _is_key(path)
                and not is_checksum_file(path)
            ):
                yield Problem(message=_message(path), span=word.span)


_TOOLS = ("curl", "wget", "aria2c", "gdown")


def _of_stage(stage: StageFacts) -> Iterator[Problem]:
    commands = [command for run in stage.runs for command in run.commands]
    told = {
        id(piped.download.command) for run in stage.runs for piped in piped_scripts(run.commands)
    }
    unpacked = {id(command) for run in stage.runs for command in _unpacked(run.commands)}
    for download in unverified(commands):
        if (
            download.tool in _TOOLS
            and id(download.command) not in told
            and (download.output or id(download.command) in unpacked)
            and download.output not in {"/dev/null", "-"}
            and not _is_key(download.url)
            and not is_checksum_file(download.url)
            and not _is_local(download.host)
        ):
            yield Problem(message=_message(download.url), span=download.url_word.span)


def _message(url: str) -> str:
    host = host_of(url)
    path = url.partition("://")[2].partition("?")[0].partition("#")[0].rstrip("/")
    name = path.rpartition("/")[2] if "/" in path else ""
    where = f" from `{host}`" if host else ""
    what = f"`{name}`" if name and name.isprintable() and "`" not in name else "a file"
    return f"{what}{where} is not compared with a checksum"


def _is_key(url: str) -> bool:
    path = url.partition("?")[0].lower()
    name = path.rpartition("/")[2]
    if path.endswith("/pks/lookup"):
        return True
    return name.endswith((".gpg", ".asc", ".key", ".pub", ".pem", ".crt", ".list", ".repo")) or (
        name in {"gpg", "key", "keyring"} or "gpg-key" in name or "archive-keyring" in name
    )


def _is_local(host: str) -> bool:
    return host in {"localhost", "127.0.0.1"} or host.startswith("169.254.")


def _unpacked(commands: Sequence[Command]) -> Iterator[Command]:
    """Yield those of *commands*, of one RUN, whose output another program of the pipe keeps."""
    open_: dict[int, list[Command]] = {}
    for command in commands:
        before = open_.setdefault(command.pipeline, [])
        if command.program in _KEEPERS:
            yield from before
            before.clear()
        else:
            before.append(command)


_KEEPERS = frozenset(
    {"tar", "bsdtar", "tee", "gunzip", "zcat", "xz", "unxz", "bzip2", "cpio", "dd"}
)
