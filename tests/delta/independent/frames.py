"""Zstandard frames, by the library that the project uses too: RFC 8878 is not what is tried here."""

import ctypes
import ctypes.util

from coding import Corrupt

_zstd = ctypes.CDLL(ctypes.util.find_library("zstd"))
_zstd.ZSTD_createDStream.restype = ctypes.c_void_p
_zstd.ZSTD_freeDStream.argtypes = [ctypes.c_void_p]
for _name in ("ZSTD_decompressStream", "ZSTD_DCtx_setParameter", "ZSTD_DCtx_refPrefix"):
    getattr(_zstd, _name).restype = ctypes.c_size_t
_zstd.ZSTD_isError.argtypes = [ctypes.c_size_t]

WINDOW_LOG_MAX = 100  # ZSTD_d_windowLogMax
PIECE = 1 << 17


class _Buffer(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_void_p), ("size", ctypes.c_size_t), ("at", ctypes.c_size_t)]


def _checked(result):
    if _zstd.ZSTD_isError(result):
        raise Corrupt("a damaged frame")
    return result


def decompress(stream, window_log, prefix=b""):
    """DELTA §1: what a stream of a segment holds; nothing if it is empty."""
    if not stream:
        return b""
    if stream[:4] != bytes.fromhex("28b52ffd"):
        raise Corrupt("not a frame")
    context = ctypes.c_void_p(_zstd.ZSTD_createDStream())
    try:
        _checked(_zstd.ZSTD_DCtx_setParameter(context, WINDOW_LOG_MAX, window_log))
        held = ctypes.create_string_buffer(prefix, len(prefix))
        if prefix:
            _checked(_zstd.ZSTD_DCtx_refPrefix(context, held, ctypes.c_size_t(len(prefix))))
        return _decompress(context, stream)
    finally:
        _zstd.ZSTD_freeDStream(context)


def _decompress(context, stream):
    held = ctypes.create_string_buffer(bytes(stream), len(stream))
    room = ctypes.create_string_buffer(PIECE)
    source = _Buffer(ctypes.addressof(held), len(stream), 0)
    result = bytearray()
    while True:
        target = _Buffer(ctypes.addressof(room), PIECE, 0)
        left = _checked(_zstd.ZSTD_decompressStream(
            context, ctypes.byref(target), ctypes.byref(source)))
        result += room.raw[:target.at]
        if left == 0:
            break
        if target.at == 0 and source.at == len(stream):
            raise Corrupt("a frame that ends too early")
    if source.at != len(stream) or not result:
        raise Corrupt("bytes after a frame, or an empty one")
    return bytes(result)
