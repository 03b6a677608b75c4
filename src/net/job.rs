//! What takes too long for a shard's thread, on a thread that may wait.

use argon2::{Argon2, PasswordHash, PasswordVerifier};

/// Whether the password is right.  Compared in constant time by the hash's own library; a hash
/// that cannot be read, which the check of the configuration does not let pass, fits nothing.
pub fn verify_password(hash: &str, password: &[u8]) -> bool {
    PasswordHash::new(hash)
        .is_ok_and(|hash| Argon2::default().verify_password(password, &hash).is_ok())
}
