//! Items copied from any strides to any others.

/// One axis: how many items it has, and how many bytes lie between them on either side.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    pub(super) count: usize,
    pub(super) from: isize,
    pub(super) to: isize,
}

/// The strides of an array whose items lie one after another.
pub(super) fn packed(shape: &[usize], bytes: usize) -> Vec<isize> {
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

/// Copies every item of `bytes` bytes.
///
/// # Safety
/// Each item that the axes lead to from `from` may be read, and from `to` be written; what is read lies apart from what
/// is written.
pub(super) unsafe fn copy(from: *const u8, to: *mut u8, axes: Vec<Axis>, bytes: usize) {
    if axes.iter().any(|axis| axis.count == 0) {
        return;
    }
    let (axes, bytes) = simplify(axes, bytes);
    // SAFETY: the same items, in fewer axes.
    unsafe {
        match bytes {
            1 => walk(from, to, &axes, &|from, to| copy_one::<1>(from, to)),
            2 => walk(from, to, &axes, &|from, to| copy_one::<2>(from, to)),
            3 => walk(from, to, &axes, &|from, to| copy_one::<3>(from, to)),
            4 => walk(from, to, &axes, &|from, to| copy_one::<4>(from, to)),
            6 => walk(from, to, &axes, &|from, to| copy_one::<6>(from, to)),
            8 => walk(from, to, &axes, &|from, to| copy_one::<8>(from, to)),
            _ => walk(from, to, &axes, &|from, to| from.copy_to_nonoverlapping(to, bytes)),
        }
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

/// # Safety
/// As [`copy`], for `copy_item`.
unsafe fn walk(from: *const u8, to: *mut u8, axes: &[Axis], copy_item: &impl Fn(*const u8, *mut u8)) {
    match axes {
        [] => copy_item(from, to),
        [axis] => axis.each(from, to, copy_item),
        [outer, inner] => outer.each(from, to, |from, to| inner.each(from, to, copy_item)),
        // SAFETY: the items of one step of the axis.
        [outer, inner @ ..] => outer.each(from, to, |from, to| unsafe { walk(from, to, inner, copy_item) }),
    }
}

impl Axis {
    /// Where each of its items begins.
    #[inline]
    fn each(self, from: *const u8, to: *mut u8, mut visit: impl FnMut(*const u8, *mut u8)) {
        for at in 0..self.count.cast_signed() {
            visit(from.wrapping_offset(at * self.from), to.wrapping_offset(at * self.to));
        }
    }
}

/// # Safety
/// `N` bytes can be read and written, apart from each other.
unsafe fn copy_one<const N: usize>(from: *const u8, to: *mut u8) {
    // SAFETY: the caller's promise; a size known beforehand makes it one or two moves.
    unsafe { from.copy_to_nonoverlapping(to, N) }
}
