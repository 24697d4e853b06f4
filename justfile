# What people type while working on nudge. `just` lists it; the checks are in .ci/check, which CI runs too.

# List the recipes.
default:
    @just --list

# Everything that CI checks (`bash .ci/run` installs what it needs first).
check:
    bash .ci/check

# The tests, by the README's own command.
test:
    bash .ci/check test

# Format, clippy, shellcheck and, where installed, cargo-deny.
lint:
    bash .ci/check format lint scripts deny

# The documentation, warnings denied.
doc:
    bash .ci/check doc

# Format the code.
fmt:
    cargo fmt

# What takes minutes: three hundred crashes instead of thirty, and the long form of the benchmarks.
long:
    NUDGE_FAULT_ROUNDS=300 cargo test --locked --test it -- faults
    cargo bench --locked --profile dist --bench commands -- --long

# The benchmarks, with the optimised build that packages use.
bench:
    cargo bench --locked --profile dist --bench commands
