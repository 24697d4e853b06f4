//! Where everything is kept: the backends of the three services' ports, and the tests that each must pass.

pub mod sqlite;

#[cfg(test)]
mod contract;
