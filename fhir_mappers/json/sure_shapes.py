"""Recognises in microseconds what R4B surely accepts unchanged: its own classes, as stricter msgspec types.

A model of R4B costs tens of microseconds, and nearly every resource is plain. R4B accepts whatever these
types accept (a property test checks it); everything else goes to R4B itself.
"""

import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec
from msgspec import UNSET, Meta, UnsetType
from pydantic import BaseModel

from fhir_mappers.json.fhir_json import Json

# Days that every such month has; the 29th of February is left to R4B.
_DAY = r"(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31"
_TIME = r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-](0\d|1[0-3]):[0-5]\d)"
_YEAR = r"(19|20)\d\d"
_DATE = rf"{_YEAR}(-(0[1-9]|1[0-2])|-({_DAY}))?"
_NO_TIME = r"(?!\d{4}-\d\d-\d\d[T ])"  # a time without a zone is completed
_LARGEST = 10**15

# By R4B's name for the primitive type; a type missing here is left to R4B.
_PRIMITIVES: dict[str, Any] = {
    "boolean": bool,
    "string": Annotated[str, Meta(pattern=rf"^{_NO_TIME}(?=.*[!-~])\S([^\n]*\S)?\Z")],
    "code": Annotated[str, Meta(pattern=rf"^{_NO_TIME}[!-~]+( [!-~]+)*\Z")],
    "uri": Annotated[str, Meta(pattern=rf"^{_NO_TIME}[!-~]+\Z")],
    "decimal": Annotated[int, Meta(ge=-_LARGEST, le=_LARGEST)]
    | Annotated[float, Meta(ge=-_LARGEST, le=_LARGEST)],
    "date": Annotated[str, Meta(pattern=rf"^({_DATE})\Z")],
    "dateTime": Annotated[str, Meta(pattern=rf"^({_DATE}|{_YEAR}-({_DAY}){_TIME})\Z")],
    "instant": Annotated[str, Meta(pattern=rf"^({_YEAR}-({_DAY}){_TIME})\Z")],
}
_WHOLE_NUMBERS = ("integer", "unsignedInt", "positiveInt")  # their bounds are in R4B's annotation
# Left to R4B: elements that no mapper reads, or of a special kind.
_LEFT = frozenset({
    "Annotation", "Attachment", "Element", "Extension", "FHIRPrimitiveExtension", "Identifier", "Meta",
    "Narrative", "Resource", "SampledData", "Signature",
})  # fmt: skip
_NO_ELEMENTS = ("fhir_comments",)
_DROPPED_INSIDE = ("id",)  # no mapper reads it


# msgspec crashes the process where two threads convert to a type, or to one inside it, for the first time.
_BUILDING = Lock()


@dataclass(frozen=True, slots=True)
class SureShape:
    """The stricter type of an R4B class, and the choices (value[x]) among its elements."""

    struct: type[msgspec.Struct]
    choice_of: Mapping[str, str]  # by element: "valueBoolean" and all its rivals have the same
    choices_needed: frozenset[str]

    def accepts(self, elements: Json) -> bool:
        """Whether R4B would report no error in the elements, apart from missing ones.

        They also need no repair: no outer spaces, nothing empty, no time without a zone.
        """
        chosen = [choice for name in elements if (choice := self.choice_of.get(name))]
        return (
            len(set(chosen)) == len(chosen)
            and self.choices_needed.issubset(chosen)
            and _is_of(elements, self.struct)
        )


@cache
def sure_shape(model: type[BaseModel]) -> SureShape:
    """The stricter type of an R4B class."""
    choices = _choices(model)
    with _BUILDING:
        struct = _struct(model, ())
        _is_of({}, struct)  # msgspec reads the type's annotations now
    return SureShape(
        struct=struct,
        choice_of={name: names[0] for names, _ in choices for name in names},
        choices_needed=frozenset(names[0] for names, is_needed in choices if is_needed),
    )


def _is_of(elements: Json, struct: type[msgspec.Struct]) -> bool:
    try:
        msgspec.convert(elements, struct)
    except msgspec.ValidationError:
        return False
    return True


@dataclass(frozen=True, slots=True)
class Required:
    """The elements that an R4B class requires."""

    parts: tuple[str, ...]  # of a complex type
    primitives: tuple[str, ...]


@cache
def required(model: type[BaseModel]) -> Required:
    """The elements that R4B reports when they are missing."""
    fields = [(field.alias or name, field) for name, field in model.model_fields.items()]
    return Required(
        parts=tuple(name for name, field in fields if field.is_required()),
        primitives=tuple(name for name, field in fields if _told(field, "element_required")),
    )


def _struct(model: type[BaseModel], inside: tuple[type, ...]) -> type[msgspec.Struct]:
    fields: list[tuple[str, Any, Any]] = []
    for name, field in model.model_fields.items():
        is_left = name in _NO_ELEMENTS or (inside and name in _DROPPED_INSIDE)
        kind = UnsetType if is_left else _type(field.annotation, (*inside, model))
        alias = field.alias or name
        if inside and (field.is_required() or _told(field, "element_required")):
            fields.append((name, kind, msgspec.field(name=alias)))
        elif kind is not UnsetType:  # an element without a field is refused, as unknown
            fields.append((name, kind | UnsetType, msgspec.field(name=alias, default=UNSET)))
    return msgspec.defstruct(
        model.__name__,
        fields,
        kw_only=True,
        gc=False,
        forbid_unknown_fields=True,
        # The outermost elements are looked at one by one, their choices by SureShape.
        namespace={"__post_init__": _refusing(_choices(model))} if inside else {},
    )


def _type(annotation: Any, inside: tuple[type, ...]) -> Any:  # noqa: ANN401 -- any annotation
    """The msgspec type of an R4B annotation; UnsetType for a type left to R4B whenever it is present."""
    origin = get_origin(annotation)
    if origin in (Union, types.UnionType):
        parts = [part for part in get_args(annotation) if part is not types.NoneType]
        return _type(parts[0], inside) if len(parts) == 1 else UnsetType
    if origin is list:
        item: Any = _type(get_args(annotation)[0], inside)
        return UnsetType if item is UnsetType else Annotated[list[item], Meta(min_length=1)]
    if annotation is bool:
        return bool
    if hasattr(annotation, "get_model_klass"):
        return _of_model(annotation, inside)
    return _of_primitive(annotation)


def _of_model(annotation: Any, inside: tuple[type, ...]) -> Any:  # noqa: ANN401 -- any annotation
    name = annotation.__name__.removesuffix("Type")
    if name in _LEFT:
        return UnsetType
    model = annotation.get_model_klass()
    return UnsetType if model in inside else _struct(model, inside)


def _of_primitive(annotation: Any) -> Any:  # noqa: ANN401 -- any annotation
    markers = getattr(annotation, "__metadata__", ())
    kind = next((one for one in (*markers, annotation) if hasattr(one, "__visit_name__")), None)
    name = getattr(kind, "__visit_name__", "")
    if kind is not None and name in _WHOLE_NUMBERS:
        return Annotated[int, Meta(ge=kind.min_length, le=kind.max_length)]
    return _PRIMITIVES.get(name, UnsetType)


def _told(field: Any, what: str) -> Any:  # noqa: ANN401 -- pydantic's FieldInfo, and whatever R4B says there
    return (field.json_schema_extra or {}).get(what)


def _choices(model: type[BaseModel]) -> list[tuple[tuple[str, ...], bool]]:
    """The elements of each choice (value[x]), and whether one of them must be there."""
    groups: dict[str, list[str]] = {}
    needed: set[str] = set()
    for name, field in model.model_fields.items():
        if group := _told(field, "one_of_many"):
            groups.setdefault(group, []).append(name)
            needed |= {group} if _told(field, "one_of_many_required") else set()
    return [(tuple(names), group in needed) for group, names in groups.items()]


def _refusing(groups: Iterable[tuple[tuple[str, ...], bool]]) -> Callable[[msgspec.Struct], None]:
    def refuse(made: msgspec.Struct) -> None:
        for name in made.__struct_fields__:
            if getattr(made, name) is not UNSET:
                break
        else:
            raise ValueError("nothing in it")
        for names, is_needed in groups:
            count = sum(getattr(made, name, UNSET) is not UNSET for name in names)
            if count > 1 or (is_needed and not count):
                raise ValueError("a choice of several")

    return refuse
