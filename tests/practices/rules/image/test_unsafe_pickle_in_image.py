from __future__ import annotations

from tests.practices.image_examples import found

RULE = "unsafe-pickle-in-image"
HARMFUL = 'app/model.pkl: {hex: "800463706f7369780a73797374656d0a8c0269649452942e"}'


def test_a_pickle_that_runs_a_program_is_found() -> None:
    assert found(RULE, f"layers: [{{step: COPY model.pkl /app/, files: {{{HARMFUL}}}}}]\n") == [
        "2: error: loading `/app/model.pkl` runs `posix.system`"
    ]


def test_it_is_found_where_it_was_deleted() -> None:
    text = f"""
layers:
  - {{step: COPY model.pkl /app/, files: {{{HARMFUL}}}}}
  - {{step: RUN rm, deletes: [app/model.pkl]}}
"""

    assert found(RULE, text) == [
        "2: error: loading `/app/model.pkl`, deleted by a later layer, runs `posix.system`"
    ]


def test_it_is_told_once_where_a_later_layer_has_it_again() -> None:
    text = f"""
layers:
  - {{step: COPY model.pkl /app/, files: {{{HARMFUL}}}}}
  - {{step: RUN chmod, files: {{{HARMFUL.replace("{hex", '{mode: "600", hex')}}}}}
"""

    assert found(RULE, text) == ["3: error: loading `/app/model.pkl` runs `posix.system`"]


def test_what_is_not_known_is_told_only_if_settings_say_so() -> None:
    text = """
layers:
  - step: COPY a.pkl /app/
    artifacts: [{path: app/a.pkl, role: model, format: pickle, size: 90, unknown: [app.Model]}]
    files: {app/a.pkl: 90 B}
"""

    assert found(RULE, text) == []
    assert found(RULE, text, settings="unknown = true") == [
        "2: warning: loading `/app/a.pkl` imports `app.Model`"
    ]


def test_names_cannot_break_the_message() -> None:
    text = """
layers:
  - step: COPY a.pkl /app/
    artifacts: [{path: "app/a`.pkl", role: model, format: pickle, size: 90, dangerous: ["a\\nb`"]}]
    files: {"app/a`.pkl": 90 B}
"""

    assert found(RULE, text) == ["2: error: loading `/app/a�.pkl` runs `a�b�`"]
