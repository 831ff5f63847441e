from __future__ import annotations

from tests.practices.image_examples import found

RULE = "damaged-image"
FOREIGN = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
PLAIN = "application/vnd.oci.image.layer.v1.tar+gzip"


def test_a_layer_that_is_not_what_it_says_is_told() -> None:
    text = """
layers:
  - {step: COPY a /a, files: {a: 3 kB}}
  - {step: COPY b /b, problem: it ends in the middle}
"""

    assert found(RULE, text) == ["3: error: layer 1: it ends in the middle"]


def test_what_is_about_the_whole_is_told_at_the_top() -> None:
    text = (
        "layers: [{step: COPY a /a, files: {a: 3 kB}}]\nproblems: [it has 2 layers and 3 digests]\n"
    )

    assert found(RULE, text) == ["1: error: it has 2 layers and 3 digests"]


def test_names_that_lead_out_are_a_warning() -> None:
    text = """
odd: {0: ["the name `../x` leads out of it"]}
layers: [{step: COPY a /a, files: {a: 3 kB}}]
"""

    assert found(RULE, text) == ["2: warning: layer 0: the name `../x` leads out of it"]


def test_a_foreign_layer_is_information() -> None:
    text = f"""
media_types: [{FOREIGN}, {PLAIN}]
layers:
  - {{step: ADD windows, problem: it is kept elsewhere}}
  - {{step: COPY b /b, files: {{b: 3 kB}}}}
"""

    assert found(RULE, text) == ["2: info: layer 0: it is kept elsewhere"]


def test_what_an_image_made_up_cannot_break_a_message() -> None:
    text = """
problems: ["the name `a\\u001b[31m` is odd`", "it is broken.", "!"]
layers: [{step: COPY a, files: {a: 3 kB}}]
"""

    assert found(RULE, text) == [
        "1: error: it is broken",
        "1: error: something is wrong with it",
        "1: error: the name 'a�[31m' is odd'",
    ]


def test_a_flood_is_cut() -> None:
    problems = ", ".join(f"problem {number}" for number in range(1000))

    assert (
        len(
            found(RULE, f"problems: [{problems}]\nlayers: [{{step: COPY a, files: {{a: 1 kB}}}}]\n")
        )
        == 20
    )
