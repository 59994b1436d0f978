"""Late data classes are those of the standard library, but for the time at which they are compiled."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import pickle
import subprocess
import sys
from pathlib import Path
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any, ClassVar, cast

import pytest

from attest.model import late
from attest.model.record import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Callable

PACKAGE = Path(__file__).parents[3] / "attest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Animal:
    legs: int
    name: str = "nobody"
    known: ClassVar[int] = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Dog(Animal):
    """A class that extends another, and gives a field of it a default."""

    legs: int = 4
    owner: str

    def called(self) -> str:
        return f"{self.name} of {self.owner}"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Cat(Animal):
    lives: int = 9


@dataclass(frozen=True, slots=True)
class Point:
    x: int
    y: int = 0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Bare:
    x: int


def is_compiled(cls: type) -> bool:
    return isinstance(vars(cls)["__dataclass_fields__"], dict)


def fresh() -> Any:  # noqa: ANN401 - its fields are given wrongly too
    """A class of its own for each test, not compiled yet."""

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Fresh:
        x: int
        y: int = 2

    return Fresh


def test_objects_before_and_after_it_is_compiled_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late, "_FEW", 3)
    cls = fresh()
    first = [cls(x=1), cls(x=1, y=2)]
    assert not is_compiled(cls)
    later = [cls(x=1), cls(y=2, x=1)]
    assert is_compiled(cls)
    assert len({*first, *later}) == 1
    assert not hasattr(later[0], "__dict__")


@pytest.mark.parametrize(
    "use",
    [
        repr,
        hash,
        lambda one: one == one,  # noqa: PLR0124 - to compare is the use
        lambda one: replace(one, x=3),
        dataclasses.fields,
        dataclasses.asdict,
        lambda one: dataclasses.fields(type(one)),
    ],
)
def test_whoever_asks_for_more_than_an_attribute_has_it_compiled(use: Callable[[Any], object]) -> None:
    one = fresh()(x=1)
    assert not is_compiled(type(one))
    use(one)
    assert is_compiled(type(one))


def test_what_is_printed_compared_and_replaced_is_as_the_standard_library_has_it() -> None:
    dog = Dog(owner="Ann", name="Rex")
    assert repr(dog) == "Dog(legs=4, name='Rex', owner='Ann')"
    assert dog.called() == "Rex of Ann"
    assert dog == Dog(owner="Ann", name="Rex", legs=4)
    assert dog != Dog(owner="Bob", name="Rex")
    assert replace(dog, owner="Bob") == Dog(owner="Bob", name="Rex")
    assert Animal.known == 3
    assert Cat(legs=4) == Cat(legs=4, lives=9, name="nobody")
    assert Point(1, y=2) == Point(1, 2) == Point(x=1, y=2)
    assert Bare(x=1) != Bare(x=1)
    assert repr(Bare(x=1)).startswith("<")


@pytest.mark.parametrize("one", [Dog(owner="Ann"), Point(1), Cat(legs=3)], ids=lambda one: type(one).__name__)
def test_it_travels_to_other_processes(one: object) -> None:
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - its own
    assert copy.copy(one) == one


def test_positions_are_matched_where_they_are_given() -> None:
    match Point(1, 2):
        case Point(x, y):
            assert (x, y) == (1, 2)
    assert Animal.__match_args__ == ()


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda cls: cls(), "missing 1 required keyword-only argument: 'x'"),
        (lambda cls: cls(x=1, z=1), "unexpected keyword argument 'z'"),
        (lambda cls: cls(1), "takes 1 positional argument but 2"),
    ],
)
def test_wrong_fields_are_refused(make: Callable[[Any], object], said: str, compiled: bool) -> None:
    cls = fresh()
    if compiled:
        dataclasses.fields(cls)
    with pytest.raises(TypeError, match=said):
        make(cls)


@pytest.mark.parametrize("arguments", [((1, 2, 3), {}), ((1,), {"x": 1})])
def test_a_field_is_given_once(arguments: tuple[tuple[int, ...], dict[str, int]]) -> None:
    with pytest.raises(TypeError, match=r"positional arguments|multiple values"):
        Point(*arguments[0], **arguments[1])


@pytest.mark.parametrize("compiled", [False, True])
def test_nothing_can_be_changed(compiled: bool) -> None:
    one = fresh()(x=1)
    if compiled:
        repr(one)
    with pytest.raises(dataclasses.FrozenInstanceError, match="'x'"):
        one.x = 2
    with pytest.raises(dataclasses.FrozenInstanceError, match="'y'"):
        del one.y
    assert (one.x, one.y) == (1, 2)


def test_threads_that_need_it_at_once_compile_it_once() -> None:
    one = fresh()(x=1)
    barrier = Barrier(4)
    found: list[str] = []

    def ask() -> None:
        barrier.wait()
        found.append(repr(one))

    threads = [Thread(target=ask) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 4
    assert len(set(found)) == 1


def test_what_is_not_plain_is_left_to_the_standard_library() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True, order=True)
    class Ordered:
        x: int

    @dataclass(slots=True, kw_only=True)
    class Open:
        x: int

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Checked:
        x: int

        def __post_init__(self) -> None:
            if not self.x:
                raise ValueError("no x")

    @dataclass(frozen=True, slots=True, kw_only=True)
    class WithField:
        x: int = dataclasses.field(default=1, compare=False)

    classes: tuple[type, ...] = (Ordered, Open, Checked, WithField)
    assert all(is_compiled(each) for each in classes)
    assert Ordered(x=1) < Ordered(x=2)
    with pytest.raises(ValueError, match="no x"):
        Checked(x=0)
    assert WithField(x=1) == WithField(x=2)


def test_a_late_class_needs_nothing_of_the_standard_librarys() -> None:
    program = (
        "import sys; from attest.model.limits import Limits; Limits(key_bytes=1); "
        "print('dataclasses' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    assert run.stdout == "False\n"


def test_every_class_of_attest_can_be_compiled() -> None:
    """A mistake that the standard library would tell at import must not wait for many objects."""
    names = [
        ".".join(file.relative_to(PACKAGE.parent).with_suffix("").parts)
        for file in PACKAGE.rglob("*.py")
        if file.name != "__main__.py" and "attest.model.record" in file.read_text(encoding="utf-8")
    ]
    assert len(names) > 100
    late_ones = 0
    for name in names:
        for each in vars(importlib.import_module(name)).values():
            if isinstance(each, type) and each.__module__ == name and late._OWN in vars(each):
                late_ones += 1
                assert {field.name for field in dataclasses.fields(cast("Any", each))} >= vars(each)[
                    late._OWN
                ].keys()
    assert late_ones > 150
