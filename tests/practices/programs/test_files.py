"""Files that commands write, remove and hand over."""

from __future__ import annotations

import pytest
from tests.practices.programs.scripts import command, commands

from boxwright.practices.programs.files import (
    absolute,
    covers,
    directories,
    is_removed,
    link,
    permissions,
    removal,
    removed_paths,
    replaced_shell,
    written_paths,
)


@pytest.mark.parametrize(
    ("script", "written"),
    [
        ("echo a > /etc/x", ["/etc/x"]),
        ("echo a >> x 2>/dev/null", ["x"]),
        ("make 2> errors.log", []),
        ("cmd > /dev/null 2>&1", []),
        ("cat <<EOF > /app/run.sh\nx\nEOF", ["/app/run.sh"]),
        ("tee -a a b", ["a", "b"]),
        ("touch -r x a", ["a"]),
        ("mkdir -p -m 755 /data /models", ["/data", "/models"]),
        ("cp -r src/. /app/", ["/app/"]),
        ("cp -t /app a b", ["/app"]),
        ("mv a b", ["b"]),
        ("install -d /opt/x", ["/opt/x"]),
        ("install -m 755 tool /usr/bin/tool", ["/usr/bin/tool"]),
        ("sed -i s/a/b/ /etc/x /etc/y", ["/etc/x", "/etc/y"]),
        ("sed -i -e s/a/b/ /etc/x", ["/etc/x"]),
        ("sed s/a/b/ /etc/x", []),
        ("rm x", []),
    ],
)
def test_written_paths(script: str, written: list[str]) -> None:
    assert [word.value for word in written_paths(command(script))] == written


@pytest.mark.parametrize(
    ("script", "removed"),
    [
        ("rm -rf /tmp/* /var/lib/apt/lists", ["/tmp/*", "/var/lib/apt/lists"]),
        ("rm -- -x", ["-x"]),
        ("mv a b /c", ["a", "b"]),
        ("mv -t /c a b", ["a", "b"]),
        ("rmdir x", ["x"]),
        ("shred -u key", ["key"]),
        ("shred key", []),
        ("ls x", []),
    ],
)
def test_removed_paths(script: str, removed: list[str]) -> None:
    assert [word.value for word in removed_paths(command(script))] == removed


def test_removal_tells_whether_it_goes_into_folders() -> None:
    recursive = [removal(command(script)) for script in ("rm -fr a", "rm -f a")]

    assert [found.is_recursive for found in recursive if found] == [True, False]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("chown -R app:app /app /data", ("app:app", ["/app", "/data"], True, False)),
        ("chown --from=root app x", ("app", ["x"], False, False)),
        ("chgrp -R 0 /app", ("0", ["/app"], True, False)),
        ("chmod -R 777 /app", ("777", ["/app"], True, True)),
        ("chmod 755 x", ("755", ["x"], False, False)),
        ("chmod 1777 /tmp", ("1777", ["/tmp"], False, False)),
        ("chmod a+rwX x", ("a+rwX", ["x"], False, True)),
        ("chmod u+w,o=rw x", ("u+w,o=rw", ["x"], False, True)),
        ("chmod +w x", ("+w", ["x"], False, False)),
        ("chmod g=u x", ("g=u", ["x"], False, False)),
        ("chmod -w x", ("-w", ["x"], False, False)),
    ],
)
def test_permissions(script: str, expected: tuple[str, list[str], bool, bool]) -> None:
    found = permissions(command(script))

    assert found is not None
    assert (
        found.setting.value,
        [word.value for word in found.paths],
        found.is_recursive,
        found.is_world_writable,
    ) == expected


@pytest.mark.parametrize("script", ["chown --reference=a b", "chown app", "ls -R", "chmod"])
def test_no_permissions(script: str) -> None:
    assert permissions(command(script)) is None


def test_link() -> None:
    found = link(command("ln -sf /opt/a /usr/bin/a"))

    assert found is not None
    assert found.name is not None
    assert (found.target.value, found.name.value, found.is_symbolic, found.is_forced) == (
        "/opt/a",
        "/usr/bin/a",
        True,
        True,
    )


@pytest.mark.parametrize(
    ("script", "directory", "replaced"),
    [
        ("ln -sf /bin/bash /bin/sh", "/", "/bin/sh"),
        ("ln -sf bash sh", "/bin", "sh"),
        ("ln -s /bin/sh /usr/local/bin/x", "/", None),
        ("mv /bin/bash /bin/sh", "/", "/bin/sh"),
        ("update-alternatives --install /bin/sh sh /bin/bash 1", "/", "/bin/sh"),
        ("ls /bin/sh", "/", None),
    ],
)
def test_replaced_shell(script: str, directory: str, replaced: str | None) -> None:
    found = replaced_shell(command(script), directory)

    assert (found.value if found else None) == replaced


@pytest.mark.parametrize(
    ("path", "directory", "expected"),
    [
        ("a/../b", "/app", "/app/b"),
        ("/a//b/", None, "/a/b"),
        ("a", None, None),
        ("~", "/app", "/root"),
        ("${HOME}/x", "/app", "/root/x"),
        ("$HOMER/x", "/app", None),
        ("", "/app", None),
        ("../../..", "/app", "/"),
    ],
)
def test_absolute(path: str, directory: str | None, expected: str | None) -> None:
    assert absolute(path, directory) == expected


@pytest.mark.parametrize(
    ("pattern", "path", "covered"),
    [
        ("/a", "/a/b/c", True),
        ("/a/b/c", "/a/b", False),
        ("/a/*", "/a/b/c", True),
        ("/a/*", "/a/.b", False),
        ("/a/.*", "/a/.b", True),
        ("/a/[bc]", "/a/c", True),
        ("/", "/a", True),
    ],
)
def test_covers(pattern: str, path: str, covered: bool) -> None:
    assert covers(pattern, path) == covered


def test_covering_takes_no_long_time() -> None:
    assert not covers("/" + "*a" * 200, "/" + "a" * 5000 + "b")


def test_directories_follow_cd() -> None:
    found = commands("a && cd src && b && cd .. && c && cd - && d && cd /x && e && cd && f")

    where = dict(zip((item.program for item in found), directories(found, "/app"), strict=True))
    assert {name: where[name] for name in "abcdef"} == {
        "a": "/app",
        "b": "/app/src",
        "c": "/app",
        "d": None,
        "e": "/x",
        "f": "/root",
    }


def test_removed_from_where_it_is() -> None:
    script = commands("cd /tmp && rm -f *.tar.gz")

    assert is_removed("/tmp/a.tar.gz", script, "/")
    assert not is_removed("/tmp/a.zip", script, "/")
    assert not is_removed("/a.tar.gz", script, "/")
