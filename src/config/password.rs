//! The password of the server, kept only as a hash.

use argon2::{
    Argon2,
    password_hash::{PasswordHasher, SaltString, rand_core::OsRng},
};

/// Longer does not fit into `PASS :...` on a line of 512 bytes.
const MOST_BYTES: usize = 504;

/// Why a password cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Nothing was given.
    #[error("the password is empty; type it, or give it as one line on standard input")]
    Empty,
    /// No client could send it.
    #[error("the password is longer than {MOST_BYTES} bytes and would not fit into a PASS command")]
    Long,
    /// No client could send it.
    #[error("the password holds a NUL, CR or LF, which no client can send")]
    Unsendable,
    /// The hash could not be made.
    #[error("the password could not be hashed: {0}")]
    Hash(argon2::password_hash::Error),
}

/// The Argon2id hash of a password in PHC format, with a random salt and the cost that the
/// `argon2` crate recommends.
pub fn hash_password(password: &[u8]) -> Result<String, PasswordError> {
    if password.is_empty() {
        return Err(PasswordError::Empty);
    }
    if password.len() > MOST_BYTES {
        return Err(PasswordError::Long);
    }
    if password.iter().any(|byte| matches!(byte, 0 | b'\r' | b'\n')) {
        return Err(PasswordError::Unsendable);
    }
    let salt = SaltString::generate(&mut OsRng);
    Argon2::default()
        .hash_password(password, &salt)
        .map(|hash| hash.to_string())
        .map_err(PasswordError::Hash)
}
