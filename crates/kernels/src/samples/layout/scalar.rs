//! A sample at a time, for any number of channels.

/// `to` is whole frames; they are those from `at` on.
pub(super) fn interleave<T: Copy>(from: &[&[T]], at: usize, to: &mut [T]) {
    let frames = to.len() / from.len();
    for (channel, plane) in from.iter().enumerate() {
        for (frame, sample) in to.chunks_exact_mut(from.len()).zip(&plane[at..][..frames]) {
            frame[channel] = *sample;
        }
    }
}

/// `from` is whole frames; they become those from `at` on.
pub(super) fn deinterleave<T: Copy>(from: &[T], to: &mut [&mut [T]], at: usize) {
    let channels = to.len();
    for (channel, plane) in to.iter_mut().enumerate() {
        let plane = &mut plane[at..][..from.len() / channels];
        for (frame, sample) in from.chunks_exact(channels).zip(plane) {
            *sample = frame[channel];
        }
    }
}
