//! Items copied from any strides to any others.

/// One axis: how many items it has, and how many bytes lie between them on either side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    pub(super) count: usize,
    pub(super) from: isize,
    pub(super) to: isize,
}

/// The strides of an array whose items lie one after another.
pub(crate) fn packed(shape: &[usize], bytes: usize) -> Vec<isize> {
    let mut step = bytes.cast_signed();
    let mut strides: Vec<isize> = shape
        .iter()
        .rev()
        .map(|count| {
            let stride = step;
            step = step.saturating_mul(count.cast_signed());
            stride
        })
        .collect();
    strides.reverse();
    strides
}

/// Copies every item of `bytes` bytes. `first`: where the first one lies in `from`, and in `to`.
///
/// # Panics
/// An item lies outside of either.
pub(super) fn copy(from: &[u8], to: &mut [u8], first: (usize, usize), axes: Vec<Axis>, bytes: usize) {
    if axes.iter().any(|axis| axis.count == 0) {
        return;
    }
    let (axes, bytes) = simplify(axes, bytes);
    match bytes {
        1 => walk(&axes, first, &mut |from_at, to_at| copy_one::<1>(from, to, from_at, to_at)),
        2 => walk(&axes, first, &mut |from_at, to_at| copy_one::<2>(from, to, from_at, to_at)),
        3 => walk(&axes, first, &mut |from_at, to_at| copy_one::<3>(from, to, from_at, to_at)),
        4 => walk(&axes, first, &mut |from_at, to_at| copy_one::<4>(from, to, from_at, to_at)),
        6 => walk(&axes, first, &mut |from_at, to_at| copy_one::<6>(from, to, from_at, to_at)),
        8 => walk(&axes, first, &mut |from_at, to_at| copy_one::<8>(from, to, from_at, to_at)),
        _ => walk(&axes, first, &mut |from_at, to_at| {
            to[to_at..][..bytes].copy_from_slice(&from[from_at..][..bytes]);
        }),
    }
}

/// The same copy in fewer and larger pieces: axes that go on where the next one ends are one, and items that lie one
/// after another on both sides are one item.
fn simplify(axes: Vec<Axis>, bytes: usize) -> (Vec<Axis>, usize) {
    let mut out: Vec<Axis> = Vec::with_capacity(axes.len());
    for axis in axes.into_iter().filter(|axis| axis.count > 1) {
        let length = axis.count.cast_signed();
        match out.last_mut() {
            Some(outer) if outer.from == axis.from * length && outer.to == axis.to * length => {
                *outer = Axis { count: outer.count * axis.count, ..axis };
            }
            _ => out.push(axis),
        }
    }
    let step = bytes.cast_signed();
    let whole = out.pop_if(|axis| axis.from == step && axis.to == step).map_or(1, |axis| axis.count);
    // The shorter steps inside: memory is walked through in its own order, whatever that of the axes.
    if let [.., outer, inner] = out.as_mut_slice()
        && inner.from.abs() > outer.from.abs()
        && inner.count < outer.count
    {
        std::mem::swap(outer, inner);
    }
    (out, bytes * whole)
}

/// Visits every item, by where it begins on either side.
fn walk(axes: &[Axis], at: (usize, usize), copy_item: &mut impl FnMut(usize, usize)) {
    match axes {
        [] => copy_item(at.0, at.1),
        [axis] => axis.each(at, copy_item),
        [outer, inner] => outer.each(at, |from, to| inner.each((from, to), &mut *copy_item)),
        [outer, inner @ ..] => outer.each(at, |from, to| walk(inner, (from, to), copy_item)),
    }
}

impl Axis {
    /// Where each of its items begins.
    #[inline]
    fn each(self, (from, to): (usize, usize), mut visit: impl FnMut(usize, usize)) {
        for at in 0..self.count.cast_signed() {
            visit(from.wrapping_add_signed(at * self.from), to.wrapping_add_signed(at * self.to));
        }
    }
}

/// A size known beforehand makes it one or two moves.
#[inline]
fn copy_one<const N: usize>(from: &[u8], to: &mut [u8], from_at: usize, to_at: usize) {
    let from: &[u8; N] = from[from_at..].first_chunk().expect("an item lies within its memory");
    *to[to_at..].first_chunk_mut().expect("an item lies within its memory") = *from;
}
