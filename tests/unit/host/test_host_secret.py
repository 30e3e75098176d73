"""Secrets by reference: a missing one must name what a person has to put where, in the SDK's own words."""

from __future__ import annotations

from pathlib import Path

import pytest

from waybilld.host.context import read_secret
from waybilld_sdk.errors import AuthNeeded
from waybilld_sdk.settings import SecretRef


def test_each_place_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reference is given as the settings model holds it."""
    (tmp_path / "token").write_text("from a file\n")
    monkeypatch.setenv("ACME_TOKEN", "from the environment")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_secret(SecretRef(file="token"), tmp_path) == "from a file"
    assert read_secret(SecretRef(env="ACME_TOKEN"), tmp_path) == "from the environment"
    assert read_secret(SecretRef(credential="token"), Path("/nowhere")) == "from a file"


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        (SecretRef(file="absent"), "absent cannot be read: No such file"),
        (SecretRef(file="binary"), "binary cannot be read: it is no UTF-8 text"),
        (SecretRef(env="ACME_TOKEN"), "variable ACME_TOKEN is not set"),
        (SecretRef(credential="token"), "credential token: systemd passed none"),
    ],
)
def test_a_missing_secret_is_no_bug_of_the_plugin(
    reference: SecretRef, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five bugs quarantine an instance; a forgotten file must ask for a person instead."""
    (tmp_path / "binary").write_bytes(b"\xff")
    monkeypatch.delenv("ACME_TOKEN", raising=False)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(AuthNeeded, match=said):
        read_secret(reference, tmp_path)
