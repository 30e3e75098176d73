"""Where files go when they have been read: to `done` or `rejected`, never over another file."""

from __future__ import annotations

from waybilld_marketplaces.files.place import numbered_name
from waybilld_sdk.context import Folder


class PutAway:
    """Moves inside one drop folder. Every step may be repeated after a crash. Raises `OSError`."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder

    async def keep_rows(self, name: str, data: bytes) -> None:
        """Write to `rejected`, beside and never over another file's rows; the same rows once."""
        sizes = {info.name: info.size for info in await self._folder.list("rejected")}
        number = 1
        while (candidate := numbered_name(name, number)) in sizes:
            same_size = sizes[candidate] == len(data)
            if same_size and await self._folder.read(f"rejected/{candidate}", len(data)) == data:
                return
            number += 1
        await self._folder.write(f"rejected/{candidate}", data)

    async def refuse(self, name: str, reason: str) -> None:
        """Move a file that is refused as a whole to `rejected`, with the reason beside it in `<file>.why.txt`."""
        taken = {info.name for info in await self._folder.list("rejected")}
        number = 1
        while numbered_name(name, number) in taken:
            number += 1
        target = numbered_name(name, number)
        await self._folder.write(f"rejected/{target}.why.txt", f"{name}: {reason}\n".encode())
        await self._folder.rename(name, f"rejected/{target}")

    async def finish(self, name: str) -> None:
        """Move a file to `done`, under the next free name."""
        number = 1
        while True:
            try:
                await self._folder.rename(name, f"done/{numbered_name(name, number)}")
            except FileExistsError:
                number += 1
            else:
                return
