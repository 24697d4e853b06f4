//! What the machine can do: hashes per second, with nothing around them.

use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::shared::Result;

/// As the daemon hashes: OWASP's first choice for argon2id.
const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;

/// Hashes for a while on as many threads as there are cores, each in memory that it keeps, and returns how many hashes
/// a second that were.
pub(super) fn rate(time: Duration) -> Result<f64> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(32)).map_err(|error| error.to_string())?;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rates = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(|| rate_of_one(&params, time))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err("a thread died".to_owned())))
            .collect::<Result<Vec<f64>, String>>()
    })?;
    Ok(rates.iter().sum())
}

fn rate_of_one(params: &Params, time: Duration) -> Result<f64, String> {
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let mut memory = vec![Block::new(); params.block_count()];
    let mut hash = || {
        let mut output = [0; 32];
        argon2
            .hash_password_into_with_memory(b"seventeen violet kettles", b"a salt, 16 bytes", &mut output, &mut memory)
            .map_err(|error| error.to_string())
    };
    let (begin, mut count) = (Instant::now(), 0.0);
    while begin.elapsed() < time {
        hash()?;
        count += 1.0;
    }
    Ok(count / begin.elapsed().as_secs_f64())
}
