//! What describes a whole stream beside its codec parameters.

use ffmpeg_sys_next as ffi;

use crate::error::{Result, no_memory};
use crate::frame::Frame;
use crate::raw;
use crate::raw::get_enum;
use crate::time::Rational;

/// What a stream says beside its codec parameters.
#[derive(Clone, Debug, Default)]
pub struct SideData {
    /// Blocks of side data by FFmpeg's number of their type.
    blocks: Vec<(i32, Vec<u8>)>,
    /// Whether its first picture carries HDR10+ (SMPTE ST 2094-40), which may change with every picture.
    pub has_hdr10_plus: bool,
    /// Whether its first picture carries Dolby Vision.
    pub has_dolby_vision: bool,
}

const DISPLAY_MATRIX: i32 = ffi::AVPacketSideDataType::AV_PKT_DATA_DISPLAYMATRIX as i32;
const STEREO: i32 = ffi::AVPacketSideDataType::AV_PKT_DATA_STEREO3D as i32;
const SPHERE: i32 = ffi::AVPacketSideDataType::AV_PKT_DATA_SPHERICAL as i32;
const MASTERING: i32 = ffi::AVPacketSideDataType::AV_PKT_DATA_MASTERING_DISPLAY_METADATA as i32;
const LIGHT: i32 = ffi::AVPacketSideDataType::AV_PKT_DATA_CONTENT_LIGHT_LEVEL as i32;
const DOLBY: i32 = ffi::AVPacketSideDataType::AV_PKT_DATA_DOVI_CONF as i32;

/// The screen a picture was graded on (SMPTE ST 2086).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MasteringDisplay {
    /// CIE x and y of red, green, blue and white.
    pub chromaticities: [[Rational; 2]; 4],
    /// Darkest and brightest, in candela a square metre.
    pub luminance: [Rational; 2],
}

/// How bright the pictures of a stream are (CTA-861.3), in candela a square metre.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LightLevel {
    /// The brightest pixel.
    pub max: u32,
    /// The brightest picture, on average over its pixels.
    pub average: u32,
}

impl SideData {
    /// Copies what a stream has.
    ///
    /// # Safety
    /// `stream` is a valid stream with parameters.
    pub(crate) unsafe fn of_stream(stream: &ffi::AVStream) -> Self {
        // SAFETY: the stream is valid, so its array is.
        unsafe {
            #[cfg(ffmpeg_6_1)]
            return Self::of_entries((*stream.codecpar).coded_side_data, (*stream.codecpar).nb_coded_side_data);
            #[cfg(not(ffmpeg_6_1))]
            return Self::of_entries(stream.side_data, stream.nb_side_data);
        }
    }

    /// Copies an array of FFmpeg's.
    ///
    /// # Safety
    /// `entries` points at `count` valid entries, each with `size` bytes of data or null.
    pub(crate) unsafe fn of_entries(entries: *const ffi::AVPacketSideData, count: i32) -> Self {
        // SAFETY: the caller's promise.
        unsafe {
            let entries = (0..count.max(0).unsigned_abs() as usize).map(|i| entries.add(i));
            let blocks = entries
                .filter(|e| !(**e).data.is_null())
                .map(|e| (get_enum!((*e).type_), std::slice::from_raw_parts((*e).data, (*e).size).to_vec()));
            Self { blocks: blocks.collect(), ..Self::default() }
        }
    }

    /// Adds what a stream's first picture says of HDR, where the container does not say it. FFmpeg lays both out alike.
    pub fn add_hdr_of(&mut self, frame: &Frame) {
        use ffi::AVFrameSideDataType as T;
        for (kind, of_frame) in
            [(MASTERING, T::AV_FRAME_DATA_MASTERING_DISPLAY_METADATA), (LIGHT, T::AV_FRAME_DATA_CONTENT_LIGHT_LEVEL)]
        {
            if let (None, Some(data)) = (self.get(kind), frame.side_data(of_frame)) {
                self.blocks.push((kind, data.to_vec()));
            }
        }
        self.has_hdr10_plus |= frame.side_data(T::AV_FRAME_DATA_DYNAMIC_HDR_PLUS).is_some();
        self.has_dolby_vision |= frame.side_data(T::AV_FRAME_DATA_DOVI_METADATA).is_some();
    }

    /// Gives the blocks to an output stream, in the place of what it has of the same types.
    ///
    /// # Safety
    /// `stream` is a valid stream of a muxer whose header is not written yet.
    pub(crate) unsafe fn give_to(&self, stream: *mut ffi::AVStream) -> Result<()> {
        for (kind, data) in &self.blocks {
            // SAFETY: the stream and its parameters are valid; the block that comes back has room for `data`.
            unsafe {
                #[cfg(not(ffmpeg_6_1))]
                let block = raw::av_stream_new_side_data(stream, *kind, data.len());
                #[cfg(ffmpeg_6_1)]
                let block = {
                    let parameters = &mut *(*stream).codecpar;
                    let (list, count) = (&raw mut parameters.coded_side_data, &raw mut parameters.nb_coded_side_data);
                    let entry = raw::av_packet_side_data_new(list, count, *kind, data.len(), 0);
                    entry.as_ref().map_or(std::ptr::null_mut(), |entry| entry.data)
                };
                if block.is_null() {
                    return Err(no_memory("side data"));
                }
                std::ptr::copy_nonoverlapping(data.as_ptr(), block, data.len());
            }
        }
        Ok(())
    }

    fn get(&self, kind: i32) -> Option<&[u8]> {
        self.blocks.iter().find(|(k, _)| *k == kind).map(|(_, data)| data.as_slice())
    }

    /// The first `N` numbers of a block, which FFmpeg lays out as C integers.
    fn numbers<const N: usize>(&self, kind: i32) -> Option<[i32; N]> {
        let (words, _) = self.get(kind)?.as_chunks::<4>();
        let words: Vec<i32> = words.iter().take(N).map(|w| i32::from_ne_bytes(*w)).collect();
        words.try_into().ok()
    }

    /// The display matrix: how a player turns and flips the picture. 16.16 fixed point, the last column 2.30.
    pub fn display_matrix(&self) -> Option<[i32; 9]> {
        self.numbers(DISPLAY_MATRIX)
    }

    /// The screen the pictures were graded on, where all of it is told.
    pub fn mastering_display(&self) -> Option<MasteringDisplay> {
        let [numbers @ .., has_colors, has_luminance] = self.numbers::<22>(MASTERING)?;
        let (pairs, _) = numbers.as_chunks::<2>();
        let values: Vec<Rational> = pairs.iter().map(|[num, den]| Rational::new(*num, *den)).collect();
        let sane = has_colors != 0 && has_luminance != 0 && values.iter().all(|v| v.num >= 0 && v.den > 0);
        let [rx, ry, gx, gy, bx, by, wx, wy, min, max] = values.try_into().ok().filter(|_| sane)?;
        Some(MasteringDisplay { chromaticities: [[rx, ry], [gx, gy], [bx, by], [wx, wy]], luminance: [min, max] })
    }

    /// How bright the pictures are, where that is told.
    pub fn light_level(&self) -> Option<LightLevel> {
        let [max, average] = self.numbers(LIGHT)?.map(i32::cast_unsigned);
        Some(LightLevel { max, average }).filter(|level| (level.max, level.average) != (0, 0))
    }

    /// The profile of Dolby Vision that the container tells.
    pub fn dolby_vision_profile(&self) -> Option<u8> {
        // Version (major, minor), then the profile, a byte each.
        self.get(DOLBY)?.get(2).copied()
    }

    /// Whether the picture is one for two eyes.
    pub fn is_stereo(&self) -> bool {
        self.get(STEREO).is_some()
    }

    /// Whether the picture is mapped on a sphere around the viewer.
    pub fn is_spherical(&self) -> bool {
        self.get(SPHERE).is_some()
    }

    /// The blocks of this and, where it has none of their type, those of another.
    #[must_use]
    pub fn or(mut self, other: Self) -> Self {
        for (kind, data) in other.blocks {
            if self.get(kind).is_none() {
                self.blocks.push((kind, data));
            }
        }
        self
    }

    /// The mastering display and the light level alone.
    #[must_use]
    pub fn hdr(&self) -> Self {
        self.only(&[MASTERING, LIGHT])
    }

    /// What says how the picture is to be seen: by two eyes, or as a sphere.
    #[must_use]
    pub fn view(&self) -> Self {
        self.only(&[STEREO, SPHERE])
    }

    fn only(&self, kinds: &[i32]) -> Self {
        let blocks = self.blocks.iter().filter(|(kind, _)| kinds.contains(kind)).cloned().collect();
        Self { blocks, ..Self::default() }
    }
}
