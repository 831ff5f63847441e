from __future__ import annotations

import pytest
from tests.practices.image_examples import found

RULE = "cache-in-image"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (
            "root/.cache/pip/http-v2/a",
            (
                "downloads of pip: `/root/.cache/pip`; install with `--no-cache-dir` or a cache mount "
                "(pip-cache-in-layer)"
            ),
        ),
        (
            "var/lib/apt/lists/deb.example.com_Packages",
            (
                "lists of packages that `apt-get update` fetched: `/var/lib/apt/lists`; remove "
                "`/var/lib/apt/lists/*` in the same RUN, or mount a cache there (apt-lists-in-layer)"
            ),
        ),
        (
            "app/.git/objects/pack/a.pack",
            (
                "history of the source code: `/app/.git`; name `.git` in `.dockerignore`, or clone in "
                "another stage (missing-dockerignore)"
            ),
        ),
    ],
)
def test_a_cache_is_told_with_what_saves_it(path: str, expected: str) -> None:
    text = f"layers:\n  - {{step: RUN install, files: {{{path}: 20 MB}}}}\n"

    assert found(RULE, text) == [f"2: warning: 20 MB of {expected}"]


def test_weights_in_the_cache_of_hugging_face_are_a_model() -> None:
    path = "root/.cache/huggingface/hub/models--a--b/blobs/0123"

    assert found(RULE, f"layers: [{{step: RUN a, files: {{{path}: 400 MB}}}}]\n") == []


def test_a_cache_that_a_later_layer_deletes_is_told_by_another_rule() -> None:
    text = """
layers:
  - {step: RUN pip install torch, files: {root/.cache/pip/a: 20 MB}}
  - {step: RUN rm -r /root/.cache, deletes: [root/.cache]}
"""

    assert found(RULE, text) == []
    assert len(found("deleted-in-image", text)) == 1


def test_a_little_of_it_is_not_told_unless_settings_say_so() -> None:
    text = "layers: [{step: RUN a, files: {root/.cache/pip/a: 100 kB}}]\n"

    assert found(RULE, text) == []
    assert len(found(RULE, text, settings="least = 50000")) == 1
