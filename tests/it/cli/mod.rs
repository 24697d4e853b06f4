//! The command line by hand: verbs, words, exit codes, what a terminal sees.

mod hints;
mod refusals;
mod terminal;
mod titles;
mod verbs;
