//! How passwords are kept and compared: argon2id (RFC 9106), a bounded number at a time.
//!
//! It must not know whose password it is, nor where the hash is stored.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::password::Password;
use super::random;
use crate::daemon::error::{Error, Result};

const SALT: usize = 16;
const OUTPUT: usize = 32;
/// More than this is no hash of ours, and to compute it would be a way to stop the daemon.
const BOUNDS: Cost = Cost { memory_kib: 256 * 1024, passes: 16, lanes: 8 };
/// Room that a computation asks for at least, in blocks of 1 KiB: 33 MiB, of which only what it needs is touched.
///
/// glibc maps a larger request than 32 MiB on its own and unmaps it when it is freed. Smaller ones it begins to serve
/// from its heap once one of that size was freed, and the heap keeps them: 19 MiB a thread in an idle daemon.
const ROOM: usize = 33 * 1024;

const FULL: Error = Error::Unavailable("too many sign-ins at once; nothing was changed, try again in a moment");

/// What one hash costs: memory, passes over it, and lanes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes, one after the other here.
    pub lanes: u32,
}

impl Cost {
    /// The cost of new hashes, as the OWASP Password Storage Cheat Sheet has it: about 30 ms.
    pub const PRESENT: Self = Self { memory_kib: 19_456, passes: 2, lanes: 1 };

    fn exceeds(self, other: Self) -> bool {
        self.memory_kib > other.memory_kib || self.passes > other.passes || self.lanes > other.lanes
    }
}

/// What came of comparing a password with a stored hash.
#[derive(PartialEq, Eq)]
pub enum Verdict {
    /// It is not the one.
    Wrong,
    /// It is the one.
    Right,
    /// It is the one, and the stored hash is cheaper than new ones are: here is a fresh one to store.
    RightButWeak(String),
}

impl std::fmt::Debug for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Wrong => "Wrong",
            Self::Right => "Right",
            Self::RightButWeak(_) => "RightButWeak(…)",
        })
    }
}

/// Computes hashes, so many at a time. Clones share the bound.
#[derive(Clone)]
pub struct Hashing(Arc<Shared>);

struct Shared {
    cost: Cost,
    /// One for each computation that runs.
    threads: Arc<Semaphore>,
    /// One for each that runs or waits.
    places: Arc<Semaphore>,
    most: usize,
    /// Memory of computations that have ended, for the next, as long as anybody has a place. The system clears new
    /// memory page by page, which costs a fifth of a hash.
    spare: Mutex<Vec<Vec<Block>>>,
    /// Compared with when there is nothing to compare with; it is the hash of nothing in particular.
    dummy: Stored,
}

#[derive(Clone)]
struct Stored {
    cost: Cost,
    salt: Salt,
    output: Output,
}

impl Hashing {
    /// Lets `threads` computations run at a time and `waiting` more wait.
    ///
    /// # Errors
    /// `internal` when the system has no randomness.
    pub fn new(threads: usize, waiting: usize) -> Result<Self> {
        Self::with_cost(threads, waiting, Cost::PRESENT)
    }

    /// Does the same at another cost: for tests, and for what comes after [`Cost::PRESENT`].
    ///
    /// # Errors
    /// `internal` when the system has no randomness, or argon2 knows no such cost.
    pub fn with_cost(threads: usize, waiting: usize, cost: Cost) -> Result<Self> {
        params(cost, OUTPUT)?;
        let salt = Salt::new(&random::bytes::<SALT>()?).map_err(Error::internal)?;
        let output = Output::new(&random::bytes::<OUTPUT>()?).map_err(Error::internal)?;
        let threads = threads.max(1);
        let most = threads.saturating_add(waiting).min(Semaphore::MAX_PERMITS);
        Ok(Self(Arc::new(Shared {
            cost,
            threads: Arc::new(Semaphore::new(threads)),
            places: Arc::new(Semaphore::new(most)),
            most,
            spare: Mutex::default(),
            dummy: Stored { cost, salt, output },
        })))
    }

    /// Says whether anybody would be turned away now, before anything else is done for them. No place is taken.
    ///
    /// # Errors
    /// `unavailable` when too many wait already.
    pub fn has_room(&self) -> Result<()> {
        if self.0.places.available_permits() == 0 { Err(FULL) } else { Ok(()) }
    }

    /// Hashes a password to be stored, as a PHC string with a salt of its own.
    ///
    /// # Errors
    /// `unavailable` when too many wait already.
    pub async fn hash(&self, password: &Password) -> Result<String> {
        let cost = self.0.cost;
        self.run(password, move |password, memory| fresh(password, cost, memory)).await
    }

    /// Compares a password with the stored hash, if there is one; if there is none, it takes as long.
    ///
    /// A stored hash that can't be read, or that would cost more than any of ours, is like none.
    ///
    /// # Errors
    /// `unavailable` when too many wait already.
    pub async fn verify(&self, password: &Password, stored: Option<&str>) -> Result<Verdict> {
        let known = stored.and_then(Stored::read);
        if stored.is_some() && known.is_none() {
            tracing::warn!("a stored password hash can't be used: nobody can sign in with that password");
        }
        let (there, dummy, cost) = (known.is_some(), self.0.dummy.clone(), self.0.cost);
        self.run(password, move |password, memory| {
            let stored = known.unwrap_or(dummy);
            // `Output` compares in constant time.
            let equal = compute(password, &stored.salt, stored.cost, stored.output.len(), memory)? == stored.output;
            Ok(match there && equal {
                false => Verdict::Wrong,
                true if stored.is_weaker_than(cost) => Verdict::RightButWeak(fresh(password, cost, memory)?),
                true => Verdict::Right,
            })
        })
        .await
    }

    /// Runs a computation when it is its turn.
    ///
    /// Its turn ends when it ends, and not when the one who asked goes away: a thread can't be stopped, and many
    /// requests that are given up must not make many threads.
    async fn run<T: Send + 'static>(
        &self,
        password: &Password,
        work: impl FnOnce(&Password, &mut Vec<Block>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = self.turn().await?;
        let password = password.clone();
        let work = move || {
            let Turn { _thread, place } = turn;
            let shared = &place.shared;
            let mut memory = shared.spare().pop().unwrap_or_default();
            let result = work(&password, &mut memory);
            // One that a costlier hash has made larger is not kept.
            if memory.capacity() <= ROOM {
                shared.spare().push(memory);
            }
            result
        };
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
    }

    async fn turn(&self) -> Result<Turn> {
        let place = Arc::clone(&self.0.places).try_acquire_owned().map_err(|_| FULL)?;
        let place = Place { shared: Arc::clone(&self.0), permit: Some(place) };
        let thread = Arc::clone(&self.0.threads).acquire_owned().await.map_err(Error::internal)?;
        Ok(Turn { _thread: thread, place })
    }
}

impl Shared {
    fn spare(&self) -> MutexGuard<'_, Vec<Vec<Block>>> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a computation has until its end.
struct Turn {
    _thread: OwnedSemaphorePermit,
    place: Place,
}

/// A place among those who compute or wait.
struct Place {
    shared: Arc<Shared>,
    permit: Option<OwnedSemaphorePermit>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.permit = None;
        // The last one gives the memory back.
        if self.shared.places.available_permits() == self.shared.most {
            drop(std::mem::take(&mut *self.shared.spare()));
        }
    }
}

impl Stored {
    /// Reads a PHC string, if it is argon2id of the present version and within bounds.
    fn read(text: &str) -> Option<Self> {
        let hash = PasswordHash::new(text).ok()?;
        let present = hash.algorithm == Algorithm::Argon2id.ident() && hash.version == Some(Version::V0x13.into());
        let number = |name: &str| hash.params.get_decimal(name);
        let cost = Cost { memory_kib: number("m")?, passes: number("t")?, lanes: number("p")? };
        let (salt, output) = (hash.salt?, hash.hash?);
        // Three parameters and no more: a key id or data would go into the hash.
        let usable = present && hash.params.iter().count() == 3 && !cost.exceeds(BOUNDS);
        (usable && params(cost, output.len()).is_ok()).then_some(Self { cost, salt, output })
    }

    fn is_weaker_than(&self, cost: Cost) -> bool {
        let short = self.output.len() < OUTPUT || self.salt.len() < SALT;
        short || cost.memory_kib > self.cost.memory_kib || cost.passes > self.cost.passes
    }
}

fn params(cost: Cost, output: usize) -> Result<Params> {
    Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(output)).map_err(Error::internal)
}

fn fresh(password: &Password, cost: Cost, memory: &mut Vec<Block>) -> Result<String> {
    let salt = Salt::new(&random::bytes::<SALT>()?).map_err(Error::internal)?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params(cost, OUTPUT)?).map_err(Error::internal)?,
        salt: Some(salt),
        hash: Some(compute(password, &salt, cost, OUTPUT, memory)?),
    };
    Ok(hash.to_string())
}

/// Computes a hash of a length, in memory that may hold anything and is made to fit.
fn compute(password: &Password, salt: &Salt, cost: Cost, length: usize, memory: &mut Vec<Block>) -> Result<Output> {
    let params = params(cost, length)?;
    let blocks = params.block_count();
    if memory.capacity() < blocks {
        // Not both at once.
        *memory = Vec::new();
        memory.try_reserve_exact(blocks.max(ROOM)).map_err(|_| {
            Error::Unavailable("no memory to check a password; nothing was changed, try again in a moment")
        })?;
    }
    memory.resize(blocks, Block::new());
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let mut output = [0; Output::MAX_LENGTH];
    let output = output.get_mut(..length).ok_or_else(|| Error::internal("a longer hash than there is"))?;
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, output, memory).map_err(Error::internal)?;
    Output::new(output).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use std::future::{Future, poll_fn};
    use std::pin::{Pin, pin};
    use std::task::Poll;

    use super::*;
    use crate::api::error::ErrorCode;

    const CHEAP: Cost = Cost { memory_kib: 16, passes: 2, lanes: 1 };

    fn cheap() -> Hashing {
        Hashing::with_cost(1, 1, CHEAP).expect("a cost that argon2 knows")
    }

    fn password(text: &str) -> Password {
        Password::new(text.to_owned())
    }

    async fn is_waiting<T>(future: Pin<&mut impl Future<Output = T>>) -> bool {
        let mut future = future;
        poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other_is() {
        let hashing = Hashing::new(1, 1).expect("randomness");
        let hash = hashing.hash(&password("wobbly teapot")).await.expect("hashed");
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        let [.., salt, output] = hash.split('$').collect::<Vec<_>>()[..] else { panic!("parts") };
        assert_eq!((salt.len(), output.len()), (22, 43), "16 and 32 bytes");
        assert_eq!(hashing.verify(&password("wobbly teapot"), Some(&hash)).await.expect("compared"), Verdict::Right);
        let hashing = cheap();
        let hash = hashing.hash(&password("wobbly teapot")).await.expect("hashed");
        for other in ["wobbly teapo", "wobbly teapot ", "Wobbly teapot", ""] {
            assert_eq!(hashing.verify(&password(other), Some(&hash)).await.expect("compared"), Verdict::Wrong);
        }
        assert_eq!(hashing.verify(&password("wobbly teapot"), None).await.expect("compared"), Verdict::Wrong);
    }

    #[tokio::test]
    async fn every_hash_has_its_own_salt_and_normal_forms_are_one_password() {
        let hashing = cheap();
        let hash = hashing.hash(&password("Zoe\u{308} 1000")).await.expect("hashed");
        assert_ne!(hash, hashing.hash(&password("Zoe\u{308} 1000")).await.expect("hashed"));
        assert_eq!(hashing.verify(&password("Zo\u{eb} 1000"), Some(&hash)).await.expect("compared"), Verdict::Right);
        // The end of a long password counts.
        let long = "x".repeat(1000);
        let hash = hashing.hash(&password(&long)).await.expect("hashed");
        assert_eq!(hashing.verify(&password(&long[1..]), Some(&hash)).await.expect("compared"), Verdict::Wrong);
    }

    #[tokio::test]
    async fn a_hash_that_others_made_is_known() {
        // RFC 9106 has no vector without secret and data; this is the one of the reference implementation's tests.
        let hash = "$argon2id$v=19$m=256,t=2,p=2$c29tZXNhbHQ$bQk8UB/VmZZF4Oo79iDXuL5/0ttZwg2f/5U52iv1cDc";
        let verdict = cheap().verify(&password("password"), Some(hash)).await.expect("compared");
        assert!(matches!(verdict, Verdict::RightButWeak(_)), "a salt of 8 bytes is short");
    }

    #[tokio::test]
    async fn a_weak_hash_is_made_anew_when_the_password_is_right() {
        let stronger = Cost { memory_kib: 32, passes: 3, lanes: 1 };
        let stronger = Hashing::with_cost(1, 1, stronger).expect("a cost that argon2 knows");
        let old = cheap().hash(&password("wobbly teapot")).await.expect("hashed");
        assert_eq!(stronger.verify(&password("another"), Some(&old)).await.expect("compared"), Verdict::Wrong);
        let verdict = stronger.verify(&password("wobbly teapot"), Some(&old)).await.expect("compared");
        assert_eq!(format!("{verdict:?}"), "RightButWeak(…)");
        let Verdict::RightButWeak(new) = verdict else { panic!("weak") };
        assert!(new.starts_with("$argon2id$v=19$m=32,t=3,p=1$"), "{new}");
        assert_eq!(stronger.verify(&password("wobbly teapot"), Some(&new)).await.expect("compared"), Verdict::Right);
        // And one that is stronger than today's is left alone.
        assert_eq!(cheap().verify(&password("wobbly teapot"), Some(&new)).await.expect("compared"), Verdict::Right);
    }

    #[tokio::test]
    async fn a_hash_that_is_damaged_or_too_costly_is_like_none() {
        let hashing = cheap();
        let good = hashing.hash(&password("wobbly teapot")).await.expect("hashed");
        let tail = good.rsplitn(3, '$').take(2).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("$");
        let with = |params: &str| format!("$argon2id$v=19${params}${tail}");
        assert!(Stored::read(&with("m=16,t=2,p=1")).is_some());
        assert!(Stored::read(&with("m=262144,t=16,p=8")).is_some());
        let bad = [
            String::new(),
            "x".to_owned(),
            "$".repeat(1000),
            "wobbly teapot".to_owned(),
            "$2b$12$abcdefghijklmnopqrstuv".to_owned(),
            good[1..].to_owned(),
            good[..good.len() / 2].to_owned(),
            format!("{good}$x"),
            good.replace("argon2id", "argon2i"),
            good.replace("argon2id", "argon2d"),
            good.replace("v=19", "v=16"),
            good.replace("$v=19", ""),
            with("m=262145,t=2,p=1"),
            with("m=4294967295,t=2,p=1"),
            with("m=99999999999,t=2,p=1"),
            with("m=16,t=17,p=1"),
            with("m=128,t=2,p=9"),
            with("m=16,t=0,p=1"),
            with("m=7,t=2,p=1"),
            with("m=16,t=2,p=0"),
            with("m=16,t=2"),
            with("m=16,t=2,p=1,keyid=AAAA"),
            with("m=-16,t=2,p=1"),
        ];
        for bad in bad {
            assert!(Stored::read(&bad).is_none(), "{bad:.60}");
            let verdict = hashing.verify(&password("wobbly teapot"), Some(&bad)).await.expect("compared");
            assert_eq!(verdict, Verdict::Wrong, "{bad:.60}");
        }
    }

    #[tokio::test]
    async fn so_many_run_so_many_wait_and_the_rest_is_turned_away() {
        let hashing = cheap();
        let running = hashing.turn().await.expect("free");
        let text = password("wobbly teapot");
        {
            let mut waiting = pin!(hashing.hash(&text));
            assert!(is_waiting(waiting.as_mut()).await);
            for _ in 0..2 {
                assert!(hashing.has_room().is_err());
                let error = hashing.verify(&text, None).await.expect_err("full");
                assert_eq!(error.code(), ErrorCode::Unavailable);
            }
        }
        // The one that waited went away, and its place is free.
        assert!(hashing.has_room().is_ok());
        let mut waiting = pin!(hashing.hash(&text));
        assert!(is_waiting(waiting.as_mut()).await);
        assert!(hashing.hash(&text).await.is_err());
        drop(running);
        assert!(waiting.await.is_ok());
        assert_eq!((hashing.0.threads.available_permits(), hashing.0.places.available_permits()), (1, 2));
    }

    #[tokio::test]
    async fn a_computation_keeps_its_turn_when_nobody_waits_for_it_any_more() {
        let hashing = cheap();
        let (begun, told) = std::sync::mpsc::channel::<()>();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let text = password("wobbly teapot");
        let work = move |_: &Password, _: &mut Vec<Block>| {
            begun.send(()).expect("the test listens");
            held.recv().map_err(Error::internal)
        };
        {
            let mut given_up = pin!(hashing.run(&text, work));
            assert!(is_waiting(given_up.as_mut()).await);
        }
        told.recv().expect("it runs");
        assert_eq!(hashing.0.threads.available_permits(), 0);
        let mut next = pin!(hashing.hash(&text));
        assert!(is_waiting(next.as_mut()).await);
        release.send(()).expect("it still runs");
        assert!(next.await.is_ok());
    }

    #[tokio::test]
    async fn memory_is_kept_while_anybody_has_a_place_and_what_it_held_does_not_matter() {
        let hashing = Hashing::with_cost(2, 1, CHEAP).expect("a cost that argon2 knows");
        let text = password("wobbly teapot");
        let first = hashing.hash(&text).await.expect("hashed");
        assert!(hashing.0.spare().is_empty(), "nobody is there");
        let other = hashing.turn().await.expect("free");
        for _ in 0..3 {
            assert_eq!(hashing.verify(&text, Some(&first)).await.expect("compared"), Verdict::Right);
            assert_eq!(hashing.verify(&password("another"), Some(&first)).await.expect("compared"), Verdict::Wrong);
            assert_eq!(hashing.0.spare().len(), 1);
        }
        drop(other);
        assert!(hashing.0.spare().is_empty(), "the last one has gone");
    }

    #[test]
    fn the_memory_of_a_computation_is_asked_for_in_a_piece_that_goes_back() {
        // glibc, malloc.c: DEFAULT_MMAP_THRESHOLD_MAX.
        const { assert!(ROOM * Block::SIZE > 32 << 20) };
        assert!(ROOM >= params(Cost::PRESENT, OUTPUT).expect("known").block_count());
    }
}
