"""Each form finds what its issuer gives out, and nothing that only begins or looks like it."""

from __future__ import annotations

import pytest
from tests.scan.planted import Maker, Planted, samples

from boxwright.scan.secret_forms import (
    Found,
    all_forms,
    binary_group,
    find,
    is_given_credential,
    line_group,
    looks_random,
    text_group,
)

PLANTED = tuple(samples(Maker()))
TOKENS = tuple(planted for planted in PLANTED if planted.is_token)


def name_of(planted: Planted) -> str:
    return f"{planted.kind} in {planted.file}"


def found_in(path: str, text: str) -> list[Found]:
    """Return what is found in *text*, of several forms for one credential the best one."""
    best: dict[bytes, Found] = {}
    for found in find(text.encode(), text_group(path)):
        known = best.get(found.secret)
        if known is None or found.form.rank < known.form.rank:
            best[found.secret] = found
    return list(best.values())


def test_there_are_more_than_sixty_kinds() -> None:
    assert len({form.kind for form in all_forms()}) > 120


def test_every_form_has_a_credential_that_only_it_names() -> None:
    ranks = {
        found.form.rank for planted in PLANTED for found in found_in(planted.file, planted.text)
    }

    assert [form.kind for form in all_forms() if form.rank not in ranks] == []


@pytest.mark.parametrize("planted", PLANTED, ids=name_of)
def test_a_credential_is_found_as_what_it_is(planted: Planted) -> None:
    found = found_in(planted.file, f"# first\n{planted.text}")

    assert [(each.form.kind, each.form.certain) for each in found] == [
        (planted.kind, planted.certain)
    ]


@pytest.mark.parametrize("planted", PLANTED, ids=name_of)
def test_what_is_shown_does_not_tell_it(planted: Planted) -> None:
    (found,) = found_in(planted.file, planted.text)

    shown = found.redacted.partition("…")[0].strip("`")

    assert len(shown) <= 16
    assert 3 * len(shown) <= len(found.secret) or shown == "hidden"


@pytest.mark.parametrize("planted", TOKENS, ids=name_of)
def test_what_only_begins_like_a_token_is_none(planted: Planted) -> None:
    start = planted.value[:19]

    assert [each for each in found_in("a.py", f'KEY = "{start}"\n') if each.form.certain] == []


@pytest.mark.parametrize("planted", TOKENS, ids=name_of)
def test_a_token_of_which_all_is_crossed_out_is_none(planted: Planted) -> None:
    form = found_in("a.py", planted.text)[0].form
    crossed = "".join(
        "x" if at >= form.shown and letter.isalnum() else letter
        for at, letter in enumerate(planted.value)
    )

    assert found_in("a.py", f"{crossed}\n") == []


@pytest.mark.parametrize(
    "around",
    [
        "{}", "x={}&y=1", "'{}'", '\\"{}\\"', "a\\n{}\\n", "%3D{}%26", "({})", "<{}>", "`{}`,", "{}\r\n",
        "key:{};", "[{}]", "\\u0022{}\\u0022", "http://a.corp/?t={}#x",
    ],
)  # fmt: skip
def test_a_token_is_found_whatever_stands_around_it(around: str) -> None:
    missed = [
        planted.kind
        for planted in TOKENS
        if planted.kind
        not in {
            each.form.kind for each in found_in("notes.txt", around.replace("{}", planted.value))
        }
    ]

    assert missed == []


@pytest.mark.parametrize("planted", TOKENS, ids=name_of)
def test_a_token_in_the_middle_of_a_word_is_none(planted: Planted) -> None:
    assert found_in("a.txt", f"tail{planted.value}\n") == []


@pytest.mark.parametrize("planted", TOKENS, ids=name_of)
def test_a_token_is_found_between_bytes_as_long_as_it_is(planted: Planted) -> None:
    value = planted.value.encode()
    before = b"\0\1" + (
        bytes([len(value)]) if len(value) < 256 else len(value).to_bytes(4, "little")
    )

    found = {each.secret for each in find(before + value + b"Nzz\0", binary_group())}

    assert found == {value}


@pytest.mark.parametrize(
    "form",
    [
        "{name}={value}", "export {name}='{value}'", '"{name}": "{value}",', "{name}: {value}",
        'os.environ["{name}"] = "{value}"', "ENV {name} {value}", '{name} := "{value}"',
        '{{\\"{name}\\": \\"{value}\\"}}', "- name: {name}\n  value: {value}",
    ],
)  # fmt: skip
def test_what_a_telling_name_is_given_is_found(form: str) -> None:
    missed = [
        planted.kind
        for planted in PLANTED
        if planted.name and planted.certain
        for text in [form.format(name=planted.name, value=planted.value)]
        if planted.kind not in {each.form.kind for each in found_in("a.txt", f"{text}\n")}
    ]

    assert missed == []


@pytest.mark.parametrize(
    "text",
    [
        "tokenizer.pad_token = '<|endoftext|>'",
        "password = getpass.getpass('Password: ')",
        "password: Optional[str] = None",
        'token = os.environ["GITHUB_TOKEN_2026"]',
        "api_key=settings.OPENAI_API_KEY_V2",
        "secret: my-app-tls-2026",
        "'secret': 'V1SecretVolumeSource',",
        "password=projects/123/secrets/my-secret/versions/1",
        'password = "changeme123"',
        'SECRET_KEY = "your-secret-key-2026-goes-here"',
        'token: "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"',
        "csrf_token: 8f14e45fceea167a5a36dedd4bea2543",
        'next_token="AAMA-EFRSURBSGdGdzBOLWJDd0U2N3hZ2"',
        "password: ${DB_PASSWORD_2026}",
        "api_key: {{ .Values.apiKey2 }}",
        "TOKEN_PATH=/var/run/secrets/token1234567",
        "mlflow://user:pass%20pass@host.corp/x",
        "github://org:repo@sha/catalog.yml",
        "https://user:he%2F%2Fo@pypi.corp/simple",
        "Authorization: Bearer $TOKEN_FOR_THE_REGISTRY",
        "Authorization: Bearer YOUR_API_KEY_HERE_12345",
        "eyJhbGciOiJIUzI1NiJ9.eyJub3QgYSB0b2tlbiBhdCBhbGw.",
        '{"auth": "bm8gY29sb24gaGVyZQ=="}',
        '"auth": "dXNlcm5hbWU6cGFzc3dvcmQ="',
        "machine learning with default login and password tokens",
        "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7 me@here",
        "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYD\n",
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu1SU1LfVLPHCo\n",
        "sk-learn-contrib-projects-are-listed-in-the-documentation-of-it",
        "disk-ant-api03-this-is-a-slug-and-not-a-key-whatever-it-looks-like-to-you",
        "r8_macaddr8tomacaddr8macaddr8tomacaddr8macadd_x",
        "hf_transfer_enabled_by_default_in_this_release_of_the_hub",
    ],
)
def test_lookalikes_are_none(text: str) -> None:
    assert found_in("settings.yaml", f"{text}\n") == []
    assert [
        each for each in find(text.encode(), line_group()) if each.form.kind != "a credential"
    ] == []


def test_symbols_of_programs_are_none() -> None:
    symbols = (
        b"\0_ZN5Highs_setCallbackP5HighsSt8functionIFviRKNSt7__cxx1112basic_stringIcEE\0"
        b"_RNvMNtNtCs4_6hf_xet6legacy5types15PyXetUploadInfoENtNtCse5YnR3wylf3_4pyo3\0"
        b"macaddr8_ormacaddrtomacaddr8macaddr8tomacaddrmacaddr8_set7bit\0"
    )

    assert list(find(symbols, binary_group(is_program=True))) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PASSWORD", "grey-otter-42"),
        ("dbPassword", "grey otter 42"),
        ("REDIS_PASS", "otter42x"),
        ("MYSQL_PWD", "otter42x"),
        ("APP_SECRET", "kq8vz7n2xw41"),
        ("INTERNAL_TOKEN", "kq8vz7n2xw41"),
        ("VENDOR_API_KEY", "kq8vz7n2xw41"),
        ("NEXTAUTH_SECRET", "kq8vz7n2xw41"),
        ("PAGERDUTY_TOKEN", "kq8vz7n2xw41"),
    ],
)
def test_a_name_makes_its_value_a_credential(name: str, value: str) -> None:
    assert is_given_credential(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PWD", "/srv/models/current"),
        ("PATH", "/usr/local/bin:/usr/bin"),
        ("GPG_KEY", "A035C8C19219BA821ECEA86B64E628F8D684696D"),
        ("PYTHON_SHA256", "8f14e45fceea167a5a36dedd4bea25438f14e45fceea167a5a36dedd4bea2543"),
        ("MAX_TOKENS", "4096"),
        ("TOKENIZERS_PARALLELISM", "false"),
        ("DB_PASSWORD", "$DB_PASSWORD"),
        ("DB_PASSWORD", "changeme"),
        ("DB_PASSWORD", ""),
        ("DB_PASSWORD_FILE", "/run/secrets/db"),
        ("HF_TOKEN_PATH", "/run/secrets/hf"),
        ("SECRET", "/run/secrets/hf-token"),
        ("AUTH_TOKEN", "https://auth.corp/token"),
        ("PUBLIC_TOKEN", "kq8vz7n2xw41"),
        ("STOP_TOKEN", "<|end_of_text|>"),
        ("SESSION_SECRET", "your-secret-goes-here"),
        ("API_TOKEN", "12345678901234"),
    ],
)
def test_other_values_are_none(name: str, value: str) -> None:
    assert not is_given_credential(name, value)


def test_random_values_differ_from_words() -> None:
    make = Maker(11)
    random = [make.word(24) for _ in range(500)] + [make.hex(32) for _ in range(500)]
    words = [
        b"BertForSequenceClassification2", b"tokenizer_class_version_2", b"application/vnd.oci.v1",
        b"distilbert-base-uncased-finetuned-sst-2-english", b"us-east-1.console.aws.amazon.com",
        b"max_position_embeddings_4096", b"CUDA_VISIBLE_DEVICES_0_1_2",
    ]  # fmt: skip

    assert sum(looks_random(value.encode()) for value in random) >= 980
    assert [word for word in words if looks_random(word)] == []


def test_a_hostile_text_takes_time_by_its_length() -> None:
    from time import process_time

    pieces = (
        "ghp_",
        "://a:",
        "password=",
        "-----BEGIN PRIVATE KEY-----",
        "eyJ" + "a" * 9 + ".eyJ",
        "a" * 64,
    )

    for piece in pieces:
        text = (piece * (300_000 // len(piece))).encode()
        before = process_time()
        assert list(find(text, text_group("a.env"))) == []
        assert process_time() - before < 3
