"""GitHub Actions: every action by its commit, every job with the least that it may do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from boxwright.plan.model import Plan
from boxwright.render.header import header
from boxwright.render.model import Surroundings
from boxwright.render.workflow.images import BuiltImage, dockerfile_checks, images_of
from boxwright.render.workflow.promotion import promotion_script
from boxwright.render.workflow.smoke import smoke_script
from boxwright.render.workflow.tools import action
from boxwright.syntax.yaml.written import Commented, Data, Literal, written

_RUNNER = "ubuntu-24.04"
_NAME = (
    "# The registry wants lower case.\n"
    'echo "IMAGE=ghcr.io/${GITHUB_REPOSITORY,,}" >>"$GITHUB_ENV"\n'
)


def render_github(plan: Plan, around: Surroundings) -> str:
    """Return `.github/workflows/container.yml`."""
    document: dict[str, Data] = {
        "name": "container",
        "on": {
            "push": {"branches": [around.default_branch]},
            "pull_request": {},
            "release": {"types": ["published"]},
        },
        "permissions": {"contents": "read"},
        "concurrency": {
            "group": "container-${{ github.ref }}",
            "cancel-in-progress": "${{ github.event_name == 'pull_request' }}",
        },
        "jobs": {
            "check": _check(plan, around),
            "image": _image(plan, around),
            "promote": _promote(plan, around),
        },
    }
    parts = [_with_versions(written({key: value})) for key, value in document.items()]
    about = (
        "Checks and tests every change; an image is pushed by its commit once it came up healthy"
    )
    return (
        header(around, about, "and was scanned; a release gives that very image its version.")
        + "\n"
        + "\n\n".join(parts)
        + "\n"
    )


def _check(plan: Plan, around: Surroundings) -> dict[str, Data]:
    steps: list[Data] = [_checkout()]
    if around.tests or around.boxwright:
        steps.append(_uses("uv"))
    if around.tests:
        steps.append({"name": "Test", "run": _script(around.tests)})
    if around.boxwright:
        boxwright = f"uvx --from '{around.boxwright}' boxwright"
        steps.append({"name": "Check", "run": f"{boxwright} check --format github"})
        steps.append(
            {"name": "Are the files as generated?", "run": f"{boxwright} init --check --offline"}
        )
    checks = dockerfile_checks(plan, around)
    what = "Check the Dockerfile" if len(checks) == 1 else "Check the Dockerfiles"
    steps.append({"name": what, "run": _script("\n".join(checks))})
    return {"if": "github.event_name != 'release'", **_job(15), "steps": steps}


def _image(plan: Plan, around: Surroundings) -> dict[str, Data]:
    images = images_of(plan, around)
    tried = [each for each in images if each.target == "runtime"]
    pushed: dict[str, Data] = {"push": True, "provenance": "mode=max", "sbom": True}
    is_pushed = "github.event_name == 'push'"
    steps: list[Data] = [
        _checkout(),
        {"name": "Name the image", "run": Literal(_NAME)},
        *_room(plan),
        _uses("buildx"),
        _login(only_if=is_pushed),
        *(
            _uses("build", f"Build{_of(each)}", {**_build(each), "load": True, **_kept(each)})
            for each in tried
        ),
        {
            "name": "Try it" if len(tried) == 1 else "Try them",
            "env": {"TAG": "git-${{ github.sha }}"},
            "run": Literal(smoke_script(plan, around)),
        },
    ]
    if around.boxwright:
        steps.append(_uses("uv"))
        update = f"uvx --from '{around.boxwright}' boxwright advisories update"
        steps.append({"name": "Fetch advisories", "run": update})
    for each in tried:
        steps += _scan(each, around)
    for number, each in enumerate(images):
        name = f"Push{_of(each)}" if each in tried else f"Push what runs `{each.suffix[1:]}`"
        step = _uses("build", name, {**_build(each), **pushed}, only_if=is_pushed)
        why = "Nothing is built again: all layers are in the cache."
        steps.append(step if number else Commented(step, why))
    return {
        "if": "github.event_name != 'release'",
        "needs": "check",
        **_job(60),
        "permissions": {"contents": "read", "packages": "write", "security-events": "write"},
        "steps": steps,
    }


def _build(image: BuiltImage) -> dict[str, Data]:
    found: dict[str, Data] = {"context": image.context}
    if image.file:
        found["file"] = image.file
    return found | {
        "target": image.target,
        "tags": f"${{{{ env.IMAGE }}}}{image.suffix}:git-${{{{ github.sha }}}}",
        "build-args": Literal("REVISION=${{ github.sha }}\nVERSION=git-${{ github.sha }}\n"),
        "cache-from": f"type=gha{_scope(image)}",
    }


def _kept(image: BuiltImage) -> dict[str, Data]:
    return {"cache-to": f"type=gha,mode=max{_scope(image)}"}


def _scope(image: BuiltImage) -> str:
    return f",scope={image.scope}" if image.scope else ""


def _of(image: BuiltImage) -> str:
    return f" {image.scope}" if image.scope else ""


def _scan(image: BuiltImage, around: Surroundings) -> list[Data]:
    report = f"{'scan' if around.boxwright else 'trivy'}{image.suffix}.sarif"
    shown: dict[str, Data] = {"sarif_file": report}
    if image.scope:
        shown["category"] = image.scope
    name = f"Scan{_of(image) or ' it'}"
    return [
        _by_boxwright(name, image, around.boxwright, report)
        if around.boxwright
        else _by_trivy(name, image, report),
        _uses(
            "sarif",
            f"Show what was found{' in' if image.scope else ''}{_of(image)}",
            shown,
            only_if="${{ !cancelled() && github.event_name == 'push' }}",
        ),
    ]


def _by_boxwright(name: str, image: BuiltImage, boxwright: str, report: str) -> dict[str, Data]:
    command = (
        f"uvx --from '{boxwright}' boxwright scan --only-fixed --format sarif --output {report}"
        f' "$IMAGE{image.suffix}:git-$GITHUB_SHA"'
    )
    return {"name": name, "run": command}


def _by_trivy(name: str, image: BuiltImage, report: str) -> dict[str, Data]:
    options: dict[str, Data] = {
        "image-ref": f"${{{{ env.IMAGE }}}}{image.suffix}:git-${{{{ github.sha }}}}",
        "severity": "HIGH,CRITICAL",
        "ignore-unfixed": True,
        "exit-code": "1",
        "format": "sarif",
        "output": report,
        "limit-severities-for-sarif": True,
    }
    return _uses("trivy", name, options)


def _script(text: str) -> Data:
    return Literal(f"{text}\n") if "\n" in text else text


def _promote(plan: Plan, around: Surroundings) -> dict[str, Data]:
    return {
        "if": "github.event_name == 'release'",
        **_job(10),
        "permissions": {"contents": "read", "packages": "write"},
        "steps": [
            {"name": "Name the image", "run": Literal(_NAME)},
            _uses("buildx"),
            _login(),
            Commented(
                {
                    "name": "Give the commit's image the version",
                    "env": {"TAG": "${{ github.event.release.tag_name }}"},
                    "run": Literal(
                        promotion_script(plan, around, tag="$TAG", commit="$GITHUB_SHA")
                    ),
                },
                "The very image that was tried and scanned, by its digest: nothing is built.",
            ),
        ],
    }


def _job(minutes: int) -> dict[str, Data]:
    return {"runs-on": _RUNNER, "timeout-minutes": minutes}


def _checkout() -> dict[str, Data]:
    return _uses("checkout", options={"persist-credentials": False})


def _login(*, only_if: str = "") -> dict[str, Data]:
    options = {
        "registry": "ghcr.io",
        "username": "${{ github.actor }}",
        "password": "${{ secrets.GITHUB_TOKEN }}",
    }
    return _uses("login", options=options, only_if=only_if)


def _room(plan: Plan) -> Iterator[Data]:
    """Yield a step that makes room for gigabytes of CUDA."""
    if plan.accelerator == "cuda":
        yield {
            "name": "Make room",
            "run": "sudo rm -rf /usr/share/dotnet /usr/local/lib/android /opt/ghc",
        }


def _uses(
    key: str, name: str = "", options: Mapping[str, Data] | None = None, *, only_if: str = ""
) -> dict[str, Data]:
    reference, _ = action(key)
    step: dict[str, Data] = {"name": name} if name else {}
    if only_if:
        step["if"] = only_if
    step["uses"] = reference
    if options:
        step["with"] = options
    return step


def _with_versions(text: str) -> str:
    """Return *text* with versions behind commits, as bots want them, and jobs set apart."""
    for key in ("checkout", "uv", "buildx", "login", "build", "trivy", "sarif"):
        reference, version = action(key)
        text = text.replace(reference, f"{reference} # {version}")
    return re.sub(r"\n  (image|promote):\n", r"\n\n  \1:\n", text)
