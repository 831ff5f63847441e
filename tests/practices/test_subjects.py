"""What rules see of a Dockerfile and its stages."""

from __future__ import annotations

import pytest
from tests.practices.builds import build, final

from boxwright.practices.stage_facts import UserFact
from boxwright.syntax.dockerfile.instructions import Copy, Instruction, Run, User

STAGES = """
    ARG VARIANT=slim
    FROM python:3.12-${VARIANT} AS base
    ENV MODE=base
    FROM base AS builder
    RUN apt-get update && apt-get install -y gcc
    FROM alpine:3.20 AS unused
    RUN apk add curl
    FROM scratch AS tools
    COPY tool /tool
    FROM base
    COPY --from=builder /opt/venv /opt/venv
    RUN --mount=type=bind,from=tools,target=/mnt python3 --version && pip3 list
    ONBUILD RUN whoami
"""


def test_stages_know_what_they_stand_on_and_whether_they_are_needed() -> None:
    found = build(STAGES)
    assert [
        (stage.index, stage.name, stage.base.reference, stage.ships, stage.is_reachable)
        for stage in found.stages
    ] == [
        (0, "base", "python:3.12-slim", True, True),
        (1, "builder", "python:3.12-slim", False, True),
        (2, "unused", "alpine:3.20", False, False),
        (3, "tools", "scratch", False, True),
        (4, "", "python:3.12-slim", True, True),
    ]
    assert [stage.index for stage in found.shipped] == [0, 4]
    assert found.final is not None
    assert [stage.index for stage in found.final.chain] == [4, 0]
    assert [stage.name for stage in found.final.copies_from] == ["builder"]
    assert [stage.name for stage in found.final.needs] == ["base", "builder", "tools"]


def test_a_target_ends_the_build_at_its_stage() -> None:
    found = build(STAGES, target="builder")
    assert found.final is not None
    assert (found.final.name, [stage.index for stage in found.shipped]) == ("builder", [0, 1])


def test_build_arguments_that_are_given_count_more_than_defaults() -> None:
    found = build(STAGES, arguments={"VARIANT": "alpine"})
    assert found.stages[0].base.reference == "python:3.12-alpine"
    stage = final("FROM debian\nARG A=1\nARG B\nENV C=$A-$B\n", arguments={"A": "2", "B": "3"})
    assert stage.env("C") == "2-3"


def test_commands_are_found_by_their_program() -> None:
    found = build(STAGES)
    # What ONBUILD triggers is a command as well, but none of a layer that ships.
    assert [str(command.program) for _, command in found.commands] == [
        "apt-get", "apt-get", "apk", "python3", "pip3", "whoami",
    ]  # fmt: skip
    assert [item.stage.name for item in found.commands_of("apt-get", "apk")] == [
        "builder", "builder", "unused",
    ]  # fmt: skip
    assert [item.command.program for item in found.shipped_commands_of("apt-get", "pip3")] == [
        "pip3"
    ]
    assert [run.first_line for run in found.shipped_runs] == [12]
    assert found.commands_of("nothing") == ()


def test_a_reference_is_resolved_where_it_stands() -> None:
    found = build("ARG V=1\nFROM debian:$V\nARG V=2\nCOPY $V $W /\n")
    from_, copy = found.dockerfile.stages[0].from_, found.dockerfile.of(Copy)[0]
    assert found.reference(from_.image, from_) == "debian:1"
    assert [found.reference(word, copy) for word in copy.sources] == ["2", None]
    assert found.stage_of(copy) is found.stages[0]
    assert found.stage_of(found.dockerfile.global_arguments[0]) is None


def test_a_base_that_depends_on_an_argument_without_a_value_is_not_known() -> None:
    stage = final("ARG BASE\nFROM $BASE\n")
    assert (stage.base.reference, stage.base.facts) == (None, None)
    assert stage.user == UserFact("", None)
    assert stage.workdir is None
    assert stage.has_program("sh") is None


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_a_file_without_instructions_has_no_stages(text: str) -> None:
    found = build(text)
    assert (found.stages, found.final, found.shipped, found.commands) == ((), None, (), ())


@pytest.mark.parametrize("text", ["RUN true\n", "FROM\n", "FROM $\n", "FROM a b\n"])
def test_a_stage_without_an_image_stands_on_nothing_that_is_known(text: str) -> None:
    stage = final(text)
    assert (stage.base.facts, stage.user.is_root, stage.kind) == (None, None, "unknown")


def test_stages_that_copy_from_each_other_come_to_an_end() -> None:
    found = build("""
        FROM a AS b
        COPY --from=c /opt/venv /opt/venv
        COPY --from=nothing / /
        FROM b AS c
        COPY --from=b /opt/venv /opt/venv
        COPY --from=c /opt/venv /opt/venv
        RUN pip install -r /opt/venv/requirements.txt numpy
    """)
    assert [package.name for package in found.stages[0].distributions] == ["numpy"]
    assert [stage.is_reachable for stage in found.stages] == [True, True]


def test_a_very_long_chain_of_stages_is_no_deep_one() -> None:
    text = "FROM python:3.12-slim AS s0\n" + "".join(
        f"FROM s{number} AS s{number + 1}\nWORKDIR x\n" for number in range(1500)
    )
    stage = final(text)
    assert stage.user.name == "root"
    assert stage.has_program("pip") is True
    assert (stage.cmd, stage.healthcheck, stage.ports, stage.distributions) == (None, None, (), ())
    assert stage.system_packages == {}


# Environment


def test_the_environment_is_that_of_the_base_and_what_is_set_on_it() -> None:
    stage = final("FROM python:3.12-slim\nARG X=1\nENV A=$X PATH=/opt/bin:$PATH\nENV B=$UNKNOWN\n")
    assert {name: value.value for name, value in stage.environment.items()} == {
        "PATH": "/opt/bin:/usr/local/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "A": "1",
        "B": None,
    }
    assert (stage.env("A"), stage.env("X")) == ("1", None)


def test_an_instruction_sees_what_comes_before_it() -> None:
    stage = final("FROM debian\nENV A=1\nRUN one\nARG B=2\nENV A=3\nRUN two\n")
    one, two = stage.runs
    assert stage.environment_at(one).get("B") is None
    assert {name: value.value for name, value in stage.environment_at(two).items()} == {
        "A": "3",
        "B": "2",
    }


# User and folder


def of_user(text: str) -> tuple[str, bool | None, str, bool]:
    user = final(text).user
    return user.name, user.is_root, user.group, user.is_numeric


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM python:3.12", ("root", True, "", False)),
        ("FROM unknown/image", ("", None, "", False)),
        ("FROM unknown/image\nUSER app", ("app", False, "", False)),
        ("FROM unknown/image\nUSER 0:0", ("0", True, "0", True)),
        ("FROM python:3.12\nUSER 10001:10001", ("10001", False, "10001", True)),
        ("FROM python:3.12\nUSER app:root", ("app", False, "root", False)),
        ("FROM python:3.12\nUSER :10", ("root", True, "10", False)),
        ("FROM python:3.12\nUSER $WHO", ("", None, "", False)),
        ("FROM python:3.12\nARG WHO=app\nUSER ${WHO}", ("app", False, "", False)),
        ("FROM quay.io/jupyter/base-notebook", ("1000", False, "", True)),
        ("FROM gcr.io/distroless/python3-debian12:nonroot", ("65532", False, "", True)),
        ("FROM scratch", ("root", True, "", False)),
        ("FROM debian AS a\nUSER app\nFROM a", ("app", False, "", False)),
    ],
)
def test_the_user_is_the_last_one_or_that_of_the_base(
    text: str, expected: tuple[str, bool | None, str, bool]
) -> None:
    assert of_user(text) == expected


def test_each_instruction_has_its_user_and_its_folder() -> None:
    stage = final("""
        FROM python:3.12
        RUN one
        USER app
        WORKDIR /srv
        RUN two
        WORKDIR ../opt/./x
        USER root
        RUN three
    """)
    assert [(stage.user_at(run).name, stage.workdir_at(run)) for run in stage.runs] == [
        ("root", "/"), ("app", "/srv"), ("root", "/opt/x"),
    ]  # fmt: skip
    assert stage.user.instruction is stage.of(User)[-1]


@pytest.mark.parametrize(
    ("text", "workdir"),
    [
        ("FROM debian", "/"),
        ("FROM unknown/image", None),
        ("FROM unknown/image\nWORKDIR app", None),
        ("FROM unknown/image\nWORKDIR /app\nWORKDIR src", "/app/src"),
        ("FROM quay.io/jupyter/base-notebook\nWORKDIR work", "/home/jovyan/work"),
        ("FROM debian\nWORKDIR $X", None),
        ("FROM debian\nENV X=/a\nWORKDIR $X", "/a"),
        ("FROM debian AS a\nWORKDIR /a\nFROM a\nWORKDIR b", "/a/b"),
    ],
)
def test_the_working_directory_is_absolute_where_it_is_known(
    text: str, workdir: str | None
) -> None:
    assert final(text).workdir == workdir


# Start


def words(instruction: Instruction | None) -> str | None:
    return None if instruction is None else instruction.arguments.text


@pytest.mark.parametrize(
    ("text", "entrypoint", "cmd"),
    [
        ("FROM a\nCMD one\nCMD two", None, "two"),
        ("FROM a AS b\nENTRYPOINT e\nCMD c\nFROM b", "e", "c"),
        ("FROM a AS b\nENTRYPOINT e\nCMD c\nFROM b\nENTRYPOINT f", "f", None),
        ("FROM a AS b\nCMD c\nFROM b\nENTRYPOINT f\nCMD d", "f", "d"),
        ("FROM a\nCMD c\nENTRYPOINT e", "e", "c"),
        ("FROM a AS b\nENTRYPOINT e\nFROM b\nCMD d", "e", "d"),
    ],
)
def test_a_new_entrypoint_takes_the_command_of_the_stage_below_away(
    text: str, entrypoint: str | None, cmd: str | None
) -> None:
    stage = final(text)
    assert (words(stage.entrypoint), words(stage.cmd)) == (entrypoint, cmd)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ('CMD ["uvicorn", "app:app"]', "uvicorn"),
        ("CMD alembic upgrade head && exec uvicorn app:app", "uvicorn"),
        ('ENTRYPOINT ["tini", "--"]\nCMD ["python", "serve.py"]', "python"),
        ('ENTRYPOINT ["python"]\nCMD ["serve.py"]', "python"),
        ('ENTRYPOINT ["./entrypoint.sh"]\nCMD ["gunicorn", "app"]', "gunicorn"),
        ('ENTRYPOINT ["./entrypoint.sh"]', "entrypoint.sh"),
        ('ENTRYPOINT ["sh", "-c", "exec vllm serve m"]', "vllm"),
        ("ENTRYPOINT python serve.py\nCMD ignored", "python"),
        ('CMD ["sh", "-c", "echo $HOME && streamlit run app.py"]', "streamlit"),
        ("CMD []", None),
        ("", None),
    ],
)
def test_what_is_started_is_seen_through_wrappers(text: str, start: str | None) -> None:
    command = final(f"FROM debian\n{text}\n").start
    assert (command.program if command else None) == start


def test_a_start_script_of_the_context_is_read() -> None:
    stage = final(
        'FROM python:3.12\nWORKDIR /app\nCOPY scripts/ ./\nCMD ["./start.sh"]\n',
        {
            "scripts/start.sh": "#!/bin/sh\nset -e\nalembic upgrade head\nexec uvicorn a:b --port 9000\n"
        },
    )
    script = stage.start_script
    assert script is not None
    assert (script.path, [command.program for command in script.commands]) == (
        "scripts/start.sh", ["set", "alembic", "uvicorn"],
    )  # fmt: skip
    assert stage.server is not None
    assert (stage.server.name, stage.server.port) == ("uvicorn", 9000)


def test_a_health_check_may_be_taken_away() -> None:
    stage = final("FROM a AS b\nHEALTHCHECK CMD true\nFROM b\nHEALTHCHECK NONE\n")
    assert stage.healthcheck is not None
    assert stage.healthcheck.none


def test_ports_are_numbers_of_tcp() -> None:
    stage = final("""
        FROM redis:7.4.0
        ARG PORT=8000
        EXPOSE $PORT 9000-9002/tcp 53/udp x 70000-60000 99999999
    """)
    assert stage.ports == (6379, 8000, 9000, 9001, 9002)


# Programs


def test_programs_come_from_the_base_from_packages_and_from_copies() -> None:
    stage = final("""
        FROM python:3.12-slim AS builder
        RUN apt-get update && apt-get install -y git
        FROM python:3.12-slim
        RUN apt-get update && apt-get install -y --no-install-recommends curl=8.5 procps
        COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /usr/local/bin/
        COPY --from=builder /opt/venv /opt/venv
        COPY wait /usr/local/bin/wait-for-it
        RUN pip install gunicorn
    """)
    assert sorted(stage.system_packages) == ["curl", "procps"]
    assert {
        name: stage.has_program(name)
        for name in (
            "curl",
            "ps",
            "uv",
            "wait-for-it",
            "gunicorn",
            "python",
            "wget",
            "git",
            "ffmpeg",
        )
    } == {
        "curl": True,
        "ps": True,
        "uv": True,
        "wait-for-it": True,
        "gunicorn": True,
        "python": True,
        "wget": False,
        "git": False,
        "ffmpeg": None,
    }


def test_a_copy_of_whole_trees_may_bring_any_program() -> None:
    stage = final("FROM debian AS b\nFROM python:3.12-slim\nCOPY --from=b / /\n")
    assert (stage.has_program("curl"), stage.has_program("python")) == (None, True)
    empty = final("FROM scratch\nCOPY app /app\n")
    assert (empty.has_program("curl"), empty.has_program("sh")) == (False, False)


# Where files come from


def test_a_file_is_traced_to_the_context() -> None:
    stage = final(
        """
        FROM python:3.12 AS deps
        WORKDIR /deps
        COPY requirements/ reqs/
        COPY <<EOF inline.txt
        torch
        EOF
        FROM python:3.12
        WORKDIR /app
        COPY --from=deps /deps/reqs/base.txt /tmp/
        COPY --from=deps /deps /all
        COPY a.txt b.txt ./
        COPY a.txt renamed.txt
        RUN --mount=type=bind,source=pyproject.toml,target=pyproject.toml \\
            --mount=type=bind,from=deps,source=/deps,target=/mnt true
        """,
        {"requirements/base.txt": "", "a.txt": "", "b.txt": "", "pyproject.toml": ""},
    )
    (run,) = stage.of(Run)
    paths = [
        "/tmp/base.txt", "/all/reqs/base.txt", "b.txt", "renamed.txt", "/mnt/reqs/base.txt",
        "pyproject.toml", "/app/c.txt", "/etc/passwd",
    ]  # fmt: skip
    origins = [stage.origin(path, run) for path in paths]
    assert [found and found.path for found in origins] == [
        "requirements/base.txt", "requirements/base.txt", "b.txt", "a.txt", "requirements/base.txt",
        "pyproject.toml", None, None,
    ]  # fmt: skip
    inline = stage.origin("/all/inline.txt")
    assert inline is not None
    assert inline.text is not None
    assert inline.text.text == "torch\n"
    assert stage.origin("pyproject.toml") is None
