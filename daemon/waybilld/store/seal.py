"""Personal data at rest: AES-256-GCM with one data key per order version, wrapped by the node's master key.

Deleting a data key shreds the row and every blob sealed with it. A backup made before still holds the wrapped key: with the
master key it can be read, so that backups must not be kept longer than personal data may be. Keyed digests let the journal
name data without holding it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE_BYTES = 12
KEY_BYTES = 32
_REMEMBERED = 4096
"""Orders on their way through the stages: about 2 KB each."""


class Shredded(Exception):
    """The data key is gone: what it sealed can't be read any more, and that is meant so."""


class Seal:
    """Seals and opens. `random_bytes(n)` gives n bytes fit for keys."""

    def __init__(self, master_key: bytes, random_bytes: Callable[[int], bytes]) -> None:
        if len(master_key) != KEY_BYTES:
            raise ValueError(f"the master key must have {KEY_BYTES} bytes, this one has {len(master_key)}")
        self._random = random_bytes
        self.opened: OrderedDict[bytes, object] = OrderedDict()
        """What was opened lately, by wrapped data key; bounded, and never written anywhere."""
        self._wrap = AESGCM(hashlib.sha256(b"waybilld wrap\0" + master_key).digest())
        self._mac_key = hashlib.sha256(b"waybilld digest\0" + master_key).digest()

    def remember(self, wrapped: bytes, value: object) -> None:
        """Keep an opened value for the stages that follow soon."""
        self.opened[wrapped] = value
        if len(self.opened) > _REMEMBERED:
            self.opened.popitem(last=False)

    def new_key(self) -> tuple[bytes, bytes]:
        """A fresh data key: (the key, the key wrapped for storage)."""
        key = self._random(KEY_BYTES)
        nonce = self._random(_NONCE_BYTES)
        return key, nonce + self._wrap.encrypt(nonce, key, None)

    def unwrap(self, wrapped: bytes | None) -> bytes:
        """The data key. Raises `Shredded` when it was deleted."""
        if wrapped is None:
            raise Shredded("the personal data of this order was deleted as the retention rules ask")
        return self._wrap.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], None)

    def close(self, key: bytes, data: bytes) -> bytes:
        """Seal bytes with a data key."""
        nonce = self._random(_NONCE_BYTES)
        return nonce + AESGCM(key).encrypt(nonce, data, None)

    def open(self, key: bytes, sealed: bytes) -> bytes:
        """Open sealed bytes. Raises `cryptography.exceptions.InvalidTag` when they were changed."""
        return AESGCM(key).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)

    def digest(self, data: bytes) -> str:
        """A keyed digest, 64 hex digits: comparable here, meaningless elsewhere."""
        return hmac.new(self._mac_key, data, hashlib.sha256).hexdigest()
