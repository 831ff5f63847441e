"""What an image says of itself is shown without its credentials."""

from __future__ import annotations

import pytest

from boxwright.practices.redaction import Redaction
from boxwright.scan.leaks import Leak

NOTHING = Redaction((), env=(), labels=())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("RUN pip install torch", "RUN pip install torch"),
        ("ENV DB_PASSWORD=v3ry-h1dden", "ENV DB_PASSWORD=[hidden]"),
        ('RUN curl -u "x" --password v3ry-h1dden', 'RUN curl -u "x" --password [hidden]'),
        ("RUN login --token='v3ry h1dden'", "RUN login --token=[hidden]"),
        (
            "RUN pip install --index-url https://ada:s3cr3t-w0rd@pypi.example.com/simple x",
            "RUN pip install --index-url https://ada:[hidden]@pypi.example.com/simple x",
        ),
        (
            "RUN curl -H 'Authorization: Bearer abcdef.ghijkl.mnopqr'",
            "RUN curl -H 'Authorization: Bearer [hidden]'",
        ),
        ("ENV MAX_TOKENS=4096 TOKENIZERS_PARALLELISM=false", None),
        ("ENV GPG_KEY=7169605F62C751356D054A26A821E680E5FA6305", None),
        ("ENV HF_TOKEN=$HF_TOKEN PATH=/usr/bin", None),
    ],
)
def test_credentials_in_instructions(text: str, shown: str | None) -> None:
    assert NOTHING.text(text) == (text if shown is None else shown)


def test_a_credential_is_hidden_by_its_form_wherever_it_stands() -> None:
    token = "ghp_" + "a8Fk2mQx7Tb4VnZr8WcL3pHdYs6JgE1uRoNi"

    assert token not in NOTHING.text(f"RUN git clone https://{token}@example.com/x && echo {token}")


def test_a_value_of_the_environment_that_leaks_is_hidden_in_the_history_too() -> None:
    leak = Leak(
        kind="a key", redacted="`abc…`, 12 characters", place="environment", name="LICENCE_FILE"
    )
    redaction = Redaction((leak,), env=(("LICENCE_FILE", "abcdefghijkl"),), labels=())

    assert redaction.value("environment", "LICENCE_FILE", "abcdefghijkl") == (
        "[hidden] `abc…`, 12 characters",
        True,
    )
    assert redaction.text("RUN use abcdefghijkl now") == "RUN use [hidden] now"


def test_a_variable_whose_name_says_credential_is_hidden_though_nobody_found_it() -> None:
    assert NOTHING.value("environment", "DB_PASSWORD", "v3ry-h1dden") == ("[hidden]", True)
    assert NOTHING.value("environment", "LANG", "C.UTF-8") == ("C.UTF-8", False)


def test_long_texts_of_nothing_but_beginnings_take_no_time() -> None:
    for piece in ("a", "a=", '="', "://", "://a:", "Bearer ", "--x ", "-"):
        text = piece * (200_000 // len(piece))

        assert NOTHING.text(text)


def test_bytes_that_are_no_text_are_let_through() -> None:
    assert NOTHING.text("RUN echo \udc80") == "RUN echo \udc80"


def test_where_very_many_values_are_credentials_nothing_but_the_instruction_is_shown() -> None:
    env = [(f"PASSWORD_{number}_TOKEN", f"v3ry-h1dden-{number}") for number in range(600)]

    assert Redaction((), env=env, labels=()).text("RUN use v3ry-h1dden-599") == "RUN [hidden]"
