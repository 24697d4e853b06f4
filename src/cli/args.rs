//! The command line's shape for clap: verbs and the flags that all of them take.
//!
//! Each verb's own arguments stand in its file. What was typed comes through [`super::argv`] first, so that
//! all words reach clap after a `--`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::commands;
use crate::config::{ColorChoice, DaemonFlags, Flags};

const TEMPLATE: &str = "\
{about}

{usage-heading} {usage}

Capture  add        store a task: nudge add \"Pay rent\" due:friday remind:1d
         import     take over `task export` from Taskwarrior
See      ls         list tasks; `nudge` alone does the same
         show       all there is to know of a task
         count      how many tasks a filter fits
         export     write tasks as Taskwarrior JSON
Change   mod        change tasks: nudge mod 12 due:tomorrow -bills
         done       mark as done             reopen   make it pending again
         start      work on it begins        stop     work on it rests
         annotate   add a line to a task     rm       remove from sight
         undo       take the last change back
Remind   inbox      reminders that have fired
Account  signup     get an email, password   login    sign in, here or elsewhere
         logout     sign out, and stay out   whoami   which account, and where
         passwd     set a new password       sessions list sign-ins, end them
         token      tokens for scripts       account  show, change or delete it
         user       accounts, for administrators
Machine  daemon     run, start, stop, restart, status, rotate-key

Flags, anywhere before `--`
{options}{after-help}";

const AFTER: &str = "\
`nudge help VERB` shows a verb's arguments and examples. Any other `-word`
removes a tag; after `--` all is plain text.
Exit codes: 0 ok, 1 failed, 2 usage, 3 not allowed, 4 no such task, 5 conflict,
6 no daemon or busy, 7 refused input, 8 timed out, 130 Ctrl-C at a question";

/// A command-line task manager whose reminders arrive.
#[derive(Debug, Parser)]
#[command(name = "nudge", bin_name = "nudge", version, disable_help_subcommand = true, disable_help_flag = true, help_template = TEMPLATE, after_help = AFTER)]
#[command(override_usage = "nudge [VERB] [WORDS]...\n       nudge TASKS... VERB [WORDS]...")]
pub(super) struct Cli {
    /// Flags of all verbs.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
}

/// The flags that every verb takes.
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Flags of all verbs")]
pub(super) struct Global {
    /// Print JSON as on the wire, errors too
    #[arg(long, global = true)]
    pub json: bool,
    /// Print only tasks' numbers, else ids, and no remarks
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Talk to the daemon at this socket
    #[arg(long, global = true, value_name = "PATH")]
    pub socket: Option<PathBuf>,
    /// Talk to the daemon at this URL, as `https://host:8443`
    #[arg(long, global = true, value_name = "URL")]
    pub server: Option<String>,
    /// Use the sign-in of this name
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Trust the certificate authority in this PEM file
    #[arg(long, global = true, value_name = "FILE")]
    pub ca: Option<PathBuf>,
    /// Use the access token on the first line of stdin
    #[arg(long, global = true)]
    pub token_stdin: bool,
    /// Read and show dates in this zone, not the account's
    #[arg(long, global = true, value_name = "ZONE")]
    pub zone: Option<String>,
    /// Use colour
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub color: Color,
    /// Fail when no daemon runs, rather than start one
    #[arg(long, global = true)]
    pub no_autostart: bool,
    /// Do not ask before many tasks or the account are deleted
    #[arg(long, global = true)]
    pub yes: bool,
    /// Print help
    #[arg(long, short, global = true, action = clap::ArgAction::HelpShort)]
    help: Option<bool>,
}

impl Global {
    /// Returns what the configuration is to know of the flags.
    #[must_use]
    pub(super) fn flags(&self) -> Flags {
        Flags {
            socket: self.socket.clone(),
            server: self.server.clone(),
            profile: self.profile.clone(),
            ca: self.ca.clone(),
            token_stdin: self.token_stdin,
            own: false,
            zone: self.zone.clone(),
            no_autostart: self.no_autostart,
            color: match self.color {
                Color::Auto => ColorChoice::Auto,
                Color::Always => ColorChoice::Always,
                Color::Never => ColorChoice::Never,
            },
        }
    }
}

/// When to use colour.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, and not under `NO_COLOR`
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How many lines to show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Limit {
    /// At most so many.
    Count(usize),
    /// All there are.
    All,
}

impl std::str::FromStr for Limit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.parse() {
            _ if text == "all" => Ok(Self::All),
            Ok(0) | Err(_) => Err("a number from 1, or `all`, is wanted".to_owned()),
            Ok(count) => Ok(Self::Count(count)),
        }
    }
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Store a task
    Add(commands::add::Add),
    /// List tasks
    #[command(visible_alias = "list")]
    Ls(commands::ls::Ls),
    /// Show all there is to know of tasks
    Show(commands::show::Show),
    /// Change tasks
    #[command(visible_alias = "modify")]
    Mod(commands::modify::Modify),
    /// Mark tasks as done
    Done(commands::done::Done),
    /// Take completed or deleted tasks back among the pending
    Reopen(commands::reopen::Reopen),
    /// Remove tasks from sight; `undo` or `reopen` brings them back
    #[command(visible_alias = "delete")]
    Rm(commands::rm::Rm),
    /// Say that work on tasks begins
    Start(commands::start::Start),
    /// Say that work on tasks rests
    Stop(commands::stop::Stop),
    /// Add a line to tasks
    Annotate(commands::annotate::Annotate),
    /// Take the last change back
    Undo(commands::undo::Undo),
    /// Say how many tasks a filter fits
    Count(commands::count::Count),
    /// Show reminders that have fired
    Inbox(commands::inbox::Inbox),
    /// Take tasks over from another program
    Import(commands::import::Import),
    /// Write tasks for another program
    Export(commands::export::Export),
    /// Get an email and a password
    Signup(commands::signup::Signup),
    /// Sign in, here or elsewhere
    Login(commands::login::Login),
    /// Sign out, and stay signed out
    Logout(commands::logout::Logout),
    /// Say who is signed in, and where
    Whoami(commands::whoami::Whoami),
    /// Set a new password
    Passwd(commands::passwd::Passwd),
    /// List where the account is signed in, and end that
    Sessions(commands::sessions::Sessions),
    /// List, make and revoke personal access tokens
    Token(commands::token::Token),
    /// Show, change or delete the account
    Account(commands::account::Account),
    /// List, add and change accounts, for administrators
    User(commands::user::User),
    /// Run, start, stop or ask the daemon
    Daemon(commands::daemon::Daemon),
}

impl Verb {
    /// Returns the flags for the configuration when the command is to be the daemon itself.
    #[must_use]
    pub(super) fn daemon_flags(&self, global: &Global) -> Option<DaemonFlags> {
        if let Self::Daemon(daemon) = self { daemon.flags(global) } else { None }
    }

    /// Says whether it is about this machine, and not about whoever was signed in to last.
    #[must_use]
    pub(super) fn is_about_machine(&self) -> bool {
        matches!(self, Self::Daemon(_) | Self::User(_))
    }

    /// Says whether unread reminders are told after it: not where they are shown anyway, nor about account and machine,
    /// where asking might sign in again.
    #[must_use]
    pub(super) fn tells_of_unread(&self) -> bool {
        let about_account = matches!(
            self,
            Self::Signup(_)
                | Self::Login(_)
                | Self::Logout(_)
                | Self::Whoami(_)
                | Self::Passwd(_)
                | Self::Sessions(_)
                | Self::Token(_)
                | Self::Account(_)
        );
        !about_account && !self.is_about_machine() && !matches!(self, Self::Inbox(_))
    }

    /// Says whether it reads stdin itself, so that no token can come there. The last `literal` words stood after `--`.
    #[must_use]
    pub(super) fn takes_stdin(&self, literal: usize) -> bool {
        match self {
            Self::Add(args) => args.takes_stdin(literal),
            Self::Import(args) => args.takes_stdin(),
            Self::Signup(args) => args.password_stdin,
            Self::Login(args) => args.password_stdin,
            Self::Passwd(args) => args.password_stdin,
            Self::Account(args) => args.takes_stdin(),
            Self::User(args) => args.takes_stdin(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_shape_is_sound_and_the_help_names_every_verb() {
        Cli::command().debug_assert();
        let help = Cli::command().render_help().to_string();
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        for verb in Cli::command().get_subcommands() {
            assert!(help.contains(&format!(" {} ", verb.get_name())), "{}", verb.get_name());
        }
    }

    #[test]
    fn no_argument_of_a_verb_is_taken_for_a_flag_of_all() {
        fn walk(command: &clap::Command, global: &[&clap::Id]) {
            for arg in command.get_arguments() {
                assert!(!global.contains(&arg.get_id()), "{}: {}", command.get_name(), arg.get_id());
            }
            command.get_subcommands().for_each(|inner| walk(inner, global));
        }
        let grammar = Cli::command();
        let global: Vec<&clap::Id> = grammar.get_arguments().map(clap::Arg::get_id).collect();
        grammar.get_subcommands().for_each(|verb| walk(verb, &global));
    }

    #[test]
    fn no_line_of_any_help_is_too_long_for_a_terminal() {
        fn walk(command: &clap::Command, found: &mut Vec<String>) {
            let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            found.extend(text.lines().filter(|line| line.chars().count() > 82).map(str::to_owned));
            command.get_subcommands().for_each(|inner| walk(inner, found));
        }
        let mut found = Vec::new();
        walk(&Cli::command(), &mut found);
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn stdin_holds_one_thing() {
        for (line, taken) in [
            ("nudge import -", true),
            ("nudge add -", true),
            ("nudge add - milk", false),
            ("nudge add milk", false),
            ("nudge import tasks.json", false),
            ("nudge login a@b --password-stdin", true),
            ("nudge login a@b", false),
            ("nudge account rename a@b --password-stdin", true),
            ("nudge account", false),
            ("nudge user reset a@b --password-stdin", true),
            ("nudge user ls", false),
            ("nudge ls", false),
        ] {
            let cli = Cli::try_parse_from(line.split_whitespace()).expect(line);
            assert_eq!(cli.verb.takes_stdin(0), taken, "{line}");
        }
        let dash = Cli::try_parse_from(["nudge", "add", "--", "-"]).expect("a title");
        assert!(!dash.verb.takes_stdin(1), "after two dashes it is a title");
    }

    #[test]
    fn limits() {
        assert_eq!("all".parse(), Ok(Limit::All));
        assert_eq!("25".parse(), Ok(Limit::Count(25)));
        for text in ["0", "-5", "", "many"] {
            assert!(text.parse::<Limit>().is_err(), "{text}");
        }
    }
}
