"""Which reader a file is for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePath

from kiaim_server.errors import DataError, MediaTypeError, PluginError
from kiaim_server.hooks.host import PluginHost
from kiaim_server.model.contract import Reader


def reader_for(host: PluginHost, name: str) -> type[Reader]:
    """The reader whose name endings include that of the file `name`, in any case.

    Raises
    ------
    DataError
        If no reader is for the ending; the message lists those that are known.
    PluginError
        If two readers claim the ending.
    """
    ending = PurePath(name).suffix.lower()
    found = [reader for reader in _readers(host) if ending and ending in reader.suffixes]
    if not found:
        known = ", ".join(sorted({s for reader in _readers(host) for s in reader.suffixes}))
        what = f"the ending {ending!r}" if ending else "a name without ending"
        raise DataError(
            f"{name}: no reader is for {what}; known endings: {known or 'none'}. Rename the file "
            f"or name the reader{_unusable(host)}"
        )
    return _only(found, f"files ending in {ending!r}")


def reader_for_media_type(host: PluginHost, media_type: str) -> type[Reader]:
    """The reader for a media type; parameters such as ``; charset=utf-8`` are left aside.

    Raises
    ------
    MediaTypeError
        If there is none; the message lists those that are known.
    PluginError
        If two readers claim the media type.
    """
    plain = media_type.partition(";")[0].strip().lower()
    found = [reader for reader in _readers(host) if plain in reader.media_types]
    if not found:
        known = ", ".join(sorted({m for reader in _readers(host) for m in reader.media_types}))
        raise MediaTypeError(
            f"no reader is for {plain or 'a body of no stated type'}; known media types: "
            f"{known or 'none'}{_unusable(host)}"
        )
    return _only(found, f"media type {plain}")


def _readers(host: PluginHost) -> Iterator[type[Reader]]:
    for plugin in host.classes["reader"].values():
        if issubclass(plugin, Reader):
            yield plugin


def _only(found: list[type[Reader]], what: str) -> type[Reader]:
    if len(found) > 1:
        names = ", ".join(sorted(repr(reader.name) for reader in found))
        raise PluginError(f"the readers {names} are all for {what}; name the one to use")
    return found[0]


def _unusable(host: PluginHost) -> str:
    broken = [info for info in host.plugins if info.problem]
    listed = ", ".join(f"{info.name!r} ({info.problem})" for info in broken)
    return f"; plugins that could not be loaded: {listed}" if listed else ""
