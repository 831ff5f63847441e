from __future__ import annotations

import pytest
from tests.practices.rules.trial import messages

NAME = "system-directory-as-workdir"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("WORKDIR /etc\n", ["the working directory `/etc` belongs to the system"]),
        (
            "FROM a\nARG D=/usr\nWORKDIR $D/bin/\n",
            ["the working directory `/usr/bin/` belongs to the system"],
        ),
        (
            "FROM a\nWORKDIR /proc/self\n",
            ["the working directory `/proc/self` belongs to the system"],
        ),
        (
            'FROM a\nVOLUME ["/data", "/sys"]\nONBUILD VOLUME /var/run/docker.sock\n',
            [
                "the volume `/sys` covers a directory of the system",
                "the volume `/var/run/docker.sock` covers a directory of the system",
            ],
        ),
        ("FROM a\nWORKDIR /\nWORKDIR /usr/src/app\nWORKDIR /etc/nginx\nWORKDIR /root\n", []),
        ("FROM a\nWORKDIR $D\nVOLUME /dev/shm /var/lib/data\n", []),
    ],
)
def test_directories_of_the_system(text: str, expected: list[str]) -> None:
    assert messages(NAME, text) == expected
