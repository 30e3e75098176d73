"""A mistake in the ranges is told at `config check`, not by the post office."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from waybilld_carriers.numbered.settings import NumberedSettings

S10: dict[str, Any] = {"scheme": "s10", "service_indicator": "RR", "country": "GB", "ranges": [{"first": 1, "last": 9}]}
SSCC: dict[str, Any] = {"scheme": "sscc", "company_prefix": "0614141", "extension": 0, "ranges": [{"first": 1, "last": 9}]}


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"ranges": []}, "at least 1"),
        ({"ranges": [{"first": 9, "last": 1}]}, "from 9 down to 1"),
        ({"ranges": [{"first": 1, "last": 10**8}]}, "8 digits"),
        ({"ranges": [{"first": 5, "last": 9}, {"first": 1, "last": 5}]}, "1 to 5 and 5 to 9 overlap"),
        ({"ranges": [{"first": -1, "last": 5}]}, "greater than or equal to 0"),
        ({"service_indicator": "rr"}, "pattern"),
        ({"service_indicator": None}, "scheme s10 needs `service_indicator`"),
        ({"country": None}, "scheme s10 needs `country`"),
        ({"company_prefix": "0614141"}, "scheme s10 has no `company_prefix`"),
        ({"services": ["a", "a"]}, "different names"),
        ({"services": []}, "at least 1"),
        ({"warn_below": -1}, "greater than or equal to 0"),
        ({"scheme": "ups"}, "'s10' or 'sscc'"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_s10_mistakes(change: dict[str, Any], says: str) -> None:
    """Each mistake has its own sentence."""
    with pytest.raises(ValidationError, match=says):
        NumberedSettings.model_validate(S10 | change)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"company_prefix": "123"}, "pattern"),
        ({"company_prefix": None}, "scheme sscc needs `company_prefix`"),
        ({"extension": None}, "scheme sscc needs `extension`"),
        ({"extension": 10}, "less than or equal to 9"),
        ({"ranges": [{"first": 0, "last": 10**9}]}, "9 digits"),
        ({"country": "GB"}, "scheme sscc has no `country`"),
    ],
)
def test_sscc_mistakes(change: dict[str, Any], says: str) -> None:
    """Each mistake has its own sentence."""
    with pytest.raises(ValidationError, match=says):
        NumberedSettings.model_validate(SSCC | change)


def test_good_settings_have_defaults() -> None:
    """The shortest useful configuration must pass."""
    settings = NumberedSettings.model_validate(SSCC)
    assert settings.services == ["standard"]
    assert settings.warn_below == 100
    assert NumberedSettings.model_validate(S10).numbering().number(47312482) == "RR473124829GB"
