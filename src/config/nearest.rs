//! The word that somebody is likely to have meant.

/// The nearest of the right words, if one is near enough to have been meant.
pub(super) fn nearest<'a>(wrong: &str, right: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    right
        .map(|word| {
            (strsim::damerau_levenshtein(&wrong.to_lowercase(), &word.to_lowercase()), word)
        })
        .filter(|(distance, word)| *distance <= (word.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_suggested() {
        let words = || ["name", "network", "key"].into_iter();
        assert_eq!(nearest("nmae", words()), Some("name"));
        assert_eq!(nearest("Network", words()), Some("network"));
        assert_eq!(nearest("kez", words()), Some("key"));
        assert_eq!(nearest("tls", words()), None);
    }
}
