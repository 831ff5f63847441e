"""What a team is promised: every practice of the catalogue has a rule, whatever it is called."""

from __future__ import annotations

import pytest

from boxwright.practices.registry import rule_names

# Checks for machine learning that no other tool has, by their numbers in our research notes.
MACHINE_LEARNING = {
    "ML01": "cuda-twice",
    "ML02": "cuda-devel-at-runtime",
    "ML03": "cuda-needs-newer-driver",
    "ML04": "cuda-wheel-mismatch",
    "ML05": "mixed-cuda-wheels",
    "ML06": "cuda-library-from-distribution",
    "ML07": "driver-in-image",
    "ML08": "gpu-queried-at-build",
    "ML09": "unstated-cuda-architectures",
    "ML10": "gpu-wheels-on-cpu",
    "ML11": "library-path-hides-wheels",
    "ML12": "cuda-stubs-at-runtime",
    "ML13": "alpine-with-wheels",
    "ML14": "moving-base-tag",
    "ML15": "end-of-life-base",
    "ML16": "unstated-platform",
    "ML17": "gpu-device-baked-in",
    "ML18": "source-before-dependencies",
    "ML19": "pip-cache-in-layer cache-mount-defeated",
    "ML20": "uv-cache-in-layer conda-cache-in-layer poetry-cache-in-layer",
    "ML21": "unpinned-requirements",
    "ML22": "lock-not-used",
    "ML23": "unfrozen-sync",
    "ML24": "extra-index-url",
    "ML25": "unpinned-git-source",
    "ML26": "unverified-download",
    "ML27": "archive-left-in-layer",
    "ML28": "deleted-in-later-layer",
    "ML29": "chown-duplicates-layer",
    "ML30": "build-tools-at-runtime",
    "ML31": "environment-from-other-python",
    "ML32": "wheels-copied-then-removed",
    "ML33": "persistent-debian-frontend",
    "ML34": "pip-upgraded-unpinned system-python-overridden",
    "ML35": "heredoc-without-errexit",
    "ML36": "development-packages-in-service",
    "ML37": "data-in-image",
    "ML38": "model-in-image-by-accident",
    "ML39": "model-above-code",
    "ML40": "unpinned-model-download",
    "ML41": "pickle-from-url",
    "ML42": "undefined-model-cache",
    "ML43": "cache-dir-not-writable missing-home",
    "ML44": "deprecated-model-cache",
    "ML45": "model-downloaded-at-start",
    "ML46": "secret-copied-then-deleted",
    "ML47": "secret-in-build-argument",
    "ML48": "credentials-file-written",
    "ML49": "secret-mount-leaks",
    "ML50": "secret-in-environment",
    "ML51": "unignored-secret",
    "ML52": "secret-in-compose-build-argument",
    "ML53": "missing-dockerignore",
    "ML54": "incomplete-dockerignore",
    "ML55": "ineffective-ignore-pattern",
    "ML56": "copy-of-ignored-file",
    "ML57": "heavy-context",
    "ML58": "missing-copy-source",
    "ML59": "large-file-pointer-copied",
    "ML60": "healthcheck-without-tool service-healthcheck-without-tool",
    "ML61": "healthcheck-port-mismatch",
    "ML62": "short-start-period healthcheck-hides-failure",
    "ML63": "buffered-python-output",
    "ML64": "development-server",
    "ML65": "shell-form-command entrypoint-script-without-exec",
    "ML66": "no-init-for-workers ungraceful-stop-signal",
    "ML67": "threads-ignore-limit",
    "ML68": "jupyter-without-token jupyter-as-root open-notebook-port",
    "ML69": "gpu-reservation-incomplete gpu-image-without-gpu",
    "ML70": "small-shared-memory",
    "ML71": "read-only-without-tmpfs",
    "ML72": "writable-dataset-mount data-in-anonymous-volume",
    "ML73": "unlimited-memory restart-always-on-job",
    "ML74": "dependency-not-awaited service-without-healthcheck",
    "ML75": "port-on-all-interfaces",
    "ML76": "gpu-request-incomplete",
    "ML77": "small-shared-memory read-only-without-tmpfs writable-dataset-mount",
    "ML78": (
        "slow-model-without-startup-probe surge-on-gpu-deployment state-in-deployment"
        " unset-ephemeral-storage secret-as-environment image-user-refused"
        " cpu-autoscaling-of-gpu unbounded-job"
    ),
}

# The practices of the seed documents, area by area.
PRACTICES = {
    "base image": """
        untagged-base moving-base-tag undigested-base alpine-with-wheels full-base-image
        end-of-life-base unofficial-base cuda-devel-at-runtime cuda-twice cuda-wheel-mismatch
        unstated-cuda-version cuda-needs-newer-driver
    """,
    "layers, caching, size": """
        source-before-dependencies consecutive-runs apt-lists-in-layer archive-left-in-layer
        deleted-in-later-layer pip-cache-in-layer cache-mount-defeated apt-recommends
        build-tools-at-runtime single-stage-build wheels-copied-then-removed unused-stage
        cache-busting-copy chown-duplicates-layer missing-dockerignore heavy-context
        unignored-secret ineffective-ignore-pattern data-in-image model-in-image-by-accident
        unpinned-model-download
    """,
    "users, hardening, secrets": """
        root-user named-user user-created-not-used missing-home copy-after-user-without-chown
        writable-root read-only-without-tmpfs cache-dir-not-writable privileged
        capabilities-kept host-path-mount host-namespace docker-socket-mounted
        secret-in-build-argument secret-in-environment secret-in-command secret-mount-leaks
        literal-secret-in-compose secret-as-environment committed-env-file
        secret-copied-then-deleted jupyter-without-token jupyter-as-root open-notebook-port
    """,
    "running": """
        missing-healthcheck healthcheck-without-tool healthcheck-port-mismatch
        short-start-period dependency-not-awaited unlimited-memory unlimited-cpu
        threads-ignore-limit gpu-reservation-incomplete gpu-image-without-gpu
        small-shared-memory gpu-device-baked-in writable-dataset-mount
        data-in-anonymous-volume single-network port-on-all-interfaces service-without-metrics
        shell-form-command no-init-for-workers ungraceful-stop-signal buffered-python-output
        undefined-model-cache state-in-deployment root-allowed-in-pod missing-probe
        slow-model-without-startup-probe
    """,
    "tags, CI, release": """
        moving-tag-in-deployment ci-without-scan unpinned-requirements lock-not-used
        extra-index-url
    """,
}


@pytest.mark.parametrize("number", MACHINE_LEARNING)
def test_a_check_for_machine_learning_has_its_rules(number: str) -> None:
    assert [name for name in MACHINE_LEARNING[number].split() if name not in rule_names()] == []


@pytest.mark.parametrize("area", PRACTICES)
def test_the_practices_of_an_area_have_their_rules(area: str) -> None:
    assert [name for name in PRACTICES[area].split() if name not in rule_names()] == []
