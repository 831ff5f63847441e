"""Which wheels share a layer."""

from __future__ import annotations

from pathlib import Path
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from boxwright.build.grouping import Unit, group
from boxwright.build.wheel_file import WheelFile
from boxwright.oci.digest import digest_of
from boxwright.plan.model import LayerPlan

MB = 1_000_000


def wheel(name: str, size: int) -> WheelFile:
    path = Path(f"{name}-1-py3-none-any.whl")
    return WheelFile(name=name, version="1", path=path, digest=digest_of(b""), size=size)


def names(units: tuple[Unit, ...]) -> list[tuple[str, ...]]:
    return [tuple(wheel.name for wheel in unit.wheels) for unit in units]


def test_small_wheels_share_one_layer_above_the_large_ones() -> None:
    wheels = [wheel("b", MB), wheel("torch", 190 * MB), wheel("a", 2 * MB), wheel("scipy", 35 * MB)]

    assert names(group(wheels, LayerPlan(), bytecode=True)) == [("torch",), ("scipy",), ("a", "b")]


def test_many_small_wheels_share_several_layers() -> None:
    wheels = [wheel(f"w{n}", 3 * MB) for n in range(40)]

    units = group(wheels, LayerPlan(), bytecode=True)

    assert len(units) == 5
    assert sorted(name for unit in units for name in names((unit,))[0]) == sorted(
        wheel.name for wheel in wheels
    )


def test_a_wheel_that_is_added_changes_one_group_only() -> None:
    wheels = [wheel(f"w{n}", 3 * MB) for n in range(39)]

    before = names(group(wheels, LayerPlan(), bytecode=True))
    after = names(group([*wheels, wheel("new", 1000)], LayerPlan(), bytecode=True))

    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


def test_titles_tell_units_apart() -> None:
    units = group(
        [wheel("giant", 5_000 * MB), wheel("a", 1), wheel("b", 1)], LayerPlan(), bytecode=True
    )

    assert [unit.title for unit in units] == [
        *(f"giant 1, part {part} of 5" for part in range(1, 6)),
        "a 1, b 1",
    ]
    assert units[-1].short_title == "a 1 and 1 more"
    assert [unit.size for unit in units] == [1_000 * MB] * 5 + [2]


@given(
    st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 9_000 * MB), max_size=200),
    st.integers(10, 200),
    st.booleans(),
    st.randoms(use_true_random=False),
)
def test_every_wheel_is_in_the_budget_in_any_order(
    sizes: dict[str, int],
    budget: int,
    bytecode: bool,
    random: Random,
) -> None:
    wheels = [wheel(name, size) for name, size in sizes.items()]
    policy = LayerPlan(budget=budget)

    units = group(wheels, policy, bytecode=bytecode)

    assert len(units) * (2 if bytecode else 1) + 8 <= min(budget, 125)
    whole = [name for unit in units if unit.part == 0 for name in names((unit,))[0]]
    assert sorted(whole) == sorted(sizes)
    random.shuffle(wheels)
    assert group(wheels, policy, bytecode=bytecode) == units
