from __future__ import annotations

from tests.practices.image_examples import found

RULE = "secret-in-history"
URL = "https://deploy:kX9vQz3LmT7wRb2Ndh5@packages.internal.corp/simple"


def made_by(step: str) -> str:
    return f"layers:\n  - step: {step}\n    files: {{opt/app.py: 3 kB}}\n"


def test_a_build_argument_is_found_by_its_name() -> None:
    (message,) = found(RULE, made_by(f"RUN |1 INDEX={URL} /bin/sh -c pip install app"))

    assert message.startswith("2: error: a password in a URL (")
    assert message.endswith(") in the build argument `INDEX`")
    assert "kX9" not in message


def test_one_in_a_command_is_found() -> None:
    (message,) = found(RULE, made_by(f"RUN /bin/sh -c pip install -i {URL} app"))

    assert message.endswith(") in the build history")


def test_a_reference_to_a_secret_is_fine() -> None:
    assert found(RULE, made_by("RUN --mount=type=secret,id=index pip install -i $INDEX app")) == []


def test_what_is_still_configured_is_told_by_another_rule() -> None:
    text = f"env: {{URL: {URL}}}\nlayers: [{{step: 'ENV URL={URL}'}}]\n"

    assert found(RULE, text) == []
    assert len(found("secret-in-image-configuration", text)) == 1
