"""What a carrier account of kind `numbered` can be told in the configuration."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from waybilld_carriers.numbered.wire import S10, Scheme, Span, Sscc
from waybilld_sdk.settings import Settings


class NumberRange(Settings):
    """Serials that were handed to this account: without check digit, both ends included."""

    first: int = Field(ge=0, description="The first serial.")
    last: int = Field(ge=0, description="The last serial.")

    @model_validator(mode="after")
    def _upwards(self) -> NumberRange:
        if self.last < self.first:
            raise ValueError(f"the range runs from {self.first} down to {self.last}: swap `first` and `last`")
        return self


class NumberedSettings(Settings):
    """Settings of an account that issues its own numbers."""

    scheme: Literal["s10", "sscc"] = Field(description="s10: UPU S10, 13 characters; sscc: GS1 SSCC, 18 digits.")
    ranges: list[NumberRange] = Field(
        min_length=1, description="Serials to issue, used in this order. Never take a range out of use and put it back."
    )
    service_indicator: str | None = Field(
        default=None, pattern="^[A-Z]{2}$", description="s10: the two letters that the post assigned, such as RR or CP."
    )
    country: str | None = Field(
        default=None, pattern="^[A-Z]{2}$", description="s10: ISO 3166-1 alpha-2 code of the issuing post."
    )
    company_prefix: str | None = Field(
        default=None, pattern="^[0-9]{4,12}$", description="sscc: your GS1 company prefix, 4 to 12 digits."
    )
    extension: int | None = Field(default=None, ge=0, le=9, description="sscc: the extension digit, 0 to 9.")
    services: list[str] = Field(
        default_factory=lambda: ["standard"], min_length=1, description="Names of the services that can be asked for."
    )
    warn_below: int = Field(default=100, ge=0, description="Warn when so many numbers are left.")

    @model_validator(mode="after")
    def _whole(self) -> NumberedSettings:
        wanted = {"s10": ("service_indicator", "country"), "sscc": ("company_prefix", "extension")}
        for scheme, names in wanted.items():
            for name in names:
                if (getattr(self, name) is not None) != (scheme == self.scheme):
                    verb = "needs" if scheme == self.scheme else "has no"
                    raise ValueError(f"scheme {self.scheme} {verb} `{name}`")
        if len(set(self.services)) != len(self.services) or not all(self.services):
            raise ValueError("services must be different names, none of them empty")
        digits = self.numbering().digits
        before: NumberRange | None = None
        for one in sorted(self.ranges, key=lambda one: one.first):
            if one.last >= 10**digits:
                raise ValueError(f"the range {one.first} to {one.last} does not fit: serials have {digits} digits here")
            if before is not None and one.first <= before.last:
                raise ValueError(
                    f"the ranges {before.first} to {before.last} and {one.first} to {one.last} overlap: "
                    "a number could be issued twice"
                )
            before = one
        return self

    def numbering(self) -> Scheme:
        """How serials become numbers."""
        if self.scheme == "s10":
            return S10(self.service_indicator or "", self.country or "")
        return Sscc(self.extension or 0, self.company_prefix or "")

    def spans(self) -> list[Span]:
        """The ranges as (first, last), in the order of use."""
        return [(one.first, one.last) for one in self.ranges]
