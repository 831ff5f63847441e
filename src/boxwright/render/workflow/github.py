"""GitHub Actions: every action by its commit, every job with the least that it may do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from boxwright.plan.model import Plan
from boxwright.render.header import header
from boxwright.render.model import Surroundings
from boxwright.render.workflow.promotion import other_targets, promotion_script
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
            "check": _check(around),
            "image": _image(plan),
            "promote": _promote(plan),
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


def _check(around: Surroundings) -> dict[str, Data]:
    steps: list[Data] = [_checkout()]
    if around.tests or around.boxwright:
        steps.append(_uses("uv"))
    if around.tests:
        steps.append({"name": "Test", "run": around.tests})
    if around.boxwright:
        boxwright = f"uvx --from '{around.boxwright}' boxwright"
        steps.append({"name": "Check", "run": f"{boxwright} check --format github"})
        steps.append(
            {"name": "Are the files as generated?", "run": f"{boxwright} init --check --offline"}
        )
    steps.append({"name": "Check the Dockerfile", "run": "docker buildx build --check ."})
    return {"if": "github.event_name != 'release'", **_job(15), "steps": steps}


def _image(plan: Plan) -> dict[str, Data]:
    build: dict[str, Data] = {
        "context": ".",
        "target": "runtime",
        "tags": "${{ env.IMAGE }}:git-${{ github.sha }}",
        "build-args": Literal("REVISION=${{ github.sha }}\nVERSION=git-${{ github.sha }}\n"),
        "cache-from": "type=gha",
    }
    kept: dict[str, Data] = {"load": True, "cache-to": "type=gha,mode=max"}
    pushed: dict[str, Data] = {"push": True, "provenance": "mode=max", "sbom": True}
    is_pushed = "github.event_name == 'push'"
    steps: list[Data] = [
        _checkout(),
        {"name": "Name the image", "run": Literal(_NAME)},
        *_room(plan),
        _uses("buildx"),
        _login(only_if=is_pushed),
        _uses("build", "Build", {**build, **kept}),
        {
            "name": "Try it",
            "env": {"TAG": "git-${{ github.sha }}"},
            "run": Literal(smoke_script(plan)),
        },
        _uses(
            "trivy",
            "Scan it",
            {
                "image-ref": "${{ env.IMAGE }}:git-${{ github.sha }}",
                "severity": "HIGH,CRITICAL",
                "ignore-unfixed": True,
                "exit-code": "1",
                "format": "sarif",
                "output": "trivy.sarif",
                "limit-severities-for-sarif": True,
            },
        ),
        _uses(
            "sarif",
            "Show what was found",
            {"sarif_file": "trivy.sarif"},
            only_if="${{ !cancelled() && github.event_name == 'push' }}",
        ),
        Commented(
            _uses("build", "Push", {**build, **pushed}, only_if=is_pushed),
            "Nothing is built again: all layers are in the cache.",
        ),
    ]
    for target in other_targets(plan):
        tag = f"${{{{ env.IMAGE }}}}-{target}:git-${{{{ github.sha }}}}"
        options = {**build, **pushed, "target": target, "tags": tag}
        steps.append(_uses("build", f"Push what runs `{target}`", options, only_if=is_pushed))
    return {
        "if": "github.event_name != 'release'",
        "needs": "check",
        **_job(60),
        "permissions": {"contents": "read", "packages": "write", "security-events": "write"},
        "steps": steps,
    }


def _promote(plan: Plan) -> dict[str, Data]:
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
                    "run": Literal(promotion_script(plan, tag="$TAG", commit="$GITHUB_SHA")),
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
