"""Data classes as the standard library has them, with their methods compiled when they are needed.

The standard library compiles every method of every class at import, which takes longer than all that a short
run of attest does besides. Here a class is compiled when some hundred objects of it are made, or when it is
asked for its fields, compared or printed; objects before that are filled one attribute at a time.
"""

from __future__ import annotations

from _thread import RLock
from typing import TYPE_CHECKING, Any, Final, NoReturn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

#: Objects of a class that are made before it is compiled, which takes as long as to make them.
_FEW: Final = 500
#: One thread compiles at a time: it changes the class.
_LOCK: Final = RLock()
#: What is taken over from the class that the standard library makes, unless the class has its own.
_METHODS: Final = ("__init__", "__repr__", "__eq__", "__hash__", "__replace__")
_DESCRIBED: Final = ("__dataclass_fields__", "__dataclass_params__")
#: Fields that a late class adds to those of its bases, and their defaults.
_OWN: Final = "__late__"
_MISSING: Final = object()
_set: Final = object.__setattr__


def replace(instance: Any, /, **changes: Any) -> Any:  # noqa: ANN401 - as the standard library has it
    """`dataclasses.replace`, which is slow to import."""
    import dataclasses

    return dataclasses.replace(instance, **changes)


def dataclass(
    *, frozen: bool = False, slots: bool = False, kw_only: bool = False, **rest: bool
) -> Callable[[type], type]:
    """`dataclasses.dataclass`, late for classes that are frozen and slotted and have plain fields."""

    def decorate(cls: type) -> type:
        if frozen and slots and rest.keys() <= {"eq", "repr"} and _is_plain(cls):
            return _Late(cls, kw_only=kw_only, **rest).made
        import dataclasses

        return dataclasses.dataclass(frozen=frozen, slots=slots, kw_only=kw_only, **rest)(cls)

    return decorate


def _is_plain(cls: type) -> bool:
    """Whether annotations and defaults say all about its fields, here and in what it extends."""
    values = vars(cls)
    if values.keys() & {"__post_init__", "__init__", "__eq__", "__hash__"}:
        return False
    if any(type(each).__name__ == "Field" for each in values.values()):
        return False
    return all(
        _OWN in vars(base) or base.__module__ in ("builtins", "typing", "abc") for base in cls.__mro__[1:]
    )


class _Described:
    """What tells of the fields of a class; to ask for it compiles the class."""

    def __init__(self, late: _Late, name: str) -> None:
        self._late = late
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:  # noqa: ANN401 - whatever is described
        self._late.compile()
        return getattr(owner, self._name)


class _Late:
    """A class that is not compiled yet: `made` stands for it, `plain` is what will be compiled."""

    def __init__(self, plain: type, *, kw_only: bool, eq: bool = True, repr: bool = True) -> None:  # noqa: A002 - the standard library's word
        own = {
            name: vars(plain).get(name, _MISSING)
            for name, kind in plain.__annotations__.items()
            if not kind.startswith("ClassVar")
        }
        inherited: dict[str, object] = {}
        for base in reversed(plain.__mro__[1:]):
            inherited |= vars(base).get(_OWN, {})
        fields = inherited | own
        self._plain = plain
        self._options = {"kw_only": kw_only, "eq": eq, "repr": repr}
        self._placed = () if kw_only else tuple(fields)
        self._fields = fields
        self._defaults = {name: value for name, value in fields.items() if value is not _MISSING}
        self._kept = frozenset(vars(plain))
        self._left = _FEW
        self._compiled = False
        self.made = self._slotted(own, tuple(name for name in own if name not in inherited))

    def _slotted(self, own: Mapping[str, object], slots: tuple[str, ...]) -> type:
        plain = self._plain
        values = {name: value for name, value in vars(plain).items() if name not in own}
        values.pop("__dict__", None)
        values.pop("__weakref__", None)
        methods: dict[str, object] = {
            "__init__": self._init(),
            "__setattr__": _refuse,
            "__delattr__": _refuse,
            "__getstate__": lambda instance: [getattr(instance, name) for name in self._fields],
            "__setstate__": lambda instance, state: _fill(instance, zip(self._fields, state, strict=True)),
        }
        compared = ("__eq__", "__hash__") if self._options["eq"] else ()
        printed = ("__repr__",) if self._options["repr"] else ()
        methods |= {name: self._through(name) for name in (*compared, *printed)}
        methods |= {name: _Described(self, name) for name in _DESCRIBED}
        methods |= {_OWN: own, "__slots__": slots, "__match_args__": self._placed}
        made = type(plain)(plain.__name__, plain.__bases__, methods | values)
        made.__qualname__ = plain.__qualname__
        return made

    def compile(self) -> None:
        """Have the standard library make the class, and take its methods over."""
        with _LOCK:
            if self._compiled:
                return
            import dataclasses

            full: type = dataclasses.dataclass(frozen=True, **self._options)(self._plain)
            for name in (*_METHODS, *_DESCRIBED):
                if name in vars(full) and name not in self._kept:
                    setattr(self.made, name, vars(full)[name])
            self._compiled = True

    def _init(self) -> Callable[..., None]:
        fields, defaults, placed = self._fields.keys(), self._defaults, self._placed

        def fill(instance: object, *others: object, **given: object) -> None:
            self._left -= 1
            named = dict(zip(placed, others, strict=False)) if others else {}
            filled = {**defaults, **named, **given}
            if self._left < 0 or len(named) != len(others) or named.keys() & given or filled.keys() != fields:
                # Where something is missing or too much, the compiled method says what.
                self.compile()
                self.made.__init__(instance, *others, **given)  # type: ignore[misc]  # it is an object of it
                return
            _fill(instance, filled.items())

        return fill

    def _through(self, name: str) -> Callable[..., Any]:
        """A method that compiles the class, and then is the compiled one."""

        def method(instance: object, *others: object) -> Any:  # noqa: ANN401 - whatever it gives
            self.compile()
            return getattr(self.made, name)(instance, *others)

        return method


def _refuse(instance: object, name: str, *_: object) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"cannot change field {name!r} of {type(instance).__name__}")


def _fill(instance: object, values: Iterable[tuple[str, object]]) -> None:
    for name, value in values:
        _set(instance, name, value)
