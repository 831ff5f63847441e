from __future__ import annotations

import pytest
from tests.practices.rules.trial import Trial, messages

NAME = "secret-mount-leaks"
RUN = "FROM a\nRUN --mount=type=secret,id=t "
ENV = "FROM a\nRUN --mount=type=secret,id=t,env=T "


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{RUN}cp /run/secrets/t /a\n", ["the secret `/run/secrets/t` is written to `/a`"]),
        (f"{RUN}cat /run/secrets/t > /a\n", ["the secret `/run/secrets/t` is written to `/a`"]),
        (f"{RUN}cat /run/secrets/t | tee /a\n", ["the secret `/run/secrets/t` is written to `/a`"]),
        (
            f"{RUN}cat /run/secrets/t\n",
            ["the secret `/run/secrets/t` is printed into the log of the build"],
        ),
        (f"{ENV}echo a=$T >> ~/a\n", ["the secret `T` is written to `/root/a`"]),
        (f"{ENV}echo $T\n", ["the secret `T` is printed into the log of the build"]),
        (
            "FROM a\nRUN --mount=type=secret,id=t,target=/k <<EOF\ncp /k /b\nEOF\n",
            ["the secret `/k` is written to `/b`"],
        ),
        (
            f"{RUN}bash -c 'cp -r /run/secrets/* /s'\n",
            ["all of `/run/secrets` is written to `/s`"],
        ),
        (f"{RUN}cp /run/secrets/t /a && x && rm /a\n", []),
        (f"{RUN}cat /run/secrets/t | docker login --password-stdin\n", []),
        (f"{RUN}T=$(cat /run/secrets/t) hf download x\n", []),
        (f"{RUN}export T=$(cat /run/secrets/t) && x\n", []),
        (f"{RUN}ln -s /run/secrets/t ~/.netrc && x\n", []),
        (f"{ENV}curl -H $T x > /a\n", []),
        (f"{RUN}--mount=type=tmpfs,target=/w cp /run/secrets/t /w/a\n", []),
        ("FROM a\nRUN cp /run/secrets/t /a\n", []),
        ("FROM a\nRUN --mount=type=secret,id=k,target=/k.pub cat /k.pub >> /keys\n", []),
    ],
)
def test_secrets_that_do_not_stay_in_their_mount(text: str, expected: list[str]) -> None:
    assert messages(NAME, text) == expected


def test_a_stage_that_does_not_ship_may_write_but_not_print() -> None:
    text = f"{RUN}cp /run/secrets/t /a && cat /run/secrets/t\nFROM b\n"

    assert Trial(NAME, text).places == ["cat /run/secrets/t"]
