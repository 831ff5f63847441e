"""The Dockerfile that an image tells of, whoever built it and whatever is in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.scan.images import PLAIN, directory, file, image, layer, step

from boxwright.oci.config import Healthcheck
from boxwright.practices.redaction import Redaction
from boxwright.scan.contents import Contents
from boxwright.scan.inspected import Inspected, Step
from boxwright.scan.recovered import Recovered, build_arguments, instruction_of, recover

NOTHING = Redaction((), env=(), labels=())


def recovered(inspected: Inspected) -> Recovered:
    return recover(inspected, NOTHING.text)


def lines_of(inspected: Inspected) -> list[str]:
    """Return all lines but the first, which names the image."""
    return recovered(inspected).source.text.splitlines()[1:]


@pytest.mark.parametrize(
    ("created_by", "expected"),
    [
        pytest.param(
            "RUN /bin/sh -c pip install numpy # buildkit", "RUN pip install numpy", id="BuildKit"
        ),
        pytest.param(
            "RUN |2 A=b C=d e /bin/sh -c pip install numpy # buildkit",
            "RUN pip install numpy",
            id="BuildKit with build arguments",
        ),
        pytest.param(
            "RUN /bin/bash -o pipefail -c curl a | tar x # buildkit",
            "RUN curl a | tar x",
            id="BuildKit with SHELL",
        ),
        pytest.param(
            "RUN /bin/bash -eo pipefail -c curl -u a b # buildkit",
            "RUN curl -u a b",
            id="BuildKit with options of SHELL joined",
        ),
        pytest.param(
            "RUN /bin/sh -c apt-get update &&     apt-get install -y git # buildkit",
            "RUN apt-get update && apt-get install -y git",
            id="BuildKit with continued lines",
        ),
        pytest.param("RUN pip install numpy # buildkit", "RUN pip install numpy", id="exec form"),
        pytest.param("COPY . /app # buildkit", "COPY . /app", id="BuildKit's COPY"),
        pytest.param("ENV PATH=/usr/bin A=b c", "ENV PATH=/usr/bin A=b c", id="BuildKit's ENV"),
        pytest.param("EXPOSE map[8000/tcp:{} 9000/udp:{}]", "EXPOSE 8000/tcp 9000/udp", id="map"),
        pytest.param("EXPOSE [8000/tcp 9000/tcp]", "EXPOSE 8000/tcp 9000/tcp", id="list"),
        pytest.param('CMD ["python3"]', 'CMD ["python3"]', id="BuildKit's CMD"),
        pytest.param(
            '/bin/sh -c #(nop)  CMD ["python3"]', 'CMD ["python3"]', id="the classic builder"
        ),
        pytest.param(
            "/bin/sh -c #(nop) COPY dir:0123 in /app ",
            "COPY dir:0123 in /app",
            id="the classic builder's COPY",
        ),
        pytest.param(
            "|1 A=b /bin/sh -c #(nop)  USER app",
            "USER app",
            id="the classic builder with arguments",
        ),
        pytest.param(
            'CMD ["/bin/sh" "-c" "echo \\"a\\" [b]"]',
            'CMD ["/bin/sh", "-c", "echo \\"a\\" [b]"]',
            id="words as Go prints them",
        ),
        pytest.param('ENTRYPOINT ["a", "b"]', 'ENTRYPOINT ["a", "b"]', id="words as JSON has them"),
        pytest.param("CMD python main.py", "CMD python main.py", id="the shell form"),
        pytest.param("VOLUME [/data /srv]", "VOLUME /data /srv", id="paths as Go prints them"),
        pytest.param('VOLUME ["/data"]', 'VOLUME ["/data"]', id="paths as JSON has them"),
        pytest.param(
            'HEALTHCHECK &{["CMD-SHELL" "curl \\"$URL\\" || exit 1"] "30s" "0s" "1m0s" \'\\x03\'}',
            'HEALTHCHECK --interval=30s --start-period=1m0s --retries=3 CMD curl "$URL" || exit 1',
            id="a health check as Go prints it",
        ),
        pytest.param(
            'HEALTHCHECK &{["CMD" "/check" "-v"] "0s" "3s" "0s" "5s" \'\\n\'}',
            'HEALTHCHECK --timeout=3s --start-interval=5s --retries=10 CMD ["/check", "-v"]',
            id="Docker 25's health check",
        ),
        pytest.param(
            'HEALTHCHECK &{["NONE"] "0s" "0s" "0s" \'\\x00\'}', "HEALTHCHECK NONE", id="no check"
        ),
        pytest.param("HEALTHCHECK &{[] oddly", "HEALTHCHECK &{[] oddly", id="another check"),
        pytest.param(
            "|1 A=line\nline /bin/sh -c make", "RUN make", id="arguments of several lines"
        ),
        pytest.param("/bin/sh -c make", "RUN make", id="buildah's RUN"),
        pytest.param("/bin/sh -c #(nop) ENV A=b", "ENV A=b", id="buildah's ENV"),
        pytest.param("RUN make", "RUN make", id="kaniko"),
        pytest.param("/bin/sh", "# /bin/sh", id="docker commit"),
        pytest.param("bash", "# bash", id="podman commit"),
        pytest.param("jib-maven-plugin:3.4.0", "# jib-maven-plugin:3.4.0", id="jib"),
        pytest.param("bazel build //app:image", "# bazel build //app:image", id="bazel"),
        pytest.param("apko", "# apko", id="apko"),
        pytest.param(
            "# debian.sh --arch 'amd64' out/ 'trixie' '@1760000000'",
            "# debian.sh --arch 'amd64' out/ 'trixie' '@1760000000'",
            id="debuerreotype",
        ),
        pytest.param(
            "numpy 2.3.0, wheel sha256:12", "# numpy 2.3.0, wheel sha256:12", id="Boxwright"
        ),
        pytest.param("", "#", id="nothing"),
        pytest.param("CMD", "# CMD", id="a keyword alone"),
        pytest.param("RUNNING", "# RUNNING", id="what only begins as a keyword"),
    ],
)
def test_an_entry_is_one_line(created_by: str, expected: str) -> None:
    assert instruction_of(created_by) == expected


@pytest.mark.parametrize(
    ("created_by", "expected"),
    [
        ("RUN a\nFROM evil", "RUN a FROM evil"),
        ("RUN \x1b[31mred\x1b[0m \x00", "RUN �[31mred�[0m �"),
        ("RUN \u202egnp.exe", "RUN �gnp.exe"),
        ("# boxwright: ignore[all]", "# - boxwright: ignore[all]"),
        ("boxwright: ignore[all]", "# - boxwright: ignore[all]"),
        ("# syntax=evil/frontend", "# - syntax=evil/frontend"),
        ("##  hadolint ignore=DL3006", "# hadolint ignore=DL3006"),
        ("# hadolint: ignore", "# - hadolint: ignore"),
        (
            "|99999999999999999999 A=b /bin/sh -c make",
            "# |99999999999999999999 A=b /bin/sh -c make",
        ),
    ],
)
def test_what_an_image_made_up_stays_a_line(created_by: str, expected: str) -> None:
    assert instruction_of(created_by) == expected


def test_what_has_no_instruction_shows_its_comment() -> None:
    nix = Step(created_by="", comment="store paths: ['/nix/store/0123-hello']")

    assert lines_of(image(nix)) == ["# store paths: ['/nix/store/0123-hello']"]


def test_each_part_of_an_image_has_its_line() -> None:
    inspected = image(
        layer(directory("etc"), by="ADD rootfs.tar /"),
        step("ENV A=1 B=2"),
        layer(file("app", 3), by="COPY . /app"),
        step("USER 5"),
        config=replace(PLAIN, user="5", env=(("A", "1"), ("B", "2"))),
    )

    made = recovered(inspected)

    def line(span: object) -> int:
        return made.source.position(span.start).line  # type: ignore[attr-defined]

    assert [line(span) for span in made.steps] == [2, 3, 4, 5]
    assert [line(span) for span in made.layers] == [2, 4]
    assert line(made.end) == 1
    assert {key: line(span) for key, span in made.settings.items()} == {
        "ADD": 2,
        "ENV A": 3,
        "ENV B": 3,
        "COPY": 4,
        "USER": 5,
    }


def test_the_last_instruction_that_sets_something_counts() -> None:
    inspected = image(step("USER root"), step("USER app"), config=replace(PLAIN, user="app"))

    made = recovered(inspected)

    assert made.source.position(made.settings["USER"].start).line == 3


@pytest.mark.parametrize(
    ("instruction", "keys"),
    [
        ("ENV A=1 B=2", {"ENV A", "ENV B"}),
        ('ENV A="x B=y" C=z', {"ENV A", "ENV C"}),
        ("ENV A='x B=y'", {"ENV A"}),
        (r'ENV A="x\" B=y" C=z', {"ENV A", "ENV C"}),
        ("ENV NAME some B=y words", {"ENV NAME"}),
        ('LABEL "a.b"="c d" e=f', {"LABEL a.b", "LABEL e"}),
        ("ENV", set()),
    ],
)
def test_names_in_values_are_no_settings(instruction: str, keys: set[str]) -> None:
    assert set(recovered(image(step(instruction))).settings) == keys


def test_what_the_history_does_not_tell_of_stands_below_it() -> None:
    config = replace(
        PLAIN,
        user="app",
        working_dir="/app",
        env=(("A", "1"),),
        labels={"b": "2"},
        exposed_ports=("8000/tcp",),
        volumes=("/data",),
        healthcheck=Healthcheck(test=("python", "probe.py")),
        entrypoint=("tini", "--"),
        cmd=("serve",),
    )

    assert lines_of(image(step("apko"), config=config)) == [
        "# apko",
        "ENV A=1",
        "LABEL b=2",
        "WORKDIR /app",
        "USER app",
        "EXPOSE 8000/tcp",
        "VOLUME /data",
        'HEALTHCHECK CMD ["python", "probe.py"]',
        'ENTRYPOINT ["tini", "--"]',
        'CMD ["serve"]',
    ]


def test_a_layer_of_no_entry_has_a_line_of_its_own() -> None:
    inspected = image(layer(file("a", 3)))
    lost = replace(inspected, layers=(replace(inspected.layers[0], step=None),), history=())

    assert lines_of(lost) == [f"ADD {inspected.layers[0].diff_id} /"]


def test_build_arguments_are_taken_apart() -> None:
    assert build_arguments(step("RUN |2 A=b c TOKEN=x=y /bin/bash -o pipefail -c make")) == (
        ("A", "b c"),
        ("TOKEN", "x=y"),
    )
    assert build_arguments(step("RUN /bin/sh -c make A=b")) == ()


@pytest.mark.parametrize(
    ("created_by", "secret"),
    [
        ("ENV DB_PASSWORD=grey-otter-42", "grey-otter-42"),
        ("RUN |1 TOKEN=grey-otter-4242 /bin/sh -c make", "grey-otter-4242"),
        ("RUN /bin/sh -c curl -u robot:grey-otter-42 https://a.corp", "grey-otter-42"),
        ("RUN /bin/sh -c echo root:grey-otter-42 | chpasswd", "grey-otter-42"),
        ("RUN /bin/sh -c curl -H 'X-Api-Token: kX9vQz3LmT7wRb2Ndh5' a", "kX9vQz3LmT7wRb2Ndh5"),
        ("RUN pip install -i https://a:kX9vQz3LmT7wRb2Ndh5@b.corp/simple c", "kX9vQz3LmT7wRb2Ndh5"),
        ("RUN login --password=grey-otter-42", "grey-otter-42"),
    ],
)
def test_no_credential_stands_in_it(created_by: str, secret: str) -> None:
    text = recovered(image(step(created_by))).source.text

    assert secret not in text


def test_what_leaks_is_hidden_wherever_it_stands() -> None:
    inspected = image(
        step("RUN echo kX9vQz3LmT7wRb2Ndh5 > /etc/x"),
        config=replace(PLAIN, env=(("DB_PASSWORD", "kX9vQz3LmT7wRb2Ndh5"),)),
    )
    redaction = Redaction(Contents(inspected).leaks, env=inspected.config.env, labels=())

    text = recover(inspected, redaction.text).source.text

    assert "kX9vQz3LmT7wRb2Ndh5" not in text


def test_a_long_line_is_cut_between_words() -> None:
    words = " ".join(f"word{number:04}" for number in range(10_000))

    (line,) = lines_of(image(step(f"RUN {words}")))

    assert len(line) <= 20_001
    assert line.endswith("word2220 …")


def test_a_line_of_one_long_word_shows_none_of_it() -> None:
    (line,) = lines_of(image(step(f"RUN {'a' * 100_000}")))

    assert line == "RUN …"


def test_a_history_without_end_has_an_end() -> None:
    inspected = image(*(step(f"RUN {number}") for number in range(3000)))

    made = recovered(inspected)

    assert made.source.text.splitlines()[-1] == "# 1000 more"
    assert len(made.steps) == 3000
    assert made.source.position(made.steps[-1].start).line == 2002


def test_settings_without_end_have_an_end() -> None:
    env = tuple((f"A{number}", "1") for number in range(3000))

    made = recovered(image(config=replace(PLAIN, env=env)))

    assert made.source.text.splitlines()[-1] == "# 1000 more"
    assert made.source.position(made.settings["ENV A2999"].start).line == 2002
