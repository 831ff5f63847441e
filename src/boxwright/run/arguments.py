"""A container → the command line of docker, podman or nerdctl; all that differs is here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from boxwright.oci.config import Healthcheck
from boxwright.plan.model import SITE
from boxwright.render.compose.names import seconds, size
from boxwright.run.model import CLOSED, NO_NETWORK, SECRETS, Container, Mounted

LABEL = "io.boxwright.run"
"""Marks containers and networks of ours."""
_MASQUERADE = "com.docker.network.bridge.enable_ip_masquerade=false"
_APART = "com.docker.network.bridge.enable_icc=false"
_WITH_VALUES = (
    "import json,os,re,sys\n"
    "k=sys.argv[2].split(',')\n"
    "f=lambda m:open('/run/secrets/'+m[1]).read().strip() if m[1] in k else m[0]\n"
    "for n,t in json.loads(sys.argv[1]).items():os.environ[n]=re.sub('{([a-z0-9_-]+)}',f,t)\n"
    "os.execvp(sys.argv[3],sys.argv[3:])"
)
"""Sets variables from secrets and becomes the program: the engine never learns the values."""
_HEALTH_INTERVAL = 10.0
"""Seconds between two questions at most, as in Compose files of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """Addresses for a network of ours."""

    text: str
    """`192.168.247.0/24`."""
    bridge: str
    """The address of the bridge, from which published ports are reached."""
    nobody: str
    """An address that no one has: what is sent to it is lost."""


def run_arguments(container: Container, engine: str) -> tuple[str, ...]:
    """
    Return the arguments by which *engine* (`docker`, `podman` or `nerdctl`) runs *container*.

    >>> run_arguments(Container(image="api:1", name="api"), "docker")[:4]
    ('run', '--detach', '--name', 'api')
    """
    return (
        *("run", "--detach", "--name", container.name, "--label", LABEL),
        *_rights(container, engine),
        *_bounds(container, engine),
        *_files(container, engine),
        *_network(container, engine),
        *_variables(container),
        *_health(container, engine),
        *_process(container),
        *_what(container),
    )


def network_arguments(engine: str, subnet: Subnet) -> tuple[str, ...]:
    """
    Return the arguments that make the network `boxwright-closed`.

    Docker publishes no port of an `--internal` network. This one is a bridge whose containers
    are sent to an address that nobody has: the bridge's own is on their link and answers, as
    published ports need, and nothing else does. Podman publishes from internal ones.
    """
    if engine == "podman":
        how: tuple[str, ...] = ("--internal", "--disable-dns")
    else:
        how = ("--subnet", subnet.text, "--gateway", subnet.bridge, "--opt", _MASQUERADE)
    if engine == "docker":
        how = (*how, "--aux-address", f"DefaultGatewayIPv4={subnet.nobody}", "--opt", _APART)
    return ("network", "create", "--label", LABEL, *how, CLOSED)


def _rights(container: Container, engine: str) -> Iterator[str]:
    if not container.writable_root:
        yield "--read-only"
        if engine == "podman":
            # Podman would make /run and /var/tmp writable, which the others do not.
            yield "--read-only-tmpfs=false"
    yield from ("--cap-drop", "ALL", "--security-opt", "no-new-privileges")
    if container.user:
        yield from ("--user", container.user)


def _bounds(container: Container, engine: str) -> Iterator[str]:
    resources = container.resources
    # No swap beside it: what is over the limit is over the limit.
    memory = size(resources.memory)
    yield from ("--memory", memory, "--memory-swap", memory)
    yield from ("--cpus", f"{resources.cpus:g}", "--pids-limit", str(resources.pids))
    # A dump of the process would have its secrets in it.
    yield from ("--ulimit", "core=0")
    if resources.shared_memory:
        yield from ("--shm-size", size(resources.shared_memory))
    if resources.gpus:
        # What NCCL and Triton lock in memory and put on their stacks.
        yield from ("--ulimit", "memlock=-1", "--ulimit", "stack=67108864")
        yield from _gpus(resources.gpus, engine)
    if engine == "podman":
        yield from ("--log-driver", "k8s-file", "--log-opt", "max-size=10m")
    else:
        yield from ("--log-driver", "json-file")
        yield from ("--log-opt", "max-size=10m", "--log-opt", "max-file=3")


def _gpus(count: int, engine: str) -> Iterator[str]:
    if engine != "podman":
        yield from ("--gpus", str(count))
        return
    for number in range(count):
        yield from ("--device", f"nvidia.com/gpu={number}")


def _files(container: Container, engine: str) -> Iterator[str]:
    for folder in container.scratch:
        path, _, options = folder.partition(":")
        yield from ("--tmpfs", f"{path}:rw,noexec,nosuid,nodev,{options}".rstrip(","))
    for mount in container.mounts:
        yield from ("--mount", _mount(mount, engine))
    for secret in container.secrets:
        bound = Mounted(
            kind="bind",
            source=str(secret.path),
            target=f"{SECRETS}/{secret.name}",
            read_only=True,
        )
        yield from ("--mount", _mount(bound, engine))


def _mount(mount: Mounted, engine: str) -> str:
    words = [f"type={mount.kind}", f"source={mount.source}", f"target={mount.target}"]
    if mount.read_only:
        words.append("readonly")
    elif engine == "podman" and mount.is_new_for_user:
        words.append("U=true")
    # The option is read as CSV, and paths may have anything in them.
    return ",".join(map(_field, words))


def _field(word: str) -> str:
    """Return *word* as one field of CSV (RFC 4180)."""
    if not any(sign in word for sign in ',"\r\n'):
        return word
    return '"{}"'.format(word.replace('"', '""'))


def _network(container: Container, engine: str) -> Iterator[str]:
    yield from ("--network", container.network)
    if container.uses_closed_network and engine == "docker":
        # Names are asked of nobody; otherwise the engine would ask its own resolver for it.
        yield from ("--dns", "127.0.0.1", "--dns-opt", "timeout:1", "--dns-opt", "attempts:1")
    if container.network == NO_NETWORK:
        return
    for port in container.ports:
        outside = "" if port.outside is None else str(port.outside)
        yield from ("--publish", f"127.0.0.1:{outside}:{port.inside}")


def _variables(container: Container) -> Iterator[str]:
    for name, value in container.env:
        yield from ("--env", f"{name}={value}")
    for name, _ in container.hidden_env:
        yield from ("--env", name)
    for path in container.env_files:
        yield from ("--env-file", str(path))


def _health(container: Container, engine: str) -> Iterator[str]:
    if engine == "nerdctl":
        # Most of its versions have no health checks: whoever waits asks by himself.
        return
    if not container.is_checked:
        yield "--no-healthcheck"
    elif container.tells_engine and container.health is not None:
        yield from _health_words(container.health, engine)


def _health_words(health: Healthcheck, engine: str) -> Iterator[str]:
    # Docker hands the text to a shell, which images like ours have not: only its interval is said.
    if engine == "podman":
        yield from ("--health-cmd", json.dumps(["CMD", *health.test]))
        yield from ("--health-timeout", seconds(health.timeout))
        yield from ("--health-retries", str(health.retries))
        yield from ("--health-start-period", seconds(health.start_period))
    yield from ("--health-interval", seconds(min(health.interval, _HEALTH_INTERVAL)))


def _process(container: Container) -> Iterator[str]:
    if container.needs_init:
        yield "--init"
    yield from ("--stop-timeout", str(container.stop_seconds))
    if container.stop_signal:
        yield from ("--stop-signal", container.stop_signal)


def _what(container: Container) -> Iterator[str]:
    entrypoint = container.entrypoint
    if container.values:
        names = ",".join(secret.name for secret in container.secrets)
        values = json.dumps(dict(container.values), separators=(",", ":"))
        entrypoint = (
            *(f"{SITE}/bin/python", "-ISc", _WITH_VALUES, values, names),
            *entrypoint,
        )
    if entrypoint:
        yield from ("--entrypoint", entrypoint[0], container.image, *entrypoint[1:])
    else:
        yield container.image
    yield from container.command
