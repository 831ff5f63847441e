"""Containers' lives, in a real engine: what is stopped, what is told, and what is left."""

from __future__ import annotations

import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.run.conftest import PORT, server

from boxwright.errors import EngineError
from boxwright.oci.config import Healthcheck
from boxwright.plan.model import Resources
from boxwright.run.client import Client, Host
from boxwright.run.model import Container, Mounted, SecretFile
from boxwright.run.session import fitted, started, stop, wait_for_end, wait_until_well

pytestmark = pytest.mark.engine


def ended(client: Client, container: Container) -> tuple[int, str]:
    """Run *container* to its end; return its exit code and its log."""
    with started(client, container):
        state = wait_for_end(client, container.name, within=60)
        assert state is not None
        assert not state.is_running, client.logs(container.name)
        return state.exit_code, client.logs(container.name).strip()


def test_nothing_can_be_written_but_to_tmp_and_nothing_run_there(client, of_code) -> None:
    container = of_code(
        "import os, subprocess\n"
        "for path in ('/x', '/app', '/usr/bin/x', '/etc/passwd', '/run/x', '/var/tmp/x', '/tmp/x'):\n"
        "    try:\n"
        "        open(path, 'a').close(); print(path, 'written')\n"
        "    except OSError as error:\n"
        "        print(path, error.strerror)\n"
        "open('/tmp/run', 'w').write('#!/bin/sh\\necho run')\n"
        "os.chmod('/tmp/run', 0o755)\n"
        "try:\n"
        "    subprocess.run(['/tmp/run'])\n"
        "except OSError as error:\n"
        "    print(error.strerror)\n"
    )

    code, log = ended(client, container)

    assert code == 0
    assert log.splitlines() == [
        "/x Read-only file system",
        "/app Read-only file system",
        "/usr/bin/x Read-only file system",
        "/etc/passwd Permission denied",
        "/run/x Read-only file system",
        "/var/tmp/x Read-only file system",
        "/tmp/x written",
        "Permission denied",
    ]


def test_root_in_the_container_cannot_write_either(client, of_code) -> None:
    container = of_code("open('/etc/passwd', 'a')", user="0:0")

    code, log = ended(client, container)

    assert code == 1
    assert log.endswith("[Errno 30] Read-only file system: '/etc/passwd'")


def test_no_right_can_be_gained(client, of_code) -> None:
    container = of_code(
        "import ctypes, os\n"
        "libc = ctypes.CDLL(None, use_errno=True)\n"
        "def tried(what, done):\n"
        "    print(what, 'done' if done == 0 else os.strerror(ctypes.get_errno()))\n"
        "tried('mount', libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))\n"
        "tried('setuid', libc.setuid(0))\n"
        "tried('chroot', libc.chroot(b'/tmp'))\n"
        "tried('sethostname', libc.sethostname(b'x', 1))\n"
        "try:\n"
        "    os.mknod('/tmp/sda', 0o60600, os.makedev(8, 0)); print('mknod done')\n"
        "except OSError as error:\n"
        "    print('mknod', error.strerror)\n"
        "status = dict(line.split(':', 1) for line in open('/proc/self/status') if ':' in line)\n"
        "print(*[status[name].strip() for name in ('CapEff', 'CapBnd', 'NoNewPrivs')])\n"
    )

    code, log = ended(client, container)

    assert code == 0
    assert log.splitlines() == [
        "mount Operation not permitted",
        "setuid Operation not permitted",
        "chroot Operation not permitted",
        "sethostname Operation not permitted",
        "mknod Operation not permitted",
        "0000000000000000 0000000000000000 1",
    ]


def test_a_setuid_program_gives_nothing(client, of_code) -> None:
    # `su` of the image is root's, and set to run as root.
    container = of_code(
        "import subprocess, sys\n"
        "done = subprocess.run(['su', '-c', 'id -u'], capture_output=True, input=b'')\n"
        "sys.exit(0 if done.returncode and b'0' not in done.stdout else 9)\n"
    )

    assert ended(client, container)[0] == 0


def test_too_much_memory_is_seen_and_told(client, of_code) -> None:
    if not client.host().limits_memory:
        pytest.skip("this engine limits no memory")
    container = of_code(
        "import time\nx = bytearray(400 << 20)\ntime.sleep(60)\n",
        health=Healthcheck(test=("false",), start_period=30),
    )

    with started(client, container):
        waited = wait_until_well(client, container, within=60)

    assert not waited.is_well
    assert waited.reason == "it was killed for want of memory (exit code 137)"
    assert waited.cause.practice == "unlimited-memory"


def test_a_fork_bomb_reaches_its_limit(client, of_code) -> None:
    container = of_code(
        "import os, time\n"
        "made = 0\n"
        "try:\n"
        "    for _ in range(100):\n"
        "        if os.fork() == 0:\n"
        "            time.sleep(3); os._exit(0)\n"
        "        made += 1\n"
        "    print('no limit')\n"
        "except OSError as error:\n"
        "    print(made, error.strerror)\n",
        resources=Resources(cpus=1, memory=128 << 20, pids=20),
    )

    assert ended(client, container) == (0, "19 Resource temporarily unavailable")


def test_without_ports_there_is_no_network_at_all(client, of_code, listener) -> None:
    container = of_code(
        "import os, socket\n"
        "print(sorted(os.listdir('/sys/class/net')))\n"
        f"for host in ('127.0.0.1', {listener[0]!r}):\n"
        "    try:\n"
        f"        socket.create_connection((host, {listener[1]}), 3); print('reached')\n"
        "    except OSError as error:\n"
        "        print(error.strerror)\n"
    )

    code, log = ended(client, container)

    assert (code, log.splitlines()) == (
        0,
        ["['lo']", "Connection refused", "Network is unreachable"],
    )


@pytest.fixture
def listener(client: Client) -> Iterator[tuple[str, int]]:
    """Listen here: at which address of this machine others than ours are reached, and the port."""
    networks = json.loads(client.ask("network", "inspect", "bridge"))
    address = networks[0]["IPAM"]["Config"][0]["Gateway"]
    with socket.create_server(("0.0.0.0", 0)) as listening:  # noqa: S104 (containers ask)
        yield address, listening.getsockname()[1]


def test_a_published_port_answers_here_and_leads_nowhere(
    client, of_server, of_code, listener
) -> None:
    container = of_server(server())
    # An address of this machine beyond the bridge stands for the rest of the world.
    ask = (
        "import socket\n"
        f"for host in ({listener[0]!r}, 'boxwright.example'):\n"
        "    try:\n"
        f"        socket.create_connection((host, {listener[1]}), 2); print('reached')\n"
        "    except socket.gaierror: print('no such name')\n"
        "    except OSError: print('not reached')\n"
    )

    with started(client, container):
        waited = wait_until_well(client, container, within=60)
        port = client.published(container.name, PORT)
        assert port is not None
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            answer = connection.makefile("rb").readline()
        told = client.run_inside(container.name, "python", "-c", ask).out
        inspected = client.inspect(container.name)
    let_out = ended(client, of_code(ask, network="bridge"))

    assert waited.is_well, waited
    assert answer == b"HTTP/1.0 200 OK\r\n"
    assert told.splitlines() == ["not reached", "no such name"]
    assert let_out == (0, "reached\nno such name")
    assert inspected is not None
    bound = inspected["HostConfig"]["PortBindings"][f"{PORT}/tcp"]
    assert [entry["HostIp"] for entry in bound] == ["127.0.0.1"]


def test_one_that_dies_is_told_with_its_log(client, of_code) -> None:
    container = of_code(
        "open('/app.cache', 'w')", health=Healthcheck(test=("false",), start_period=30)
    )

    with started(client, container):
        waited = wait_until_well(client, container, within=60)

    assert not waited.is_well
    assert waited.reason == "it ended with exit code 1"
    assert waited.log.endswith("OSError: [Errno 30] Read-only file system: '/app.cache'")
    assert waited.cause.practice == "cache-dir-not-writable"
    assert client.inspect(container.name) is None


def test_one_that_never_gets_healthy_is_not_waited_for_any_longer(client, of_code) -> None:
    container = of_code(
        "import time; print('loading', flush=True); time.sleep(60)",
        health=Healthcheck(test=("false",), start_period=30),
    )

    with started(client, container):
        waited = wait_until_well(client, container, within=2)

    assert (waited.is_well, waited.reason, waited.log) == (
        False,
        "it is not healthy after 2 seconds",
        "loading",
    )


def test_what_has_no_health_check_is_said_to_run(client, of_code) -> None:
    container = of_code("import time; time.sleep(60)")

    with started(client, container):
        waited = wait_until_well(client, container, within=5)

    assert (waited.is_well, waited.reason) == (
        True,
        "it has no health check: that it runs is all there is to see",
    )


def test_a_program_that_is_not_there_leaves_nothing_behind(client, of_code) -> None:
    container = of_code("", entrypoint=("/nowhere",))

    with pytest.raises(EngineError, match="did not start"), started(client, container):
        pass

    assert client.inspect(container.name) is None


def test_a_container_of_that_name_is_not_touched(client, of_code) -> None:
    container = of_code("import time; time.sleep(60)")

    with started(client, container):
        with pytest.raises(EngineError) as caught, started(client, container):
            pass
        state = client.state(container.name)

    assert caught.value.message == f"there is a container `{container.name}` already"
    assert state is not None
    assert state.is_running


def test_an_interruption_stops_and_removes_it(client, of_code) -> None:
    container = of_code("import time; time.sleep(60)")

    with pytest.raises(KeyboardInterrupt), started(client, container):
        raise KeyboardInterrupt

    assert client.inspect(container.name) is None


def test_secrets_are_readable_in_it_and_nowhere_else(client, of_code, tmp_path) -> None:
    held = tmp_path / "held"
    held.write_text("from-a-file-3f1c")
    held.chmod(0o600)
    container = of_code(
        "import os, time\n"
        "for name in sorted(os.listdir('/run/secrets')):\n"
        "    print(name, open('/run/secrets/' + name).read())\n"
        "try: open('/run/secrets/held', 'w')\n"
        "except OSError as error: print(error.strerror)\n"
        "print('seen', flush=True)\n"
        "time.sleep(60)",
        secrets=(
            SecretFile(name="held", path=held),
            SecretFile(name="set", value="from-a-variable-9b2d"),
        ),
        hidden_env=(("API_TOKEN", "in-the-environment-77aa"),),
    )
    lists: list[str] = []
    stop_watching = threading.Event()

    def watch() -> None:
        while not stop_watching.is_set():
            for place in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    lists.append(place.read_bytes().decode(errors="replace"))
                except OSError:
                    continue
            time.sleep(0.02)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with started(client, container) as life:
            while "seen" not in client.logs(container.name):
                time.sleep(0.1)
            life.is_kept = True
        # Its files are gone from this machine, and still there for the container.
        told = client.run_inside(container.name, "cat", "/run/secrets/held").out
        inspected = json.dumps(client.inspect(container.name))
        sources = [Path(it["Source"]) for it in json.loads(inspected)["Mounts"]]
        log = client.logs(container.name)
    finally:
        stop_watching.set()
        watcher.join()
        client.remove(container.name)

    assert log.splitlines() == [
        "held from-a-file-3f1c",
        "set from-a-variable-9b2d",
        "Read-only file system",
        "seen",
    ]
    assert told == "from-a-file-3f1c"
    assert len(sources) == 2
    assert not any(path.exists() or path.parent.exists() for path in sources)
    for value in ("from-a-file-3f1c", "from-a-variable-9b2d"):
        assert value not in inspected
        assert not any(value in line for line in lists)
    assert not any("in-the-environment-77aa" in line for line in lists)


def test_a_new_volume_can_be_written_to_by_its_user(client, of_code) -> None:
    name = of_code("").name
    mount = Mounted(kind="volume", source=name, target="/cache/models", is_new_for_user=True)
    container = of_code("open('/cache/models/x', 'w').write('kept')", mounts=(mount,))
    again = of_code("print(open('/cache/models/x').read())", mounts=(mount,))

    try:
        first = ended(client, container)
        second = ended(client, again)
    finally:
        client.try_("volume", "rm", name)

    assert (first, second) == ((0, ""), (0, "kept"))


def test_data_sets_are_there_to_be_read_only(client, of_code, tmp_path) -> None:
    (tmp_path / "rows.csv").write_text("1,2")
    mount = Mounted(kind="bind", source=str(tmp_path), target="/data", read_only=True)
    container = of_code(
        "print(open('/data/rows.csv').read())\nopen('/data/rows.csv', 'w')",
        mounts=(mount,),
        user="0:0",
    )

    code, log = ended(client, container)

    assert code == 1
    assert log.splitlines()[0] == "1,2"
    assert log.endswith("Read-only file system: '/data/rows.csv'")


def test_one_that_hears_no_signal_is_killed_after_its_time(client, of_code) -> None:
    # Process 1 ignores what it has no handler for.
    container = of_code("import time; time.sleep(60)", stop_seconds=1)

    with started(client, container):
        stop(client, container)
        state = client.state(container.name)

    assert state is not None
    assert state.exit_code == 137


def test_no_more_processors_than_there_are() -> None:
    container = Container(image="x", name="x", resources=Resources(cpus=64))

    assert fitted(container, Host(cpus=2)).resources.cpus == 2
    assert fitted(container, Host()).resources.cpus == 64


def test_an_engine_elsewhere_has_no_folder_of_ours() -> None:
    mount = Mounted(kind="bind", source="/srv/data", target="/data", read_only=True)
    container = Container(image="x", name="x", mounts=(mount,))

    with pytest.raises(EngineError) as caught:
        fitted(container, Host(is_remote=True))

    assert caught.value.message == "the engine is on another machine, which has no `/srv/data`"


def test_a_gpu_that_is_not_there_is_told_before_anything_starts(monkeypatch) -> None:
    monkeypatch.setattr("boxwright.run.session._DEVICES", ("/dev/null/none",))
    container = Container(image="x", name="x", resources=Resources(gpus=1))

    with pytest.raises(EngineError) as caught:
        fitted(container, Host())

    assert caught.value.message == (
        "`x` asks for a GPU, and this machine has none that its driver tells of"
    )


def test_the_engine_says_why_it_starts_no_gpu(client, of_code) -> None:
    if subprocess.run(["sh", "-c", "test -e /dev/nvidiactl"], check=False).returncode == 0:
        pytest.skip("this machine has a GPU")
    container = of_code("", resources=Resources(memory=128 << 20, gpus=1))

    with pytest.raises(EngineError) as caught, started(client, container):
        pass

    assert "could not select device driver" in caught.value.message
    assert caught.value.hint == "install the NVIDIA Container Toolkit, or go without: `--cpu`"
