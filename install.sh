#!/bin/sh
# Installs nudge for good, or takes it away again. Never touches tasks, settings or tokens.
# `./install.sh --help` says how. POSIX sh; no other tool than cargo and what every Unix has.

set -eu
umask 022

usage() {
    cat <<'END'
Usage: ./install.sh [--prefix DIR] [--dist | --binary FILE]
       ./install.sh --uninstall [--prefix DIR]

Builds nudge and installs it as DIR/bin/nudge. Safe to run again: an identical file stays as it is.

  --prefix DIR    where to (default: $HOME/.local; for all users: /usr/local)
  --dist          build the optimised binary (takes minutes; the default is the release build)
  --binary FILE   install this file and build nothing
  --uninstall     remove what this script installed under DIR; tasks and settings stay
  -h, --help      show this text

Exit codes: 0 done, or nothing to do; 1 failed; 2 wrong arguments.
END
}

say() { printf '%s\n' "$1"; }
fail() { # message, hint
    printf 'error: %s\n' "$1" >&2
    [ $# -lt 2 ] || printf 'hint: %s\n' "$2" >&2
    exit 1
}
wrong() {
    printf 'error: %s\n' "$1" >&2
    printf 'hint: ./install.sh --help shows what it takes\n' >&2
    exit 2
}

# ---- arguments

profile=release
profile_named=
binary=
prefix=
uninstall=
while [ $# -gt 0 ]; do
    case $1 in
        --prefix=* | --binary=*)
            option=${1%%=*} value=${1#*=}
            shift
            set -- "$option" "$value" "$@"
            continue
            ;;
        --prefix | --binary)
            [ $# -ge 2 ] || wrong "\`$1\` needs a value"
            case $2 in
                '') wrong "the value of \`$1\` is empty" ;;
                -*) wrong "\`$1\` needs a value, not \`$2\` (a path that starts with - is written ./$2)" ;;
            esac
            if [ "$1" = --prefix ]; then prefix=$2; else binary=$2; fi
            shift 2
            ;;
        --dist) profile=dist profile_named=yes && shift ;;
        --uninstall) uninstall=yes && shift ;;
        -h | --help) usage && exit 0 ;;
        *) wrong "\`$1\` is not an option" ;;
    esac
done
[ -z "$binary" ] || [ -z "$profile_named" ] || wrong "\`--dist\` builds and \`--binary\` does not: give one of them"
[ -z "$uninstall" ] || [ -z "$binary$profile_named" ] || wrong "\`--uninstall\` goes with \`--prefix\` alone"
if [ -z "$prefix" ]; then
    [ -n "${HOME:-}" ] || wrong "HOME is not set: name a folder with \`--prefix DIR\`"
    prefix=$HOME/.local
fi

absolute() { # a path, which need not exist; from the folder that the script was called in
    case $1 in
        /*) printf '%s' "$1" ;;
        *) printf '%s/%s' "$(pwd)" "$1" ;;
    esac
}
prefix=$(absolute "$prefix")
bin=$prefix/bin
target=$bin/nudge
# Not share/nudge: with the default prefix that is the folder of the tasks.
manifest=$prefix/lib/nudge/manifest

source_folder() {
    self=$0
    [ ! -h "$self" ] || self=$(readlink -f -- "$self")
    CDPATH='' cd -- "$(dirname -- "$self")" && pwd
}

# ---- the daemon

# Runs an installed nudge, which is never to start a daemon, nor to keep this script waiting.
ask() { # binary, arguments
    if command -v timeout >/dev/null 2>&1; then
        NUDGE_NO_AUTOSTART=1 timeout 20 "$@" </dev/null 2>/dev/null
    else
        NUDGE_NO_AUTOSTART=1 "$@" </dev/null 2>/dev/null
    fi
}

# What runs for this user: `own` (a command started it), `other` (a person or a unit did) or nothing.
daemon_of() { # binary
    status=$(ask "$1" daemon status --json | tr -d ' \n') || status=
    case $status in
        *'"autostarted":true'*) echo own ;;
        *'"autostarted":false'*) echo other ;;
        *) ;;
    esac
}

# ---- uninstall

stop_daemon() {
    case $(daemon_of "$target") in
        own)
            if ask "$target" daemon stop >/dev/null; then
                say "stopped the daemon"
            else
                say "the daemon did not stop; it ends with \`kill\` or at the next start of the machine"
            fi
            ;;
        other) say "the daemon that runs was not started by a command: it is left running; stop it where it was started" ;;
        *) ;;
    esac
}

keeps() { # folder, what is in it
    [ ! -d "$1" ] || say "kept $1 ($2)"
}

data_stays() {
    [ -n "${HOME:-}" ] || return 0
    keeps "${NUDGE_DATA_DIR:-${XDG_DATA_HOME:-$HOME/.local/share}/nudge}" "your tasks"
    keeps "${NUDGE_STATE_DIR:-${XDG_STATE_HOME:-$HOME/.local/state}/nudge}" "tokens and logs"
    keeps "${NUDGE_CONFIG_DIR:-${XDG_CONFIG_HOME:-$HOME/.config}/nudge}" "settings"
}

remove() {
    if [ ! -f "$manifest" ]; then
        say "nothing to remove: this script installed nothing under $prefix"
        return 0
    fi
    # Read whole before anything goes, so that a manifest that was tampered with removes nothing.
    while IFS= read -r name; do
        case /$name/ in
            //* | */../*) fail "$manifest lists \`$name\`, which is no file under $prefix" "nothing was removed; look at that file" ;;
        esac
    done <"$manifest"
    [ ! -x "$target" ] || stop_daemon
    while IFS= read -r name; do
        [ -e "$prefix/$name" ] || [ -h "$prefix/$name" ] || continue
        rm -f -- "$prefix/$name" || fail "$prefix/$name could not be removed"
        say "removed $prefix/$name"
    done <"$manifest"
    rm -f -- "$manifest"
    rmdir -- "$prefix/lib/nudge" 2>/dev/null || true
    data_stays
}

if [ -n "$uninstall" ]; then
    remove
    exit 0
fi

# ---- build

scratch=
draft=
cleanup() {
    [ -z "$scratch" ] || rm -rf -- "$scratch"
    [ -z "$draft" ] || rm -f -- "$draft"
}
trap cleanup EXIT
trap 'exit 1' HUP INT TERM

build() {
    command -v cargo >/dev/null 2>&1 || fail "cargo is not in PATH" \
        "install Rust (https://rustup.rs), or build as another user and give the result with \`--binary FILE\`"
    folder=$(source_folder)
    say "building nudge ($profile) in $folder"
    scratch=$(mktemp -d)
    # The artifact's path comes from cargo, since settings may move the target folder.
    (cd -- "$folder" && cargo build --profile "$profile" --locked --bin nudge \
        --message-format=json-render-diagnostics >"$scratch/messages") || fail "the build failed"
    binary=$(sed -n 's/.*"executable":"\([^"]*\)".*/\1/p' "$scratch/messages" | tail -n 1)
    cleanup
    scratch=
    [ -n "$binary" ] || fail "cargo did not say where it put nudge"
}

if [ -z "$binary" ]; then
    build
else
    binary=$(absolute "$binary")
fi
[ -f "$binary" ] || fail "$binary is not a file"
[ ! -d "$target" ] || fail "$target is a folder" "move it away"

# ---- install

listed() { [ -f "$manifest" ] && grep -qxF bin/nudge "$manifest"; }

write_manifest() {
    mkdir -p -- "$prefix/lib/nudge" || fail "$prefix/lib/nudge could not be made" "name another folder with \`--prefix DIR\`"
    draft=$(mktemp "$prefix/lib/nudge/.manifest.XXXXXX") || fail "$prefix/lib/nudge is not writable"
    printf 'bin/nudge\n' >"$draft"
    chmod 644 "$draft"
    mv -f -- "$draft" "$manifest"
    draft=
}

if cmp -s -- "$binary" "$target"; then
    listed || write_manifest
    [ -x "$target" ] || chmod 755 "$target"
    say "$target is already up to date"
else
    { [ ! -e "$target" ] && [ ! -h "$target" ]; } || listed ||
        fail "$target is there and this script did not install it" "move it away first, or choose another \`--prefix DIR\`"
    mkdir -p -- "$bin" || fail "$bin could not be made" "name another folder with \`--prefix DIR\`"
    # A temporary name in the same folder, then a rename: a running nudge keeps its file, and no half one is ever seen.
    scratch=$(mktemp "$bin/.nudge.XXXXXX") || fail "$bin is not writable" "name another folder with \`--prefix DIR\`"
    cp -- "$binary" "$scratch"
    chmod 755 "$scratch"
    version=$(ask "$scratch" --version) || fail "$binary does not run here" "nothing was changed"
    running=
    replaced=
    if [ -x "$target" ]; then
        replaced=yes
        running=$(daemon_of "$target")
    fi
    # First the manifest: stopped between the two, this script still knows the file as its own.
    listed || write_manifest
    mv -f -- "$scratch" "$target"
    scratch=
    if [ -n "$replaced" ]; then say "replaced $target with $version"; else say "installed $version as $target"; fi
    case $running in
        own) say "a daemon of the build before runs: the next command restarts it when it is idle" ;;
        other) say "a daemon of the build before runs and was not started by a command: restart it where it was started" ;;
        *) ;;
    esac
fi

# ---- PATH

case :${PATH:-}: in
    *":$bin:"*)
        first=$(command -v nudge) || first=
        if [ "$first" != "$target" ]; then
            say "note: another nudge comes first in PATH: $first"
        fi
        ;;
    *)
        say "$bin is not in PATH. To add it:"
        case ${SHELL:-} in
            */fish) say "  fish_add_path '$bin'" ;;
            */zsh) say "  echo 'export PATH=\"$bin:\$PATH\"' >> ~/.zshrc" ;;
            */bash) say "  echo 'export PATH=\"$bin:\$PATH\"' >> ~/.bashrc" ;;
            *) say "  export PATH=\"$bin:\$PATH\"    (in your shell's start file)" ;;
        esac
        ;;
esac
