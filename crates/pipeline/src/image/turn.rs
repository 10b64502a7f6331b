//! Pictures turned as their files say that they are to be shown.

use super::{Picture, Samples};

/// Turns a picture by Exif's number; 1, and what is no such number, leaves it as it is.
pub(super) fn turn(picture: Picture, orientation: u8) -> Picture {
    // Whether rows become columns, and which of the stored sides is then shown backwards.
    let (transposed, across, down) = match orientation {
        2 => (false, true, false),
        3 => (false, true, true),
        4 => (false, false, true),
        5 => (true, false, false),
        6 => (true, false, true),
        7 => (true, true, true),
        8 => (true, true, false),
        _ => return picture,
    };
    let Picture { width, height, channels, samples } = picture;
    let from = Stored { width, height, channels, transposed, across, down };
    let samples = match samples {
        Samples::Bytes(data) => Samples::Bytes(from.turned(&data)),
        Samples::Words(data) => Samples::Words(from.turned(&data)),
    };
    let (width, height) = from.shown();
    Picture { width, height, channels, samples }
}

/// The stored picture and the way it is turned.
struct Stored {
    width: usize,
    height: usize,
    channels: usize,
    transposed: bool,
    across: bool,
    down: bool,
}

impl Stored {
    fn shown(&self) -> (usize, usize) {
        if self.transposed { (self.height, self.width) } else { (self.width, self.height) }
    }

    fn turned<T: Copy>(&self, data: &[T]) -> Vec<T> {
        let (width, height) = self.shown();
        let mut out = Vec::with_capacity(data.len());
        for y in 0..height {
            for x in 0..width {
                let (x, y) = if self.transposed { (y, x) } else { (x, y) };
                let x = if self.across { self.width - 1 - x } else { x };
                let y = if self.down { self.height - 1 - y } else { y };
                let at = (y * self.width + x) * self.channels;
                out.extend_from_slice(&data[at..at + self.channels]);
            }
        }
        out
    }
}
