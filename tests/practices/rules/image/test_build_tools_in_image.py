from __future__ import annotations

from tests.practices.image_examples import found

RULE = "build-tools-in-image"
GCC = """
layers:
  - step: RUN apt-get install -y gcc
    files: {usr/lib/gcc/x86_64-linux-gnu/14/cc1: 35 MB}
"""


def test_a_compiler_in_a_service_is_found() -> None:
    assert found(RULE, f"cmd: [gunicorn, app]\n{GCC}") == [
        (
            "2: warning: 35 MB of compilers that no package owns: `/usr/lib/gcc`; build in another "
            "stage, and copy what it makes (build-tools-at-runtime)"
        )
    ]


def test_what_is_there_to_build_on_is_not_judged_unless_settings_say_so() -> None:
    assert found(RULE, f"cmd: [python3]\n{GCC}") == []
    assert len(found(RULE, f"cmd: [python3]\n{GCC}", settings="bases = true")) == 1


def test_beside_triton_it_is_information() -> None:
    text = f"cmd: [gunicorn, app]\n{GCC}    wheels: [triton 3.7.0]\n"

    assert [each.split(": ")[1] for each in found(RULE, text)] == ["info"]


def test_headers_and_static_libraries_are_found() -> None:
    text = """
cmd: [gunicorn, app]
layers:
  - step: RUN make install
    files: {usr/local/include/a.h: 3 MB, usr/local/lib/libbig.a: 8 MB}
"""

    assert found(RULE, text) == [
        (
            "2: warning: 3.0 MB of headers: `/usr/local/include`; build in another stage: programs that "
            "run have no use for them (single-stage-build)"
        ),
        (
            "2: warning: 8.0 MB of static libraries: `/usr/local/lib/libbig.a`; build in another stage: "
            "programs that run have no use for them (single-stage-build)"
        ),
    ]
