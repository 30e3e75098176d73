"""The testing kit for plugin authors: drive an adapter without any event loop, and hold it against the contract.

The only part of the SDK that imports pytest; nothing outside tests imports this package.
"""

import pytest

# A failed `assert` of the kit shows its values, as one in the author's own tests does.
_PARTS = ("asking", "carrier", "context", "marketplace", "printer")
pytest.register_assert_rewrite(*(f"{__name__}.{part}" for part in _PARTS))
