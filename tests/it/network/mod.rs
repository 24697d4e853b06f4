//! The daemon on the network: who gets in over TCP, how sign-ins of other machines are kept, and what limits them.
//!
//! About 20 s of work, most of it argon2 without optimisation, so that each test signs in as seldom as it can.

mod fake;
mod keyring;
mod limits;
mod profiles;
mod settings;
mod tcp;
mod tls;

const EMAIL: &str = "ada@example.org";
const PASSWORD: &str = "a tram full of marmalade";
