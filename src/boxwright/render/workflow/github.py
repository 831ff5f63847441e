"""GitHub Actions: every action by its commit, every job with the least that it may do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from boxwright.plan.model import Plan
from boxwright.render.header import header
from boxwright.render.model import Surroundings
from boxwright.render.workflow import commands
from boxwright.render.workflow.images import BuiltImage, dockerfile_checks, images_of
from boxwright.render.workflow.promotion import promotion_script
from boxwright.render.workflow.smoke import smoke_script
from boxwright.render.workflow.tools import action
from boxwright.syntax.yaml.written import Commented, Data, Literal, written

PATH = ".github/workflows/container.yml"
"""Where it is, from the top of the repository."""
_RUNNER = "ubuntu-24.04"
_ISSUER = "https://token.actions.githubusercontent.com"
_PUSHED = "github.event_name == 'push'"
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
            "image": (_image_by_boxwright if around.boxwright else _image)(plan, around),
            "promote": (_promote_by_boxwright if around.boxwright else _promote)(plan, around),
        },
    }
    parts = [_with_versions(written({key: value})) for key, value in document.items()]
    about = [
        "Checks and tests every change; an image is pushed by its commit once it came up healthy",
        "and was scanned; a release gives that very image its version.",
    ]
    if around.boxwright:
        about = [
            "Checks and tests every change; an image is pushed by its commit, tried, scanned and",
            "signed; a release gives that very image its version, if it passed all of that.",
        ]
    return header(around, *about) + "\n" + "\n\n".join(parts) + "\n"


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
    tried = [each for each in images if each.is_tried]
    steps: list[Data] = [
        _checkout(),
        {"name": "Name the image", "run": Literal(_NAME)},
        *_room(plan),
        _uses("buildx"),
        _login(only_if=_PUSHED),
        *(
            _uses("build", f"Build{_of(each)}", {**_build(each), "load": True, **_kept(each)})
            for each in tried
        ),
        _try_together(plan, around, tried),
    ]
    for each in tried:
        report = f"trivy{each.suffix}.sarif"
        steps += [_by_trivy(f"Scan{_of(each) or ' it'}", each, report), _show(each, report)]
    for number, each in enumerate(images):
        why = "Nothing is built again: all layers are in the cache."
        steps.append(_push(each) if number else Commented(_push(each), why))
    return {
        "if": "github.event_name != 'release'",
        "needs": "check",
        **_job(60),
        "permissions": {"contents": "read", "packages": "write", "security-events": "write"},
        "steps": steps,
    }


def _image_by_boxwright(plan: Plan, around: Surroundings) -> dict[str, Data]:
    images = images_of(plan, around)
    tried = [each for each in images if each.is_tried]
    others = [each for each in images if not each.is_tried]
    steps: list[Data] = [
        _checkout(),
        *_boxwright(around),
        *_room(plan),
        _login(only_if=_PUSHED),
    ]
    for number, each in enumerate(tried):
        step: dict[str, Data] = {"name": f"Build{_of(each)}", "run": Literal(_push_script(each))}
        why = "A pull request may not push: its image stays on this machine."
        steps.append(step if number else Commented(step, why))
    if commands.is_tried_alone(plan):
        for each in tried:
            run = _script(commands.attempt(plan, _built(each)))
            steps.append({"name": f"Try{_of(each) or ' it'}", "run": run})
    else:
        steps.append(_try_together(plan, around, tried))
    steps.append({"name": "Fetch advisories", "run": commands.ADVISORIES})
    for each in tried:
        report = f"scan{each.suffix}.sarif"
        name = f"Scan{_of(each) or ' it'}"
        steps += [{"name": name, "run": commands.scan(_built(each), report)}, _show(each, report)]
    for number, each in enumerate(tried):
        name = f"Sign{_of(each) or ' it'}"
        signed: dict[str, Data] = {"name": name, "if": _PUSHED, "run": commands.sign(_built(each))}
        why = "Whoever promotes it can see that it came all the way to here."
        steps.append(signed if number else Commented(signed, why))
    if others:
        steps.append(_uses("buildx", only_if=_PUSHED))
        steps += (_push(each, {**_kept(each)}) for each in others)
    return {
        "if": "github.event_name != 'release'",
        "needs": "check",
        **_job(60),
        "permissions": {
            "contents": "read",
            "id-token": "write",
            "packages": "write",
            "security-events": "write",
        },
        "steps": steps,
    }


def _try_together(plan: Plan, around: Surroundings, tried: list[BuiltImage]) -> dict[str, Data]:
    """Return the step that starts all that *plan* consists of, as production does."""
    return {
        "name": "Try it" if len(tried) == 1 else "Try them",
        "env": {"TAG": "git-${{ github.sha }}"},
        "run": Literal(smoke_script(plan, around)),
    }


def _boxwright(around: Surroundings) -> list[Data]:
    """Return the steps behind which there is `boxwright`, and the image has a name."""
    return [
        _uses("uv"),
        {"name": "Install Boxwright", "run": commands.install(around)},
        {"name": "Name the image", "run": Literal(_NAME)},
    ]


def _built(image: BuiltImage) -> str:
    """Return the variable that names *image* as it was built."""
    return f"${_variable(image)}"


def _variable(image: BuiltImage) -> str:
    return "BUILT" + re.sub(r"[^A-Z0-9]", "_", image.suffix.upper())


def _push_script(image: BuiltImage) -> str:
    name = f"$IMAGE{image.suffix}:git-$GITHUB_SHA"
    return (
        'if [ "$GITHUB_EVENT_NAME" = push ]; then\n'
        f"  built=$({commands.push(image)})\n"
        "else\n"
        f"  built={name}\n"
        f"  {commands.load(image, '$built')}\n"
        "fi\n"
        f'echo "{_variable(image)}=$built" >>"$GITHUB_ENV"\n'
    )


def _push(image: BuiltImage, options: Mapping[str, Data] | None = None) -> dict[str, Data]:
    """Return the step that pushes *image* as the Dockerfile has it."""
    name = f"Push{_of(image)}" if image.is_tried else f"Push what runs `{image.suffix[1:]}`"
    pushed: dict[str, Data] = {"push": True, "provenance": "mode=max", "sbom": True}
    return _uses("build", name, {**_build(image), **(options or {}), **pushed}, only_if=_PUSHED)


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


def _show(image: BuiltImage, report: str) -> dict[str, Data]:
    shown: dict[str, Data] = {"sarif_file": report}
    if image.scope:
        shown["category"] = image.scope
    return _uses(
        "sarif",
        f"Show what was found{' in' if image.scope else ''}{_of(image)}",
        shown,
        only_if=f"${{{{ !cancelled() && {_PUSHED} }}}}",
    )


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
    return Literal(text.rstrip("\n") + "\n") if "\n" in text else text


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
                        promotion_script(images_of(plan, around), tag="$TAG", commit="$GITHUB_SHA")
                    ),
                },
                "The very image that was tried and scanned, by its digest: nothing is built.",
            ),
        ],
    }


def _promote_by_boxwright(plan: Plan, around: Surroundings) -> dict[str, Data]:
    images = images_of(plan, around)
    tried = [each for each in images if each.is_tried]
    others = [each for each in images if not each.is_tried]
    tag = {"TAG": "${{ github.event.release.tag_name }}"}
    moved = promotion_script(others, tag="$TAG", commit="$GITHUB_SHA")
    return {
        "if": "github.event_name == 'release'",
        **_job(30),
        "permissions": {"contents": "read", "packages": "write"},
        "steps": [
            _checkout(),
            *_boxwright(around),
            _login(),
            {"name": "Fetch advisories", "run": commands.ADVISORIES},
            Commented(
                {
                    "name": "Give the commit's image the version",
                    "env": tag,
                    "run": Literal(commands.promote(tried, tag="$TAG", commit="$GITHUB_SHA")),
                },
                "The very image that was tried, scanned and signed, by its digest: nothing is"
                " built.\nWhose signature counts is in the settings of Boxwright:"
                f'\npromote.identity = "{_identity(around)}"'
                f'\npromote.issuer = "{_ISSUER}"',
            ),
            *([_uses("buildx")] if others else []),
            *(
                [{"name": "Give what is beside it the version", "env": tag, "run": Literal(moved)}]
                if others
                else []
            ),
        ],
    }


def _identity(around: Surroundings) -> str:
    """Return as whom the job that signs is known."""
    repository = around.repository or "github.com/OWNER/NAME"
    return f"https://{repository}/{PATH}@refs/heads/{around.default_branch}"


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
