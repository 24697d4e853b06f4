//! The arguments put in order before clap reads them, so that a flag may stand anywhere and `-word` stays a word.
//!
//! Only `-q`, `-h` and `-V` as whole words and `--long` flags are flags, up to `--`. All else are words. It asks
//! clap's own description which flags take a value and which verbs there are, and judges nothing: what is wrong
//! is clap's to say.

use std::collections::HashMap;
use std::ffi::OsString;

use clap::Command;

use super::refs;

/// Arguments as clap is to have them.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The program, the verb, flags, `--`, words.
    pub argv: Vec<OsString>,
    /// How many of the last words stood after a `--` of the person's own.
    pub literal: usize,
    /// Whether an error is to be told as JSON.
    pub json: bool,
    /// A flag that would take a secret from the arguments, if one was typed.
    pub secret_flag: Option<&'static str>,
}

/// Flags that do not exist, because the arguments of a process can be read by every user of the machine. A switch
/// that a secret was joined to is as bad.
const SECRET: [&str; 2] = ["--password", "--token"];

/// What was typed, by kind.
#[derive(Debug, Default)]
struct Sorted {
    flags: Vec<OsString>,
    words: Vec<OsString>,
    literal: Vec<OsString>,
}

/// Puts verb and flags first and the words after `--`.
pub(super) fn prepare(typed: &[OsString], grammar: &Command) -> Prepared {
    let (program, typed) = typed.split_first().map_or(("nudge".into(), typed), |(first, rest)| (first.clone(), rest));
    let mut sorted = sort(typed, &flags(grammar));
    let json = sorted.flags.iter().any(|flag| flag == "--json");
    let secret_flag = sorted.flags.iter().find_map(secret);
    let mut argv = vec![program];
    if sorted.flags.iter().any(|flag| flag == "--version") {
        argv.push("--version".into());
        return Prepared { argv, literal: 0, json, secret_flag };
    }
    argv.extend(verb(&mut sorted, grammar));
    argv.append(&mut sorted.flags);
    let literal = sorted.literal.len();
    if literal + sorted.words.len() > 0 {
        argv.push("--".into());
        argv.append(&mut sorted.words);
        argv.append(&mut sorted.literal);
    }
    Prepared { argv, literal, json, secret_flag }
}

/// Long flags of all verbs, and whether each takes a value. A test holds that no two verbs disagree.
fn flags(grammar: &Command) -> HashMap<&str, bool> {
    let own = grammar.get_arguments().filter_map(|arg| Some((arg.get_long()?, arg.get_action().takes_values())));
    own.chain(grammar.get_subcommands().flat_map(flags)).collect()
}

fn sort(typed: &[OsString], flags: &HashMap<&str, bool>) -> Sorted {
    let mut sorted = Sorted::default();
    let mut rest = typed.iter().cloned().peekable();
    while let Some(argument) = rest.next() {
        match argument.to_str() {
            Some("--") => sorted.literal = rest.by_ref().collect(),
            Some("-q") => sorted.flags.push("--quiet".into()),
            Some("-h") => sorted.flags.push(argument),
            Some("-V") => sorted.flags.push("--version".into()),
            Some(flag) if flag.starts_with("--") => {
                let valued = flags.get(&flag[2..]).copied().unwrap_or(false);
                let value = if valued { rest.next_if(|next| next != "--") } else { None };
                // Joined by `=`, a value may begin with a dash.
                let joined = value.map(|value| [argument.as_os_str(), "=".as_ref(), &value].into_iter().collect());
                sorted.flags.push(joined.unwrap_or(argument));
            }
            _ => sorted.words.push(argument),
        }
    }
    sorted
}

/// Returns the flag by which a secret stands among the arguments.
fn secret(flag: &OsString) -> Option<&'static str> {
    let flag = flag.to_string_lossy();
    let name = flag.split('=').next().unwrap_or_default();
    let is_switch = |of: &str| flag.contains('=') && name.strip_prefix(of) == Some("-stdin");
    SECRET.into_iter().find(|of| name == *of || is_switch(of))
}

fn is_known(flag: &OsString, flags: &HashMap<&str, bool>) -> bool {
    let name = flag.to_str().map(|flag| flag.split_once('=').map_or(flag, |(name, _)| name));
    name.is_some_and(|name| name == "-h" || name.strip_prefix("--").is_some_and(|name| flags.contains_key(name)))
}

/// Takes the verb out of the words: the first of them, or the one after tasks (`12 done`).
fn verb(sorted: &mut Sorted, grammar: &Command) -> Vec<OsString> {
    let words = &mut sorted.words;
    let is_verb = |word: &OsString| grammar.find_subcommand(word).is_some();
    let is_ref = |word: &OsString| word.to_str().is_some_and(refs::is_ref);
    let Some(first) = words.first() else {
        let bare = sorted.literal.is_empty() && !sorted.flags.iter().any(|flag| flag == "--help" || flag == "-h");
        return if bare { vec!["ls".into()] } else { Vec::new() };
    };
    if first == "help" {
        sorted.flags.insert(0, "--help".into());
        return std::mem::take(words).into_iter().skip(1).collect();
    }
    // Without a verb, a mistyped flag of `ls` may have left its value among the words: `--limt 3`.
    if !is_verb(first) && sorted.flags.iter().any(|flag| !is_known(flag, &flags(grammar))) {
        return vec!["ls".into()];
    }
    let mut place = 0;
    if !is_verb(first) && is_ref(first) {
        match words.iter().position(|word| !is_ref(word)) {
            Some(found) => place = found,
            // As in Taskwarrior: tasks and nothing else means to look at them.
            None => return vec!["show".into()],
        }
    }
    let mut path = vec![words.remove(place)];
    let has_verbs = grammar.find_subcommand(&path[0]).is_some_and(Command::has_subcommands);
    if has_verbs && !words.is_empty() {
        path.push(words.remove(0));
    }
    path
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::cli::args::Cli;

    fn prepared(line: &str) -> (String, usize) {
        let typed: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
        let prepared = prepare(&typed, &Cli::command());
        let argv: Vec<_> = prepared.argv.iter().map(|word| word.to_string_lossy()).collect();
        (argv.join(" "), prepared.literal)
    }

    #[test]
    fn flags_go_before_the_words() {
        for (typed, expected) in [
            ("nudge", "nudge ls"),
            ("nudge -q", "nudge ls --quiet"),
            ("nudge --limit 5", "nudge ls --limit=5"),
            ("nudge -h", "nudge -h"),
            ("nudge --help", "nudge --help"),
            ("nudge -V", "nudge --version"),
            ("nudge add x -V", "nudge --version"),
            ("nudge add Pay rent", "nudge add -- Pay rent"),
            ("nudge add Pay --json rent -q", "nudge add --json --quiet -- Pay rent"),
            ("nudge --json add Pay", "nudge add --json -- Pay"),
            ("nudge add Pay -home", "nudge add -- Pay -home"),
            ("nudge add Pay -hq -qV -qh", "nudge add -- Pay -hq -qV -qh"),
            ("nudge add - --json", "nudge add --json -- -"),
            ("nudge ls -work --limit all", "nudge ls --limit=all -- -work"),
            ("nudge ls --limit=3 +a", "nudge ls --limit=3 -- +a"),
            ("nudge ls --limit -5", "nudge ls --limit=-5"),
            ("nudge ls --limit -- x", "nudge ls --limit -- x"),
            ("nudge ls --limt 3", "nudge ls --limt -- 3"),
            ("nudge --zone Europe/Berlin ls", "nudge ls --zone=Europe/Berlin"),
            ("nudge help", "nudge --help"),
            ("nudge help add", "nudge add --help"),
            ("nudge help daemon run", "nudge daemon run --help"),
            ("nudge add x -h", "nudge add -h -- x"),
            ("nudge daemon run --listen 127.0.0.1:1 --log-json", "nudge daemon run --listen=127.0.0.1:1 --log-json"),
            ("nudge daemon --socket /s status", "nudge daemon status --socket=/s"),
            ("nudge daemon", "nudge daemon"),
        ] {
            assert_eq!(prepared(typed).0, expected, "{typed}");
        }
    }

    #[test]
    fn verbs_of_the_account_take_plain_words() {
        for (typed, expected) in [
            ("nudge login ada@example.org", "nudge login -- ada@example.org"),
            ("nudge --server https://h:8443 login", "nudge login --server=https://h:8443"),
            (
                "nudge login ada@b.c --server https://h --ca c.pem",
                "nudge login --server=https://h --ca=c.pem -- ada@b.c",
            ),
            ("nudge login --password-stdin ada@b.c", "nudge login --password-stdin -- ada@b.c"),
            ("nudge login -- ada@b.c", "nudge login -- ada@b.c"),
            ("nudge --token-stdin import -", "nudge import --token-stdin -- -"),
            ("nudge --profile work whoami", "nudge whoami --profile=work"),
            ("nudge sessions", "nudge sessions"),
            ("nudge sessions rm 12345678 --all", "nudge sessions rm --all -- 12345678"),
            ("nudge token", "nudge token"),
            ("nudge token add my script --scope tasks:read", "nudge token add --scope=tasks:read -- my script"),
            ("nudge account", "nudge account"),
            ("nudge account -q", "nudge account --quiet"),
            ("nudge account zone Europe/Berlin", "nudge account zone -- Europe/Berlin"),
            ("nudge account set remind-time 08:30", "nudge account set -- remind-time 08:30"),
            ("nudge user quota ada@b.c tasks=5", "nudge user quota -- ada@b.c tasks=5"),
            ("nudge user local ada@b.c 1000 --forget", "nudge user local --forget -- ada@b.c 1000"),
            ("nudge user add a@b.c --zone UTC", "nudge user add --zone=UTC -- a@b.c"),
            ("nudge daemon rotate-key --revoke-old", "nudge daemon rotate-key --revoke-old"),
            ("nudge daemon run --tls-cert c.pem", "nudge daemon run --tls-cert=c.pem"),
            ("nudge help token add", "nudge token add --help"),
            ("nudge help user", "nudge user --help"),
        ] {
            assert_eq!(prepared(typed).0, expected, "{typed}");
        }
    }

    #[test]
    fn a_secret_among_the_arguments_is_seen_wherever_it_stands() {
        let flag = |line: &str| {
            let typed: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            prepare(&typed, &Cli::command()).secret_flag
        };
        for line in [
            "nudge login a@b --password hunter2",
            "nudge --password hunter2 login a@b",
            "nudge login --password=hunter2",
            "nudge login --password",
            "nudge login --password-stdin=hunter2",
        ] {
            assert_eq!(flag(line), Some("--password"), "{line}");
        }
        assert_eq!(flag("nudge ls --token abc"), Some("--token"));
        for line in ["nudge login --password-stdin", "nudge add a -- --password x", "nudge ls --token-stdin", "nudge"] {
            assert_eq!(flag(line), None, "{line}");
        }
    }

    #[test]
    fn tasks_may_stand_before_the_verb() {
        for (typed, expected) in [
            ("nudge 12 done", "nudge done -- 12"),
            ("nudge 12 14-16 mod +x", "nudge mod -- 12 14-16 +x"),
            ("nudge 1,3 -q rm", "nudge rm --quiet -- 1,3"),
            ("nudge 12", "nudge show -- 12"),
            ("nudge 12 dnoe", "nudge dnoe -- 12"),
            ("nudge rent done", "nudge rent -- done"),
            ("nudge --limt 3", "nudge ls --limt -- 3"),
            ("nudge --limt all", "nudge ls --limt -- all"),
            ("nudge --limit=3 12", "nudge show --limit=3 -- 12"),
        ] {
            assert_eq!(prepared(typed).0, expected, "{typed}");
        }
    }

    #[test]
    fn what_stands_after_two_dashes_is_literal() {
        for (typed, expected, literal) in [
            ("nudge add a -- --json -q b", "nudge add -- a --json -q b", 3),
            ("nudge add -- -- x", "nudge add -- -- x", 2),
            ("nudge -- add", "nudge -- add", 1),
            ("nudge add a", "nudge add -- a", 0),
            ("nudge add a --", "nudge add -- a", 0),
        ] {
            assert_eq!(prepared(typed), (expected.to_owned(), literal), "{typed}");
        }
    }

    #[test]
    fn words_that_are_no_text_reach_clap_as_they_are() {
        use std::os::unix::ffi::OsStringExt;
        let odd = OsString::from_vec(vec![b'-', 0xff]);
        let typed = ["nudge".into(), "add".into(), odd.clone()];
        assert_eq!(prepare(&typed, &Cli::command()).argv.last(), Some(&odd));
    }

    #[test]
    fn no_two_verbs_disagree_on_whether_a_flag_takes_a_value() {
        fn walk(command: &Command, seen: &mut HashMap<String, bool>) {
            for arg in command.get_arguments() {
                let Some(long) = arg.get_long() else { continue };
                let takes = arg.get_action().takes_values();
                assert_eq!(*seen.entry(long.to_owned()).or_insert(takes), takes, "--{long}");
            }
            command.get_subcommands().for_each(|inner| walk(inner, seen));
        }
        walk(&Cli::command(), &mut HashMap::new());
    }
}
