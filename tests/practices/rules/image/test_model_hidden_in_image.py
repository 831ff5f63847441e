from __future__ import annotations

from tests.practices.image_examples import found

RULE = "model-hidden-in-image"
MODEL = """
  - step: COPY model.gguf /models/
    artifacts: [{path: models/model.gguf, role: model, format: gguf, size: 400000000}]
    files: {models/model.gguf: 400 MB}
"""


def test_a_deleted_model_is_found() -> None:
    text = f"layers:{MODEL}  - {{step: RUN rm, deletes: [models]}}\n"

    assert found(RULE, text) == [
        (
            "2: warning: 400 MB of a model (gguf): `/models/model.gguf`, deleted by a later layer but "
            "still there"
        )
    ]


def test_a_replaced_model_is_found() -> None:
    text = f"layers:{MODEL}  - {{step: COPY new, files: {{models/model.gguf: 410 MB}}}}\n"

    assert found(RULE, text) == [
        (
            "2: warning: 400 MB of a model (gguf): `/models/model.gguf`, replaced by a later layer but "
            "still there"
        )
    ]


def test_a_model_that_only_gets_another_owner_is_told_by_another_rule() -> None:
    again = MODEL.replace("400 MB", "{size: 400 MB, uid: 1000}")

    assert found(RULE, f"layers:{MODEL}{again}") == []
    assert len(found("rewritten-in-image", f"layers:{MODEL}{again}")) == 1


def test_the_model_that_is_served_is_fine() -> None:
    assert found(RULE, f"layers:{MODEL}") == []


def test_small_pickles_of_tests_are_not_told_unless_settings_say_so() -> None:
    small = MODEL.replace("400000000", "1400").replace("400 MB", "1 kB")
    text = f"layers:{small}  - {{step: RUN rm, deletes: [models]}}\n"

    assert found(RULE, text) == []
    assert len(found(RULE, text, settings="least = 1")) == 1
