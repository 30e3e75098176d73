"""What a shop of kind `files` can be told in the configuration."""

from __future__ import annotations

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from waybilld_marketplaces.files.values import CURRENCIES
from waybilld_sdk.settings import Settings


class FilesSettings(Settings):
    """Settings of a drop folder."""

    folder: str = Field(min_length=1, description="The drop folder; it is made where it does not exist.")
    profile: str = Field(
        default="auto",
        min_length=1,
        description="auto, a built-in column profile (generic, shopify, woocommerce), or the path of your own YAML file.",
    )
    settle_seconds: float = Field(
        default=2.0, ge=0, le=600, description="A file is left alone until it has not changed for so long."
    )
    max_file_mb: int = Field(default=64, ge=1, le=1024, description="Larger files are refused (MiB).")
    currency: str = Field(default="", description="ISO 4217 code for files without a currency column.")
    country: str = Field(
        default="", pattern="^([A-Z]{2})?$", description="ISO 3166-1 alpha-2 code for orders without a country."
    )
    timezone: str = Field(
        default="UTC", description="IANA zone of times that are written without an offset, and of the shop's days."
    )
    page_orders: int = Field(default=200, ge=100, le=500, description="Orders that are read and committed at a time.")

    @field_validator("currency")
    @classmethod
    def _iso_4217(cls, value: str) -> str:
        if value and value not in CURRENCIES:
            raise ValueError("not an ISO 4217 currency code such as EUR or CNY")
        return value

    @field_validator("timezone")
    @classmethod
    def _iana(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError("not a time zone of this machine, such as Asia/Shanghai or Europe/Berlin") from error
        return value
