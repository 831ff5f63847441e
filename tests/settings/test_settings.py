"""Settings are read strictly, and every error names the key from the file's root."""

from __future__ import annotations

import tomllib
from dataclasses import fields

import pytest

from boxwright.errors import SettingsError
from boxwright.settings import (
    _SETTINGS,
    CheckSettings,
    DebianSettings,
    FileCheckSettings,
    HealthSettings,
    IndexSettings,
    LayerSettings,
    RegistrySettings,
    Settings,
    parse_settings,
)


def parse(text: str) -> Settings:
    return parse_settings(None, tomllib.loads(text))


def test_without_any_table_everything_is_left_to_the_plan() -> None:
    assert parse_settings({"project": {"name": "x"}}, None) == Settings()


def test_every_field_can_be_set_by_a_key() -> None:
    named = {field.name.replace("_", "-") for field in fields(Settings)}

    assert named - {"source", "prefix"} == set(_SETTINGS)


def test_all_keys_are_read() -> None:
    settings = parse(
        """
        name = "digits"
        version = "1.2"
        description = "Reads digits"
        python = "3.11"
        suite = "bookworm"
        variant = "slim"
        platform = "linux/arm64"
        accelerator = "cuda"
        entrypoint = ["uvicorn", "main:app"]
        port = 8080
        user = 1000
        working-dir = "/srv/app/"
        stop-signal = "int"
        include = ["data/labels.csv"]
        exclude = ["*.bak"]
        models = ["weights/**"]
        extras = ["serve"]
        groups = ["prod"]
        dependencies = "requirements/prod.txt"
        package = false
        bytecode = "none"
        allow-secrets = ["tests/key.pem"]

        [env]
        LEVEL = "info"
        WORKERS = 2

        [health]
        path = "/ready"
        port = 9000
        interval = "10s"
        timeout = 2.5
        start-period = "1m30s"
        retries = 5

        [labels]
        team = "vision"

        [layers]
        budget = 20
        own-layer-from = "8 MB"
        split-from = "1.5 GiB"

        [debian]
        mirror = "http://mirror.test/debian"
        security-mirror = "http://mirror.test/security"
        keyring = "keys.pgp"
        packages = ["ffmpeg"]
        check-valid-until = false

        [index]
        index-url = "https://index.test/simple"
        extra-index-urls = ["https://other.test/simple"]
        find-links = ["wheels"]

        [check]
        select = ["all"]
        extend-select = ["strict"]
        ignore = ["root-user"]
        exclude = ["vendored"]
        baseline = "known.json"
        fail-on = "info"
        unsafe-fixes = true
        severity = {moving-base-tag = "error"}
        per-file-ignores = {"dev/*" = ["root-user"]}
        per-file."*.gpu" = {select = ["a"], extend-select = ["b"], ignore = ["c"]}
        per-file."b".severity = {a = "info"}
        rules.moving-base-tag.allow = ["python"]
        """
    )

    assert settings == Settings(
        source="boxwright.toml",
        name="digits",
        version="1.2",
        description="Reads digits",
        python="3.11",
        suite="bookworm",
        variant="slim",
        platform=("linux/arm64",),
        accelerator="cuda",
        entrypoint=("uvicorn", "main:app"),
        port=8080,
        user="1000:1000",
        working_dir="/srv/app",
        stop_signal="SIGINT",
        include=("data/labels.csv",),
        exclude=("*.bak",),
        models=("weights/**",),
        extras=("serve",),
        groups=("prod",),
        dependencies="requirements/prod.txt",
        package=False,
        bytecode="none",
        allow_secrets=("tests/key.pem",),
        env=(("LEVEL", "info"), ("WORKERS", "2")),
        health=HealthSettings(
            path="/ready", port=9000, interval=10, timeout=2.5, start_period=90, retries=5
        ),
        labels=(("team", "vision"),),
        layers=LayerSettings(budget=20, own_layer_from=8_000_000, split_from=1_610_612_736),
        debian=DebianSettings(
            mirror="http://mirror.test/debian",
            security_mirror="http://mirror.test/security",
            keyring="keys.pgp",
            packages=("ffmpeg",),
            check_valid_until=False,
        ),
        index=IndexSettings(
            index_url="https://index.test/simple",
            extra_index_urls=("https://other.test/simple",),
            find_links=("wheels",),
        ),
        check=CheckSettings(
            select=("all",),
            extend_select=("strict",),
            ignore=("root-user",),
            exclude=("vendored",),
            severity=(("moving-base-tag", "error"),),
            per_file_ignores=(("dev/*", ("root-user",)),),
            per_file=(
                ("*.gpu", FileCheckSettings(select=("a",), extend_select=("b",), ignore=("c",))),
                ("b", FileCheckSettings(severity=(("a", "info"),))),
            ),
            rules=(("moving-base-tag", (("allow", ["python"]),)),),
            baseline="known.json",
            fail_on="info",
            unsafe_fixes=True,
        ),
    )


def test_settings_in_both_files_are_refused() -> None:
    with pytest.raises(SettingsError, match=r"in both `pyproject\.toml`"):
        parse_settings({"tool": {"boxwright": {}}}, {})


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("pirt = 1", "boxwright.toml: pirt: unknown key", "did you mean `port`?"),
        ("entry_point = 'x'", "boxwright.toml: entry_point: unknown key", "did you mean `entrypoint`?"),
        ("mirror = 'x'", "boxwright.toml: mirror: unknown key", "did you mean `debian.mirror`?"),
        ("[layers]\nbuget = 3", "boxwright.toml: layers.buget: unknown key", "did you mean `budget`?"),
        ("[health]\npaht = '/'", "boxwright.toml: health.paht: unknown key", "did you mean `path`?"),
        ("fail-on = 'info'", "boxwright.toml: fail-on: unknown key", "did you mean `check.fail-on`?"),
        ("[check]\nselekt = []", "boxwright.toml: check.selekt: unknown key", "did you mean `select`?"),
        (
            "[check.per-file.'a*']\nselekt = []",
            'boxwright.toml: check.per-file."a*".selekt: unknown key',
            "did you mean `select`?",
        ),
    ],
)  # fmt: skip
def test_an_unknown_key_is_answered_with_the_nearest(text: str, message: str, hint: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(text)

    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("port = '80'", "port: expected a whole number, found a string"),
        ("port = true", "port: expected a whole number, found `true`"),
        ("port = 70000", "port: expected a number from 1 to 65535, found 70000"),
        ("name = ''", "name: expected a string, found an empty string"),
        ("name = 3", "name: expected a string, found the number 3"),
        ("variant = 'alpine'", "variant: expected `distroless` or `slim`, found `alpine`"),
        ("include = 'x'", "include: expected an array of strings, found a string"),
        ("include = ['a', 1]", "include[1]: expected a string, found the number 1"),
        ("env = ['A=1']", "env: expected a table of strings, found an array"),
        ("[env]\nA = true", "env.A: expected a string, found `true`"),
        ("[env]\n'a b' = []", 'env."a b": expected a string, found an array'),
        ("layers = 3", "layers: expected a table, found the number 3"),
        ("[layers]\nbudget = 200", "layers.budget: expected a number from 5 to 125, found 200"),
        ("[layers]\nsplit-from = '8 apples'", "layers.split-from: expected a size, found `8 apples`"),
        ("[health]\ninterval = 'soon'", "health.interval: expected a duration, found `soon`"),
        ("[health]\ninterval = inf", "health.interval: expected a duration, found inf"),
        ("[health]\npath = 'ready'", "health.path: expected the path of a URL, found `ready`"),
        ("[health]\npath = '/a\"b'", "health.path: expected the path of a URL, found `/a\"b`"),
        ("user = 'appuser'", "user: expected a numeric user, found `appuser`"),
        ("python = 3.12", "python: expected a Python version, found the number 3.12"),
        ("python = 'three'", "python: expected a Python version, found `three`"),
        ("platform = 'windows/amd64'", "platform: images are for `linux`, found `windows/amd64`"),
        ("platform = 'linux/amd64,arm64'", "platform: `arm64` is no platform, expected `os/architecture`"),
        ("platform = []", "platform: expected a platform, found nothing"),
        ("platform = 3", "platform: expected an array of strings, found the number 3"),
        ("entrypoint = []", "entrypoint: expected a program and its arguments, found nothing"),
        ("entrypoint = 'a \"b'", "entrypoint: no closing quotation"),
        ("dependencies = '../r.txt'", "dependencies: expected a path inside the project, found `../r.txt`"),
        ("working-dir = 'app'", "working-dir: expected an absolute path, found `app`"),
        ("check = []", "check: expected a table, found an array"),
        ("[check]\nselect = 'all'", "check.select: expected an array of strings, found a string"),
        ("[check]\nfail-on = 'never'", "check.fail-on: expected `error` or `warning` or `info`, found `never`"),
        ("[check.severity]\nroot-user = 2", "check.severity.root-user: expected `error` or `warning` or `info`, found the number 2"),
        ("[check]\nseverity = 'error'", "check.severity: expected a table, found a string"),
        ("[check.per-file-ignores]\n'a*' = 'x'", 'check.per-file-ignores."a*": expected an array of strings, found a string'),
        ("[check]\nrules.root-user = 1", "check.rules.root-user: expected a table, found the number 1"),
        ("[check]\nbaseline = '/known'", "check.baseline: expected a path inside the project, found `/known`"),
        ("registry.repository = 'r.example/api:1'", "registry.repository: `r.example/api:1` names a tag, and tags are given later"),
        ("registry.repository = 'r.example/API'", "registry.repository: `r.example/API` is no image reference: its name `r.example/API` is not allowed"),
        ("registry.cache = 3", "registry.cache: expected a string, found the number 3"),
        ("registry.plain-http = ['http://r.lan']", "registry.plain-http: expected the host of a registry, found `http://r.lan`"),
        ("[check]\nunsafe-fixes = 1", "check.unsafe-fixes: expected `true` or `false`, found the number 1"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named_with_its_key(text: str, message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(text)

    assert caught.value.message == f"boxwright.toml: {message}"


def test_keys_of_pyproject_are_named_from_its_root() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings({"tool": {"boxwright": {"debian": {"packages": [1]}}}}, None)

    assert caught.value.message == (
        "pyproject.toml: tool.boxwright.debian.packages[0]: expected a string, found the number 1"
    )


def test_health_can_be_a_path_or_off() -> None:
    assert parse("health = '/up'").health == HealthSettings(path="/up")
    assert parse("health = false").health is False


def test_an_entry_point_in_one_string_is_split_into_words() -> None:
    assert parse("entrypoint = 'python -m \"my pkg\"'").entrypoint == ("python", "-m", "my pkg")


def test_a_registry_is_a_place_without_a_tag() -> None:
    text = """
        [registry]
        repository = "localhost:5000/team/api"
        cache = "none"
        plain-http = ["Registry.lan:5000"]
    """

    assert parse(text).registry == RegistrySettings(
        repository="localhost:5000/team/api", cache="none", plain_http=("registry.lan:5000",)
    )


@pytest.mark.parametrize(
    "text",
    ['["linux/amd64", "linux/arm64"]', '"linux/amd64,linux/arm64"', '"linux/amd64, linux/arm64"'],
)
def test_several_platforms_are_a_list_or_have_commas(text: str) -> None:
    assert parse(f"platform = {text}\n").platform == ("linux/amd64", "linux/arm64")
