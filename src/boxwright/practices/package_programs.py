"""Which programs come with which system packages."""

from __future__ import annotations

from collections.abc import Iterable

_PROGRAMS = {
    "build-essential": ("gcc", "g++", "make", "cc", "c++", "ld"),
    "build-base": ("gcc", "g++", "make", "cc", "c++", "ld"),
    "gcc-c++": ("g++",),
    "procps": ("ps", "pgrep", "pkill", "top", "free"),
    "procps-ng": ("ps", "pgrep", "pkill", "top", "free"),
    "netcat": ("nc",),
    "netcat-openbsd": ("nc", "netcat"),
    "netcat-traditional": ("nc", "netcat"),
    "nmap-ncat": ("nc", "ncat"),
    "python3": ("python3",),
    "python3-pip": ("pip", "pip3", "python3"),
    "py3-pip": ("pip", "pip3", "python3"),
    "python3-dev": ("python3",),
    "python3-venv": ("python3",),
    "python-is-python3": ("python", "python3"),
    "openssh-client": ("ssh", "scp"),
    "openssh-clients": ("ssh", "scp"),
    "openssh": ("ssh", "scp"),
    "nodejs": ("node", "npm"),
    "postgresql-client": ("psql", "pg_isready", "pg_dump"),
    "redis-tools": ("redis-cli",),
    "default-mysql-client": ("mysql", "mysqladmin"),
    "mariadb-client": ("mysql", "mysqladmin", "mariadb"),
    "iputils-ping": ("ping",),
    "iproute2": ("ss", "ip"),
    "net-tools": ("netstat", "ifconfig"),
    "coreutils": ("timeout",),
    "openjdk-8-jre-headless": ("java",),
    "openjdk-11-jre-headless": ("java",),
    "openjdk-17-jre-headless": ("java",),
    "openjdk-21-jre-headless": ("java",),
    "default-jre": ("java",),
    "default-jre-headless": ("java",),
    "default-jdk": ("java", "javac"),
    "curl-minimal": ("curl",),
    "wget2": ("wget2",),
    "supervisor": ("supervisord", "supervisorctl"),
}


def programs_of(packages: Iterable[str]) -> frozenset[str]:
    """
    Return the programs that come with system *packages*.

    A program that is called as its package is taken to be in it.

    >>> sorted(programs_of(["curl", "procps"]))
    ['curl', 'free', 'pgrep', 'pkill', 'procps', 'ps', 'top']
    """
    found: set[str] = set()
    for package in packages:
        found.add(package)
        found.update(_PROGRAMS.get(package, ()))
        if package.startswith("python3."):
            found.update((package.partition("-")[0],))
    return frozenset(found)
