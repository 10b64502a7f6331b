//! What arrays are made of, by the letters of the buffer protocol.

use std::ffi::CStr;

/// The numbers that pixels and samples are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    U8,
    U16,
    I16,
    F32,
}

/// A type of which any bits are a value, and which item it is.
pub(crate) trait Sample: bytemuck::Pod + Default + Send + Sync {
    const ITEM: Item;
}

impl Sample for u8 {
    const ITEM: Item = Item::U8;
}

impl Sample for u16 {
    const ITEM: Item = Item::U16;
}

impl Sample for i16 {
    const ITEM: Item = Item::I16;
}

impl Sample for f32 {
    const ITEM: Item = Item::F32;
}

impl Item {
    const ALL: [Self; 4] = [Self::U8, Self::U16, Self::I16, Self::F32];

    /// NumPy's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::U8 => "uint8",
            Self::U16 => "uint16",
            Self::I16 => "int16",
            Self::F32 => "float32",
        }
    }

    pub(crate) const fn bytes(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::U16 | Self::I16 => 2,
            Self::F32 => 4,
        }
    }

    /// The letter of the buffer protocol.
    pub(crate) const fn format(self) -> &'static CStr {
        match self {
            Self::U8 => c"B",
            Self::U16 => c"H",
            Self::I16 => c"h",
            Self::F32 => c"f",
        }
    }

    /// The item of that name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|item| item.name() == name)
    }
}

/// NumPy's name of a type of the buffer protocol: `uint8`, `>u2` for one with its bytes swapped, or what kind it is.
pub(super) fn name(format: &CStr, bytes: usize) -> String {
    let format = format.to_string_lossy();
    let (swapped, letter) = match format.split_at_checked(1) {
        Some(("@" | "=", rest)) => (false, rest),
        Some(("<", rest)) => (cfg!(target_endian = "big"), rest),
        Some((">" | "!", rest)) => (cfg!(target_endian = "little"), rest),
        _ => (false, &*format),
    };
    let (kind, short) = match letter {
        "b" | "h" | "i" | "l" | "q" | "n" => ("int", 'i'),
        "B" | "H" | "I" | "L" | "Q" | "N" => ("uint", 'u'),
        "e" | "f" | "d" | "g" => ("float", 'f'),
        "Zf" | "Zd" | "Zg" => ("complex", 'c'),
        "?" => return "bool".to_owned(),
        "O" => return "object".to_owned(),
        _ if letter.starts_with('T') => return "structured".to_owned(),
        _ => return format!("items of the format {format:?}"),
    };
    if swapped && bytes > 1 {
        let order = if cfg!(target_endian = "little") { '>' } else { '<' };
        format!("{order}{short}{bytes}")
    } else {
        format!("{kind}{}", bytes * 8)
    }
}
