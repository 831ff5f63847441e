from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

judge = Judge("security-profile-off", path="compose.yaml")
pods = Judge("security-profile-off", path="deployment.yaml")


@pytest.mark.parametrize(
    ("option", "what"),
    [
        ("seccomp:unconfined", "the filter of system calls (seccomp)"),
        ("seccomp=unconfined", "the filter of system calls (seccomp)"),
        ("apparmor:unconfined", "AppArmor"),
        ("label:disable", "the labels of SELinux"),
        ("systempaths=unconfined", "the masks over `/proc` and `/sys`"),
    ],
)
def test_each_profile_is_known(option: str, what: str) -> None:
    text = compose(f"security_opt:\n  - {option}\n  - no-new-privileges:true\n")

    assert judge.messages(text) == [f"`api` runs without {what}"]
    assert judge.places(text) == [option]
    assert judge.fixed(text) == compose("security_opt:\n  - no-new-privileges:true\n")


@pytest.mark.parametrize(
    "options",
    ["[seccomp:./profile.json]", "[apparmor:docker-default]", "[label:type:a]", "['${OPTION}']"],
)
def test_other_options_are_not_found(options: str) -> None:
    assert judge.messages(compose(f"security_opt: {options}\n")) == []


def test_the_last_option_goes_with_its_key() -> None:
    assert judge.fixed(compose("security_opt: [seccomp:unconfined]\nports: [80]\n")) == compose(
        "ports: [80]\n"
    )


def test_pods_and_their_containers_are_judged() -> None:
    text = pod(
        "securityContext:\n  procMount: Unmasked\n  appArmorProfile: {type: Unconfined}\n",
        "securityContext:\n  seccompProfile: {type: Unconfined}\n",
    )

    assert pods.messages(text) == [
        "`api` runs without the masks over `/proc`",
        "`api` runs without AppArmor",
        "`api` runs without the filter of system calls (seccomp)",
    ]
    assert pods.fixed(text) == text.replace("Unmasked", "Default").replace(
        "Unconfined", "RuntimeDefault"
    )


def test_the_old_annotation_is_known() -> None:
    text = pod().replace(
        "  name: api\nspec",
        "  name: api\n  annotations:\n"
        "    container.apparmor.security.beta.kubernetes.io/api: unconfined\nspec",
    )

    assert pods.messages(text) == ["`api` runs without AppArmor"]
