//! Bits from the front of bytes, most significant first, as headers of codecs have them.

/// Where the next bit is. What lies behind the end is `None`.
pub(crate) struct Bits<'a> {
    data: &'a [u8],
    place: usize,
}

impl<'a> Bits<'a> {
    pub(crate) const fn new(data: &'a [u8]) -> Self {
        Self { data, place: 0 }
    }

    /// How many bits were taken.
    pub(crate) const fn place(&self) -> usize {
        self.place
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        let bit = self.data.get(self.place / 8)? >> (7 - self.place % 8) & 1;
        self.place += 1;
        Some(bit == 1)
    }

    /// Takes a flag that has to be so.
    pub(crate) fn must(&mut self, wanted: bool) -> Option<()> {
        self.flag().filter(|is| *is == wanted).map(drop)
    }

    /// The number in so many bits; of more than 32, that in the last 32.
    pub(crate) fn take(&mut self, count: u32) -> Option<u32> {
        (0..count).try_fold(0, |sum, _| Some(sum << 1 | u32::from(self.flag()?)))
    }

    /// A number of Exp-Golomb's form: so many zeroes, a one, and as many bits. `None` where it has more than 32.
    pub(crate) fn golomb(&mut self) -> Option<u32> {
        let mut zeroes = 0;
        while !self.flag()? {
            zeroes += 1;
        }
        Some((1_u32.checked_shl(zeroes)? | self.take(zeroes)?) - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_come_from_the_most_significant_on() {
        let mut bits = Bits::new(&[0b1010_0110, 0b1100_0000]);
        assert_eq!((bits.flag(), bits.flag(), bits.take(3), bits.take(0)), (Some(true), Some(false), Some(4), Some(0)));
        // Across bytes.
        assert_eq!((bits.take(5), bits.place()), (Some(0b1_1011), 10));
        assert_eq!(Bits::new(&[0xff, 0, 0, 0, 1]).take(40), Some(1));
    }

    #[test]
    fn a_flag_that_is_not_as_it_must_be_is_none() {
        let mut bits = Bits::new(&[0b1000_0000]);
        assert_eq!((bits.must(true), bits.must(true)), (Some(()), None));
    }

    #[test]
    fn behind_the_end_is_nothing() {
        assert_eq!(Bits::new(&[]).flag(), None);
        assert_eq!(Bits::new(&[0xff]).take(9), None);
        let mut bits = Bits::new(&[0xff]);
        assert_eq!((bits.take(8), bits.flag(), bits.take(1), bits.golomb()), (Some(255), None, None, None));
        // The one is there, and its bits are not.
        assert_eq!(Bits::new(&[0b0000_1000]).golomb(), None);
    }

    #[test]
    fn numbers_of_exp_golomb_follow_one_another() {
        // 1, 010, 011, 00100, 00101, 0001000.
        let mut bits = Bits::new(&[0b1010_0110, 0b0100_0010, 0b1000_1000]);
        let numbers: Vec<_> = (0..6).map(|_| bits.golomb()).collect();
        assert_eq!(numbers, [Some(0), Some(1), Some(2), Some(3), Some(4), Some(7)]);
    }

    #[test]
    fn the_greatest_number_has_31_zeroes() {
        assert_eq!(Bits::new(&[0, 0, 0, 1, 255, 255, 255, 254]).golomb(), Some(u32::MAX - 1));
        assert_eq!(Bits::new(&[0, 0, 0, 0, 0x80, 0, 0, 0, 0, 0]).golomb(), None);
        assert_eq!(Bits::new(&[0; 64]).golomb(), None);
    }
}
