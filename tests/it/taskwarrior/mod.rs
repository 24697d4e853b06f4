//! Taking over a real Taskwarrior list and giving it back, with the real program at both ends.

mod list;
mod program;
mod refusals;
mod round_trip;
