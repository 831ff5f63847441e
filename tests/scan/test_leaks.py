"""Credentials are told with where they are, who brought them there and who took them away."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.scan.images import (
    PLAIN,
    MadeLayer,
    directory,
    document,
    file,
    hardlink,
    image,
    layer,
    step,
    whiteout,
)
from tests.scan.planted import Expected, Maker, byte_code, planted_image, read_layer, zipped

from boxwright.image.blob import bytes_blob
from boxwright.scan.contents import Contents
from boxwright.scan.inspected import Inspected, Step
from boxwright.scan.leaks import Leak, find_leaks

MAKE = Maker(21)
FIRST, SECOND = (f"hf_{MAKE.word(34)}" for _ in range(2))


def read(*parts: MadeLayer | Step, config: object = PLAIN) -> Inspected:
    """Return the image of *parts*, its layers read as those of any image are."""
    made = image(*parts, config=config)  # type: ignore[arg-type]
    layers = [part for part in parts if isinstance(part, MadeLayer)]
    return replace(
        made,
        layers=tuple(
            replace(each, index=read_layer(part))
            for each, part in zip(made.layers, layers, strict=True)
        ),
    )


def leaks_of(*parts: MadeLayer | Step, config: object = PLAIN) -> tuple[Leak, ...]:
    return Contents(read(*parts, config=config)).leaks


def token(kind: str = "a Hugging Face token", **facts: object) -> Leak:
    """Return the leak of a token in a file, as far as it is as usual."""
    usual = {
        "kind": kind, "redacted": "`hf_…`, 37 characters", "place": "file", "name": "app/.env",
        "line": 1, "layer": 0, "step": 0,
    }  # fmt: skip
    return Leak(**{**usual, **facts})  # type: ignore[arg-type]


def test_every_credential_is_found_in_every_place_and_nothing_else() -> None:
    planted = planted_image()

    leaks = Contents(planted.inspected).leaks

    found = [
        Expected(
            leak.place, leak.name, leak.kind, leak.layer, leak.step,
            leak.state, leak.removed_by, leak.removing_step, leak.certain,
        )
        for leak in leaks
    ]  # fmt: skip
    assert sorted(found, key=str) == list(planted.expected)


# --- What became of it


def test_a_deleted_file_still_ships() -> None:
    leaks = leaks_of(
        layer(file("app/.env", f"HF_TOKEN={FIRST}\n"), by="COPY . /app"),
        step("ENV A=b"),
        layer(whiteout("app/.env"), by="RUN rm /app/.env"),
    )

    assert leaks == (token(state="deleted", removed_by=1, removing_step=2),)


def test_two_credentials_at_one_path_are_two() -> None:
    leaks = leaks_of(
        layer(file("app/.env", f"HF_TOKEN={FIRST}\n"), by="COPY . /app"),
        layer(file("app/.env", f"\nHF_TOKEN={SECOND}\n"), by="COPY . /app"),
    )

    assert leaks == (
        token(state="replaced", removed_by=1, removing_step=1),
        token(line=2, layer=1, step=1),
    )


def test_one_credential_at_one_path_is_one_with_what_became_of_it_last() -> None:
    env = file("app/.env", f"HF_TOKEN={FIRST}\n")
    owned = file("app/.env", f"HF_TOKEN={FIRST}\n", uid=1000)
    changed = file("app/.env", f"HF_TOKEN={FIRST}\nA=1\n")

    leaks = leaks_of(
        layer(env, by="COPY . /app"),
        layer(owned, by="RUN chown -R 1000 /app"),
        layer(changed, by="RUN echo A=1 >> /app/.env"),
        layer(whiteout("app"), by="RUN rm -r /app"),
    )

    assert leaks == (token(state="deleted", removed_by=3, removing_step=3),)


def test_the_same_credential_in_two_files_is_two() -> None:
    leaks = leaks_of(layer(file("app/.env", FIRST), file("srv/.env", FIRST), by="COPY . /"))

    assert leaks == (token(), token(name="srv/.env"))


def test_what_has_another_name_is_still_there() -> None:
    leaks = leaks_of(
        layer(file("app/.env", FIRST), hardlink("srv/.env", "app/.env"), by="COPY . /"),
        layer(whiteout("app/.env"), by="RUN rm /app/.env"),
    )

    assert leaks == (token(),)


def test_a_file_in_an_archive_is_removed_with_it() -> None:
    leaks = leaks_of(
        layer(file("srv/a!b.zip", zipped("app/.env", FIRST.encode())), by="ADD a!b.zip /srv/"),
        layer(file("srv/a!b.zip", zipped("app/.env", b"A=1")), by="ADD a!b.zip /srv/"),
    )

    assert leaks == (
        token(name="srv/a!b.zip!app/.env", state="replaced", removed_by=1, removing_step=1),
    )


def test_a_layer_that_nothing_tells_of_has_no_step() -> None:
    inspected = read(layer(file("app/.env", FIRST), by="COPY . /app"))
    inspected = replace(
        inspected, history=(), layers=tuple(replace(each, step=None) for each in inspected.layers)
    )

    assert Contents(inspected).leaks == (token(step=None),)


def test_a_layer_that_could_not_be_read_is_passed_over() -> None:
    made = image(layer(file("a", FIRST), by="COPY", problem="its gzip stream is cut short"))

    assert Contents(made).leaks == ()


# --- What is published


def test_what_a_package_was_published_with_is_nobodys_secret() -> None:
    source = f'TOKEN = "{FIRST}"\n'
    changed = byte_code(SECOND)
    inspected = read(
        layer(
            directory("lib"),
            file("lib/pkg/testing.py", source),
            file("lib/pkg/__pycache__/testing.cpython-313.pyc", byte_code(FIRST)),
            file("lib/pkg/__pycache__/other.cpython-313.pyc", changed),
            file("root/.cache/pkg.whl", zipped("pkg/testing.py", source.encode())),
            file("lib/pkg/keys.zip", zipped("a.pem", MAKE.pem("PRIVATE" + " KEY").encode())),
            by="RUN pip install pkg",
        )
    )
    contents = Contents(inspected)
    proven = {("lib/pkg/testing.py", 0), ("lib/pkg/keys.zip", 0)}

    leaks = find_leaks(inspected, contents.files, contents.gone, lambda *it: it in proven)

    assert leaks == (token(name="lib/pkg/__pycache__/other.cpython-313.pyc", line=0),)


def test_a_file_that_is_proven_in_one_layer_is_looked_at_in_the_next() -> None:
    inspected = read(
        layer(file("lib/pkg/a.py", f'A = "{FIRST}"\n'), by="RUN pip install pkg"),
        layer(file("lib/pkg/a.py", f'A = "{SECOND}"\n'), by="COPY a.py /lib/pkg/"),
    )
    contents = Contents(inspected)

    leaks = find_leaks(inspected, contents.files, contents.gone, lambda _, at: at == 0)

    assert leaks == (token(name="lib/pkg/a.py", layer=1, step=1),)


# --- Documents


def told(leaks: tuple[Leak, ...]) -> list[tuple[str, str, str, int | None, bool]]:
    return [(leak.place, leak.name, leak.kind, leak.step, leak.certain) for leak in leaks]


def test_a_variable_is_told_with_the_step_that_set_it_last() -> None:
    config = replace(PLAIN, env=(("PATH", "/usr/bin"), ("HF_TOKEN", SECOND)))

    leaks = leaks_of(
        step(f"ENV HF_TOKEN={FIRST}"), step(f"ENV A=b HF_TOKEN={SECOND}"), step("ENV HF_HOME=/hf"),
        config=config,
    )  # fmt: skip

    assert told(leaks) == [
        ("environment", "HF_TOKEN", "a Hugging Face token", 1, True),
        ("history", "", "a Hugging Face token", 0, True),
    ]


def test_a_variable_may_be_known_by_its_name_alone() -> None:
    config = replace(
        PLAIN, env=(("DB_PASSWORD", "grey-otter-42"), ("MODEL", "grey-otter-42"), ("PORT", "8000"))
    )

    leaks = leaks_of(step("ENV DB_PASSWORD=grey-otter-42"), config=config)

    assert leaks == (
        Leak(
            kind="a credential",
            redacted="hidden",
            place="environment",
            name="DB_PASSWORD",
            step=0,
            certain=False,
        ),
    )


def test_labels_commands_and_checks_are_looked_at() -> None:
    from boxwright.oci.config import Healthcheck

    third, fourth, fifth = (f"hf_{MAKE.word(34)}" for _ in range(3))
    config = replace(
        PLAIN,
        labels={"corp.token": FIRST, "corp.team": "ml"},
        entrypoint=("serve", "--token", SECOND),
        cmd=("--db", f"postgres://app:{MAKE.word(16)}@db/x"),
        healthcheck=Healthcheck(test=("curl", "-H", f"Authorization: Bearer {third}", "localhost")),
        on_build=(f"RUN login {fourth}", f"RUN login {fifth}"),
    )

    leaks = leaks_of(step(f'LABEL "corp.token"="{FIRST}"'), step("CMD x"), config=config)

    assert told(leaks) == [
        ("label", "corp.token", "a Hugging Face token", 0, True),
        ("command", "entrypoint", "a Hugging Face token", None, True),
        ("command", "cmd", "a password in a URL", 1, True),
        ("command", "healthcheck", "a Hugging Face token", None, True),
        ("command", "onbuild", "a Hugging Face token", None, True),
        ("command", "onbuild", "a Hugging Face token", None, True),
    ]


def test_annotations_are_looked_at() -> None:
    inspected = read(layer(by="COPY"))
    manifest = json.loads(inspected.image.manifest.content)
    manifest["annotations"] = {"corp.pull": FIRST}
    manifest["layers"][0]["annotations"] = {"corp.from": f"https://a:{MAKE.word(20)}@git.corp"}
    blob = bytes_blob(inspected.image.manifest.descriptor.media_type, json.dumps(manifest).encode())
    inspected = replace(inspected, image=replace(inspected.image, manifest=blob))

    assert told(Contents(inspected).leaks) == [
        ("annotation", "corp.pull", "a Hugging Face token", None, True),
        ("annotation", "corp.from", "a password in a URL", None, True),
    ]


@pytest.mark.parametrize(
    ("created_by", "name", "kind", "certain"),
    [
        ("RUN |1 HF={} /bin/sh -c make # buildkit", "HF", "a Hugging Face token", True),
        ("|2 A=b HF={} /bin/sh -c make", "HF", "a Hugging Face token", True),
        ("/bin/sh -c #(nop)  ARG HF={}", "HF", "a Hugging Face token", True),
        ("ARG HF={}", "HF", "a Hugging Face token", True),
        ("/bin/sh -c #(nop) ENV A=1 HF={}", "", "a Hugging Face token", True),
        ("RUN /bin/sh -c hf auth login --token {} # buildkit", "", "a Hugging Face token", True),
        ("/bin/sh -c echo {} > /root/.token", "", "a Hugging Face token", True),
        ('RUN curl -H "Authorization: Bearer {}" https://a.corp', "", "a Hugging Face token", True),
        ("RUN git clone https://x:{}@git.corp/a", "", "a Hugging Face token", True),
        ("COPY file:{} in /", "", "a Hugging Face token", True),
    ],
)
def test_the_history_is_looked_at(created_by: str, name: str, kind: str, certain: bool) -> None:
    leaks = leaks_of(step("FROM x"), step(created_by.format(FIRST)), step(created_by.format(FIRST)))

    assert told(leaks) == [("history", name, kind, 1, certain)]
    assert FIRST[3:] not in repr(leaks)


@pytest.mark.parametrize(
    ("created_by", "name"),
    [
        ("|1 DB_PASSWORD=grey-otter-42 /bin/sh -c make", "DB_PASSWORD"),
        ("RUN |1 DB_PASSWORD=grey otter 42 /bin/sh -c make # buildkit", "DB_PASSWORD"),
        ("ARG DB_PASSWORD=grey-otter-42", "DB_PASSWORD"),
        ("RUN /bin/sh -c export DB_PASSWORD='grey-otter-42' && make # buildkit", ""),
        ("RUN /bin/sh -c docker login --password grey-otter-42 # buildkit", ""),
        ("RUN /bin/sh -c mc --secret-key=q8s7-vn2c-x9w1 ls # buildkit", ""),
        ("RUN /bin/sh -c curl -u robot:grey-otter-42 https://a.corp # buildkit", ""),
        ("RUN /bin/sh -c echo 'root:grey-otter-42' | chpasswd # buildkit", ""),
        ('RUN /bin/sh -c curl -H "PRIVATE-TOKEN: q8s7vn2cx9w1" https://a.corp # buildkit', ""),
        ('RUN /bin/sh -c curl -H "Authorization: Basic cm9ib3Q6Z3JleQ==" https://a.corp', ""),
    ],
)
def test_what_the_words_of_a_command_tell_is_uncertain(created_by: str, name: str) -> None:
    leaks = leaks_of(step(created_by))

    assert [(leak.place, leak.name, leak.step, leak.certain) for leak in leaks] == [
        ("history", name, 0, False)
    ]
    assert "otter" not in repr(leaks)


@pytest.mark.parametrize(
    "created_by",
    [
        "/bin/sh -c #(nop) ADD file:8f14e45fceea167a5a36dedd4bea2543c8f14e45fceea167a5a36dedd4bea2 in / ",
        "ENV GPG_KEY=A035C8C19219BA821ECEA86B64E628F8D684696D",
        "ENV PYTHON_SHA256=8f14e45fceea167a5a36dedd4bea25438f14e45fceea167a5a36dedd4bea2543",
        "ENV NVIDIA_REQUIRE_CUDA=cuda>=12.4 brand=tesla,driver>=470,driver<471",
        "ENV NV_CUDNN_PACKAGE=libcudnn9-cuda-12=9.1.0.70-1",
        "RUN /bin/sh -c apt-key adv --keyserver hkp://keyserver.ubuntu.com:80 --recv 7638D0442B90D010",
        "RUN /bin/sh -c useradd --create-home --uid 1000 app # buildkit",
        "RUN --mount=type=secret,id=hf HF_TOKEN=$(cat /run/secrets/hf) hf download a/b # buildkit",
        "ARG HF_TOKEN",
        "RUN |1 HF_TOKEN= /bin/sh -c make # buildkit",
        "RUN |1 HF_TOKEN=your-token-here /bin/sh -c make # buildkit",
        "CMD [\"sh\" \"-c\" \"serve --token $TOKEN --password ${PASSWORD:?}\"]",
        "RUN pip install --index-url https://${USER}:${PASSWORD}@pypi.corp/simple x",
        "RUN gpg --batch --passphrase '' --quick-gen-key a@b.corp",
        "WORKDIR /app/token",
        "RUN /bin/sh -c install --user 1000:1000 app && gosu -u 1000:1000 app",
        "RUN /bin/sh -c docker build --secret id=hf,src=/run/hf . && login --token `cat /run/hf-token`",
        "RUN /bin/sh -c echo $PASSWORD | docker login --username robot --password-stdin",
    ],
)  # fmt: skip
def test_an_honest_history_tells_nothing(created_by: str) -> None:
    assert leaks_of(step(created_by)) == ()


def test_what_is_configured_is_not_told_again_by_the_step_that_did_it() -> None:
    config = replace(PLAIN, env=(("A", FIRST),), labels={"b": SECOND}, cmd=("serve", FIRST))

    leaks = leaks_of(
        step(f"ENV A={FIRST}"), step(f"LABEL b={SECOND}"), step(f'CMD ["serve" "{FIRST}"]'),
        step(f"RUN /bin/sh -c echo {FIRST}"), config=config,
    )  # fmt: skip

    assert [(leak.place, leak.name, leak.step) for leak in leaks] == [
        ("environment", "A", 0),
        ("label", "b", 1),
        ("command", "cmd", 2),
        ("history", "", 3),
    ]


def test_a_history_made_to_flood_has_an_end() -> None:
    make = Maker(2)
    parts = [step(" ".join(f"hf_{make.word(34)}" for _ in range(100))) for _ in range(20)]

    assert len(leaks_of(*parts)) == 1000


def test_a_document_of_a_package_is_looked_at_as_any_file() -> None:
    metadata = f"Metadata-Version: 2.4\nName: app\nVersion: 1\nX-Token: {FIRST}\n"

    leaks = leaks_of(
        layer(document("lib/python3/site-packages/app-1.dist-info/METADATA", metadata), by="COPY")
    )

    assert leaks == (token(name="lib/python3/site-packages/app-1.dist-info/METADATA", line=4),)
