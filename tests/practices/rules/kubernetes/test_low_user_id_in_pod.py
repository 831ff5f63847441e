"""Users that may be somebody on the node."""

from __future__ import annotations

from tests.practices.judge import Judge
from tests.practices.manifests import pod

JUDGE = Judge("low-user-id-in-pod", path="pod.yaml")


def test_low_numbers_are_found_once() -> None:
    text = pod("", "securityContext: {runAsUser: 1000}\ninitContainers: [{name: i, image: b}]")

    assert JUDGE.messages(text) == ["`i` runs as 1000, who may be somebody on the node"]
    assert JUDGE.places(text) == ["1000"]


def test_others_are_not() -> None:
    for user in ("65532", "0"):
        assert JUDGE.messages(pod(f"securityContext: {{runAsUser: {user}}}")) == []
    assert JUDGE.messages(pod()) == []


def test_settings_say_which_are_low() -> None:
    judge = Judge(JUDGE.name, path="pod.yaml", settings="least = 1000")

    assert judge.messages(pod("securityContext: {runAsUser: 1000}")) == []
    assert len(judge.messages(pod("securityContext: {runAsUser: 999}"))) == 1
