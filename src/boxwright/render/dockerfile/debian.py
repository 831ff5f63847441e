"""Debian packages and users in stages: by apt where there is one, unpacked where there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from boxwright.render.dockerfile.instruction import (
    Instruction,
    Stage,
    mount,
    run,
    script,
    stage,
)

_KNOWN = "^(Package|Version|Architecture|Multi-Arch|Provides):"
_ALTERNATIVES = "libblas.so.3 liblapack.so.3 libopenblas.so.0"
"""Links that a script of the packages would make (update-alternatives)."""
_UNPINNED = "hadolint ignore=DL3008"
_WHY_UNPINNED = (
    "Their versions are not pinned: an exact one leaves the mirror with the next security fix,"
    " and the build fails; the digest of the base decides how old they can be."
)


def apt_install(packages: Sequence[str], reason: str) -> Instruction:
    """Install *packages* for *reason*, and leave nothing of apt's own behind."""
    return run(
        ("apt-get", "update"),
        ("apt-get", "install", "--yes", "--no-install-recommends", *sorted(packages)),
        script("rm -rf /var/lib/apt/lists/*"),
    ).because(f"{reason} {_WHY_UNPINNED}", _UNPINNED)


def unpacked_libraries(packages: Sequence[str]) -> Stage:
    """
    Return the stage whose /libraries holds *packages* with all that `base` lacks for them.

    The base has no apt, so apt is told what is in it, and the packages are unpacked without
    being installed: none of their scripts runs.
    """
    return stage(
        "libraries",
        "python",
        run(
            ("mkdir", "--parents", "/debs/partial", "/libraries/var/lib/dpkg/status.d"),
            script(
                "for file in /base/*; do",
                "    case $file in *.md5sums) continue ;; esac;",
                f"    grep -E '{_KNOWN}' \"$file\";",
                "    printf 'Status: install ok installed\\n\\n';",
                "done > /debs/status",
            ),
            ("apt-get", "update"),
            (
                "apt-get", "install", "--yes", "--no-install-recommends", "--download-only",
                "--option=Dir::State::status=/debs/status", "--option=Dir::Cache::archives=/debs",
                *sorted(packages),
            ),
            script(
                "for deb in /debs/*.deb; do",
                '    name=$(dpkg-deb --field "$deb" Package)',
                '    && dpkg-deb --field "$deb" > "/libraries/var/lib/dpkg/status.d/$name"',
                '    && dpkg-deb --extract "$deb" /libraries || exit 1;',
                "done",
            ),
            script(
                f"for name in {_ALTERNATIVES}; do",
                '    for file in /libraries/usr/lib/*/*/"$name"; do',
                '        test ! -e "$file" || ln --symbolic --force --relative "$file"',
                '            "$(dirname "$file")/../$name";',
                "    done;",
                "done",
            ),
            script(
                "find /libraries/usr/share -path '*/doc/*' -type f ! -name copyright -delete"
            ),
            script(
                "rm -rf /var/lib/apt/lists/* /libraries/usr/share/man /libraries/usr/share/locale"
            ),
            mounts=[mount("bind", from_="base", source="/var/lib/dpkg/status.d", target="/base")],
        ).because(_WHY_UNPINNED, _UNPINNED),
        comment=(
            "Libraries that the wheels load and the base lacks. It has no apt, so they are unpacked"
            " here; scanners find them in status.d."
        ),
    )  # fmt: skip


def shell_user(user: str, env: Mapping[str, str]) -> Instruction | None:
    """Return what adds *user*, a number with its group; None for root."""
    number, _, group = user.partition(":")
    group = group or number
    if number == "0":
        return None
    name = env.get("USER", "app")
    home = env.get("HOME", f"/home/{name}")
    has_home = home.startswith("/home/")
    return run(
        ("groupadd", "--gid", group, name),
        (
            "useradd", "--uid", number, "--gid", group, "--no-log-init",
            "--create-home" if has_home else "--no-create-home",
            "--home-dir", home, "--shell", "/usr/sbin/nologin", name,
        ),
    )  # fmt: skip
