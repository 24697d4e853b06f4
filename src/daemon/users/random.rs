//! Randomness from the system, for keys, salts and tokens.
//!
//! It must not know what the bytes are for.

use crate::daemon::error::{Error, Result};

/// Returns random bytes that are fit for a key.
pub(super) fn bytes<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(Error::internal)?;
    Ok(bytes)
}
