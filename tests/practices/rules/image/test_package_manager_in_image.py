from __future__ import annotations

from tests.practices.image_examples import found

RULE = "package-manager-in-image"


def having(*paths: str, ports: str = "[8000/tcp]") -> str:
    files = ", ".join(f'{path}: {{size: 50 kB, mode: "755"}}' for path in paths)
    return f"cmd: [./serve]\nports: {ports}\nlayers: [{{step: ADD a, files: {{{files}}}}}]\n"


def test_one_in_a_service_is_found() -> None:
    assert found(RULE, having("opt/venv/bin/pip")) == [
        "2: info: a service with a package manager: `/opt/venv/bin/pip`"
    ]


def test_several_are_one_finding() -> None:
    assert found(RULE, having("usr/bin/apt", "usr/bin/dpkg", "sbin/apk", "usr/bin/npm")) == [
        (
            "2: info: a service with package managers: `/sbin/apk`, `/usr/bin/apt`, `/usr/bin/dpkg` "
            "and 1 more"
        )
    ]


def test_what_is_called_so_elsewhere_is_none() -> None:
    assert (
        found(RULE, having("etc/apt", "opt/cabin/apt", "opt/venv/lib/pip", "usr/bin/apt-key")) == []
    )


def test_what_is_no_service_is_not_judged() -> None:
    assert found(RULE, having("usr/bin/apt", ports="[]")) == []
