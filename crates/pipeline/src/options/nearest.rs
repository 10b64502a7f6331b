//! The nearest known names to a word that is none of them.

/// At most so many names are offered.
const MOST: usize = 3;

/// Words less alike than this (0 to 1) have nothing to do with each other.
const ALIKE: f64 = 0.5;

/// `did you mean A or B?`, with the known names nearest to `word`; `None` where none is near.
#[must_use]
pub fn did_you_mean<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let near = nearest(word, among);
    (!near.is_empty()).then(|| format!("did you mean {}?", near.join(" or ")))
}

fn nearest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    // A name has at most a few dozen letters: the rest of a longer word can't bring it nearer, only cost time.
    let word: String = word.chars().take(64).flat_map(char::to_lowercase).collect();
    let word = word.replace('-', "_");
    let mut near: Vec<(f64, &str)> = among
        .into_iter()
        .map(|name| (likeness(&word, name), name))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    // Names clearly further off than the best would only distract.
    let least = near.first().map_or(0.0, |best| best.0 - 0.15);
    near.retain(|(likeness, _)| *likeness >= least);
    near.truncate(MOST);
    near.into_iter().map(|(_, name)| name).collect()
}

/// 1 for equal words. A name that has the word as a whole part, as `video_bitrate` has `bitrate`, is near however long
/// it is.
fn likeness(word: &str, name: &str) -> f64 {
    let spelling = strsim::normalized_damerau_levenshtein(word, name);
    let part = name.split('_').any(|part| part == word);
    if part { spelling.max(0.9) } else { spelling }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 7] = ["video_bitrate", "audio_bitrate", "max_bitrate", "video_codec", "crf", "crop", "fps"];

    #[test]
    fn a_slip_of_the_finger_finds_its_name() {
        assert_eq!(nearest("video_bitrat", NAMES), ["video_bitrate"]);
        assert_eq!(nearest("Video-Codec", NAMES), ["video_codec"]);
        assert_eq!(nearest("corp", NAMES), ["crop"]);
        assert_eq!(nearest("vcodec", NAMES), ["video_codec"]);
    }

    #[test]
    fn a_part_of_a_name_finds_all_that_have_it() {
        assert_eq!(nearest("bitrate", NAMES), ["video_bitrate", "audio_bitrate", "max_bitrate"]);
    }

    #[test]
    fn a_word_like_no_name_finds_none() {
        assert!(nearest("zzzz", NAMES).is_empty());
        assert!(nearest("", NAMES).is_empty());
        assert_eq!(did_you_mean("zzzz", NAMES), None);
        assert!(nearest(&"long".repeat(1_000_000), NAMES).is_empty());
    }

    #[test]
    fn the_names_are_offered_in_words() {
        assert_eq!(did_you_mean("fsp", NAMES).as_deref(), Some("did you mean fps?"));
    }
}
