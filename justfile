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

# Writes docs/openapi.json anew from the code.
openapi:
    cargo test --locked --lib -- --ignored renew_openapi

# What takes minutes: three hundred crashes instead of thirty, the long form of the benchmarks, and five minutes of
# schemathesis (`pip install -r .ci/schemathesis.txt`).
long:
    NUDGE_FAULT_ROUNDS=300 cargo test --locked --test it -- faults
    cargo bench --locked --profile dist --bench commands -- --long
    cargo bench --locked --profile dist --bench accounts -- --long
    cargo build --locked
    bash .ci/schemathesis 300

# The benchmarks, with the optimised build that packages use.
bench:
    cargo bench --locked --profile dist --bench commands
    cargo bench --locked --profile dist --bench accounts
