//! Characters that nobody sees, with which a name could look like another.

use std::ops::RangeInclusive;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// What of the characters that Unicode has be left out in display (`Default_Ignorable_Code_Point`,
/// Unicode 16, `DerivedCoreProperties.txt`) is neither of category Cf nor unassigned: joiners,
/// fillers and selectors of variants.
const IGNORABLE: &[RangeInclusive<char>] = &[
    '\u{34f}'..='\u{34f}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0f}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{e0100}'..='\u{e01ef}',
];

/// Whether a name has a character that is not seen, or only as a gap: of the general categories Cc,
/// Cf, Zl, Zp and Zs (Unicode Standard, section 4.5), or left out in display.  To be asked of names
/// alone: in texts joiners have their use.
pub fn has_invisible(name: &str) -> bool {
    !name.is_ascii() && name.chars().any(is_unseen) || name.bytes().any(is_ascii_unseen)
}

fn is_ascii_unseen(byte: u8) -> bool {
    byte == b' ' || byte.is_ascii_control()
}

fn is_unseen(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator, SpaceSeparator};
    matches!(
        c.general_category(),
        Control | Format | LineSeparator | ParagraphSeparator | SpaceSeparator
    ) || IGNORABLE.iter().any(|range| range.contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_found_and_letters_of_any_script_and_signs_are_not() {
        for unseen in [
            '\0',
            '\t',
            ' ',
            '\u{7f}',
            '\u{80}',
            '\u{85}',
            '\u{a0}',
            '\u{ad}',
            '\u{34f}',
            '\u{600}',
            '\u{61c}',
            '\u{115f}',
            '\u{1680}',
            '\u{180e}',
            '\u{2000}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{2029}',
            '\u{202e}',
            '\u{202f}',
            '\u{205f}',
            '\u{2060}',
            '\u{2066}',
            '\u{3000}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{fff9}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0041}',
            '\u{e0100}',
        ] {
            assert!(has_invisible(&format!("#he{unseen}lp")), "{unseen:?}");
            assert!(has_invisible(&format!("#hé{unseen}lp")), "{unseen:?}");
        }
        for name in
            ["#", "#help", "#Ünïcödé", "#名前", "#שלום", "#हिन्दी", "#e\u{301}", "#😀", "#-_|~"]
        {
            assert!(!has_invisible(name), "{name:?}");
        }
    }

    #[test]
    fn all_that_std_knows_to_be_white_or_control_is_unseen() {
        let mut chars = (0..=0x10_ffff).filter_map(char::from_u32);
        assert!(chars.all(|c| is_unseen(c) || !(c.is_whitespace() || c.is_control())));
    }
}
