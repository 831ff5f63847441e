"""Which images a project has, and how a commit's get a version."""

from __future__ import annotations

from boxwright.plan.model import Plan


def other_targets(plan: Plan) -> tuple[str, ...]:
    """Return the targets beside `runtime` that run in production."""
    found = {each.target for each in plan.workloads if each.kind != "notebook"}
    return tuple(sorted(found - {"runtime"}))


def promotion_script(plan: Plan, *, tag: str, commit: str) -> str:
    """Return the shell script that gives the images of *commit* the version that *tag* names."""
    images = " ".join(['"$IMAGE"', *(f'"$IMAGE-{target}"' for target in other_targets(plan))])
    return (
        f"version={tag}\nversion=${{version#v}}\nfor image in {images}; do\n"
        '  if docker buildx imagetools inspect "$image:$version" >/dev/null 2>&1; then\n'
        '    echo "$image:$version is there already, and a version never moves" >&2\n'
        "    exit 1\n"
        "  fi\n"
        "done\n"
        f"for image in {images}; do\n"
        f'  docker buildx imagetools create --tag "$image:$version" "$image:git-{commit}"\n'
        "done\n"
    )
