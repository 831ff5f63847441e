"""Paths of a host that a container should not have: sockets of engines, system folders, keys."""

from __future__ import annotations

import posixpath
from typing import Literal

Danger = Literal["control", "secrets", "inside"]
"""What a folder of the host gives away: the machine, somebody's credentials, or its inside."""


def normal_path(path: str) -> str:
    """
    Return *path* without what is written twice, `/var/run` as the `/run` that it is.

    >>> normal_path("/var/run//docker.sock"), normal_path("$HOME/.aws"), normal_path("~/.ssh/")
    ('/run/docker.sock', '~/.aws', '~/.ssh')
    """
    for home in ("$HOME", "${HOME}"):
        if path.startswith(home):
            path = "~" + path[len(home) :]
    path = posixpath.normpath(path)
    if path.startswith("//"):
        path = path[1:]
    return "/run" + path[8:] if path == "/var/run" or path.startswith("/var/run/") else path


def socket_engine(path: str) -> str | None:
    """
    Return the engine whose socket *path* is, None if it is none.

    >>> socket_engine("/var/run/docker.sock"), socket_engine("/run/user/1000/podman/podman.sock")
    ('Docker', 'Podman')
    """
    return _SOCKETS.get(path.rpartition("/")[2])


def is_socket_folder(path: str) -> bool:
    """Tell whether the socket of an engine lies in the folder *path*."""
    return normal_path(path) in {"/run", "/run/containerd", "/run/podman", "/run/crio"}


def danger_of(path: str) -> tuple[Danger, str] | None:
    """
    Return what the folder *path* of a host gives away, and the known folder that it is in.

    >>> danger_of("/etc/kubernetes"), danger_of("/etc/localtime"), danger_of("./data")
    (('control', '/etc'), None, None)
    """
    path = normal_path(path)
    if path in _HARMLESS or path.startswith(_HARMLESS_IN):
        return None
    if path == "/":
        return "control", "/"
    for folder, danger in _FOLDERS.items():
        if path == folder or path.startswith(f"{folder}/"):
            return danger, folder
    if path.startswith("/home/") and path.count("/") > 2:
        rest = "~/" + path.split("/", 3)[3]
        return danger_of(rest)
    if path in {"/home", "~"} or (path.startswith("/home/") and path.count("/") == 2):
        return "secrets", path
    return None


_SOCKETS = {
    "docker.sock": "Docker",
    "podman.sock": "Podman",
    "containerd.sock": "containerd",
    "crio.sock": "CRI-O",
    "dockershim.sock": "Docker",
    "cri-dockerd.sock": "Docker",
    "buildkitd.sock": "BuildKit",
}
_HARMLESS = frozenset({"/etc/localtime", "/etc/timezone", "/etc/hosts", "/etc/resolv.conf",
                       "/etc/machine-id", "/etc/passwd", "/etc/group", "/dev/null",
                       "/dev/fuse", "/dev/kvm"})  # fmt: skip
_HARMLESS_IN = (
    "/dev/shm",  # noqa: S108 (a folder to look for)
    "/dev/dri", "/dev/nvidia", "/dev/kfd", "/dev/infiniband", "/dev/snd",
    "/dev/video", "/dev/bus/usb", "/dev/serial", "/dev/tty", "/dev/hugepages",
    "/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/etc/localtime", "/etc/vulkan",
    "/usr/share", "/usr/local/share", "/usr/local/nvidia", "/usr/local/cuda", "/usr/src",
    "/lib/modules", "/var/lib/node_exporter", "/home/linuxbrew",
)  # fmt: skip
"""Devices of GPUs and what is public: time zones, certificates, drivers."""
_FOLDERS: dict[str, Danger] = {
    "/etc": "control",
    "/root/.ssh": "secrets",
    "/root/.aws": "secrets",
    "/root/.kube": "secrets",
    "/root": "control",
    "/boot": "control",
    "/bin": "control",
    "/sbin": "control",
    "/lib": "control",
    "/lib64": "control",
    "/usr": "control",
    "/proc": "control",
    "/sys": "inside",
    "/dev": "inside",
    "/var/lib/docker": "control",
    "/var/lib/containerd": "control",
    "/var/lib/kubelet": "control",
    "/var/lib/containers": "control",
    "/var/lib/etcd": "control",
    "/var/log": "inside",
    "/run/docker": "control",
    "~/.ssh": "secrets",
    "~/.aws": "secrets",
    "~/.azure": "secrets",
    "~/.config/gcloud": "secrets",
    "~/.kube": "secrets",
    "~/.docker": "secrets",
    "~/.gnupg": "secrets",
    "~/.netrc": "secrets",
    "~/.git-credentials": "secrets",
}
"""Folders of a host by what lies in them, inner ones before outer ones."""
