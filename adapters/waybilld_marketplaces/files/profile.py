"""Column profiles: which heading carries which field, as YAML; and the plan that comes of a profile and a real header."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal, TypeVar

import yaml
from pydantic import Field, ValidationError, model_validator

from waybilld_sdk.settings import Settings

Heading = list[str | list[str]]
"""Alternatives, best first: the first that is not empty counts. Headings in an inner list are joined."""

OrderField = Literal["paid_at", "ship_by", "currency", "total", "buyer_message", "seller_memo", "service", "order_type"]
ConsigneeField = Literal["name", "phone", "country", "province", "city", "district", "street", "postcode"]
LineField = Literal["ref", "sku", "title", "quantity", "unit_price"]
Verdict = Literal["paid", "unpaid", "cancelled", "refunded", "fulfilled", "next", "ask"]

F = TypeVar("F", bound=str)

Places = tuple[tuple[int, ...], ...]
"""A field in one real file: alternatives of column numbers that are joined."""


class ProfileError(ValueError):
    """A profile that cannot be used; the message says which, where and why."""


class StatusRule(Settings):
    """One column that speaks about the order's status. Rules are asked in turn.

    `filled`: what any text in the column means. `words`: what each word means (case does not matter, "" is the empty
    cell); `next` passes on to the next rule, `ask` rejects the order because a person must look at it.
    """

    column: list[str] = Field(min_length=1)
    words: dict[str, Verdict] = Field(default_factory=dict)
    filled: Verdict | None = None


class Profile(Settings):
    """One kind of export. `known` lists further published headings, which nothing reads."""

    name: str = Field(min_length=1, max_length=60)
    title: str
    sources: list[str] = Field(default_factory=list)
    order_id: Heading = Field(min_length=1)
    status: list[StatusRule] = Field(min_length=1)
    order: dict[OrderField, Heading] = Field(default_factory=dict)
    consignee: list[dict[ConsigneeField, Heading]] = Field(min_length=1)
    line: dict[LineField, Heading]
    countries: dict[str, str] = Field(default_factory=dict)
    known: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _complete(self) -> Profile:
        if any("name" not in block for block in self.consignee):
            raise ValueError("every consignee block needs `name`")
        if "quantity" not in self.line or not {"sku", "title"} & set(self.line):
            raise ValueError("line needs `quantity`, and `sku` or `title`")
        return self

    def headings(self) -> set[str]:
        """Every heading that the profile knows, normalised."""
        fields: list[Heading] = [self.order_id, *self.order.values(), *self.line.values(), [*self.known]]
        fields += [heading for block in self.consignee for heading in block.values()]
        fields += [[*rule.column] for rule in self.status]
        return {normal(name) for field in fields for group in field for name in _group(group)}


@dataclass(frozen=True, slots=True)
class StatusPlan:
    """A status rule in one real file."""

    places: Places
    words: Mapping[str, Verdict]
    filled: Verdict | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A profile laid over one real header. Column numbers count from 0; `header` is as the file has it."""

    profile: str
    header: tuple[str, ...]
    order_id: Places
    status: tuple[StatusPlan, ...]
    order: Mapping[str, Places]
    consignee: tuple[Mapping[str, Places], ...]
    line: Mapping[str, Places]
    countries: dict[str, str]
    order_columns: tuple[int, ...]
    """The columns that speak of the order as a whole: its rows must not contradict each other there."""

    def heading(self, places: Places) -> str:
        """The heading to name in a message about a field."""
        return self.header[places[0][0]] if places else ""


def normal(heading: str) -> str:
    """A heading for comparison: no outer or repeated blanks, case folded."""
    return " ".join(heading.split()).casefold()


def load(setting: str) -> list[Profile]:
    """The profiles that a shop's `profile` setting allows: every built-in one for `auto`, else the one named.

    A setting that is a path names a profile of the user's own. Raises `ProfileError`.
    """
    if "/" in setting or setting.endswith((".yaml", ".yml")):
        return [_read(setting, Path(setting))]
    built_in = resources.files("waybilld_marketplaces.files.profiles")
    names = sorted(entry.name.removesuffix(".yaml") for entry in built_in.iterdir() if entry.name.endswith(".yaml"))
    if setting != "auto" and setting not in names:
        raise ProfileError(
            f"there is no column profile {setting!r}: write auto, one of {', '.join(names)}, or the path of a YAML file"
        )
    wanted = names if setting == "auto" else [setting]
    with resources.as_file(built_in) as folder:
        return [_read(name, folder / f"{name}.yaml") for name in wanted]


def _read(name: str, path: Path) -> Profile:
    try:
        return Profile.model_validate(yaml.safe_load(path.read_text("utf-8")))
    except OSError as error:
        raise ProfileError(f"the column profile {name} cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ProfileError(f"the column profile {name} is not YAML: {error}") from error
    except ValidationError as error:
        where = "; ".join(f"{'.'.join(map(str, one['loc'])) or 'profile'}: {one['msg']}" for one in error.errors())
        raise ProfileError(f"the column profile {name} is not complete: {where}") from error


def lay(profile: Profile, header: Sequence[str]) -> Plan | list[str]:
    """The plan for a real header, or the headings that are missing (one for each field that cannot be found)."""
    columns: dict[str, int] = {}
    for number, heading in enumerate(header):
        columns.setdefault(normal(heading), number)

    def places(field: Heading) -> Places:
        found = (tuple(columns[normal(name)] for name in _group(group) if normal(name) in columns) for group in field)
        return tuple(group for group in found if group)

    def present(fields: Mapping[F, Heading]) -> dict[str, Places]:
        return {key: places(field) for key, field in fields.items() if places(field)}

    status = tuple(StatusPlan(places([*rule.column]), _folded(rule.words), rule.filled) for rule in profile.status)
    blocks = tuple(block for block in map(present, profile.consignee) if "name" in block)
    line = present(profile.line)
    order_id = places(profile.order_id)
    missing = [] if order_id else [_first(profile.order_id)]
    missing += [] if status[-1].places else [profile.status[-1].column[0]]
    missing += [] if blocks else [_first(profile.consignee[0]["name"])]
    missing += [] if "quantity" in line else [_first(profile.line["quantity"])]
    missing += [] if {"sku", "title"} & set(line) else [_first(profile.line.get("sku") or profile.line["title"])]
    if missing:
        return missing
    kept = tuple(rule for rule in status if rule.places)
    names = {name.casefold(): code for name, code in profile.countries.items()}
    order = present(profile.order)
    shared = [*order.values(), *(rule.places for rule in kept), *(field for block in blocks for field in block.values())]
    columns_of_order = tuple(sorted({column for field in shared for group in field for column in group}))
    return Plan(profile.name, tuple(header), order_id, kept, order, blocks, line, names, columns_of_order)


def match(profiles: Sequence[Profile], header: Sequence[str]) -> Plan | str:
    """The plan of the profile that knows most of the header, or one sentence that says why none fits."""
    given = {normal(heading) for heading in header}
    ranked = sorted(profiles, key=lambda profile: (-len(given & profile.headings()), profile.name))
    for profile in ranked:
        plan = lay(profile, header)
        if isinstance(plan, Plan):
            return _unambiguous(plan)
    nearest = ranked[0]
    missing = lay(nearest, header)
    assert isinstance(missing, list)
    known = nearest.headings()
    if len(given & known) < 2:
        return (
            f"the first row does not look like the header of an order export (expected were columns such as "
            f"{', '.join(map(repr, missing[:3]))}). Export with column names, or name an own profile in the shop's "
            "setting `profile`"
        )
    unknown = [heading for heading in header if normal(heading) not in known]
    return (
        f"no column profile fits this header. The nearest is {nearest.name!r}; missing: "
        f"{'; '.join(_hinted(name, unknown) for name in missing)}. Unknown: {_some(unknown)}. Rename the columns, or name "
        "an own profile in the shop's setting `profile`"
    )


def _unambiguous(plan: Plan) -> Plan | str:
    """Refuse a header that has one of the columns in use twice: which of the two is meant cannot be known."""
    fields = [plan.order_id, *plan.line.values()]
    used = {column for field in fields for group in field for column in group} | set(plan.order_columns)
    names = [normal(heading) for heading in plan.header]
    twice = sorted({plan.header[column] for column in used if names.count(names[column]) > 1})
    if twice:
        return f"the header has the column {twice[0]!r} twice: remove or rename one of them"
    return plan


def _folded(words: Mapping[str, Verdict]) -> dict[str, Verdict]:
    return {word.casefold(): verdict for word, verdict in words.items()}


def _group(group: str | list[str]) -> list[str]:
    return [group] if isinstance(group, str) else group


def _first(field: Heading) -> str:
    return field[0] if isinstance(field[0], str) else field[0][0]


def _hinted(name: str, unknown: Sequence[str]) -> str:
    close = difflib.get_close_matches(normal(name), [normal(heading) for heading in unknown], n=1, cutoff=0.7)
    meant = next((heading for heading in unknown if close and normal(heading) == close[0]), "")
    return f"{name!r} (did you mean the column {meant!r}?)" if meant else repr(name)


def _some(headings: Sequence[str]) -> str:
    shown = ", ".join(repr(heading[:40]) for heading in headings[:10])
    return (shown or "none") + (f" and {len(headings) - 10} more" if len(headings) > 10 else "")
