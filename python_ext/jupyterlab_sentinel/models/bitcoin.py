"""Whether a text is a Bitcoin address: its checksum decides.

Base58Check as in Bitcoin's wiki; Bech32 as in BIP 173, Bech32m as in BIP 350.
"""

from __future__ import annotations

from hashlib import sha256

_BASE58 = {char: value for value, char in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")}
_BECH32 = {char: value for value, char in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32_SUM, _BECH32M_SUM = 1, 0x2BC830A3
_PAYLOAD_BYTES, _CHECKSUM_BYTES = 21, 4
_VERSIONS = (0, 5)  # pay to public key hash, pay to script hash, on the main network


def is_bitcoin_address(text: str) -> bool:
    """Whether ``text`` is an address of Bitcoin's main network with a valid checksum."""
    lowered = text.lower()
    if lowered.startswith("bc1"):
        return text in (lowered, text.upper()) and _is_segwit(lowered)
    return _is_base58(text)


def _is_base58(text: str) -> bool:
    number = 0
    for char in text:
        value = _BASE58.get(char)
        if value is None:
            return False
        number = number * 58 + value
    size = _PAYLOAD_BYTES + _CHECKSUM_BYTES
    if number >= 256**size:
        return False
    decoded = number.to_bytes(size, "big")
    zeros = len(decoded) - len(decoded.lstrip(b"\0"))
    if zeros != len(text) - len(text.lstrip("1")):
        return False
    payload, checksum = decoded[:_PAYLOAD_BYTES], decoded[_PAYLOAD_BYTES:]
    return payload[0] in _VERSIONS and sha256(sha256(payload).digest()).digest()[:_CHECKSUM_BYTES] == checksum


def _is_segwit(text: str) -> bool:
    data = [_BECH32.get(char, -1) for char in text[3:]]
    if not 14 <= len(text) <= 90 or -1 in data or len(data) < 7:
        return False
    version, program = data[0], data[1:-6]
    prefix = [ord(char) >> 5 for char in "bc"] + [0] + [ord(char) & 31 for char in "bc"]
    expected = _BECH32_SUM if version == 0 else _BECH32M_SUM
    return version <= 16 and _polymod(prefix + data) == expected and _program_fits(version, program)


def _program_fits(version: int, program: list[int]) -> bool:
    """The witness program is 2 to 40 whole bytes, padded with fewer than five zero bits; 20 or 32 in version 0."""
    bits = len(program) * 5
    size, padding = divmod(bits, 8)
    if padding >= 5 or (program and program[-1] & ((1 << padding) - 1)):
        return False
    return size in (20, 32) if version == 0 else 2 <= size <= 40


def _polymod(values: list[int]) -> int:
    checksum = 1
    for value in values:
        top = checksum >> 25
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value
        for position, generator in enumerate(_GENERATOR):
            if top >> position & 1:
                checksum ^= generator
    return checksum
