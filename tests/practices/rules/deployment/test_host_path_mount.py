from __future__ import annotations

import pytest
from tests.practices.judge import Judge
from tests.practices.rules.pods import compose, pod

from boxwright.findings.finding import Severity

judge = Judge("host-path-mount", path="compose.yaml")
pods = Judge("host-path-mount", path="deployment.yaml")


@pytest.mark.parametrize(
    ("mount", "severity", "message"),
    [
        ("/:/host", Severity.ERROR, "`api` may change `/` of the machine"),
        ("/:/host:ro", Severity.WARNING, "`api` may read `/` of the machine"),
        (
            "/etc/cron.d:/cron",
            Severity.ERROR,
            "`api` may change `/etc/cron.d` in `/etc` of the machine",
        ),
        ("/sys:/sys", Severity.WARNING, "`api` may change `/sys` of the machine"),
        (
            "~/.aws:/aws:ro",
            Severity.WARNING,
            "`api` may read `~/.aws` of the machine, where credentials are",
        ),
        (
            "/home/me/.ssh:/ssh:ro",
            Severity.WARNING,
            "`api` may read `/home/me/.ssh` in `~/.ssh` of the machine, where credentials are",
        ),
    ],
)
def test_folders_that_give_the_machine_away_are_found(
    mount: str, severity: Severity, message: str
) -> None:
    text = compose(f"volumes:\n  - {mount}\n")

    assert [(it.severity, it.message) for it in judge.findings(text)] == [(severity, message)]
    assert judge.places(text) == [mount]


@pytest.mark.parametrize(
    "mount",
    [
        "./data:/data",
        "/etc/localtime:/etc/localtime:ro",
        "/etc/ssl/certs:/etc/ssl/certs:ro",
        "/dev/dri:/dev/dri",
        "/dev/shm:/dev/shm",
        "/home/me/project:/work",
        "/mnt/models:/models",
        "etc:/etc",
        "/var/run/docker.sock:/var/run/docker.sock",
    ],
)
def test_other_folders_are_not(mount: str) -> None:
    assert judge.messages(compose(f"volumes: ['{mount}']\n")) == []


@pytest.mark.parametrize(
    ("path", "options", "expected"),
    [
        ("/mnt/runs", "", [Severity.WARNING]),
        ("/mnt/runs", ", readOnly: true", [Severity.INFO]),
        ("/etc", ", readOnly: true", [Severity.WARNING]),
        ("/etc", "", [Severity.ERROR]),
        ("/dev/shm", "", []),
        ("/dev/infiniband", "", []),
    ],
)
def test_any_folder_of_a_node_counts_in_pods(
    path: str, options: str, expected: list[Severity]
) -> None:
    text = pod(
        f"volumeMounts: [{{name: a, mountPath: /a{options}}}]\n",
        f"volumes: [{{name: a, hostPath: {{path: {path}}}}}]\n",
    )

    assert [finding.severity for finding in pods.findings(text)] == expected


def test_agents_of_nodes_get_a_hint() -> None:
    text = (
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n"
        "      containers: [{name: a, image: a:1, volumeMounts: [{name: a, mountPath: /a}]}]\n"
        "      volumes: [{name: a, hostPath: {path: /opt/a}}]\n"
    )

    assert [(it.severity, it.message) for it in pods.findings(text)] == [
        (Severity.INFO, "`a` may change `/opt/a` of whatever node it runs on")
    ]
