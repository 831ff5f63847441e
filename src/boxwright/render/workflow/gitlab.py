"""GitLab CI: the same way to production, with an engine of the job's own."""

from __future__ import annotations

from collections.abc import Iterable

from boxwright.plan.model import Plan
from boxwright.render.header import header
from boxwright.render.model import Surroundings
from boxwright.render.workflow import commands
from boxwright.render.workflow.images import BuiltImage, dockerfile_checks, images_of
from boxwright.render.workflow.promotion import promotion_script
from boxwright.render.workflow.smoke import smoke_script
from boxwright.render.workflow.tools import image
from boxwright.syntax.yaml.written import Commented, Data, Literal, written

_LOGIN = (
    'echo "$CI_REGISTRY_PASSWORD" | docker login --username "$CI_REGISTRY_USER" --password-stdin'
    ' "$CI_REGISTRY"'
)
_UV = "pip install --quiet --root-user-action ignore uv"
_BRANCH = "$CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH"
_ON_CHANGE: Data = [
    {"if": "$CI_PIPELINE_SOURCE == 'merge_request_event'"},
    {"if": _BRANCH},
]
_ON_BRANCH: Data = [{"if": _BRANCH}]
_ON_TAG: Data = [{"if": "$CI_COMMIT_TAG"}]
_GATE = "--severity HIGH,CRITICAL --ignore-unfixed --exit-code 1"


def render_gitlab(plan: Plan, around: Surroundings) -> str:
    """Return `.gitlab-ci.yml`."""
    document = {
        "stages": ["check", "build", "try", "release"],
        "variables": {"IMAGE": "$CI_REGISTRY_IMAGE"},
        **(_by_boxwright if around.boxwright else _by_docker)(plan, around),
    }
    about = [
        "Checks and tests every change; an image is pushed by its commit once it came up healthy",
        "and was scanned; a tag of Git gives that very image its version.",
    ]
    if around.boxwright:
        about = [
            "Checks and tests every change; an image is pushed by its commit, tried, scanned and",
            "signed; a tag of Git gives that very image its version, if it passed all of that.",
        ]
    parts = [written({key: value}) for key, value in document.items()]
    return header(around, *about) + "\n" + "\n\n".join(parts) + "\n"


def _by_docker(plan: Plan, around: Surroundings) -> dict[str, Data]:
    images = images_of(plan, around)
    tried = [each for each in images if each.is_tried]
    candidates = [f'"$IMAGE{each.suffix}:candidate-$CI_COMMIT_SHA"' for each in tried]
    return {
        ".docker": _docker(around),
        "check": _check(plan, around),
        "build": _docker_build(images),
        "try": _try_together(plan, around, tried, tag="candidate-$CI_COMMIT_SHA"),
        "scan": {
            "image": {"name": around.pinned(image("trivy")), "entrypoint": [""]},
            "stage": "try",
            "timeout": "20 minutes",
            "rules": _ON_BRANCH,
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
                "rules": _ON_BRANCH,
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
            "rules": _ON_TAG,
            "script": [
                Literal(promotion_script(images, tag="$CI_COMMIT_TAG", commit="$CI_COMMIT_SHA"))
            ],
        },
    }


def _by_boxwright(plan: Plan, around: Surroundings) -> dict[str, Data]:
    images = images_of(plan, around)
    tried = [each for each in images if each.is_tried]
    others = [each for each in images if not each.is_tried]
    is_alone = commands.is_tried_alone(plan)
    pushed = [f"$IMAGE{each.suffix}:git-$CI_COMMIT_SHA" for each in tried]
    jobs: dict[str, Data] = {
        ".boxwright": {
            "image": around.pinned(_python(plan)),
            "timeout": "60 minutes",
            "variables": {"UV_TOOL_BIN_DIR": "/usr/local/bin"},
            "before_script": [
                "apt-get update -qq",
                Commented(
                    f"apt-get install -qq --yes --no-install-recommends git {_client(plan)}",
                    "Git knows the commit, Docker's client the engine.",
                ),
                _UV,
                commands.install(around),
            ],
        },
        ".engine": {
            "services": [around.pinned(image("dind"))],
            "variables": {
                "DOCKER_CERT_PATH": "/certs/client",
                "DOCKER_HOST": "tcp://docker:2376",
                "DOCKER_TLS_CERTDIR": "/certs",
                "DOCKER_TLS_VERIFY": "1",
            },
        },
        "check": _check(plan, around),
        "build": {
            "extends": ".boxwright",
            "stage": "build",
            "rules": _ON_BRANCH,
            "script": [commands.push(each) for each in tried],
        },
        "try": {
            "extends": [".boxwright", ".engine"],
            "stage": "try",
            "rules": _ON_BRANCH,
            "script": [_script(commands.attempt(plan, each)) for each in pushed],
        }
        if is_alone
        else _try_together(plan, around, tried, tag="git-$CI_COMMIT_SHA"),
        "scan": {
            "extends": ".boxwright",
            "stage": "try",
            "rules": _ON_BRANCH,
            "script": [commands.ADVISORIES, *(commands.scan(each) for each in pushed)],
        },
        "sign": {
            "extends": ".boxwright",
            "stage": "release",
            "rules": _ON_BRANCH,
            "id_tokens": {"SIGSTORE_ID_TOKEN": {"aud": "sigstore"}},
            "script": [commands.sign(each) for each in pushed],
        },
        "promote": {
            "extends": [".boxwright", ".engine"],
            "stage": "release",
            "rules": _ON_TAG,
            "script": [
                commands.ADVISORIES,
                Commented(
                    Literal(commands.promote(tried, tag="$CI_COMMIT_TAG", commit="$CI_COMMIT_SHA")),
                    "The very image that was tried, scanned and signed, by its digest: nothing is"
                    " built.\nWhose signature counts is in the settings of Boxwright:"
                    f'\npromote.identity = "{_identity(around)}"'
                    f'\npromote.issuer = "{_issuer(around)}"',
                ),
            ],
        },
    }
    if others or not is_alone:
        jobs[".docker"] = _docker(around)
    if others:
        jobs |= _others(others)
    return jobs


def _others(others: list[BuiltImage]) -> dict[str, Data]:
    """Return the jobs of images that only the Dockerfile has."""
    return {
        "build-others": _docker_build(others),
        "promote-others": {
            "extends": ".docker",
            "stage": "release",
            "rules": _ON_TAG,
            "script": [
                Literal(promotion_script(others, tag="$CI_COMMIT_TAG", commit="$CI_COMMIT_SHA"))
            ],
        },
    }


def _try_together(
    plan: Plan, around: Surroundings, tried: Iterable[BuiltImage], *, tag: str
) -> dict[str, Data]:
    """Return the job that starts all that *plan* consists of, as production does."""
    return {
        "extends": ".docker",
        "stage": "try",
        "rules": _ON_BRANCH,
        "variables": {"DOCKER_TLS_CERTDIR": "/certs", "TAG": tag},
        "script": [
            "apk add --no-cache curl openssl",
            *(f'docker pull "$IMAGE{each.suffix}:{tag}"' for each in tried),
            Commented(
                Literal(smoke_script(plan, around, host="docker")),
                "The engine is the service `docker`, and so are the ports that it publishes.",
            ),
        ],
    }


def _docker(around: Surroundings) -> dict[str, Data]:
    return {
        "image": around.pinned(image("docker")),
        "services": [around.pinned(image("dind"))],
        "variables": {"DOCKER_TLS_CERTDIR": "/certs"},
        "timeout": "60 minutes",
        "before_script": [_LOGIN],
    }


def _docker_build(images: Iterable[BuiltImage]) -> dict[str, Data]:
    return {
        "extends": ".docker",
        "stage": "build",
        "rules": _ON_BRANCH,
        "script": [Literal(_build(images))],
    }


def _script(text: str) -> Data:
    return Literal(text) if "\n" in text else text


def _identity(around: Surroundings) -> str:
    """Return as whom the job that signs is known."""
    repository = around.repository or "gitlab.com/OWNER/NAME"
    return f"https://{repository}//.gitlab-ci.yml@refs/heads/{around.default_branch}"


def _issuer(around: Surroundings) -> str:
    return f"https://{around.repository.partition('/')[0] or 'gitlab.com'}"


def _python(plan: Plan) -> str:
    return plan.images.python if plan.images else "python:3.13-slim"


def _client(plan: Plan) -> str:
    """Return the Debian package of Docker's client: newer releases have it apart."""
    return "docker.io" if "bookworm" in _python(plan) else "docker-cli"


def _build(images: Iterable[BuiltImage]) -> str:
    """Return the script that builds and pushes the image that is tried, and those beside it."""
    lines = ["docker buildx create --use --name builder"]
    for each in images:
        image = f"$IMAGE{each.suffix}"
        tag = "candidate" if each.is_tried else "git"
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


def _check(plan: Plan, around: Surroundings) -> dict[str, Data]:
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
            "rules": _ON_CHANGE,
            "script": list(dockerfile_checks(plan, around)),
        }
    script.insert(0, _UV)
    return {
        "image": around.pinned(_python(plan)),
        "stage": "check",
        "timeout": "15 minutes",
        "rules": _ON_CHANGE,
        "script": script,
    }
