"""Moving sums, recursive filters, Fourier transforms; what lies outside a series counts as zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..remarks import checkpoint
from .numbers import shown, whole_numbers

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_OFTEN = 10_000


def moving(
    text: str | None,
    coefficients: str | None,
    normalize: bool | None,  # noqa: FBT001  # as the SQL gives it
    center: bool | None,  # noqa: FBT001
) -> str | None:
    """``series_fir``: each element and those before it, weighted.

    :param normalize: whether the weights are divided by their sum; None: where none is negative.
    :param center: whether the window lies around the element.
    """
    import numpy as np

    values, weights = whole_numbers("series_fir", text), whole_numbers("series_fir", coefficients)
    if values is None or weights is None:
        return None
    negative = min(weights) < 0
    if normalize and negative:
        return None
    scale = sum(weights) if normalize or (normalize is None and not negative) else 1.0
    summed = np.convolve(values, weights) / np.float64(scale)
    shift = len(weights) // 2 if center else 0
    padded = np.concatenate([summed, np.zeros(shift)])
    return shown(padded[shift : shift + len(values)].tolist())


def recursive(text: str | None, numerators: str | None, denominators: str | None) -> str | None:
    """``series_iir``: each element from those before it and from results before it.

    :raises ValueError: a first denominator of zero.
    """
    values = whole_numbers("series_iir", text)
    b, a = whole_numbers("series_iir", numerators), whole_numbers("series_iir", denominators)
    if values is None or a is None or b is None:
        return None
    if a[0] == 0:
        raise ValueError("series_iir() divides by the first denominator, and it is zero.")
    results: list[float] = []
    for place in range(len(values)):
        if place % _OFTEN == 0:
            checkpoint()
        value = sum(b[back] * values[place - back] for back in range(min(len(b), place + 1)))
        value -= sum(a[back] * results[place - back] for back in range(1, min(len(a), place + 1)))
        results.append(value / a[0])
    return shown(results)


def transformed(real: str | None, imaginary: str | None) -> dict[str, str] | None:
    """``series_fft``: from time to frequency, not scaled."""
    import numpy as np

    values = _complex("series_fft", real, imaginary)
    return None if values is None else _parts(np.fft.fft(values))


def restored(real: str | None, imaginary: str | None) -> dict[str, str] | None:
    """``series_ifft``: from frequency to time, divided by the number of elements."""
    import numpy as np

    values = _complex("series_ifft", real, imaginary)
    return None if values is None else _parts(np.fft.ifft(values))


def _complex(function: str, real: str | None, imaginary: str | None) -> NDArray[np.complex128] | None:
    import numpy as np

    first = whole_numbers(function, real)
    second = whole_numbers(function, imaginary) if imaginary is not None else None
    if first is None or (imaginary is not None and second is None):
        return None
    if second is not None and len(second) != len(first):
        raise ValueError(f"{function}() takes two series of the same length.")
    return np.array(first) + 1j * np.array(second) if second is not None else np.array(first, dtype=np.complex128)


def _parts(values: NDArray[np.complex128]) -> dict[str, str]:
    return {"real": shown(values.real.tolist()), "imag": shown(values.imag.tolist())}
