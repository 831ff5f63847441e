from __future__ import annotations

from tests.practices.image_examples import found

RULE = "secret-in-image-configuration"
URL = "postgresql://app:kX9vQz3LmT7wRb2Ndh5@db.internal.corp/app"


def test_a_variable_is_found_where_it_was_set() -> None:
    text = f"env: {{DATABASE_URL: '{URL}'}}\nlayers: [{{step: 'ENV DATABASE_URL={URL}'}}]\n"

    (message,) = found(RULE, text)

    assert message.startswith("2: error: ")
    assert message.endswith(" in the variable `DATABASE_URL`")
    assert "kX9" not in message


def test_a_label_is_found() -> None:
    (message,) = found(RULE, f"labels: {{db: '{URL}'}}\nlayers: [{{step: COPY a}}]\n")

    assert message.endswith(" in the label `db`")


def test_an_annotation_is_found() -> None:
    (message,) = found(RULE, f"annotations: {{db: '{URL}'}}\nlayers: [{{step: COPY a}}]\n")

    assert message.startswith("1: error: ")
    assert message.endswith(" in the annotation `db`")


def test_the_command_is_looked_at() -> None:
    (message,) = found(RULE, f"cmd: [serve, --db, '{URL}']\nlayers: [{{step: COPY a}}]\n")

    assert message.endswith(" in the command that is started")


def test_a_password_that_only_its_name_tells_of_is_a_warning() -> None:
    text = "env: {DB_PASSWORD: grey-otter-42}\nlayers: [{step: ENV DB_PASSWORD=grey-otter-42}]\n"

    (message,) = found(RULE, text)

    assert message == "2: warning: a credential (hidden) in the variable `DB_PASSWORD`"


def test_a_file_to_read_it_from_is_fine() -> None:
    text = "env: {DB_PASSWORD_FILE: /run/secrets/db}\nlayers: [{step: COPY a}]\n"

    assert found(RULE, text) == []
