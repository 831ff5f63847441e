from __future__ import annotations

from tests.practices.image_examples import found

RULE = "secret-in-layer"
FILE = 'app/.git-credentials: "https://deploy:kX9vQz3LmT7wRb2Ndh5@git.internal.corp/app.git"'
COPY = f"layers:\n  - step: COPY . /app\n    files: {{{FILE}}}\n"


def test_a_credential_in_a_file_is_found_and_not_shown() -> None:
    (message,) = found(RULE, COPY)

    assert message.startswith("2: error: a password in a URL (")
    assert message.endswith(") in `/app/.git-credentials`, line 1")
    assert "kX9" not in message


def test_one_in_a_deleted_file_says_who_deleted_it() -> None:
    (message,) = found(RULE, f"{COPY}  - {{step: RUN rm, deletes: [app/.git-credentials]}}\n")

    assert message.startswith("2: error: ")
    assert message.endswith(", line 1, deleted by line 3 and still in layer 0")


def test_one_in_a_replaced_file_says_who_replaced_it() -> None:
    (message,) = found(RULE, f'{COPY}  - {{step: COPY b, files: {{app/.git-credentials: "-"}}}}\n')

    assert message.endswith(", line 1, replaced by line 3 and still in layer 0")


def test_a_flood_is_cut() -> None:
    files = ", ".join(
        f'app/{number}: "https://deploy:kX9vQz3LmT7wRb2Ndh{number}@git.internal.corp/app.git"'
        for number in range(300)
    )

    messages = found(RULE, f"layers:\n  - step: COPY . /app\n    files: {{{files}}}\n")

    assert len(messages) == 201
    assert messages[0] == "1: error: 100 more credentials"


def test_placeholders_are_none() -> None:
    text = COPY.replace("kX9vQz3LmT7wRb2Ndh5", "password")

    assert found(RULE, text) == []
