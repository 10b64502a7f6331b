//! Names of languages, and the form in which a container takes one.

/// ISO 639-1 codes, each followed by its ISO 639-2/T code.
const SHORT: &str = "\
    aaaar ababk aeave afafr akaka amamh anarg arara asasm avava ayaym azaze babak bebel bgbul bhbih bibis bmbam \
    bnben bobod brbre bsbos cacat ceche chcha cocos crcre csces cuchu cvchv cycym dadan dedeu dvdiv dzdzo eeewe \
    elell eneng eoepo esspa etest eueus fafas ffful fifin fjfij fofao frfra fyfry gagle gdgla glglg gngrn guguj \
    gvglv hahau heheb hihin hohmo hrhrv hthat huhun hyhye hzher iaina idind ieile igibo iiiii ikipk ioido isisl \
    itita iuiku jajpn jvjav kakat kgkon kikik kjkua kkkaz klkal kmkhm knkan kokor krkau kskas kukur kvkom kwcor \
    kykir lalat lbltz lglug lilim lnlin lolao ltlit lulub lvlav mgmlg mhmah mimri mkmkd mlmal mnmon mrmar msmsa \
    mtmlt mymya nanau nbnob ndnde nenep ngndo nlnld nnnno nonor nrnbl nvnav nynya ococi ojoji omorm orori ososs \
    papan pipli plpol pspus ptpor quque rmroh rnrun roron rurus rwkin sasan scsrd sdsnd sesme sgsag sisin skslk \
    slslv smsmo snsna sosom sqsqi srsrp ssssw stsot susun svswe swswa tatam tetel tgtgk ththa titir tktuk tltgl \
    tntsn toton trtur tstso tttat twtwi tytah uguig ukukr ururd uzuzb veven vivie vovol wawln wowol xhxho yiyid \
    yoyor zazha zhzho zuzul";

/// ISO 639-2/B codes (of libraries), each followed by its 639-2/T code, where the two differ.
const LIBRARY: &str = "\
    albsqi armhye baqeus burmya chizho czeces dutnld frefra geokat gerdeu greell iceisl macmkd maomri maymsa \
    perfas rumron sloslk tibbod welcym";

/// The languages of QuickTime's own list, in the form under which FFmpeg's muxer finds them; it writes no other.
const QUICKTIME: &str = "\
    alb amh ara arm asm aym aze baq bel ben bul bur cat ces chi dan dut dzo eng epo est fin fra geo ger gre grn \
    guj heb hin hun ice ind ita jav jpn kan kas kaz khm kin kir kor kur lao lat lav lit mac mal mar may mlg mlt \
    mon nep nor nya ori orm per pol por pus que ron run rus san sin slk slv snd som spa sve swa tam tat tel tgk \
    tgl tha tib tir tuk tur uig ukr urd uzb vie wel yid";

/// The entry of a table that begins with `code`, without it.
fn after(table: &'static str, code: &str) -> Option<&'static str> {
    table.split(' ').find_map(|entry| entry.strip_prefix(code).filter(|rest| rest.len() == 3))
}

/// The ISO 639-2/T code of what a tag names: of `de`, `ger`, `deu`, `de-AT` it is `deu`. `None` where it is no code.
fn canonical(tag: &str) -> Option<String> {
    let code = tag.split(['-', '_']).next().unwrap_or_default().trim().to_lowercase();
    match code.len() {
        2 => after(SHORT, &code).map(str::to_owned),
        3 if code.is_ascii() => Some(after(LIBRARY, &code).map_or(code.clone(), str::to_owned)),
        _ => None,
    }
}

/// Whether two tags name one language.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other) || canonical(one).is_some_and(|code| canonical(other) == Some(code))
}

/// A language tag in the form that the container takes; `None` where it has none for it.
pub(super) fn for_container(tag: &str, container: &str) -> Option<String> {
    let Some(code) = canonical(tag) else {
        // Containers with a field of three letters take no other words.
        let takes_text = matches!(container, "ogg" | "opus" | "oga" | "flac" | "nut" | "matroska" | "webm");
        return takes_text.then(|| tag.to_owned());
    };
    match container {
        "mov" => {
            let library = LIBRARY.split(' ').find_map(|entry| entry.strip_suffix(code.as_str()));
            let forms =
                [Some(code.as_str()), library, (code == "swe").then_some("sve"), (code == "fas").then_some("per")];
            forms.into_iter().flatten().find(|form| QUICKTIME.split(' ').any(|known| known == *form)).map(str::to_owned)
        }
        // Of three letters any are kept as they are: which of the two forms it is says nothing.
        _ if tag.len() == 3 => Some(tag.to_lowercase()),
        _ => Some(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_language_is_the_same_one() {
        for tag in ["de", "deu", "ger", "GER", "de-AT", "de_CH"] {
            assert!(is_same(tag, "deu") && is_same("de", tag), "{tag}");
        }
        assert!(!is_same("de", "eng") && !is_same("", "eng") && !is_same("nonsense", "non"));
        assert!(is_same("nonsense", "Nonsense"));
    }

    #[test]
    fn containers_get_the_form_they_take() {
        assert_eq!(for_container("en-US", "mp4").as_deref(), Some("eng"));
        assert_eq!(for_container("fre", "mp4").as_deref(), Some("fre"));
        assert_eq!(for_container("fre", "mov").as_deref(), Some("fra"));
        assert_eq!(for_container("de", "mov").as_deref(), Some("ger"));
        assert_eq!(for_container("swe", "mov").as_deref(), Some("sve"));
        assert_eq!(for_container("hrv", "mov"), None);
        assert_eq!(for_container("Klingon", "mp4"), None);
        assert_eq!(for_container("Klingon", "matroska").as_deref(), Some("Klingon"));
    }

    #[test]
    fn tables_are_whole() {
        assert!(SHORT.split(' ').all(|entry| entry.len() == 5));
        assert!(LIBRARY.split(' ').all(|entry| entry.len() == 6));
        assert!(QUICKTIME.split(' ').all(|entry| entry.len() == 3));
    }
}
