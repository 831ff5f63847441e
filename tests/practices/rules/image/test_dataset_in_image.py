from __future__ import annotations

from tests.practices.image_examples import SITE, found

RULE = "dataset-in-image"


def copied(*paths: str, size: int = 20_000_000) -> str:
    listed = ", ".join(
        f"{{path: {path}, role: dataset, format: {path.rpartition('.')[2]}, size: {size}}}"
        for path in paths
    )
    files = ", ".join(f"{path}: {size} B" for path in paths)
    return f"  - step: COPY . /app\n    artifacts: [{listed}]\n    files: {{{files}}}\n"


def test_a_data_set_is_found() -> None:
    assert found(RULE, f"layers:\n{copied('app/train.parquet')}") == [
        "2: warning: 20 MB of data (parquet): `/app/train.parquet`"
    ]


def test_many_files_of_one_layer_are_one_finding() -> None:
    paths = [f"app/{number}.csv" for number in range(4)] + ["app/a.parquet"]

    assert found(RULE, f"layers:\n{copied(*paths, size=3_000_000)}") == [
        (
            "2: warning: 15 MB of data in 5 files (csv, parquet): `/app/0.csv`, `/app/1.csv`, "
            "`/app/2.csv` and 2 more"
        )
    ]


def test_one_that_was_deleted_ships_all_the_same() -> None:
    text = f"layers:\n{copied('app/a.csv')}  - {{step: RUN rm, deletes: [app/a.csv]}}\n"

    assert found(RULE, text) == [
        "2: warning: 20 MB of data (csv): `/app/a.csv`, deleted by a later layer but still there"
    ]


def test_one_that_a_later_layer_has_again_is_told_once() -> None:
    text = f"""layers:
{copied("app/a.csv")}
  - step: RUN chown -R 1000 /app
    artifacts: [{{path: app/a.csv, role: dataset, format: csv, size: 20000000}}]
    files: {{app/a.csv: {{size: 20000000 B, uid: 1000}}}}
"""

    assert found(RULE, text) == ["3: warning: 20 MB of data (csv): `/app/a.csv`"]


def test_samples_of_a_package_are_not_told() -> None:
    text = f"""
layers:
  - step: RUN pip install a
    artifacts: [{{path: {SITE}/a/data.csv, role: dataset, format: csv, size: 20000000}}]
    files:
      {SITE}/a/data.csv: 20 MB
      {SITE}/a-1.dist-info/METADATA: "Metadata-Version: 2.1\\nName: a\\nVersion: 1\\n"
      {SITE}/a-1.dist-info/RECORD: "a/data.csv,,\\n"
"""

    assert found(RULE, text) == []
    assert len(found(RULE, text.replace("a/data.csv,,", "a/b.csv,,"))) == 1


def test_little_of_it_is_not_told_unless_settings_say_so() -> None:
    text = f"layers:\n{copied('app/labels.csv', size=200_000)}"

    assert found(RULE, text) == []
    assert found(RULE, text, settings="least = 100000") == [
        "2: warning: 200 kB of data (csv): `/app/labels.csv`"
    ]
