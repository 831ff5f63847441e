"""Compose files: services as Compose runs them."""

from __future__ import annotations

import pytest

from boxwright.syntax.yaml.compose import Compose, Service, parse_compose
from boxwright.syntax.yaml.compose_keys import known_keys, unknown_keys
from boxwright.syntax.yaml.node import as_text
from boxwright.text.source import Source, Span


def compose(text: str, files: dict[str, str] | None = None, **environment: str) -> Compose:
    def read(path: str) -> Source | None:
        content = (files or {}).get(path)
        return None if content is None else Source(path, content)

    return parse_compose(Source("compose.yaml", text), environment=environment, read=read)


def service(text: str, files: dict[str, str] | None = None, **environment: str) -> Service:
    """Return the first service of a file whose only one is *text*."""
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return compose(f"services:\n  api:\n{lines}", files, **environment).services[0]


def place(service: Service, span: Span) -> str:
    return service.compose.source.text[span.start : span.end]


@pytest.mark.parametrize(
    ("item", "port"),
    [
        ("3000", ("", "", "3000", "tcp")),
        ("'8000:80'", ("", "8000", "80", "tcp")),
        ("'9090-9091:8080-8081/udp'", ("", "9090-9091", "8080-8081", "udp")),
        ("'127.0.0.1:8001:8001'", ("127.0.0.1", "8001", "8001", "tcp")),
        ("'127.0.0.1::80'", ("127.0.0.1", "", "80", "tcp")),
        ("'[::1]:6001:6000'", ("::1", "6001", "6000", "tcp")),
        ("'::1:6001:6000'", ("::1", "6001", "6000", "tcp")),
        ("'${PORT:-8000}:80'", ("", "8000", "80", "tcp")),
        ("'${IP:?no}:${PORT}:80'", ("${IP}", "${PORT}", "80", "tcp")),
        (
            "{target: 80, published: '8080', host_ip: 127.0.0.1, protocol: udp}",
            ("127.0.0.1", "8080", "80", "udp"),
        ),
        ("{target: 80}", ("", "", "80", "tcp")),
    ],
)
def test_ports(item: str, port: tuple[str, ...]) -> None:
    found = service(f"ports:\n  - {item}").ports[0]

    assert (found.host_ip, found.published, found.target, found.protocol) == port
    assert found.node.raw == item


def test_a_port_knows_its_numbers_and_who_reaches_it() -> None:
    ports = service("ports: ['9090-9092:80', '${P}:80', '[::]:1:2', '10.0.0.1:1:2', 80]").ports

    assert [list(port.published_ports) for port in ports] == [[9090, 9091, 9092], [], [1], [1], []]
    assert [port.is_on_all_interfaces for port in ports] == [True, True, True, False, True]
    assert list(ports[0].target_ports) == [80]


@pytest.mark.parametrize(
    ("item", "mount"),
    [
        ("/cache", ("volume", "", "/cache", False, ())),
        ("models:/models", ("volume", "models", "/models", False, ())),
        ("./data:/data:ro,z", ("bind", "./data", "/data", True, ("ro", "z"))),
        ("~/.cache:/root/.cache", ("bind", "~/.cache", "/root/.cache", False, ())),
        ("'C:\\data:/data:ro'", ("bind", "C:\\data", "/data", True, ("ro",))),
        ("'${DATA:?set it}:/data'", ("bind", "${DATA}", "/data", False, ())),
        ("'${DATA:-./d}:/data'", ("bind", "./d", "/data", False, ())),
        (
            "{type: bind, source: /x, target: /y, read_only: true}",
            ("bind", "/x", "/y", True, ()),
        ),
        ("{type: tmpfs, target: /tmp}", ("tmpfs", "", "/tmp", False, ())),
    ],
)
def test_volumes(item: str, mount: tuple[object, ...]) -> None:
    found = service(f"volumes:\n  - {item}").volumes[0]

    assert (found.type, found.source, found.target, found.read_only, found.options) == mount


def test_tmpfs_is_a_mount_too() -> None:
    found = service("tmpfs:\n  - /run:size=64m,ro\n  - /tmp").volumes

    assert [(it.type, it.target, it.read_only, it.options) for it in found] == [
        ("tmpfs", "/run", True, ("size=64m", "ro")),
        ("tmpfs", "/tmp", False, ()),
    ]
    assert service("tmpfs: /tmp").volumes[0].target == "/tmp"


def test_the_environment_is_a_list_or_a_mapping() -> None:
    as_list = service("environment:\n  - A=1\n  - B=${TOKEN}\n  - C\n  - 'D=$$x=${Y:-y}'")
    as_mapping = service("environment:\n  A: 1\n  B: ${TOKEN}\n  C:\n  D: $$x=${Y:-y}")

    for found in (as_list, as_mapping):
        assert [(it.name, it.value, it.is_passed, it.text) for it in found.environment] == [
            ("A", "1", False, "1"),
            ("B", None, False, "${TOKEN}"),
            ("C", None, True, ""),
            ("D", "$x=y", False, "$$x=${Y:-y}"),
        ]
        assert [place(found, it.name_span) for it in found.environment] == ["A", "B", "C", "D"]
        assert [place(found, it.value_span) for it in found.environment] == [
            "1", "${TOKEN}", "", "$$x=${Y:-y}",
        ]  # fmt: skip


def test_variables_have_the_values_that_are_known() -> None:
    found = service("image: ${REPO:-app}:${TAG}\nruntime: ${R:-nvidia}", TAG="3")

    assert found.image == "app:3"
    assert found.text("runtime") == "nvidia"
    assert service("image: app:${TAG}").image is None


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("build: ./app", "app/Dockerfile"),
        ("build:\n  context: ..\n  dockerfile: docker/api.Dockerfile", "../docker/api.Dockerfile"),
        ("build: {}", "Dockerfile"),
        ("build:\n  dockerfile: ${F:-a}", "a"),
        ("build: ${DIR}", None),
        ("build: https://github.com/a/b.git#main", None),
        ("build:\n  dockerfile_inline: FROM scratch", None),
    ],
)
def test_a_build_names_its_dockerfile(text: str, path: str | None) -> None:
    build = service(text).build

    assert build is not None
    assert build.dockerfile_path == path


def test_a_build_has_arguments_and_secrets() -> None:
    build = service(
        "build:\n  args: [A=1, B, 'C=${X}']\n  target: final\n"
        "  secrets: [token, {source: s, target: t}]\n  additional_contexts: {base: ../base}"
    ).build

    assert build is not None
    assert build.arguments == {"A": "1"}
    assert build.target == "final"
    assert [(it.source, it.target) for it in build.secrets] == [("token", ""), ("s", "t")]
    assert [(it.name, it.value) for it in build.additional_contexts] == [("base", "../base")]
    assert service("image: x").build is None
    assert service("image: x\nbuild:").build is None


def test_dependencies_have_conditions() -> None:
    short = service("depends_on: [db, cache]").depends_on
    long = service(
        "depends_on:\n  db: {condition: service_healthy}\n  cache: {required: false}"
    ).depends_on

    assert [(it.service, it.condition, it.required) for it in short] == [
        ("db", None, True),
        ("cache", None, True),
    ]
    assert [(it.service, it.condition, it.required) for it in long] == [
        ("db", "service_healthy", True),
        ("cache", None, False),
    ]


def test_env_files_may_be_missing() -> None:
    files = service(
        "env_file:\n  - a.env\n  - {path: b.env, required: false, format: raw}"
    ).env_files

    assert [(it.path, it.required, it.format) for it in files] == [
        ("a.env", True, ""),
        ("b.env", False, "raw"),
    ]
    assert [it.path for it in service("env_file: c.env").env_files] == ["c.env"]


@pytest.mark.parametrize(
    ("text", "is_asked"),
    [
        ("gpus: all", True),
        ("gpus: [{driver: nvidia, count: 1}]", True),
        ("runtime: nvidia", True),
        ("deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}", True),
        ("deploy: {resources: {reservations: {devices: [{capabilities: [[gpu]]}]}}}", True),
        ("deploy: {resources: {reservations: {devices: [{capabilities: [tpu]}]}}}", False),
        ("image: x", False),
    ],
)
def test_gpus_are_asked_for_in_several_ways(text: str, is_asked: bool) -> None:
    assert service(text).requests_gpu is is_asked


def test_devices_are_reserved() -> None:
    found = service(
        "deploy:\n  resources:\n    reservations:\n      devices:\n"
        "        - driver: nvidia\n          device_ids: ['0', 1]\n          capabilities: [gpu]\n"
        "gpus:\n  - count: all"
    ).devices

    assert [(it.driver, it.count, it.device_ids, it.capabilities) for it in found] == [
        ("nvidia", "", ("0", "1"), ("gpu",)),
        ("", "all", (), ()),
    ]


def test_limits_are_those_of_the_deployment_or_the_old_ones() -> None:
    new = service("deploy: {resources: {limits: {memory: 4g, cpus: '1.5'}}}\nmem_limit: 1g")
    old = service("mem_limit: 512m\ncpus: 2\nshm_size: 2gb")

    assert (new.memory_limit, new.cpu_limit) == (4 << 30, 1.5)
    assert (old.memory_limit, old.cpu_limit, old.shm_size) == (512 << 20, 2.0, 2 << 30)
    assert service("mem_limit: ${M}").memory_limit is None


@pytest.mark.parametrize(
    ("test", "form", "programs"),
    [
        ("['CMD', 'curl', '-f', 'http://x']", "CMD", ["curl"]),
        ("['CMD-SHELL', 'curl -f http://x || exit 1']", "CMD-SHELL", ["curl", "exit"]),
        ("curl -f http://x | cat", "CMD-SHELL", ["curl", "cat"]),
        ("['NONE']", "NONE", []),
    ],
)
def test_a_health_check_runs_a_program_or_a_shell(
    test: str, form: str, programs: list[str]
) -> None:
    check = service(f"healthcheck:\n  test: {test}\n  interval: 1m30s").healthcheck

    assert check is not None
    assert check.form == form
    assert [command.program for command in check.commands] == programs
    assert check.is_disabled is (form == "NONE")
    assert (check.seconds("interval"), check.seconds("timeout")) == (90.0, None)


def test_a_health_check_can_be_switched_off() -> None:
    check = service("healthcheck: {disable: true}").healthcheck

    assert check is not None
    assert check.is_disabled
    assert service("image: x").healthcheck is None


@pytest.mark.parametrize(
    "command",
    [
        "python -m 'a b' $$HOME",
        "[python, -m, a b, $$HOME]",
        '\n  - python\n  - "-m"\n  - >-\n    a\n    b\n  - $$HOME',
    ],
)
def test_a_command_is_words_with_their_places(command: str) -> None:
    found = service(f"command: {command}")

    words = [(word.value, place(found, word.span)) for word in found.start[0].words]
    assert [value for value, _ in words] == ["python", "-m", "a b", "$HOME"]
    assert [text for _, text in words][::3] == ["python", "$$HOME"]


def test_an_entrypoint_that_is_a_shell_is_looked_into() -> None:
    found = service("entrypoint: [sh, -c]\ncommand:\n  - |\n    set -e\n    exec uvicorn a:b")

    assert [command.program for command in found.start] == ["sh", "set", "uvicorn"]
    assert place(found, found.start[2].words[0].span) == "uvicorn"


def test_a_service_is_merged_and_extended() -> None:
    found = compose(
        "x-common: &common\n  restart: always\n  environment: {A: merged}\n"
        "services:\n"
        "  base:\n    image: base\n    ports: ['1:1']\n    environment: {A: base, B: base}\n"
        "    deploy: {resources: {limits: {memory: 1g}}}\n"
        "  api:\n    <<: *common\n    extends: base\n    ports: ['2:2']\n"
        "    deploy: {replicas: 2}\n"
    ).services[1]

    assert found.image == "base"
    assert found.text("restart") == "always"
    assert [port.published for port in found.ports] == ["2", "1"]
    assert {it.name: it.value for it in found.environment} == {"A": "merged", "B": "base"}
    assert found.memory_limit == 1 << 30
    assert found.text("deploy", "replicas") == "2"


def test_a_service_may_extend_one_of_another_file() -> None:
    files = {
        "common/base.yaml": (
            "services:\n  base:\n    extends: {service: root, file: root.yaml}\n    image: base\n"
        ),
        "common/root.yaml": "services:\n  root:\n    user: '1000'\n",
    }

    found = service("extends:\n  file: common/base.yaml\n  service: base", files)

    assert (found.image, found.text("user")) == ("base", "1000")
    assert place(found, found.span_of(found.image_node)) == "api"
    assert service("extends: {file: none.yaml, service: x}").image is None


def test_services_that_extend_each_other_end() -> None:
    found = compose("services:\n  a: {extends: b, user: x}\n  b: {extends: a, image: y}\n")

    assert [it.image for it in found.services] == ["y", "y"]
    assert len(found.services[0].layers) == 2


def test_a_tag_of_compose_takes_away_what_is_extended() -> None:
    found = compose(
        "services:\n"
        "  base: {ports: ['1:1'], environment: {A: 1}, command: x}\n"
        "  api:\n    extends: base\n    ports: !override ['2:2']\n    command: !reset null\n"
        "    environment: !reset\n"
    ).services[1]

    assert [port.published for port in found.ports] == ["2"]
    assert found.get("command") is None
    assert found.environment == ()


def test_an_override_file_counts_more() -> None:
    base = compose("services:\n  api: {image: a, ports: ['1:1'], user: x}\n  db: {image: d}\n")
    override = compose("services:\n  api: {image: b, ports: ['2:2']}\n  new:\n")

    merged = base.overridden_by(override)

    api = merged.services[0]
    assert [it.name for it in merged.services] == ["api", "db", "new"]
    assert (api.image, api.text("user")) == ("b", "x")
    assert [port.published for port in api.ports] == ["2", "1"]
    assert place(api, api.span_of(api.image_node)) == "api"
    assert merged.services[2].node is None


def test_the_file_has_sections() -> None:
    found = compose(
        "name: ${P:-stack}\ninclude:\n  - a.yaml\n  - path: [b.yaml, c.yaml]\n"
        "volumes: {models: {}}\nnetworks: {n: }\nsecrets: {s: {file: f}}\nconfigs: {c: {}}\n"
        "services: {}\n"
    )

    assert found.name == "stack"
    assert found.includes == ("a.yaml", "b.yaml", "c.yaml")
    sections = (found.volumes, found.networks, found.secrets, found.configs)
    assert [section.keys() for section in sections if section] == [
        ("models",),
        ("n",),
        ("s",),
        ("c",),
    ]


@pytest.mark.parametrize(
    "text",
    ["", "x", "[]", "services:", "services: []", "services: {a: , b: [], c: 1}",
     "services: {a: {ports: 1, volumes: {}, environment: x, depends_on: 1, build: [], command: {}}}",
     "services: {a: {ports: [[]], volumes: [{}, null], env_file: [{}], tmpfs: [[]], gpus: [1]}}",
     "services: {a: {extends: [], healthcheck: {test: {}}, deploy: x, secrets: [1, {}]}}"],
)  # fmt: skip
def test_a_file_that_makes_no_sense_says_nothing(text: str) -> None:
    for found in compose(text).services:
        assert found.image is None
        assert found.start == ()
        assert isinstance((found.ports, found.volumes, found.environment, found.depends_on), tuple)
        assert isinstance((found.env_files, found.devices, found.secrets, found.build), tuple)
        assert found.healthcheck is None or found.healthcheck.commands == ()


def test_unknown_keys_are_found_wherever_they_stand() -> None:
    root = compose(
        "x-any: {anything: 1}\n"
        "x-common: &common\n  enviroment: {A: 1}\n"
        "service: {}\n"
        "services:\n"
        "  api:\n"
        "    <<: *common\n"
        "    x-mine: 1\n"
        "    memory: 1g\n"
        "    readOnly: true\n"
        "    labels: {any: thing}\n"
        "    deploy: {resources: {limits: {memory: 1g, cpu: 1}}}\n"
        "    ports: [{target: 80, publish: 80}]\n"
        "    depends_on: {db: {condition: x, wait: 1}}\n"
        "  db: *common\n"
    ).root

    assert [(it.place, it.pair.key.text, it.suggestion) for it in unknown_keys(root)] == [
        ("services.*", "enviroment", "environment"),
        ("", "service", "services"),
        ("services.*", "memory", ""),
        ("services.*", "readOnly", "read_only"),
        ("services.*.deploy.resources.limits", "cpu", "cpus"),
        ("services.*.ports.[]", "publish", "published"),
        ("services.*.depends_on.*", "wait", ""),
    ]
    assert "services.*.deploy.resources.limits" in unknown_keys(root)[2].known_in
    assert unknown_keys(None) == ()


def test_every_place_of_a_key_is_reached_from_the_root() -> None:
    places = known_keys()

    for place_ in places:
        above, _, key = place_.rpartition(".")
        if place_ and key not in {"*", "[]"} and above in places:
            assert key in places[above]
    assert as_text(compose("name: x").root and compose("name: x").root.get("name")) == "x"  # type: ignore[union-attr]
