//! The daemon's life: who starts it, what it keeps to itself, what it refuses, how it ends.

mod database;
mod life;
mod private;
mod replace;
mod start;
