"""A container's life: started, awaited, followed, stopped, and removed whatever happens."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from boxwright.errors import EngineError
from boxwright.progress import Progress, Silent
from boxwright.run.arguments import run_arguments
from boxwright.run.causes import Cause, cause_of
from boxwright.run.client import Client, Host, State
from boxwright.run.model import Container, Mounted
from boxwright.run.network import make_network
from boxwright.run.secret_files import copied_secrets

_SHORT = 0.25
_USUAL_LIMIT = 60.0
_LONG = 2.0
_SETTLED = 1.0
"""Seconds after which a process of which nothing can be asked is taken to run."""
_TAIL = 20
_STARTING = 300.0
"""Seconds for the engine to start a container: it may unpack its image first."""
_DEVICES = ("/proc/driver/nvidia/version", "/dev/nvidiactl", "/dev/dxg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """How a container came up."""

    is_well: bool
    seconds: float
    reason: str = ""
    """Why it is not well, as a clause; or what is not known of it."""
    state: State | None = None
    log: str = ""
    """The end of it."""
    cause: Cause = field(default_factory=Cause)


@dataclass(slots=True)
class Life:
    """How long a container stays."""

    is_kept: bool = False
    """Whether it stays when whoever started it goes."""


def limit_of(container: Container) -> float:
    """Return the seconds that *container* has to become healthy: no less than its own check."""
    health = container.health
    if health is None:
        return _USUAL_LIMIT
    return max(health.start_period, _USUAL_LIMIT)


def ended(client: Client, container: Container, state: State) -> Waited:
    """Return what there is to say of *container*, which ended as *state* says."""
    return _failed(client, container, state, 0, _end_of(state))


def fitted(container: Container, host: Host) -> Container:
    """
    Return *container* as *host* can run it: with no more processors than there are.

    EngineError where it asks for what cannot be there: a GPU, files of this machine elsewhere.
    """
    if host.is_remote:
        local = [it.source for it in container.mounts if it.kind == "bind"]
        local += [f"the secret {it.name}" for it in container.secrets]
        if local:
            raise EngineError(
                f"the engine is on another machine, which has no `{local[0]}`",
                hint="run it on that machine, or with an engine on this one",
            )
    elif container.resources.gpus and not _may_have_gpu(host):
        raise EngineError(
            f"`{container.name}` asks for a GPU, and this machine has none that its driver tells of",
            hint="`--cpu` runs it without, if the program can do that; `boxwright doctor` looks for"
            " driver and toolkit",
        )
    resources = container.resources
    if host.cpus and resources.cpus > host.cpus:
        resources = replace(resources, cpus=float(host.cpus))
    return replace(container, resources=resources)


@contextlib.contextmanager
def started(
    client: Client, container: Container, *, progress: Progress | None = None
) -> Iterator[Life]:
    """
    Start *container*; it is removed when the block ends, with all that was made for it.

    It stays where the block says so and does not fail.
    """
    if client.inspect(container.name) is not None:
        raise EngineError(
            f"there is a container `{container.name}` already",
            hint=f"remove it (`{client.engine.name} rm --force {container.name}`), or name this one"
            " with `--name`",
        )
    if container.uses_closed_network:
        make_network(client)
    _make_volumes(client, container)
    progress = progress or Silent()
    life = Life()
    with copied_secrets(container) as ready:
        try:
            _start(client, ready)
            yield life
        except BaseException:
            life.is_kept = False
            raise
        finally:
            if not life.is_kept:
                # Twice: whoever is impatient interrupts the first.
                try:
                    _end(client, ready, progress)
                finally:
                    client.remove(ready.name)


def wait_until_well(
    client: Client,
    container: Container,
    *,
    within: float,
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Waited:
    """Wait until *container* is healthy, for *within* seconds at most."""
    progress = progress or Silent()
    task = f"wait for {container.name}"
    progress.start(task)
    begun = clock()
    pause = _SHORT
    try:
        while True:
            state = client.state(container.name)
            passed = clock() - begun
            if state is None or not state.is_running:
                return _failed(client, container, state, passed, _end_of(state))
            if container.health is None:
                if passed >= _SETTLED:
                    return Waited(
                        is_well=True,
                        seconds=passed,
                        state=state,
                        reason="it has no health check: that it runs is all there is to see",
                    )
            elif state.health == "healthy" or _answers(client, container):
                return Waited(is_well=True, seconds=clock() - begun, state=state)
            elif state.health == "unhealthy":
                return _failed(client, container, state, passed, "its health check fails")
            if passed > within:
                why = f"it is not healthy after {within:g} seconds"
                return _failed(client, container, state, passed, why)
            time.sleep(pause)
            pause = min(_LONG, pause * 1.3)
    finally:
        progress.finish(task)


def wait_for_end(
    client: Client, name: str, *, within: float, clock: Callable[[], float] = time.monotonic
) -> State | None:
    """Wait until the container *name* ends; return how it is then, or after *within* seconds."""
    until = clock() + within
    pause = _SHORT
    while True:
        state = client.state(name)
        if state is None or not state.is_running or clock() > until:
            return state
        time.sleep(pause)
        pause = min(_LONG, pause * 1.3)


@contextlib.contextmanager
def followed(client: Client, name: str) -> Iterator[subprocess.Popen[bytes]]:
    """Show what the container *name* writes, on our own output, as long as the block lasts."""
    process = subprocess.Popen(
        [client.engine.program, "logs", "--follow", name],
        stdin=subprocess.DEVNULL,
        env=dict(client.engine.environ),
        # Ctrl-C is for us, and what is written while the container stops is worth reading.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        try:
            process.wait(2)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def stop(client: Client, container: Container) -> float:
    """Stop *container* as it wants to be stopped, and return the seconds that it took."""
    begun = time.monotonic()
    client.try_(
        *("stop", "--time", str(container.stop_seconds), container.name),
        timeout=container.stop_seconds + 30,
    )
    return time.monotonic() - begun


def _start(client: Client, container: Container) -> None:
    arguments = run_arguments(container, client.engine.name)
    done = client.try_(*arguments, timeout=_STARTING, environ=dict(container.hidden_env))
    if done.status:
        raise client.refused(f"start `{container.name}`", done)


def _end(client: Client, container: Container, progress: Progress) -> None:
    state = client.state(container.name)
    if state is not None and state.is_running:
        progress.start(f"stop {container.name}")
        stop(client, container)
        progress.finish(f"stop {container.name}")


def _answers(client: Client, container: Container) -> bool:
    """Ask what the engine's own check asks, which many would do once in half a minute."""
    health = container.health
    if health is None:
        return False
    try:
        found = client.run_inside(container.name, *health.test, timeout=health.timeout + 5)
    except EngineError:
        return False
    return found.status == 0


def _failed(
    client: Client, container: Container, state: State | None, seconds: float, reason: str
) -> Waited:
    log = client.logs(container.name, _TAIL) if state is not None else ""
    if state is not None and state.error:
        log += f"\n{state.error}"
    return Waited(
        is_well=False,
        seconds=seconds,
        reason=reason,
        state=state,
        log=log.strip("\n"),
        cause=cause_of(state, log, container.resources),
    )


def _end_of(state: State | None) -> str:
    if state is None:
        return "it is gone"
    if state.was_killed_for_memory:
        return f"it was killed for want of memory (exit code {state.exit_code})"
    return f"it ended with exit code {state.exit_code}"


def _make_volumes(client: Client, container: Container) -> None:
    """
    Make the volumes that the container's user writes to, and that are new, writable for all.

    An engine gives a new volume the rights of the folder that it is first mounted over: here
    that is /tmp. A container is made for it, which never starts.
    """
    if client.engine.name != "docker":
        return
    for mount in container.mounts:
        if mount.kind != "volume" or not mount.is_new_for_user:
            continue
        if client.try_("volume", "inspect", mount.source).status == 0:
            continue
        _make_volume(client, container, mount)


def _make_volume(client: Client, container: Container, mount: Mounted) -> None:
    name = f"{container.name}-volume-{os.getpid()}"
    arguments = ("create", "--name", name, "--network", "none", "--mount",
                 f"type=volume,source={mount.source},target=/tmp", container.image)  # fmt: skip
    try:
        client.ask(*arguments)
    finally:
        client.remove(name)


def _may_have_gpu(host: Host) -> bool:
    return host.has_gpu_runtime is True or any(map(os.path.exists, _DEVICES))
