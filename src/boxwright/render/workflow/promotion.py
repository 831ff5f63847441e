"""How a commit's images get a version."""

from __future__ import annotations

from collections.abc import Iterable

from boxwright.render.workflow.images import BuiltImage


def promotion_script(built: Iterable[BuiltImage], *, tag: str, commit: str) -> str:
    """Return the shell script that gives the images of *commit* the version that *tag* names."""
    images = " ".join(f'"$IMAGE{each.suffix}"' for each in built)
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
