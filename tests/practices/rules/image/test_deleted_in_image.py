from __future__ import annotations

from tests.practices.image_examples import found

RULE = "deleted-in-image"


def test_a_deleted_file_is_told_where_it_came_in() -> None:
    text = """
layers:
  - step: RUN curl -O https://example.com/data.tar
    files: {srv/data.tar: 300 MB}
  - step: RUN rm /srv/data.tar
    deletes: [srv/data.tar]
"""

    assert found(RULE, text) == [
        (
            "2: warning: 300 MB of files that layer 1 deletes: `/srv/data.tar`; delete them in the "
            "instruction that makes them, or make them in another stage (deleted-in-later-layer)"
        )
    ]


def test_a_deleted_folder_is_told_as_one() -> None:
    text = """
layers:
  - step: COPY raw /app/raw
    folders: [app/raw]
    files: {app/raw/a.csv: 2 MB, app/raw/b.csv: 3 MB}
  - step: RUN rm -r /app/raw
    deletes: [app/raw]
"""

    assert found(RULE, text) == [
        (
            "2: warning: 5.0 MB of files that layer 1 deletes: `/app/raw`; delete them in the "
            "instruction that makes them, or make them in another stage (deleted-in-later-layer)"
        )
    ]


def test_a_replaced_file_counts_with_the_copy_that_is_lost_only() -> None:
    text = """
layers:
  - step: COPY model.onnx /app/
    files: {app/model.onnx: 300 MB}
  - step: COPY models/model.onnx /app/
    files: {app/model.onnx: 310 MB}
"""

    assert found(RULE, text) == [
        (
            "2: warning: 300 MB of files that layer 1 replaces: `/app/model.onnx`; make them once, in "
            "one instruction or in another stage (deleted-in-later-layer)"
        )
    ]


def test_a_file_of_which_another_name_is_left_is_not_lost() -> None:
    text = """
layers:
  - step: COPY model.onnx /app/
    files: {app/model.onnx: 300 MB, app/latest.onnx: {hardlink: app/model.onnx}}
  - step: RUN rm /app/model.onnx
    deletes: [app/model.onnx]
"""

    assert found(RULE, text) == []


def test_what_is_not_worth_a_word_is_left_out_unless_settings_say_otherwise() -> None:
    text = """
layers:
  - step: COPY a /a
    files: {a: 900 kB}
  - step: RUN rm /a
    deletes: [a]
"""

    assert found(RULE, text) == []
    assert len(found(RULE, text, settings="least = 1000")) == 1


def test_of_very_many_files_it_is_not_said_how_many_there_are_more() -> None:
    files = ", ".join(f"srv/{number}: 1 MB" for number in range(60))
    deletes = ", ".join(f"srv/{number}" for number in range(60))
    text = f"layers:\n- {{step: COPY a, files: {{{files}}}}}\n- {{step: RUN rm, deletes: [{deletes}]}}\n"

    assert found(RULE, text) == [
        (
            "2: warning: 60 MB of files that layer 1 deletes: `/srv/0`, `/srv/1`, `/srv/10` and many "
            "more; delete them in the instruction that makes them, or make them in another stage "
            "(deleted-in-later-layer)"
        )
    ]
