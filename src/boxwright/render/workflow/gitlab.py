"""GitLab CI: the same way to production, with an engine of the job's own."""

from __future__ import annotations

from boxwright.plan.model import Plan
from boxwright.render.header import header
from boxwright.render.model import Surroundings
from boxwright.render.workflow.images import dockerfile_checks, images_of
from boxwright.render.workflow.promotion import promotion_script
from boxwright.render.workflow.smoke import smoke_script
from boxwright.render.workflow.tools import image
from boxwright.syntax.yaml.written import Commented, Data, Literal, written

_LOGIN = (
    'echo "$CI_REGISTRY_PASSWORD" | docker login --username "$CI_REGISTRY_USER" --password-stdin'
    ' "$CI_REGISTRY"'
)
_GATE = "--severity HIGH,CRITICAL --ignore-unfixed --exit-code 1"


def render_gitlab(plan: Plan, around: Surroundings) -> str:
    """Return `.gitlab-ci.yml`."""
    on_change: Data = [
        {"if": "$CI_PIPELINE_SOURCE == 'merge_request_event'"},
        {"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"},
    ]
    on_branch: Data = [{"if": "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"}]
    tried = [each for each in images_of(plan, around) if each.target == "runtime"]
    candidates = [f'"$IMAGE{each.suffix}:candidate-$CI_COMMIT_SHA"' for each in tried]
    document: dict[str, Data] = {
        "stages": ["check", "build", "try", "release"],
        "variables": {"IMAGE": "$CI_REGISTRY_IMAGE"},
        ".docker": {
            "image": around.pinned(image("docker")),
            "services": [around.pinned(image("dind"))],
            "variables": {"DOCKER_TLS_CERTDIR": "/certs"},
            "timeout": "60 minutes",
            "before_script": [_LOGIN],
        },
        "check": _check(plan, around, on_change),
        "build": {
            "extends": ".docker",
            "stage": "build",
            "rules": on_branch,
            "script": [Literal(_build(plan, around))],
        },
        "try": {
            "extends": ".docker",
            "stage": "try",
            "rules": on_branch,
            "variables": {
                "DOCKER_TLS_CERTDIR": "/certs",
                "TAG": "candidate-$CI_COMMIT_SHA",
            },
            "script": [
                "apk add --no-cache curl openssl",
                *(f"docker pull {candidate}" for candidate in candidates),
                Commented(
                    Literal(smoke_script(plan, around, host="docker")),
                    "The engine is the service `docker`, and so are the ports that it publishes.",
                ),
            ],
        },
        "scan": {
            "image": {"name": around.pinned(image("trivy")), "entrypoint": [""]},
            "stage": "try",
            "timeout": "20 minutes",
            "rules": on_branch,
            "variables": {
                "TRIVY_USERNAME": "$CI_REGISTRY_USER",
                "TRIVY_PASSWORD": "$CI_REGISTRY_PASSWORD",
                "TRIVY_AUTH_URL": "$CI_REGISTRY",
            },
            "script": [f"trivy image {_GATE} {candidate}" for candidate in candidates],
        },
        "push": Commented(
            {
                "extends": ".docker",
                "stage": "release",
                "rules": on_branch,
                "script": [
                    f'docker buildx imagetools create --tag "$IMAGE{each.suffix}:git-$CI_COMMIT_SHA"'
                    f" {candidate}"
                    for each, candidate in zip(tried, candidates, strict=True)
                ],
            },
            "The very image that was tried and scanned, by its digest: nothing is built again.",
        ),
        "promote": {
            "extends": ".docker",
            "stage": "release",
            "rules": [{"if": "$CI_COMMIT_TAG"}],
            "script": [
                Literal(
                    promotion_script(plan, around, tag="$CI_COMMIT_TAG", commit="$CI_COMMIT_SHA")
                )
            ],
        },
    }
    about = (
        "Checks and tests every change; an image is pushed by its commit once it came up healthy"
    )
    parts = [written({key: value}) for key, value in document.items()]
    return (
        header(around, about, "and was scanned; a tag of Git gives that very image its version.")
        + "\n"
        + "\n\n".join(parts)
        + "\n"
    )


def _build(plan: Plan, around: Surroundings) -> str:
    """Return the script that builds and pushes the image that is tried, and those beside it."""
    lines = ["docker buildx create --use --name builder"]
    for each in images_of(plan, around):
        image = f"$IMAGE{each.suffix}"
        tag = "candidate" if each.target == "runtime" else "git"
        file = f"--file {each.file} " if each.file else ""
        cache = f"$IMAGE/cache{f'/{each.scope}' if each.scope else ''}"
        lines += [
            f"docker buildx build {file}--target {each.target} \\",
            '  --build-arg "REVISION=$CI_COMMIT_SHA" --build-arg "VERSION=git-$CI_COMMIT_SHA" \\',
            f'  --cache-from "type=registry,ref={cache}" \\',
            f'  --cache-to "type=registry,ref={cache},mode=max" \\',
            "  --provenance mode=max --sbom true \\",
            f'  --tag "{image}:{tag}-$CI_COMMIT_SHA" --push {each.context}',
        ]
    return "".join(f"{line}\n" for line in lines)


def _check(plan: Plan, around: Surroundings, rules: Data) -> dict[str, Data]:
    script: list[Data] = []
    if around.tests:
        script.append(around.tests)
    if around.boxwright:
        boxwright = f"uvx --from '{around.boxwright}' boxwright"
        script += [f"{boxwright} check", f"{boxwright} init --check --offline"]
    if not script:
        # BuildKit's own checks, with nothing to install.
        return {
            "extends": ".docker",
            "stage": "check",
            "rules": rules,
            "script": list(dockerfile_checks(plan, around)),
        }
    version = plan.images.python_version if plan.images else "3.13"
    python = plan.images.python if plan.images else f"python:{version}-slim"
    script.insert(0, "pip install --quiet --root-user-action ignore uv")
    return {
        "image": around.pinned(python),
        "stage": "check",
        "timeout": "15 minutes",
        "rules": rules,
        "script": script,
    }
