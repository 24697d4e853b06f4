//! Holds the flow of imports and the house rules that no lint knows, by reading `src/` as text.
//!
//! It must not know what the code does: only where a file is and which names it uses.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const LEAVES: &[&str] = &["actor", "clock", "error", "event"];
const DAEMON_ROOMS: &[&str] = &["users", "tasks", "notifications", "runtime", "store", "http"];
const LINES: usize = 500;
const SQL: &[&str] = &["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "CREATE TABLE ", "PRAGMA "];

/// What a room may name besides itself (`*`: all); `None` where there is no such room.
fn allowed(room: &str) -> Option<&'static str> {
    Some(match room {
        "api" | "config" => "",
        "language" => "api",
        "client" => "api language config",
        "cli" => "api language config client",
        "daemon::leaf" => "api language",
        "daemon::users" | "daemon::tasks" | "daemon::notifications" => "api language daemon::leaf",
        "daemon::runtime" => "api daemon::leaf",
        "daemon::store" | "daemon::http" => {
            "api language daemon::leaf daemon::users daemon::tasks daemon::notifications"
        }
        "daemon" => {
            "api language config daemon::leaf daemon::users daemon::tasks daemon::notifications \
             daemon::runtime daemon::store daemon::http"
        }
        "lib" | "bin" => "*",
        _ => return None,
    })
}

/// The room that a module path belongs to: `[daemon, store, sqlite]` is in `daemon::store`.
fn room(path: &[&str]) -> String {
    match path {
        [] => "lib".into(),
        ["daemon", second, ..] if LEAVES.contains(second) => "daemon::leaf".into(),
        ["daemon", second, ..] if DAEMON_ROOMS.contains(second) => format!("daemon::{second}"),
        [first, ..] => (*first).into(),
    }
}

/// The module path of a file under `src/`: `daemon/store/mod.rs` is `[daemon, store]`.
fn module(file: &str) -> Vec<&str> {
    let mut path: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    if matches!(path.last(), Some(&("mod" | "lib"))) {
        path.pop();
    }
    path
}

/// Takes a file apart into its code and its texts, line by line, so that a rule about code is not met by a
/// comment, nor one about texts by code.
fn split(source: &str) -> (String, String) {
    let (mut code, mut texts) = (String::new(), String::new());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let after = |at: usize, mark: &str| rest[at..].find(mark).map_or(rest.len(), |found| at + found + mark.len());
        let in_name = code.ends_with(|c: char| c.is_alphanumeric() || c == '_') && !code.ends_with(" b");
        let hashes = rest.bytes().skip(1).take_while(|&b| b == b'#').count();
        let (end, is_text) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), false)
        } else if rest.starts_with("/*") {
            (after(2, "*/"), false)
        } else if rest.starts_with("'\\") {
            (after(3, "'"), false)
        } else if let ('\'', Some((closing, '\''))) = (first, rest.char_indices().nth(2)) {
            (closing + 1, false)
        } else if first == 'r' && !in_name && rest[1 + hashes..].starts_with('"') {
            (after(2 + hashes, &format!("\"{}", "#".repeat(hashes))), true)
        } else if first == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            (end.map_or(rest.len(), |end| end + 2), true)
        } else {
            (first.len_utf8(), first == '\n')
        };
        let newlines = "\n".repeat(rest[..end].matches('\n').count());
        let comment_or_text = end > first.len_utf8() || first == '\n';
        code.push_str(if comment_or_text { &newlines } else { &rest[..end] });
        texts.push_str(if is_text { &rest[..end] } else { &newlines });
        rest = &rest[end..];
    }
    (code, texts)
}

/// Every path in `code` that starts with `head` as a whole word, with its line (from 0) and without the head.
/// A group gives one path a member: `crate::daemon::{error, store::X}` is `[daemon, error]` and `[daemon, store]`.
fn paths<'a>(code: &'a str, head: &str) -> Vec<(usize, Vec<&'a str>)> {
    let named = |c: char| c.is_alphanumeric() || c == '_';
    let mut found = Vec::new();
    for (at, _) in code.match_indices(head) {
        if code[..at].ends_with(|c| named(c) || c == ':' || c == '$') {
            continue;
        }
        let rest = &code[at + head.len()..];
        let end = rest.find(|c| !named(c) && c != ':').unwrap_or(rest.len());
        let path: Vec<&str> = rest[..end].split("::").filter(|part| !part.is_empty()).collect();
        let line = code[..at].matches('\n').count();
        let group = rest[end..].starts_with('{');
        let mut depth = 0;
        for (i, c) in rest[end..].char_indices().take_while(|_| group) {
            depth += i32::from(c == '{') - i32::from(c == '}');
            if depth == 0 {
                break;
            }
            let member = rest[end + i + 1..].trim_start().split(|c| !named(c)).next();
            if let Some(member) = member.filter(|name| !name.is_empty() && depth == 1 && (c == '{' || c == ',')) {
                found.push((line, [&path[..], &[member]].concat()));
            }
        }
        if !group {
            found.push((line, path));
        }
    }
    found.retain(|(_, path)| !path.is_empty());
    found
}

/// Every violation in one file, as `src/file:line: rule`.
fn violations(file: &str, source: &str) -> Vec<String> {
    let path = module(file);
    let own = room(if file.starts_with("bin/") { &["bin"] } else { &path });
    let mut found = Vec::new();
    let mut report = |line: usize, rule: &str| found.push(format!("src/{file}:{line}: {rule}"));
    // What no room can show alone is tested where they are put together.
    let unknown = own == "daemon" && file.matches('/').count() > 1 && !file.starts_with("daemon/tests/");
    let Some(may) = allowed(&own).filter(|_| !unknown) else {
        report(1, "no room is known for it: name it in tests/architecture.rs or move it");
        return found;
    };
    if !source.starts_with("//!") {
        report(1, "a file starts with `//!`: what it is for, what it must not know");
    }
    let is_test = ["tests.rs", "contract.rs"].iter().any(|name| file.ends_with(name))
        || file.contains("/tests/")
        || file.contains("/contract/");
    let before_tests = source.lines().take_while(|line| *line != "#[cfg(test)]").count();
    if before_tests > LINES && !is_test {
        report(LINES + 1, "500 lines are the end of a file (tests apart): split it");
    }
    let (code, texts) = split(source);
    let parent = path.split_last().map_or(&[][..], |(_, parent)| parent);
    let heads = [("crate::", &[][..]), ("nudge::", &[]), ("super::", parent), ("self::", &path)];
    for (head, base) in heads {
        for (line, named) in paths(&code, head) {
            let target = room(&[base, &named].concat());
            // A name at the crate's root that is no room is a macro or a constant of lib.rs.
            let foreign = target != own && allowed(&target).is_some();
            if foreign && may != "*" && !may.split(' ').any(|room| room == target) {
                report(line + 1, &format!("`{own}` may not name `{target}`; it may name: {may}"));
            }
        }
    }
    for (index, (code, texts)) in code.split('\n').zip(texts.split('\n')).enumerate() {
        let mut check = |broken: bool, rule: &str| {
            if broken {
                report(index + 1, rule);
            }
        };
        let environment = code.contains("std::env") || !paths(code, "env::").is_empty();
        let spawns = code.contains("tokio::spawn") || code.contains("task::spawn(");
        let sql = SQL.iter().any(|word| texts.contains(word));
        let group = code.contains("crate::{") || code.contains("crate::*");
        check(group, "write one `use crate::room::…` a room, not `use crate::{…}`");
        check(code.contains("super::super"), "write the path from `crate::`, not `super::super`");
        check(sql && !file.starts_with("daemon/store/sqlite"), "SQL is only in src/daemon/store/sqlite");
        check(environment && own != "config" && own != "bin", "only `config` and src/bin use `std::env`");
        check(spawns && own != "daemon::runtime", "only `daemon::runtime` spawns, on its tracker");
    }
    found
}

fn rust_files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src/ is readable") {
        let path = entry.expect("an entry of src/ is readable").path();
        if path.is_dir() {
            rust_files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn src_follows_the_flow() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    rust_files(&src, &mut files);
    files.sort();
    assert!(files.contains(&src.join("lib.rs")), "src/lib.rs is not where this test looks");
    let mut message = String::new();
    for path in &files {
        let name = path.strip_prefix(&src).expect("it was found there").to_str().expect("file names are UTF-8");
        let source = fs::read_to_string(path).expect("a source file is UTF-8");
        for violation in violations(name, &source) {
            writeln!(message, "{violation}").expect("a String takes all");
        }
    }
    assert!(message.is_empty(), "the flow of imports is broken (CONTRIBUTING.md, \"Where things go\"):\n{message}");
}

/// The files below, as `file | lines after the first | what is expected`; `/` ends a line.
fn planted(row: &str) -> (String, String, String) {
    let mut parts = row.split(" | ").map(String::from);
    let mut next = || parts.next().unwrap_or_default();
    (next(), format!("//! x\n{}", next().replace(" / ", "\n")), next())
}

#[test]
fn every_rule_can_fail() {
    let rows = [
        "api/tasks.rs | use crate::language::When; | 2: `api` may not name `language`",
        "api/mod.rs | use super::cli::main; | 2: `api` may not name `cli`",
        "language/mod.rs | use crate::config::Paths; | `language` may not name `config`",
        "config/mod.rs | use crate::api::Problem; | `config` may not name `api`",
        "client/mod.rs | fn f(x: crate::cli::Context) {} | `client` may not name `cli`",
        "cli/commands/add.rs | use crate::daemon; | `cli` may not name `daemon`",
        "daemon/error.rs | use super::store::Sqlite; | `daemon::leaf` may not name `daemon::store`",
        "daemon/tasks/mod.rs | use super::users::User; | `daemon::tasks` may not name `daemon::users`",
        "daemon/users/model.rs | use crate::daemon::http::X; | `daemon::users` may not name `daemon::http`",
        "daemon/runtime/mod.rs | use crate::daemon::tasks::T; | may not name `daemon::tasks`",
        "daemon/store/mod.rs | use crate::daemon::http::X; | `daemon::store` may not name `daemon::http`",
        "daemon/http/mod.rs | use crate::daemon::runtime::X; | may not name `daemon::runtime`",
        "daemon/mod.rs | use crate::client::Client; | `daemon` may not name `client`",
        "daemon/mod.rs | use self::tasks::A; / use crate::{api::X, cli}; | `daemon` may not name `cli`",
        "daemon/search/mod.rs |  | 1: no room is known",
        "sync/mod.rs |  | 1: no room is known",
        "cli/mod.rs | use crate::{api, config}; | not `use crate::{…}`",
        "cli/output.rs | use super::super::api; | not `super::super`",
        "daemon/tasks/service.rs | const Q: &str = r#\" / SELECT 1\"#; | 3: SQL is only in",
        "daemon/store/rows.rs | const Q: &str = \"UPDATE tasks\"; | 2: SQL is only in",
        "cli/mod.rs | let home = std::env::var(\"HOME\"); | 2: only `config`",
        "cli/mod.rs | use std::{env, fs}; / let home = env::var(\"HOME\"); | 3: only `config`",
        "daemon/http/mod.rs | tokio::spawn(async {}); | 2: only `daemon::runtime`",
        "daemon/http/mod.rs | use tokio::task; / task::spawn(x); | 3: only `daemon::runtime`",
    ];
    for row in rows {
        let (file, source, expected) = planted(row);
        let found = violations(&file, &source);
        assert!(found.iter().any(|line| line.contains(&expected)), "{row}: {found:?}");
    }
    let broken = |file: &str, source: &str| violations(file, source).len();
    let group = "//! x\nuse crate::daemon::{\n    tasks::{A, B},\n    runtime::{C},\n};";
    assert_eq!(broken("daemon/http/tasks.rs", group), 1, "a member of a group");
    assert_eq!(broken("cli/table.rs", &"//!\n".repeat(LINES + 1)), 1, "a long file");
    assert_eq!(broken("cli/table.rs", "use std::fmt;"), 1, "a file without `//!`");
}

#[test]
fn what_is_allowed_passes() {
    let rows = [
        "lib.rs | pub mod api;",
        "bin/nudge.rs | use nudge::daemon; / fn main() { std::env::args_os(); }",
        "language/when.rs | use crate::api::Problem; / use super::dates;",
        "config/env.rs | use std::env; / fn f() { env::var_os(\"A\"); }",
        "cli/mod.rs | /// [`crate::daemon::store`] is named, not used. / use crate::client::Client; / env!(\"X\");",
        "cli/mod.rs | let hint = \"crate::daemon, select it\"; / let q = '\"'; / /* std::env */",
        "daemon/mod.rs | use crate::config::Daemon; / use self::store::Sqlite; / use crate::daemon::http::X;",
        "daemon/start.rs | use crate::daemon::runtime::Stop;",
        "daemon/tests/races.rs | use crate::daemon::http::X; / use super::*;",
        "daemon/tasks/service.rs | use super::model::Task; / use crate::daemon::actor::Actor;",
        "daemon/store/sqlite/tasks.rs | const Q: &str = \"SELECT 1\"; / use crate::daemon::tasks::Task;",
        "daemon/runtime/mod.rs | tokio::spawn(async {});",
        "daemon/http/tasks.rs | use crate::daemon::{tasks::{A, B}, error}; / tokio::task::spawn_blocking(f);",
    ];
    for row in rows {
        let (file, source, _) = planted(row);
        assert_eq!(violations(&file, &source), Vec::<String>::new(), "{row}");
    }
    let tests = format!("//! x\n#[cfg(test)]\nmod tests {{\n{}}}", "\n".repeat(LINES));
    assert!(violations("cli/table.rs", &tests).is_empty(), "tests do not count");
}
