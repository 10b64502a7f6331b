"""Frames as notebooks show them."""

from __future__ import annotations

from .images import encode_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._native import Frame

__all__ = ["png_of"]


def png_of(frame: Frame) -> bytes:
    """Make a PNG of a packed frame, whatever its layout and numbers."""
    array = frame.to_numpy()
    if array.shape[:2] != (frame.height, frame.width):
        array = array.transpose(1, 2, 0)
    if array.dtype == "float32":
        # Normalised numbers lie around 0: what is outside of 0 to 1 is cut off.
        array = (array.clip(0, 1) * 255 + 0.5).astype("uint8")
    if frame.format == "bgr24":
        array = array[..., ::-1]
    return encode_image(array, "png")
