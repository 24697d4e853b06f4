-- Who may sign in, and the space that their tasks are in.
--
-- Ids are UUIDs as 16 bytes, made by the daemon. Times are UTC in microseconds since 1970.
-- Words such as a status are text. A file that was released is never edited.

CREATE TABLE accounts (
    id            BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    email         TEXT,
    -- Case-folded by the daemon, so that every backend finds the same addresses equal.
    email_key     TEXT UNIQUE,
    -- PHC string, argon2id; null where only the local identity signs in.
    password_hash TEXT,
    -- IANA name. It decides what `today` means.
    zone          TEXT NOT NULL,
    settings      TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(settings)),
    created_at    INTEGER NOT NULL,
    disabled_at   INTEGER,
    CHECK ((email IS NULL) = (email_key IS NULL))
) STRICT, WITHOUT ROWID;

-- A person known by the uid of their end of the socket. The login name stands beside the uid, because
-- a uid that was given to somebody else must not open the account (it is refused, not replaced).
CREATE TABLE local_identities (
    realm      TEXT NOT NULL,
    uid        INTEGER NOT NULL,
    login      TEXT NOT NULL,
    account    BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (realm, uid)
) STRICT, WITHOUT ROWID;

CREATE INDEX local_identities_by_account ON local_identities (account);

CREATE TABLE sessions (
    id           BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account      BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- `local`: by uid on the Unix socket; there is one for each uid, so that `undo` knows its own.
    kind         TEXT NOT NULL CHECK (kind IN ('local')),
    uid          INTEGER,
    device       TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    last_used_at INTEGER NOT NULL,
    revoked_at   INTEGER,
    CHECK (kind <> 'local' OR uid IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX sessions_local ON sessions (account, uid) WHERE kind = 'local' AND revoked_at IS NULL;

-- Tasks live in a space; each account has one for now, sharing will add more.
CREATE TABLE spaces (
    number      INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    account     BLOB NOT NULL UNIQUE REFERENCES accounts (id) ON DELETE CASCADE,
    -- Raised by every transaction that changes the space.
    seq         INTEGER NOT NULL DEFAULT 0,
    -- Up to here the notification service has taken the events.
    taken_seq   INTEGER NOT NULL DEFAULT 0,
    -- The number of the next task. It only ever grows, so that no number is given twice.
    next_number INTEGER NOT NULL DEFAULT 1,
    next_row    INTEGER NOT NULL DEFAULT 1 CHECK (next_row < 4294967296),
    CHECK (taken_seq <= seq)
) STRICT;

CREATE INDEX spaces_with_untaken_events ON spaces (number) WHERE taken_seq < seq;
