//! How names are compared: the one place that knows about case.

/// A case mapping, told in ISUPPORT `CASEMAPPING` (Modern IRC, "CASEMAPPING Parameter").
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Casemap {
    /// `A`-`Z` as `a`-`z`, and `[]\~` as `{}|^`.
    #[default]
    Rfc1459,
    /// `A`-`Z` as `a`-`z` only.
    Ascii,
}
